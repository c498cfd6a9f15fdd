"""One name stands for one thing: a newcomer who has seen a class need not ask which one it is."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
CLASS: Final = re.compile(r"^class ([A-Za-z]\w*)", re.MULTILINE)
"""A public one that stands by itself."""
SIDES: Final = {"gate, till and desk": ("gatekeeper", "shared"), "server": ("server", "shared")}


def classes_of(folder: str) -> dict[str, list[str]]:
    """Return where each public class of a package is made."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / folder).rglob("*.py")):
        for name in CLASS.findall(path.read_text("utf-8")):
            found[name].append(path.relative_to(ROOT).as_posix())
    return found


@pytest.mark.parametrize("side", SIDES)
def test_a_class_s_name_stands_for_one_thing(side: str) -> None:
    """No two of a side share one; the desk may call by the server's name what it was told."""
    places: dict[str, list[str]] = defaultdict(list)
    for folder in SIDES[side]:
        for name, where in classes_of(folder).items():
            places[name] += where
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
