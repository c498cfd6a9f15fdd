"""The page of orders by itself: what it asks for, and what it says before it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec
from PySide6.QtWidgets import QLabel, QPushButton

from gatekeeper.organizer.during.orders_client import FoundOrders, OpenedOrder, OrderClient, Refund
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.during.orders_flow import OrdersFlow
from gatekeeper.ui.organizer.during.orders_page import OrdersPage
from gatekeeper.ui.switching_language import speak_language
from tests.factories.desk_screens import ORDER, REFUSED_MAIL, SITE, TICKETS
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.keys import press
from tests.factories.order_screens import PASSAGES
from tests.factories.removed import remove

if TYPE_CHECKING:
    from gatekeeper.organizer.server_api import ServerApi

USED = TICKETS[0]
REFUND = Refund(
    currency="EUR", price_minor=4_000, back_minor=2_000, noted_minor=None, is_used=True
)


def test_a_used_ticket_is_refunded_only_where_somebody_says_so_and_why() -> None:
    """The page names what is missing, and asks the server for nothing until it is there."""
    speak_language(make_application(), "en")
    page = OrdersPage()
    asked: list[object] = []
    said: list[str] = []
    page.card.refunded.connect(lambda *what: asked.append(what))
    page.card.reissued.connect(asked.append)
    page.card.refused.connect(said.append)
    page.show_opened(OpenedOrder(ORDER, TICKETS), USED.id)

    press(page, "ticketReissue")
    assert "entered on this ticket" in said[-1]
    page.show_refund(REFUND)
    assert "€20.00 is refunded now" in page.card.said
    assert "only a manager" in page.card.said
    press(page, "refundGo")
    assert "the reason for the refund" in said[-1]
    page.card.reason.setText("ill")
    press(page, "refundGo")
    assert "entered on this ticket" in said[-1]
    assert asked == []
    page.card.even_used.setChecked(True)
    press(page, "refundGo")
    press(page, "ticketReissue")
    assert asked == [("ill", True, False), True]


def test_of_a_cancelled_ticket_the_rest_of_its_refund_is_offered_and_nothing_else() -> None:
    """All of it was promised: a manager says why, and asks for all that was paid."""
    speak_language(make_application(), "en")
    page = OrdersPage()
    asked: list[object] = []
    page.card.refunded.connect(lambda *what: asked.append(what))
    page.show_opened(OpenedOrder(ORDER, TICKETS), TICKETS[2].id)
    buttons = {one.objectName(): one for one in page.card.findChildren(QPushButton)}
    shown = {name for name, button in buttons.items() if button.isVisibleTo(page.card)}
    assert shown == {"ticketRefund"}
    less = msgspec.structs.replace(
        REFUND, price_minor=0, back_minor=0, noted_minor=500, rest_minor=1_501
    )
    page.show_refund(less)
    assert "its refund is €5.00" in page.card.said
    assert "the rest of what was paid: €15.01" in page.card.said
    page.card.reason.setText("promised")
    press(page, "refundGo")
    assert asked == [("promised", False, True)]
    page.show_refund(msgspec.structs.replace(less, noted_minor=2_001, rest_minor=0))
    assert "nothing more is refunded" in page.card.said
    assert not buttons["refundGo"].isVisibleTo(page.card)


def test_what_is_chosen_stays_chosen_and_a_cancelled_ticket_has_no_name_any_more() -> None:
    """An act shows the order anew; its ticket stays in hand."""
    speak_language(make_application(), "en")
    page = OrdersPage()
    chosen: list[str] = []
    page.chose_order.connect(chosen.append)
    page.chose_ticket.connect(chosen.append)
    page.show_found(FoundOrders(orders=(ORDER,), tickets=(), is_all=True))
    assert chosen == [ORDER.id], "the only one is opened at once"
    page.show_opened(OpenedOrder(ORDER, TICKETS))
    page.table.setCurrentCell(1, 0)
    assert not page.card.isHidden()
    gone = msgspec.structs.replace(TICKETS[1], state="cancelled")
    page.show_opened(OpenedOrder(ORDER, (TICKETS[0], gone, TICKETS[2])), gone.id)
    assert page.ticket == gone
    assert not page.card.name.isVisibleTo(page.card)
    alone = msgspec.structs.replace(gone, order_id=None)
    page.show_opened(OpenedOrder(None, (alone,)))
    assert page.card.isHidden(), "no order has brought it: nothing was paid for it"
    page.show_opened(OpenedOrder(ORDER, (TICKETS[0], gone, TICKETS[2])), gone.id)
    assert "cancelled" not in page.list.item(0).text()
    page.show_opened(OpenedOrder(msgspec.structs.replace(ORDER, state="cancelled"), TICKETS))
    assert "cancelled" in page.list.item(0).text(), "the list says what is known now"


def test_no_mail_is_offered_for_tickets_that_are_all_cancelled() -> None:
    """Whoever gets it would come, and be turned away."""
    page = OrdersPage()
    mail = page.findChild(QPushButton, "orderMail")
    assert mail is not None
    page.show_opened(OpenedOrder(ORDER, TICKETS))
    assert not mail.isHidden()
    gone = tuple(msgspec.structs.replace(one, state="cancelled") for one in TICKETS)
    page.show_opened(OpenedOrder(ORDER, gone))
    assert mail.isHidden()


def test_what_became_of_an_orders_mail_stands_under_its_facts() -> None:
    """In red where somebody has to look, and not at all where none was sent."""
    speak_language(make_application(), "en")
    page = OrdersPage()
    label = page.findChild(QLabel, "orderMailed")
    assert isinstance(label, QLabel)
    page.show_opened(OpenedOrder(ORDER, TICKETS, REFUSED_MAIL))
    assert "refused for good" in label.text()
    assert (label.property("role"), label.isHidden()) == ("bad", False)
    page.show_opened(OpenedOrder(ORDER, TICKETS))
    assert label.isHidden()


def test_while_words_are_looked_for_nothing_found_by_others_is_offered() -> None:
    """A row of the former list, pressed meanwhile, was opened in place of what was looked for."""
    speak_language(make_application(), "en")
    page, thread = OrdersPage(), HeldThread()
    server_api = cast("ServerApi", None)
    flow = OrdersFlow(page, make_desk_session(thread, server_api))
    flow._client = OrderClient(server_api, SITE)
    page.show_found(FoundOrders(orders=(ORDER,), tickets=TICKETS, is_all=True))
    page.show_opened(OpenedOrder(ORDER, TICKETS), USED.id)
    page.words.setText("Lefèvre")
    press(page, "ordersFind")
    assert (page.list.count(), page.opened, page.ticket) == (0, None, None)
    assert page.note.text() == "Searching …"
    thread.answer(FoundOrders(orders=(), tickets=TICKETS[:1], is_all=True))
    assert page.list.count() == 1
    remove(page)


def test_of_a_ticket_the_desk_says_when_and_where_people_passed() -> None:
    """A guest calls whom a gate has refused as used: the answer was on a screen at that gate."""
    speak_language(make_application(), "en")
    page, thread = OrdersPage(), HeldThread()
    server_api = cast("ServerApi", None)
    flow = OrdersFlow(page, make_desk_session(thread, server_api))
    flow._client = OrderClient(server_api, SITE)
    label = page.findChild(QLabel, "ticketPassages")
    assert isinstance(label, QLabel)
    page.show_opened(OpenedOrder(ORDER, TICKETS), USED.id)
    assert len(thread.asked) == 1, "it is asked once"
    thread.answer(PASSAGES)
    first, second = label.text().splitlines()
    assert first == "Admitted 2026-11-22 18:30 · North · people: 1"
    assert second == "Left 2026-11-22 19:05 · a removed gate · people: 1"
    page.table.setCurrentCell(1, 0)
    assert label.isHidden(), "they were of another ticket"
    page.table.setCurrentCell(0, 0)
    thread.asked.pop()
    thread.answer(PASSAGES)
    assert label.isHidden(), "an answer for a ticket that is looked at no more"
    remove(page)
