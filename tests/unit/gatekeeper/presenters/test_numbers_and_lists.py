"""Numbers, money and what a server says, as each language has them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.organizer.before_doors.event_cancelling_client import (
    CallingOffPreview,
    TicketCount,
)
from gatekeeper.organizer.during.conflicts_client import Conflict
from gatekeeper.organizer.prepare.guest_imports_client import WrongLine
from gatekeeper.presenters.desk.conflict_words import EXCESS, spell_detail
from gatekeeper.presenters.desk.event_cancelling_words import spell_preview
from gatekeeper.presenters.desk.guest_import_words import WRONG, spell_wrong
from gatekeeper.wording.texts import TEXTS, Texts, read_catalogue
from server.imports.columns_and_lines import LineReader, Mapping
from server.imports.columns_and_lines import WrongLine as FoundWrong
from server.imports.reading_csv_and_xlsx import SheetRow
from server.ticketing import words_of_wrong_lines
from server.ticketing.finding_and_changing_tickets import TicketType
from shared.credential.badges_and_pins import BADGE_PREFIX
from shared.credential.sizes_and_bounds import DIGIT_COUNT
from shared.journal.entry import FALSE_PEER
from shared.kernel.currencies import DIGITS, write_plain
from shared.kernel.id_types import EventId, TicketTypeId
from shared.kernel.languages import LANGUAGE_NAMES
from shared.kernel.money import Money

SERVER = Path(__file__).parents[4] / "server"
FLOOR = TicketTypeId("tt_floor")


@pytest.fixture(autouse=True)
def _back_to_english() -> Iterator[None]:
    yield
    TEXTS.use("en")


def literals(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {
        one.value
        for one in ast.walk(tree)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def test_money_has_the_decimals_in_which_it_is_counted() -> None:
    """Also of currencies whose smallest coins few use: 1200 of them is twelve, not 1200."""
    for currency in DIGITS:
        said = Texts("en").money(Money(123_450, currency))
        digits = "".join(one for one in said if one in "0123456789.")
        assert digits.strip(".") == write_plain(123_450, currency), currency


def test_numbers_are_written_as_the_language_does() -> None:
    """With its own marks, and counted in their last decimal."""
    spelt = {language: Texts(language).number(1_234_560, 2) for language in ("en", "de", "es")}
    assert spelt == {"en": "12,345.60", "de": "12.345,60", "es": "12.345,60"}
    assert Texts("de").number(1_234, 0) == "1.234"


@pytest.mark.parametrize("language", LANGUAGE_NAMES)
def test_a_wrong_line_is_told_in_the_language(language: str) -> None:
    """Nothing of the server's English is left, in any other language."""
    TEXTS.use(language)
    for message in (*WRONG, "stands on line 14 already"):
        said = spell_wrong(WrongLine(5, "type", message))
        assert language == "en" or message not in said
        assert "5" in said
    assert "something new" in spell_wrong(WrongLine(5, "seat", "something new"))


@pytest.mark.parametrize(
    "cells",
    [
        "A-1,,Ada,ada@",
        f"A-1,,{'A' * 201},",
        "A\x01B,,,",
        f"{'7' * DIGIT_COUNT},,,",
        ",no chip,,",
        ",08:A1:B2:C3,,",
        f"{BADGE_PREFIX}7K2M9Q4TH5WX3NP,,,",
        "4.53E+12,,,",
        "A-1,,,ada@example.org",
        "A-1,04A1B2C3,,",
        ",,,",
        "A-1,,,,more",
    ],
)
def test_each_line_that_a_list_may_get_wrong_is_told_in_the_language(cells: str) -> None:
    """An address with a slip in it was told in English, at every desk."""
    kinds = {FLOOR: TicketType(id=FLOOR, name="Floor", code=1)}
    mapping = Mapping(code="code", uid="uid", name="name", email="email", ticket_type_id=FLOOR)
    columns = ["code", "uid", "name", "email"]
    reader = LineReader(EventId("ev_1"), columns, mapping, kinds)
    found = reader.read(SheetRow(2, cells.split(",")))
    assert isinstance(found, FoundWrong)
    TEXTS.use("de")

    assert found.message not in spell_wrong(WrongLine(2, found.field, found.message))


def test_what_the_desk_translates_is_what_the_server_says() -> None:
    """A sentence that changes there changes here."""
    rooms = (
        "imports/columns_and_lines.py",
        "imports/import_job.py",
        "ticketing/words_of_wrong_lines.py",
    )
    said = set[str]().union(*(literals(SERVER / room) for room in rooms))
    assert set(WRONG) <= said
    shared = {one for name, one in vars(words_of_wrong_lines).items() if name.isupper()}
    assert shared <= set(WRONG)
    assert EXCESS in literals(SERVER / "reconciliation" / "double_uses.py")


def test_a_note_of_the_record_is_told_as_one() -> None:
    """It is English, and says so by where it comes from; of some kinds it stands what to do."""
    TEXTS.use("de")
    conflict = Conflict(
        id="",
        kind="clock",
        ticket="",
        detail="",
        is_ordered=True,
        disposition="",
        opened_at=datetime.now(UTC),
        updated_at=datetime.now(UTC),
    )

    def said(**about: str) -> str:
        return spell_detail(replace(conflict, **about))

    assert said() == ""
    assert said(detail=EXCESS) == "Öfter eingelassen, als das Ticket erlaubt."
    assert said(detail="7 passages") == "Aus dem Protokoll: 7 passages"
    first, noted, advice = said(kind=FALSE_PEER, device="Süd", detail="flooding").split("\n")
    assert ("Süd" in first, noted) == (True, "Aus dem Protokoll: flooding")
    assert "sperren" in advice
    noted, advice = said(kind="oversold", detail="7 tickets").split("\n")
    assert ("7 tickets" in noted, "kommt hinein" in advice) == (True, True)
    assert TEXTS.say("orders.allow") in said(kind="sold_out_of_range")


def test_what_is_counted_is_spelt_as_the_language_does_and_what_is_named_is_not() -> None:
    """Tens of thousands are read at a glance; an order's number stands as on its paper."""
    TEXTS.use("de")
    assert "12.345" in TEXTS.say("desk.doors_ready.conflicts.open", count=12_345)
    assert "1.234" in TEXTS.say("calloff.working", settled=1_234, orders=45_678)
    assert TEXTS.say("orders.name", number=12_345).endswith("12345")
    counted = TicketCount("Parkett", "paid", 12_345)
    preview = CallingOffPreview(
        tickets=(counted,), inside_persons=1_234, orders=5_678, by_currency=()
    )
    assert [value for _, value in spell_preview(preview)] == ["12.345", "1.234", "5.678"]


def test_no_line_of_french_begins_with_a_colon() -> None:
    """Its signs stand apart from their words, and stay with them where a line is broken."""
    apart = re.compile(r" [:;?!»]|« ")
    for message in read_catalogue("fr").values():
        for text in [message] if isinstance(message, str) else message.values():
            assert not apart.search(text), text
    said = {language: Texts(language).about("Stalls", "A 6") for language in ("fr", "de")}
    assert said == {"fr": "Stalls\N{NO-BREAK SPACE}: A 6", "de": "Stalls: A 6"}
