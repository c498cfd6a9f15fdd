"""The order of files that several test processes share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.factories.order_of_files import mix, spread

TESTS = Path(__file__).parents[2]


@dataclass(frozen=True)
class Item:
    """What the order asks of a test: its file."""

    path: Path
    number: int


def test_some_things_are_spread_evenly_among_others_in_their_own_order() -> None:
    """Whichever kind there is more of, or if there is none of one."""
    assert spread([1, 2], ["a", "b", "c", "d"]) == ["a", 1, "b", "c", 2, "d"]
    assert spread(["a", "b", "c"], [1]) == ["a", "b", 1, "c"]
    assert spread([], [1, 2]) == [1, 2] == spread([1, 2], [])


def test_each_test_is_run_once_and_those_of_a_file_together() -> None:
    """Windows and short tests come last; what waits stands among what computes.

    The longest of the last ones, which stand in their folder itself, come before the others.
    """
    names = [
        *("adversaries/test_a.py", "e2e/test_b.py", "integration/gate/test_c.py"),
        *("integration/server/test_d.py", "integration/server_sync/test_e.py"),
        *("integration/test_f.py", "simulation/test_g.py", "ui/gate/test_h.py", "ui/test_i.py"),
        *("unit/shared/test_j.py", "unit/test_k.py"),
    ]
    items: list[Any] = [Item(TESTS / name, n) for name in names for n in range(3)]
    mixed = mix(items)
    assert sorted(mixed, key=items.index) == items
    files = [str(item.path.relative_to(TESTS)) for item in mixed]
    in_turn = [file for number, file in enumerate(files) if files[number - 1] != file]
    assert sorted(in_turn) == sorted(names)
    assert {*in_turn[-4:-2]} == {"ui/test_i.py", "unit/test_k.py"}
    assert {*in_turn[-2:]} == {"ui/gate/test_h.py", "unit/shared/test_j.py"}
    kinds = ["server" in file or "simulation" in file for file in in_turn[:7]]
    assert kinds == [False, True, False, True, False, True, False]
