"""What the organizer's desk says of a list of guests, and of a line of its board."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from gatekeeper.organizer.board_lines import Cause
from gatekeeper.organizer.guest_lists import ListImport
from gatekeeper.presenters.desk_words import spell_line, spell_list


def test_a_list_on_its_way_names_the_line_as_a_whole_number() -> None:
    """Line 2500 is the 2500th, not 2500.0."""
    found = ListImport(
        id="im_1",
        state="placing",
        columns=("Code",),
        sample=(),
        mapping={},
        position=2_500,
        size=5_000,
        lines=5_000,
        added=0,
        again=0,
        known=0,
        wrong=0,
        named=0,
        said="",
    )
    assert "2500 " in spell_list(found)
    assert "2500.0" not in spell_list(found)


def test_a_rehearsal_that_failed_says_at_the_desk_what_was_wrong_where() -> None:
    """The gate's own page is gone after a minute; whoever sends somebody there has to know."""
    line = Cause.REHEARSAL_FAILED.line(detail="north, south", count=2)
    found = (("north", ("speed", "sound")), ("south", ("clock",)))
    line = msgspec.structs.replace(line, objections=found)
    said = spell_line(line, datetime(2026, 11, 27, tzinfo=UTC))
    plain = "".join(letter for letter in said if letter.isprintable())
    assert "north (Speed, Sound), south (Clock)" in plain
