"""The machine's other user, who may not read what is ours."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_NOBODY: Final = 65_534


@contextlib.contextmanager
def by_somebody_else(folder: Path) -> Iterator[None]:
    """Run the block as a user who may not look into a folder; root may look into any."""
    mode = folder.stat().st_mode
    folder.chmod(0)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(mode)
