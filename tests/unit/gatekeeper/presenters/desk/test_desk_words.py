"""What the organizer's desk says of a list of guests, and of a line of its board."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from gatekeeper.organizer.before_doors.doors_ready_lines import Cause, Oddity
from gatekeeper.organizer.prepare.guest_imports_client import ListImport, ListTypeCount
from gatekeeper.presenters.desk.doors_ready_words import ODDITIES, spell_line, spell_oddity
from gatekeeper.presenters.desk.guest_import_words import spell_list, spell_types
from gatekeeper.wording.texts import TEXTS
from server.publishing.oddities_before_handover import Oddity as FoundOddity
from shared.kernel.languages import LANGUAGE_NAMES

NAMING = {
    "zone_takes_every_date",
    "date_without_zone",
    "zone_without_way_in",
    "type_taken_nowhere",
    "journals_awaited",
}
LIST = ListImport(
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


def test_a_list_on_its_way_names_the_line_as_a_whole_number() -> None:
    """Line 2500 is the 2500th, not 2500.0."""
    assert "line 2500." in spell_list(LIST)
    assert "2500.0" not in spell_list(LIST)


def test_lines_that_a_spreadsheet_hides_are_told_before_they_are_taken() -> None:
    """With how many, whether or not other lines are wrong; afterwards nothing is to be done."""
    found = msgspec.structs.replace(LIST, state="checked", hidden=1_200)
    for one in (found, msgspec.structs.replace(found, wrong=3)):
        assert "hidden in the spreadsheet: 1,200." in spell_list(one)
    assert "hidden in" not in spell_list(msgspec.structs.replace(found, state="done"))


def test_guests_who_stand_in_a_list_twice_are_told_before_two_tickets_are_made() -> None:
    """They may be two of one name; whoever pasted a page twice learns it before that is taken."""
    found = msgspec.structs.replace(LIST, state="checked", alike=12)
    assert "repeat an earlier one: 12." in spell_list(found)
    assert "repeat an earlier one" not in spell_list(msgspec.structs.replace(found, alike=0))


def test_a_list_that_comes_again_says_that_whoever_is_not_in_it_still_gets_in() -> None:
    """A guest was taken out of it, another's name mended: their tickets of before stay good."""
    again = msgspec.structs.replace(LIST, state="checked", added=1, known=398)
    for state in ("checked", "done"):
        said = spell_list(msgspec.structs.replace(again, state=state))
        assert "Earlier tickets that are not on this list stay valid; to refuse" in said
        first = spell_list(msgspec.structs.replace(again, state=state, known=0))
        assert "stay valid" not in first


def test_columns_of_which_nothing_is_taken_are_named_before_the_list_is_taken() -> None:
    """A list's number of persons was passed over: the second of two stood there ticketless."""
    found = msgspec.structs.replace(
        LIST,
        state="checked",
        columns=("Code", "Kategorie", "Anzahl", "", "Telefon"),
        mapping={"code": "Code", "type": "Kategorie", "words": [{"word": "Std"}]},
    )
    for one in (found, msgspec.structs.replace(found, wrong=3)):
        said = "".join(letter for letter in spell_list(one) if letter.isprintable())
        assert "Each line is one ticket. Ignored columns: Anzahl, Telefon." in said
    all_read = msgspec.structs.replace(found, columns=("Code", "Kategorie"))
    assert "Ignored columns" not in spell_list(all_read)
    wide = msgspec.structs.replace(found, columns=tuple(f"c{place}" for place in range(60)))
    assert "c5, …." in "".join(one for one in spell_list(wide) if one.isprintable())


def test_a_list_that_was_looked_at_counts_its_types_by_their_names() -> None:
    """An older look's counts are not shown while lines are looked at anew."""
    kinds = ("tt_1", 1_200, 2, 3, 4), (None, 0, 0, 0, 5), ("tt_gone", 0, 0, 0, 1)
    types = tuple(
        ListTypeCount(ticket_type_id=kind, added=added, again=again, known=known, wrong=wrong)
        for kind, added, again, known, wrong in kinds
    )
    found = msgspec.structs.replace(LIST, state="checked", types=types)
    assert spell_types(found, {"tt_1": "Adult"}) == (
        ("Adult", "1,202", "3", "4"),
        ("(none of the event’s)", "0", "0", "5"),
        ("tt_gone", "0", "0", "1"),
    )
    assert spell_types(msgspec.structs.replace(found, state="checking"), {}) == ()


def test_a_rehearsal_that_failed_says_at_the_desk_what_was_wrong_where() -> None:
    """The gate's own page is gone after a minute; whoever sends somebody there has to know."""
    line = Cause.REHEARSAL_FAILED.line(detail="north, south", count=2)
    found = (("north", ("speed", "sound")), ("south", ("clock",)))
    line = msgspec.structs.replace(line, objections=found)
    said = spell_line(line, datetime(2026, 11, 27, tzinfo=UTC))
    plain = "".join(letter for letter in said if letter.isprintable())
    assert "north (Speed, Sound), south (Clock)" in plain


def test_readers_that_do_not_answer_are_called_as_they_are_and_the_camera_by_its_word() -> None:
    """A scanner's name is its path; the camera has none but the language's."""
    line = Cause.GATE_READER.line(name="North", readers=("camera", "serial:/dev/ttyACM0"))
    TEXTS.use("de")
    try:
        said = spell_line(line, datetime(2026, 11, 27, tzinfo=UTC))
    finally:
        TEXTS.use("en")
    plain = "".join(letter for letter in said if letter.isprintable())
    assert "Kamera" in plain
    assert "serial:/dev/ttyACM0" in plain
    assert "camera" not in plain


@pytest.mark.parametrize("language", LANGUAGE_NAMES)
def test_what_is_odd_about_an_event_is_said_in_the_desks_own_language(language: str) -> None:
    """Each code of the server has its words, with names and none of the API's fields."""
    assert {one.value for one in FoundOddity} == ODDITIES
    TEXTS.use(language)
    try:
        for code in sorted(ODDITIES):
            said = spell_oddity(Oddity(code, "No zone takes it; see ticket_type_ids.", ("Gala",)))
            assert "_" not in said, code
            assert ("Gala" in said) == (code in NAMING), code
        many = spell_oddity(Oddity("date_without_zone", "", tuple("ABCDEFG")))
        assert "E" in many
        assert "F" not in many
    finally:
        TEXTS.use("en")


def test_what_a_newer_server_finds_odd_is_said_in_its_own_words() -> None:
    """The board keeps silent about nothing."""
    assert spell_oddity(Oddity("moon_is_full", "The moon is full.")) == "The moon is full."
