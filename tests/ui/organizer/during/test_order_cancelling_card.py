"""The end of a whole order: what it means is shown, and nothing is done that was not agreed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import pytest
from msgspec import structs
from PySide6.QtWidgets import QApplication, QLabel

from gatekeeper.organizer.during.order_cancelling_client import EndedOrder, EndedTicket, Ending
from gatekeeper.organizer.during.orders_client import OpenedOrder, OrderClient
from gatekeeper.presenters.desk.order_cancelling_words import ORDER_TICKETS_NAMED, spell_ended
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.during.orders_flow import OrdersFlow
from gatekeeper.ui.organizer.during.orders_page import OrdersPage
from gatekeeper.ui.switching_language import speak_language
from gatekeeper.wording.codes_in_sentences import hold_codes
from tests.factories.desk_screens import ENDING, ORDER, SITE, TICKETS
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.keys import button
from tests.factories.removed import removed_after

if TYPE_CHECKING:
    from gatekeeper.organizer.server_api import ServerApi


@pytest.fixture
def page() -> Iterator[OrdersPage]:
    """The page by itself, with an order that is looked at."""
    speak_language(make_application(), "en")
    page = OrdersPage()
    page.show()
    page.show_opened(OpenedOrder(ORDER, TICKETS))
    with removed_after(page):
        yield page


def test_tickets_money_and_who_is_inside_are_shown_before_and_a_reason_is_needed(
    page: OrdersPage,
) -> None:
    """The act carries what was shown, so that nothing else is done."""
    asked: list[object] = []
    said: list[str] = []
    page.ending.agreed.connect(lambda *what: asked.append(what))
    page.ending.refused.connect(said.append)
    page.show_ending(ENDING)
    assert page.card.isHidden()
    for words in (
        "Cancel order 2310 with all of its tickets (2)?",
        "Under the refund terms €40.00 is refunded now",
        "Paid by: card €30.00, cash €50.00.",
        "someone entered on: 1",
        "€20.00 of €40.00 · used",
    ):
        assert words in page.ending.said
    button(page, "endingGo").click()
    assert "the reason for cancelling" in said[-1]
    page.ending.reason.setText(" ill ")
    button(page, "endingGo").click()
    assert "tick the box" in said[-1]
    page.ending.even_used.setChecked(True)
    page.ending.in_full.setChecked(True)
    page.set_busy(is_busy=True)
    button(page, "endingGo").click()
    assert asked == []
    page.set_busy(is_busy=False)
    button(page, "endingGo").click()
    assert asked == [(ENDING, "ill", True, True)]
    button(page, "endingLeave").click()
    assert (page.ending.said, page.card.isHidden()) == ("", False)


def test_another_order_or_ticket_ends_the_question(page: OrdersPage) -> None:
    """What is typed is kept for the same order only, and an order that is over has no end."""
    page.show_ending(ENDING)
    page.ending.reason.setText("ill")
    page.table.setCurrentCell(1, 0)
    assert page.ending.isHidden()
    page.show_ending(structs.replace(ENDING, tickets=ENDING.tickets[:1]))
    assert page.ending.reason.text() == "ill"
    page.show_ending(structs.replace(ENDING, order_id="or_2"))
    assert page.ending.reason.text() == ""
    page.show_opened(OpenedOrder(structs.replace(ORDER, state="cancelled"), TICKETS))
    assert page.ending.isHidden()
    assert button(page, "orderEnd").isHidden()
    gone = tuple(structs.replace(one, state="cancelled") for one in TICKETS)
    page.show_opened(OpenedOrder(ORDER, gone))
    assert button(page, "orderEnd").isHidden()


def test_a_large_order_names_the_used_tickets_first_and_counts_the_rest(
    page: OrdersPage,
) -> None:
    """Five hundred lines would hide what a person has to think about."""
    tickets = tuple(
        EndedTicket(
            id=f"{place}",
            code=f"T-{place}",
            kind="Standing",
            price_minor=0,
            back_minor=0,
            is_used=place == 499,
        )
        for place in range(500)
    )
    page.show_ending(structs.replace(ENDING, tickets=tickets, by_tender={}))
    lines = page.ending.said.splitlines()
    assert f"{hold_codes('T-499')} · Standing · used" in lines[1]
    assert f"And more: {500 - ORDER_TICKETS_NAMED}." in lines
    assert "Nothing was paid for it: nothing is refunded." in lines
    assert not page.ending.in_full.isVisible()


def test_what_came_of_it_says_what_is_owed_and_by_what_it_was_paid() -> None:
    """And says so where nothing is owed, or no payment is known."""
    speak_language(make_application(), "en")
    ended = EndedOrder(number=7, tickets=2, currency="EUR", owed_minor=5_000, by_tender={})
    assert spell_ended(ended) == (
        "Order 7 is cancelled. Tickets: 2. €50.00 is owed to the buyer. Gates deny them from"
        " their next contact. No payment is recorded here: refund it where it was paid."
    )
    assert "Nothing is owed" in spell_ended(structs.replace(ended, owed_minor=0))
    shown = Ending(
        order_id="or_1", number=7, is_paid=False, currency="EUR", tickets=(), by_tender={}
    )
    assert (shown.price_minor, shown.back_minor, shown.used) == (0, 0, 0)


def test_nothing_is_done_that_was_not_shown_and_what_came_of_it_is_said(
    page: OrdersPage,
) -> None:
    """An order that has changed meanwhile is asked about anew; no second act begins before."""
    thread, office = HeldThread(), cast("ServerApi", None)
    flow = OrdersFlow(page, make_desk_session(thread, office))
    flow._client = OrderClient(office, SITE)
    button(page, "orderEnd").click()
    flow._count(0, 300)
    assert page.note.text() == "", "a short order is dealt with before that is read"
    flow._count(120, 300)
    assert page.note.text() == "Tickets: 120 of 300 …"
    thread.answer(ENDING)
    assert (page.note.text(), page.ending.isHidden()) == ("", False)
    flow._count(121, 300)
    assert page.note.text() == "", "what is told late is not said"
    page.ending.reason.setText("ill")
    page.ending.even_used.setChecked(True)
    button(page, "endingGo").click()
    button(page, "endingGo").click()
    assert len(thread.asked) == 1
    thread.answer((structs.replace(ENDING, by_tender={}), OpenedOrder(ORDER, TICKETS)))
    assert "Nothing was done: look again" in page.note.text()
    assert (page.ending.isHidden(), page.ending.reason.text()) == (False, "ill")
    page.ending.even_used.setChecked(True)
    button(page, "endingGo").click()
    gone = tuple(structs.replace(one, state="cancelled") for one in TICKETS)
    over = OpenedOrder(structs.replace(ORDER, state="cancelled"), gone)
    ended = EndedOrder(number=2_310, tickets=2, currency="EUR", owed_minor=0, by_tender={})
    thread.answer((ended, over))
    assert "Order 2310 is cancelled. Tickets: 2. Nothing is owed." in page.note.text()
    assert (page.ending.isHidden(), button(page, "orderEnd").isHidden()) == (True, True)


def test_an_order_stays_together_while_its_end_is_asked_about(page: OrdersPage) -> None:
    """Its name, its facts and its buttons were spread over the room of the table that is away."""
    page.resize(960, 700)
    QApplication.processEvents()
    title = page.findChild(QLabel, "orderTitle")
    assert title is not None
    before, place = title.height(), page.table.geometry()
    page.show_ending(ENDING)
    QApplication.processEvents()
    assert title.height() <= before
    assert page.ending.geometry().top() < place.center().y()
