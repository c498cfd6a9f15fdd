"""Every way in which a line of the board can stand has its words, and no trouble is left without
a story of real processes that provokes it and mends it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gatekeeper.organizer.before_doors.doors_ready_lines import TROUBLES, Cause, Light, Oddity
from gatekeeper.presenters.desk.doors_ready_words import spell_advice, spell_line
from tests.factories.board_watch import Provoked
from tests.integration.organizer import test_board_causes, test_board_copies

ROOT = Path(__file__).parents[4]
NOW = datetime(2026, 11, 14, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_is_said_in_words_with_what_to_do(cause: Cause) -> None:
    """What is green asks for nothing; what is not says what to do."""
    oddity = Oddity("all_over", "") if cause in {Cause.ODD, Cause.PLAN_REFUSED} else None
    line = cause.line(name="North", detail="a matter of taste", since=NOW, count=3, oddity=oddity)

    assert line.cause is cause
    assert re.fullmatch(r"[^{}]*\w[^{}]*", spell_line(line, NOW))
    assert bool(spell_advice(line)) == (cause.light is not Light.GREEN)


def test_no_line_of_the_board_stands_otherwise() -> None:
    """Lines are made of causes only: a new one cannot pass by the enumeration."""
    for file in (ROOT / "gatekeeper" / "organizer").rglob("*.py"):
        if file.name != "doors_ready_lines.py":
            assert "BoardLine(" not in file.read_text("utf-8"), file.name
    assert set(TROUBLES) == {cause for cause in Cause if cause.light is not Light.GREEN}


def test_each_trouble_is_provoked_and_mended_by_real_processes() -> None:
    """A cause that no story shows, red and green again, is one that nobody has seen end."""
    stories = (
        test_board_causes.test_the_board_is_red_for_each_cause_and_green_again,
        test_board_copies.test_the_board_says_when_another_laptop_could_not_take_over,
    )
    assert set(TROUBLES) >= Provoked.causes >= {*vars(stories[0])["causes"]}
    missing = set(TROUBLES) - {cause for story in stories for cause in vars(story)["causes"]}
    missing -= {Cause.CALLED_OFF}  # for good: no story can show its end
    assert not missing, f"give these to a story: {sorted(one.name for one in missing)}"
