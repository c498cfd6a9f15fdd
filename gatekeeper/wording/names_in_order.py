"""Names in the order in which people look for them: gate 2 before gate 10. Pure."""

from __future__ import annotations

import re
from typing import Final

_FIGURES: Final = re.compile(r"(\d+)")


def by_number(name: str) -> tuple[list[tuple[str, int]], str]:
    """Return what sorts a name as it is read: figures by their value, letters in any case."""
    parts = _FIGURES.split(name.casefold())
    values = [int(figures) for figures in parts[1::2]]
    return list(zip(parts[::2], [*values, -1], strict=True)), name
