"""No room of the program shows a time by the laptop's own zone: one helper says whose it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[3] / "gatekeeper"
HELPERS: Final = frozenset({"wording/times.py", "wording/wall_clocks.py"})
"""Where times become words."""
NOT_SHOWN: Final = {
    "organizer/prepare/series_client.py": "what the server is asked for, by the venue's clock",
    "organizer/before_doors/date_moves_client.py": "what a person has typed, of no zone",
    "ui/gate/rehearsal_paper.py": "a file's name and its title, by the venue's clock",
}
GUESSES: Final = {
    "ui/organizer/widgets/days_field.py": "a first guess of a day that a person then sets"
}
CURRENT: Final = frozenset({"currentDate", "currentTime", "currentDateTime", "toLocalTime"})
TO_SPELL: Final = frozenset({"local_datetime", "spell_time", "spell_clock"})
"""Of these the second argument is the zone; None is the machine's own."""
SUSPECTS: Final = re.compile("|".join(["astimezone", "strftime", "%[HYd]", *CURRENT, *TO_SPELL]))
"""A file without one of these needs no closer look."""


def find_bare(source: str) -> Iterator[tuple[int, str]]:
    """Find what shows a time without saying by which clock: the line, and what is wrong."""
    if not SUSPECTS.search(source):
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = ast.unparse(node.format_spec)
            if "%H" in spec or "%Y" in spec or "%d" in spec:
                yield node.lineno, "spells a time itself"
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).rsplit(".", 1)[-1]
        if name == "astimezone" and not node.args and not node.keywords:
            yield node.lineno, "asks the laptop for its zone"
        elif name == "strftime":
            yield node.lineno, "spells a time itself"
        elif name in CURRENT:
            yield node.lineno, "asks the laptop's calendar"
        elif name in TO_SPELL and any(
            isinstance(one, ast.Constant) and one.value is None for one in node.args[1:]
        ):
            yield node.lineno, "takes the machine's zone"


def test_no_room_asks_the_laptop_for_its_zone() -> None:
    """Spelled by `wording/times.py` with a zone, or by one of the desk's two clocks."""
    wrong = []
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name in HELPERS:
            continue
        for line, why in find_bare(path.read_text(encoding="utf-8")):
            if why == "spells a time itself" and name in NOT_SHOWN:
                continue
            if why == "asks the laptop's calendar" and name in GUESSES:
                continue
            wrong.append(f"{name}:{line} {why}")
    assert not wrong, wrong


@pytest.mark.parametrize(
    "bare",
    [
        "f'{at.astimezone():%H:%M}'",
        "at.astimezone()",
        "f'{at:%Y-%m-%d}'",
        "at.strftime('%H')",
        "QDate.currentDate()",
        "local_datetime(at, None)",
    ],
)
def test_the_check_finds_each_bare_way(bare: str) -> None:
    """Planted one by one."""
    assert list(find_bare(bare))


def test_what_is_said_by_a_clock_is_let_be() -> None:
    """A zone, a helper, a number's format."""
    fine = "VENUE_CLOCK.stamp(at); at.astimezone(UTC); f'{n:.1f} {at}'; local_datetime(at, zone)"
    assert not list(find_bare(fine))
