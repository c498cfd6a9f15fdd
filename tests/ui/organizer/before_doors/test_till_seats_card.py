"""The reserved seats of the chosen till: given row by row, freed after a question."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec import structs

from gatekeeper.organizer.before_doors.till_seats_client import SeatGrants
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.before_doors.devices_page import DevicesPage
from gatekeeper.ui.organizer.before_doors.till_seats_flow import TillSeatsFlow
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.keys import button
from tests.factories.removed import removed_after
from tests.factories.stock_screens import NOW, TILL
from tests.factories.till_seat_screens import make_rows, make_seats

GATE = structs.replace(TILL, id="dv_1", name="north-1", role="gate", gate="North")
REVOKED = structs.replace(TILL, is_revoked=True)
SITE = EventSite(OrganizationId("og_house"), EventId("ev_1"))


@pytest.fixture
def page() -> Iterator[DevicesPage]:
    """The room by itself."""
    speak_language(make_application(), "en")
    page = DevicesPage()
    page.show()
    page.show_devices([GATE, TILL], NOW)
    with removed_after(page):
        yield page


@pytest.fixture
def thread(page: DevicesPage) -> HeldThread:
    """Where the card's flow asks; nothing is asked yet."""
    thread = HeldThread()
    flow = TillSeatsFlow(page.seats, make_desk_session(thread))
    flow.enter(SITE)
    assert thread.asked == []
    return thread


def test_free_seats_of_a_row_are_given_and_those_that_are_taken_left_out(
    page: DevicesPage, thread: HeldThread
) -> None:
    """Rows without a free seat are not offered; who was faster is told."""
    card = page.seats
    page.table.selectRow(0)
    assert (thread.asked, card.isHidden()) == ([], True)
    page.table.selectRow(1)
    assert card.isHidden(), "until it is known whether the event has seats"
    thread.answer(make_seats())
    assert not card.isHidden()
    assert card.own.text() == "Seats only it may sell: 4.\nStalls · A · 1–4"
    assert [card.row.itemText(at) for at in range(card.row.count())] == [
        "Stalls · A · free: 4",
        "Stalls · C · free: 10",
    ]
    assert list(card.chosen) == ["A-6", "A-7", "A-9", "A-10"]
    card.first.setCurrentIndex(card.first.findData("A-9"))
    card.last.setCurrentIndex(card.last.findData("A-7"))
    assert list(card.chosen) == ["A-7", "A-9"], "whichever is named first"
    button(page, "tillSeatsGive").click()
    assert (card.row.isEnabled(), page.table.isEnabled()) == (False, False)
    button(page, "tillSeatsGive").click()
    assert len(thread.asked) == 1
    taken = Refused("no", (), problem="seat-taken", status=409)
    thread.answer((make_seats(), taken))
    assert "none was assigned" in card.note
    card.row.setCurrentIndex(1)
    button(page, "tillSeatsGive").click()
    thread.answer((make_seats(), None))
    assert card.note == "Seats assigned: 10. Till 1 can sell them from its next contact."
    assert card.row.currentText().startswith("Stalls · C"), "its row stays chosen"
    assert page.table.isEnabled()


def test_a_revoked_tills_seats_are_freed_after_a_question_and_nothing_is_given_to_it(
    page: DevicesPage, thread: HeldThread
) -> None:
    """A revoked one without seats needs no card, and who may only look has no buttons."""
    card = page.seats
    page.table.selectRow(1)
    thread.answer(make_seats())
    page.show_devices([GATE, REVOKED], NOW)
    thread.answer(make_seats())
    assert button(page, "tillSeatsGive").isVisible() is False
    freed: list[bool] = []
    card.freed.connect(lambda: freed.append(True))
    button(page, "tillSeatsFree").click()
    assert "seats of Till 1 to everyone (4)?" in card.question.asked
    button(page, "tillSeatsNo").click()
    assert (freed, card.question.asked) == ([], "")
    button(page, "tillSeatsFree").click()
    button(page, "tillSeatsYes").click()
    assert freed == [True]
    thread.answer((SeatGrants(rows=make_rows()), 4))
    assert card.note == "Seats released: 4."
    assert not card.isHidden(), "what came of it is still said"
    page.show_devices([GATE, TILL], NOW)
    thread.answer(make_seats())
    card.let_edit(may_edit=False)
    assert (card.isHidden(), button(page, "tillSeatsGive").isVisible()) == (False, False)


def test_an_event_without_seats_has_no_card(page: DevicesPage, thread: HeldThread) -> None:
    """And what comes late of another till is not shown."""
    page.table.selectRow(1)
    thread.answer(SeatGrants())
    assert page.seats.isHidden()
    other = structs.replace(TILL, id="dv_9", name="Till 9")
    page.show_devices([TILL, other], NOW)
    page.table.selectRow(1)
    late = thread.asked[-1]
    page.table.selectRow(0)
    late[0](make_seats())
    assert page.seats.isHidden()
