"""What is printed of worlds."""

from __future__ import annotations

from pathlib import Path

import msgspec

from simulator.campaigns.hunting import find_slip
from simulator.campaigns.printed_results import print_world
from simulator.campaigns.worlds_that_found_bugs import KeptWorld
from simulator.checkers.doubles import Doubles
from simulator.judging.evidence import Violation
from simulator.judging.turned_away import GuestCounts
from simulator.run import WorldResult

CLEAN = WorldResult(
    seed="17",
    hours=0.5,
    virtual_us=1,
    steps=1,
    digest="d1",
    scans=1,
    sales=0,
    partitions=0,
    lan_scans=0,
    crashes=0,
    dropped=0,
    doubles=Doubles(),
    violations=[],
    guests=GuestCounts(),
    kinds=frozenset(),
    trace=[],
)
BROKEN = msgspec.structs.replace(
    CLEAN, violations=[Violation("I2", "a green is not on record")], trace=["1.0 gate01 shows"]
)
REPEAT = "python -m simulator --seed 17 --hours 0.5 --trace"


def _told(result: WorldResult, folder: Path, kept: KeptWorld | None = None) -> list[str]:
    lines: list[str] = []
    print_world(result, lines.append, kept, kept_in=folder)
    return lines


def test_a_failing_seed_is_kept_with_how_to_repeat_it(tmp_path: Path) -> None:
    """A person finds both the command and the last events, also after the terminal is gone."""
    folder = tmp_path / "build" / "simulate"
    lines = _told(BROKEN, folder)
    assert lines[1:] == [
        "  I2: a green is not on record",
        f"  repeat: {REPEAT}",
        f"  kept: {folder / 'seed-17.txt'}",
    ]
    kept = (folder / "seed-17.txt").read_text().splitlines()
    assert kept == [REPEAT, "I2: a green is not on record", "", "1.0 gate01 shows"]


def test_a_kept_seed_that_fails_again_says_what_it_had_found(tmp_path: Path) -> None:
    """Its seed alone does not repeat it: some draws are left out of its world."""
    kept = KeptWorld(seed="17", hours=0.5, found="a green was lost")
    lines = _told(BROKEN, tmp_path, kept)
    assert lines[0].startswith("kept seed 17, 0.5 h: 1 VIOLATIONS")
    assert lines[2:4] == [
        "  it had found: a green was lost",
        "  repeat: python -m simulator --kept --trace",
    ]


def test_a_clean_seed_is_one_line(tmp_path: Path) -> None:
    """Nothing is kept of it."""
    assert len(_told(CLEAN, tmp_path)) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_planted_bug_that_only_fails_counts_for_nothing() -> None:
    """Its function takes other arguments than the product's by now."""
    fault = Violation("fault", "server: TypeError: takes 1 positional argument but 2 were given")
    slipped = msgspec.structs.replace(BROKEN, violations=[*BROKEN.violations, fault])
    assert find_slip(slipped) == fault.text
    assert find_slip(BROKEN) == ""
