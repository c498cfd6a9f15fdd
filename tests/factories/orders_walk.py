"""An organizer's way through the page of orders, over what others have bought."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QLabel, QPushButton

from gatekeeper.organizer.own_server import OwnServer
from gatekeeper.organizer.server_api import UNTAGGED, EventSite, Office
from gatekeeper.ui.organizer.orders_page import OrdersPage
from gatekeeper.wording.codes_in_sentences import hold_codes
from tests.factories.session_walk import sign_in_where_one_was

if TYPE_CHECKING:
    from tests.ui.test_organizer_desk import Hand

HALF = {"until": None, "percent_points": 5_000, "fee_minor": 0}


async def buy_elsewhere(
    server: OwnServer, site: EventSite, email: str, password: str
) -> dict[str, Any]:
    """Let half of the price go back, and let somebody buy two tickets for 25.00."""
    office = Office(server.url, server.read_authority())
    try:
        await office.sign_in(email, password)
        await office.patch(site.path, {"pricing": {"refunds": [HALF]}}, UNTAGGED)
        (kind,) = await office.get(f"{site.path}/ticket-types")
        fields = {
            "payment": "paid",
            "lines": [{"ticket_type_id": kind["id"], "quantity": 2}],
            "buyer_name": "Zoë Müller",
            "buyer_email": "zoe@example.org",
        }
        return dict(await office.post(f"{site.path}/orders", fields))
    finally:
        await office.close()


def deal_with_orders(hand: Hand, email: str, password: str) -> None:
    """Find an order each way, name, deny, allow, give a new code, refund; see what follows."""
    sign_in_where_one_was(hand, email, password)
    server, flow = hand.desk.first.server, hand.desk.flow
    assert server is not None
    assert flow is not None
    assert flow.site is not None
    placed = asyncio.run(buy_elsewhere(server, flow.site, email, password))
    number, tickets = placed["order"]["number"], placed["tickets"]
    page = hand.work.orders
    hand.enter("orders")
    hand.until(lambda: page.opened is not None)  # the only order
    for words in ("muller zoe", "ZOE@example", str(number), f"#{number}", "", "Klara"):
        find(hand, words)
    assert page.opened is not None
    assert page.opened.order is None, "a guest of a list has a ticket and no order"
    find(hand, tickets[1]["manual_code"])
    assert page.ticket is not None
    assert page.ticket.id == tickets[1]["id"], "the ticket that was asked for is in hand"
    hand.picture("orders")
    deal_with_a_ticket(hand, page)
    hand.fill("ordersSearch", "nobody at all")
    hand.click("ordersFind")
    hand.until(lambda: said(hand, "ordersCount") == "Nothing found.")
    assert page.opened is None


def deal_with_a_ticket(hand: Hand, page: OrdersPage) -> None:
    """Do every act to the ticket in hand."""
    hand.click("orderMail")
    hand.until(lambda: "No mail server is set up here" in page.note.text())
    hand.fill("ticketEmail", "mara@example.org")
    for name in ("Mara Okoy", "Mara Okoye"):
        name_ticket(hand, page, name)
        assert page.card.email.text() == "mara@example.org", "a corrected name leaves it there"
    hand.click("ticketBlock")
    hand.until(lambda: "is denied at gates" in page.note.text())
    block = hand.find("ticketBlock")
    assert isinstance(block, QPushButton)
    assert block.text() == "Allow again"
    hand.click("ticketBlock")
    hand.until(lambda: "is let in again" in page.note.text())
    former = page.ticket
    assert former is not None
    hand.click("ticketReissue")
    hand.until(lambda: page.note.text().startswith("The new code is"))
    assert page.ticket is not None
    assert hold_codes(page.ticket.code) in page.note.text()
    assert page.ticket.code != former.code
    hand.click("ticketRefund")
    hand.until(lambda: "€12.50 go back now" in page.card.said)
    hand.picture("orders-refund")
    hand.click("refundGo")
    hand.until(lambda: "why it is refunded" in page.note.text())
    hand.fill("refundReason", "ill")
    hand.click("refundGo")
    hand.until(lambda: "€12.50 are owed" in page.note.text())
    assert page.ticket is not None
    assert page.ticket.is_over
    assert page.card.isHidden()
    hand.picture("orders-refunded")


def name_ticket(hand: Hand, page: OrdersPage, name: str) -> None:
    """Say whose ticket is in hand."""
    hand.fill("ticketName", name)
    hand.click("ticketRename")
    hand.until(lambda: page.note.text().startswith(f"Named: {name}."))


def find(hand: Hand, words: str) -> None:
    """Search, and wait until the only one found is open."""
    page = hand.work.orders
    page.show_opened(None)
    hand.fill("ordersSearch", words)
    hand.click("ordersFind")
    hand.until(lambda: page.opened is not None)


def said(hand: Hand, name: str) -> str:
    """Return a label's words."""
    label = hand.find(name)
    assert isinstance(label, QLabel)
    return label.text()
