"""The page of people: rights in words, nothing ended unasked, badges saved and read again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pypdfium2 as pdfium
import pytest
import zxingcpp

from gatekeeper.organizer.organization.new_staff import MadePerson
from gatekeeper.organizer.organization.staff_client import AMOUNT, PERCENT
from gatekeeper.presenters.desk.staff_words import spell_may
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.organization.badges_card import name_file
from gatekeeper.ui.organizer.organization.people_page import PeoplePage
from gatekeeper.ui.organizer.widgets.time_zone_box import TimeZoneBox
from gatekeeper.ui.switching_language import speak_language
from tests.factories.keys import button
from tests.factories.people_screens import BADGES, HOUSE, KIM, RIGHTS, STAFF, staff
from tests.factories.removed import removed_after


@pytest.fixture
def page() -> Iterator[PeoplePage]:
    """The page by itself."""
    speak_language(make_application(), "en")
    page = PeoplePage()
    page.show_people(STAFF, "EUR")
    page.show()
    with removed_after(page):
        yield page


def test_rights_are_said_in_words_typed_and_sent_as_a_whole(page: PeoplePage) -> None:
    """An amount as people write it; what cannot be meant is said and not sent."""
    saved: list[tuple[object, object]] = []
    page.card.saved.connect(lambda base, fields: saved.append((base, fields)))
    page.list.setCurrentRow(2)
    assert page.card.may.text().startswith("May do alone: sell, find buyers, discount up to 10%")
    assert not button(page, "staffSave").isEnabled()
    page.card.form.ticks["comp"].setChecked(True)
    page.card.form.amount.setText("12,x")
    button(page, "staffSave").click()
    assert saved == []
    assert page.card.note
    page.card.form.amount.setText("12,5")
    button(page, "staffSave").click()
    rights = KIM.rights | {"comp": True, AMOUNT: 1_250, PERCENT: 10}
    assert saved == [(KIM, {"name": "Kim", "rights": rights})]
    button(page, "staffUndo").click()
    assert not page.card.form.is_typed_in
    nobody = staff(9, "cashier", "Eve", rights=RIGHTS | {"sell": False})
    assert spell_may(nobody, "EUR") == "May do nothing alone, not even sell."


def test_what_is_typed_outlives_a_look_and_whoever_is_gone_is_shown_no_more(
    page: PeoplePage,
) -> None:
    """Others' edits come into a form that nobody has typed into."""
    page.list.setCurrentRow(2)
    other = staff(3, "cashier", "Kim B.", etag='"b"')
    page.show_people((*STAFF[:2], other), "EUR")
    assert page.card.form.name.text() == "Kim B."
    page.card.form.name.setText("Kim C.")
    page.show_people((*STAFF[:2], staff(3, "cashier", "Kim D.", etag='"c"')), "EUR")
    assert page.card.form.name.text() == "Kim C."
    assert page.card.base == other
    page.show_people(STAFF[:2], "EUR")
    assert page.card.isHidden()
    assert page.list.currentRow() == -1


def test_somebody_else_takes_no_rights_that_are_typed(page: PeoplePage) -> None:
    """They were gone at a touch of the list; of rights that a server does not know stays none."""
    page.list.setCurrentRow(2)
    shown = page.card.staff
    page.card.form.percent.setValue(50)
    page.list.setCurrentRow(0)
    assert (page.card.staff, page.list.currentRow()) == (shown, 2)
    assert (page.card.form.percent.value(), page.card.note) == (50, "Save or discard this first.")
    button(page, "staffUndo").click()
    page.list.setCurrentRow(0)
    assert page.card.staff == STAFF[0]
    page.show_staff(msgspec.structs.replace(STAFF[2], rights={}))
    assert not page.card.form.is_typed_in


def test_no_badge_or_pin_ends_without_an_answer(page: PeoplePage) -> None:
    """Each question says what ends and when; stewards and cashiers have no PIN."""
    acts: list[str] = []
    card = page.card
    for name in ("renewed", "pin_renewed", "withdrawn", "removed"):
        getattr(card, name).connect(lambda one, act=name: acts.append(f"{act} {one.name}"))
    page.list.setCurrentRow(0)
    for name in ("renew", "pin", "withdraw", "remove"):
        button(page, f"staff_{name}").click()
        assert "Sam Okafor" in card.card.asked
        button(page, "staffNo").click()
        assert card.card.asked == ""
    assert acts == []
    for name in ("renew", "pin", "withdraw", "remove"):
        button(page, f"staff_{name}").click()
        button(page, "staffYes").click()
    assert [one.split()[0] for one in acts] == ["renewed", "pin_renewed", "withdrawn", "removed"]
    page.list.setCurrentRow(3)
    assert button(page, "staff_pin").isHidden()
    assert button(page, "staff_withdraw").isHidden()
    assert button(page, "staff_renew").text() == "Create a badge …"


def test_a_badge_is_drawn_for_whom_the_question_showed(page: PeoplePage) -> None:
    """Another desk draws one before the answer: the server is told what was looked at."""
    renewed: list[object] = []
    page.card.renewed.connect(renewed.append)
    page.list.setCurrentRow(2)
    button(page, "staff_renew").click()
    page.show_people((*STAFF[:2], msgspec.structs.replace(KIM, etag='"new"')), "EUR")
    button(page, "staffYes").click()
    assert renewed == [KIM]


def test_a_reader_sees_rights_and_can_change_none(page: PeoplePage) -> None:
    """Members are managers' to see."""
    page.let_edit(may_edit=False, is_owner=False)
    page.list.setCurrentRow(2)
    assert not page.card.form.isEnabled()
    assert button(page, "staffSave").isHidden()
    assert not button(page, "staff_remove").isVisible()
    assert not page.tabs.isTabVisible(1)


def test_one_badge_and_all_are_offered_for_paper(page: PeoplePage) -> None:
    """A button each, and one for all where there are several."""
    printed: list[object] = []
    card = page.badges
    card.printed.connect(printed.append)
    page.show_badges(BADGES[:1])
    assert not button(page, "badgePrintAll").isVisible()
    page.show_badges(BADGES)
    button(page, "badgePrintAll").click()
    button(page, "badgePrint").click()
    assert printed[0] == BADGES
    assert printed[1] in ((BADGES[0],), (BADGES[1],))
    card.forget()
    assert not button(page, "badgePrintAll").isVisible()


def test_a_zone_is_found_by_a_part_of_its_name() -> None:
    """Without case and underscores; what is nobody's zone stays as it was typed."""
    make_application()
    box = TimeZoneBox("Europe/Berlin")
    for typed, meant in (
        ("tokyo", "Asia/Tokyo"),
        ("new york", "America/New_York"),
        ("UTC", "UTC"),
        ("europe/paris", "Europe/Paris"),
        ("Tycho", "Tycho"),
        ("europe", "europe"),
        ("", ""),
    ):
        box.setCurrentText(typed)
        assert box.zone == meant
    box.deleteLater()


def test_the_organization_is_typed_and_what_cannot_be_is_said(page: PeoplePage) -> None:
    """The clock of the zone is shown while it is chosen; an owner alone may save."""
    card = page.organization
    saved: list[object] = []
    card.saved.connect(lambda _base, fields: saved.append(fields))
    card.tell_time(lambda: datetime(2026, 11, 22, 18, 30, tzinfo=UTC))
    card.show_organization(HOUSE)
    assert "2026-11-22 19:30 (UTC+01:00)" in card.time.text()
    assert not button(page, "organizationSave").isEnabled()
    card.timezone.setCurrentText("tokyo")
    assert "2026-11-23 03:30 (UTC+09:00)" in card.time.text()
    for field, wrong, right in (
        (card.currency, "EUX", "chf"),
        (card.name, " ", "Lanterns"),
    ):
        field.setText(wrong)
        button(page, "organizationSave").click()
        assert saved == []
        assert card.note
        field.setText(right)
    card.show_organization(msgspec.structs.replace(HOUSE, name="Other", etag='"b"'))
    assert card.name.text() == "Lanterns", "what is typed outlives a look"
    button(page, "organizationSave").click()
    changed = {"timezone": "Asia/Tokyo", "currency": "CHF", "name": "Lanterns"}
    assert saved == [HOUSE.fields | changed]
    card.let_edit(may_edit=False)
    assert card.name.isReadOnly()
    assert button(page, "organizationSave").isHidden()


def codes_of(file: Path) -> list[str]:
    """Turn a file to pixels, and read what a scanner reads."""
    found = []
    for page in pdfium.PdfDocument(io.BytesIO(file.read_bytes())):
        picture = page.render(scale=200 / 72).to_numpy()
        found += [one.text for one in zxingcpp.read_barcodes(np.ascontiguousarray(picture))]
    return found


@pytest.mark.parametrize(
    ("names", "file"),
    [
        (("Ana Sánchez",), "badges-Ana-Sánchez.pdf"),
        (("Ana", "Ben"), "badges-Ana-Ben.pdf"),
        (("../../x:y",), "badges-x-y.pdf"),
        (("…",), "badges.pdf"),
        (("a" * 200,), f"badges-{'a' * 60}.pdf"),
    ],
)
def test_a_file_of_badges_is_called_after_whose_they_are(
    names: tuple[str, ...], file: str
) -> None:
    """The next badge is not offered under the name of the last ones, which were shown once."""
    people = [MadePerson(name=name, role="supervisor", badge="GKB1-X", pin="") for name in names]
    assert name_file(people) == file
