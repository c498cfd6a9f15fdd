"""Codes for devices that nobody has used: a manager sees them where devices are, and ends them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gatekeeper.organizer.before_doors.devices_client import Pairing
from gatekeeper.organizer.server_api import Refused
from gatekeeper.presenters.colors import THEMES
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.before_doors.devices_page import DevicesPage
from gatekeeper.ui.organizer.before_doors.open_codes_card import OpenCodesFlow
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.switching_language import speak_language
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.keys import press
from tests.factories.open_codes_screens import HERE, OPEN_CODES, UNTIL
from tests.factories.removed import removed_after

GATES = {"gt_1": "North"}


@pytest.fixture
def page() -> Iterator[DevicesPage]:
    """The page by itself."""
    speak_language(make_application(), "en")
    page = DevicesPage()
    page.show()
    with removed_after(page):
        yield page


def test_an_open_code_is_seen_and_taken_back(page: DevicesPage) -> None:
    """Whoever had it could make a gate, and at the desk nobody knew of it; its picture goes."""
    thread = HeldThread()
    flow = OpenCodesFlow(page.codes, make_desk_session(thread))
    assert not page.codes.isVisible()
    flow.enter(HERE, GATES)
    thread.answer(OPEN_CODES)
    table = page.codes.table
    said = [
        [item.text() if (item := table.item(row, column)) else "" for column in range(4)]
        for row in range(table.rowCount())
    ]
    assert said == [
        ["Gate", "North", "Mara Holt", "2026-11-29 22:00"],
        ["Till", "another event", "a program, or a former member", "2026-12-29 22:00"],
    ]
    page.show_pairing(Pairing("GK...", UNTIL, OPEN_CODES[0].id), "22:00")
    table.selectRow(0)
    press(page, "codeTakeBack")
    assert page.line.text() == ""
    thread.answer(None)
    thread.answer(OPEN_CODES[1:])
    assert page.codes.note == "Withdrawn: this code no longer pairs a device."
    assert table.rowCount() == 1
    table.selectRow(0)
    press(page, "codeTakeBack")
    thread.refuse(Refused("There is no such open code.", (), problem="not-found", status=404))
    thread.answer(())
    assert "was used, withdrawn" in page.codes.note
    assert not table.isVisible()


def test_who_may_take_none_back_is_asked_and_shown_none(page: DevicesPage) -> None:
    """The server lists codes to managers alone: at the desk of others each look would fail."""
    thread = HeldThread()
    page.codes.let_edit(may_edit=False)
    OpenCodesFlow(page.codes, make_desk_session(thread)).enter(HERE, GATES)
    assert thread.asked == []
    work = EventPages(THEMES["light"])
    work.show_role("staff")
    assert not work.devices.codes.may_edit
    work.deleteLater()
