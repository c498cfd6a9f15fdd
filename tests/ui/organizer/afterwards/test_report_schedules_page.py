"""Reports by mail: what is missing is said, nothing typed is lost, words are plain."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec import structs
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtTest import QTest

from gatekeeper.organizer.afterwards.report_schedules_client import find_flaw
from gatekeeper.presenters.desk.report_schedule_words import (
    spell_runs,
    words_of_schedules,
)
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.afterwards.report_schedules_flow import SchedulesFlow
from gatekeeper.ui.organizer.afterwards.report_schedules_page import SchedulesPage
from gatekeeper.ui.switching_language import speak_language
from gatekeeper.wording.times import spell_apart
from gatekeeper.wording.wall_clocks import zone_named
from shared.kernel.id_types import OrganizationId
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.keys import press
from tests.factories.mailed_screens import NOW, OVERVIEW, RUNS, schedule
from tests.factories.removed import removed_after


@pytest.fixture
def page() -> Iterator[SchedulesPage]:
    """The page by itself."""
    speak_language(make_application(), "en")
    page = SchedulesPage()
    page.show()
    with removed_after(page):
        yield page


def test_what_became_of_an_edit_is_said_though_the_room_is_read_again_and_again(
    page: SchedulesPage,
) -> None:
    """While somebody types the page stays open; while an edit is on its way it waits."""
    thread = HeldThread()
    flow = SchedulesFlow(page, make_desk_session(thread))
    house = OrganizationId("og_house")
    flow.enter(house)
    assert page.isEnabled()
    thread.answer(OVERVIEW)
    page.list.setCurrentRow(0)
    thread.answer(OVERVIEW)
    page.form.every.setCurrentIndex(1)
    press(page, "mailedSave")
    for answer in (None, OVERVIEW):
        assert not page.isEnabled()
        flow.enter(house)
        assert len(thread.asked) == 1
        thread.answer(answer)
    assert page.note == "Saved."
    flow.enter(house)
    assert page.isEnabled()
    thread.answer(OVERVIEW)
    assert page.note == "Saved."


def test_a_report_needs_a_name_and_somebody_to_get_it(page: SchedulesPage) -> None:
    """Events need no tick; what is sent is what is shown."""
    added: list[object] = []
    page.added.connect(added.append)
    page.show_overview(OVERVIEW)
    press(page, "mailedSave")
    assert page.form.flaw.text() == "Give it a name."
    page.form.name.setText(" Books ")
    press(page, "mailedSave")
    assert page.form.flaw.text().startswith("Tick at least one")
    page.form.recipients.item(1).setCheckState(Qt.CheckState.Checked)
    press(page, "mailedSave")
    (fields,) = added
    assert fields == {
        "name": "Books",
        "kind": "event",
        "event_ids": [],
        "form": "pdf",
        "language": "en",
        "recipients": ["sam@example.org"],
        "every": "day",
        "weekday": 0,
        "month_day": 1,
        "clock": "08:00",
        "timezone": "Europe/Berlin",
    }
    assert find_flaw({"name": "N", "recipients": ["a"] * 21}) == "many"


def test_what_is_typed_stays_while_the_room_is_read_anew(page: SchedulesPage) -> None:
    """And a report is shown as it is, with its own clock and addresses."""
    page.show_overview(OVERVIEW)
    page.list.setCurrentRow(0)
    assert page.form.fields == OVERVIEW.schedules[0].fields
    assert not page.form.is_typed_in
    page.form.name.setText("Typed")
    others = structs.replace(OVERVIEW, schedules=(schedule(1, name="Other"), schedule(2)))
    page.show_overview(others)
    assert page.form.name.text() == "Typed"
    page.show_overview(structs.replace(OVERVIEW, schedules=()))
    assert page.schedule is None


def test_another_report_takes_nothing_that_is_typed(page: SchedulesPage) -> None:
    """A name was gone at a touch of the list; an event that is not offered here is kept."""
    over = structs.replace(OVERVIEW, events={})
    page.show_overview(over)
    assert over.schedules[0].event_ids
    page.list.setCurrentRow(0)
    assert not page.form.is_typed_in  # else it could never be left
    page.form.name.setText("Typed")
    page.list.setCurrentRow(1)
    assert (page.schedule, page.list.currentRow()) == (over.schedules[0], 0)
    press(page, "mailedNew")
    assert (page.form.name.text(), page.note) == ("Typed", "Save or discard this first.")
    press(page, "mailedUndo")
    page.list.setCurrentRow(1)
    assert (page.schedule, page.note) == (over.schedules[1], "")


def test_times_and_outcomes_are_said_by_the_places_clock(page: SchedulesPage) -> None:
    """A time that comes twice says which one it is."""
    assert (
        spell_apart(NOW, zone_named("Europe/Berlin"))
        .strip("\u2066\u2069")
        .endswith("02:30 (UTC+02:00)")
    )
    rows = spell_runs(RUNS, "Europe/Berlin")
    assert "on request" in rows[0][0]
    assert [row[2] for row in rows] == [
        "… waiting",
        "… being handed over",
        "✓ sent",
        "✕ the mail server rejected it, or every attempt failed",
        "? may have arrived; not sent again: ask them",
    ]
    words = words_of_schedules(OVERVIEW.events)
    assert words.value("event_ids", ["ev_2"]) == "Summer Fair"
    assert words.value("weekday", 6) == "Sunday"


def test_a_code_is_asked_for_and_said(page: SchedulesPage) -> None:
    """For an address that is one."""
    asked: list[str] = []
    said: list[tuple[str, str]] = []
    page.asked_address.connect(asked.append)
    page.confirmed.connect(lambda one, code: said.append((one.id, code)))
    page.show_overview(OVERVIEW)
    press(page, "mailedAskCode")
    assert page.note.startswith("Type an address")
    page.email.setText("tax@example.org")
    press(page, "mailedAskCode")
    page.code.setText("1234 5678")
    press(page, "mailedSayCode")
    assert (asked, said) == (["tax@example.org"], [("ra_2", "1234 5678")])


def test_an_address_is_removed_once_that_was_answered(page: SchedulesPage) -> None:
    """The question names the reports that go there; another address is another question."""
    removed: list[str] = []
    page.address_removed.connect(lambda one: removed.append(one.email))
    page.show_overview(OVERVIEW)
    press(page, "mailedLeave")
    assert "books@example.org" in page.question.asked
    press(page, "mailedLeaveNo")
    assert (page.question.asked, removed) == ("", [])
    goes = structs.replace(OVERVIEW.schedules[0], recipients=("books@example.org",))
    page.show_overview(structs.replace(OVERVIEW, schedules=(goes,)))
    press(page, "mailedLeave")
    assert goes.name in page.question.asked
    page.show_overview(structs.replace(OVERVIEW, schedules=(goes,)))
    assert page.question.asked, "a look meanwhile takes no question away"
    page.known.setCurrentIndex(1)
    assert page.question.asked == ""
    page.known.setCurrentIndex(0)
    press(page, "mailedLeave")
    press(page, "mailedLeaveYes")
    assert removed == ["books@example.org"]
    page.show_overview(structs.replace(OVERVIEW, addresses=()))
    assert not page.known.isVisible()


def test_the_keyboard_passes_through_the_list_and_opens_nothing(page: SchedulesPage) -> None:
    """What is typed for a new report stays; an arrow key opens the first one."""
    page.show_overview(OVERVIEW)
    page.list.setFocus(Qt.FocusReason.TabFocusReason)
    QCoreApplication.sendEvent(
        page.list, QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason)
    )
    assert (page.list.currentRow(), page.schedule) == (-1, None)
    QTest.keyClick(page.list, Qt.Key.Key_Down)
    assert page.schedule == OVERVIEW.schedules[0]
