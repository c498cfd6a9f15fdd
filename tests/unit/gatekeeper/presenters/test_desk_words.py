"""What the organizer's desk says of a list of guests."""

from __future__ import annotations

from gatekeeper.organizer.guest_lists import ListImport
from gatekeeper.presenters.desk_words import spell_list


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
