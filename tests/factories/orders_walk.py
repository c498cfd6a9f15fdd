"""An organizer's way through the page of orders, over what others have bought."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtWidgets import QLabel, QPushButton

from gatekeeper.organizer.during.orders_client import OrderClient
from gatekeeper.organizer.own_server import OwnServer
from gatekeeper.organizer.server_api import UNTAGGED, EventSite, ServerApi
from gatekeeper.ui.organizer.during.orders_page import OrdersPage
from gatekeeper.wording.codes_in_sentences import hold_codes
from tests.factories.session_walk import sign_in_where_one_was

if TYPE_CHECKING:
    from tests.ui.organizer.test_organizer_desk import Hand

T = TypeVar("T")


class Colleague:
    """Somebody who works at the same event, at another desk.

    Args:
        server: Where both are.
        site: The event.
        email, password: As whom they sign in.
    """

    def __init__(self, server: OwnServer, site: EventSite, email: str, password: str) -> None:
        self._server, self.site = server, site
        self._email, self._password = email, password

    def do(self, work: Callable[[ServerApi], Awaitable[T]]) -> T:
        """Do something there."""

        async def sit_down() -> T:
            office = ServerApi(self._server.url, self._server.read_authority())
            try:
                await office.sign_in(self._email, self._password)
                return await work(office)
            finally:
                await office.close()

        return asyncio.run(sit_down())

    async def let_go_back(self, office: ServerApi, percent_points: int) -> None:
        """Let so much of a price go back, in hundredths of a per cent."""
        rule = {"until": None, "percent_points": percent_points, "fee_minor": 0}
        await office.patch(self.site.path, {"pricing": {"refunds": [rule]}}, UNTAGGED)

    async def buy(self, office: ServerApi) -> dict[str, Any]:
        """Let half of the price go back, and let somebody buy two tickets for 25.00."""
        await self.let_go_back(office, 5_000)
        (kind,) = await office.get(f"{self.site.path}/ticket-types")
        fields = {
            "payment": "paid",
            "lines": [{"ticket_type_id": kind["id"], "quantity": 2}],
            "buyer_name": "Zoë Müller",
            "buyer_email": "zoe@example.org",
        }
        return dict(await office.post(f"{self.site.path}/orders", fields))


def deal_with_orders(hand: Hand, email: str, password: str) -> None:
    """Find an order each way, name, deny, allow, give a new code, refund; see what follows."""
    sign_in_where_one_was(hand, email, password)
    server, flow = hand.desk.first.server, hand.desk.flow
    assert server is not None
    assert flow is not None
    assert flow.site is not None
    colleague = Colleague(server, flow.site, email, password)
    placed = colleague.do(colleague.buy)
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
    deal_with_a_ticket(hand, page, colleague)
    hand.fill("ordersSearch", "nobody at all")
    hand.click("ordersFind")
    hand.until(lambda: said(hand, "ordersCount") == "Nothing found.")
    assert page.opened is None


def deal_with_a_ticket(hand: Hand, page: OrdersPage, colleague: Colleague) -> None:
    """Do every act to the ticket in hand, and meet a colleague who does them too."""
    hand.click("orderMail")
    hand.until(lambda: "No mail server is set up here" in page.note.text())
    hand.fill("ticketEmail", "mara@example.org")
    for name in ("Mara Okoy", "Mara Okoye"):
        name_ticket(hand, page, name)
        assert page.card.email.text() == "mara@example.org", "a corrected name leaves it there"
    hand.click("ticketBlock")
    hand.until(lambda: "Gates deny ticket" in page.note.text())
    block = hand.find("ticketBlock")
    assert isinstance(block, QPushButton)
    assert block.text() == "Allow again"
    hand.click("ticketBlock")
    hand.until(lambda: "Gates admit ticket" in page.note.text())
    former = page.ticket
    assert former is not None
    hand.click("ticketReissue")
    hand.until(lambda: page.note.text().startswith("The new code is"))
    assert page.ticket is not None
    assert hold_codes(page.ticket.code) in page.note.text()
    assert page.ticket.code != former.code
    theirs = colleague.do(
        lambda office: OrderClient(office, colleague.site).reissue(former.id, even_if_used=False)
    )
    hand.click("ticketReissue")
    hand.until(lambda: "has changed since you opened it" in page.note.text())
    assert page.ticket.code == theirs, "what was given out there is still good"
    hand.click("ticketRefund")
    hand.until(lambda: "€12.50 is refunded now" in page.card.said)
    colleague.do(lambda office: colleague.let_go_back(office, 2_500))
    hand.fill("refundReason", "ill")
    hand.click("refundGo")
    hand.until(lambda: "has changed since you opened it" in page.note.text())
    assert not page.card.isHidden(), "another sum was agreed to: it is still good"
    hand.click("ticketRefund")
    hand.until(lambda: "€6.25 is refunded now" in page.card.said)
    hand.picture("orders-refund")
    hand.click("refundGo")
    hand.until(lambda: "the reason for the refund" in page.note.text())
    hand.fill("refundReason", "ill")
    hand.click("refundGo")
    hand.until(lambda: "€6.25 is owed" in page.note.text())
    assert page.ticket is not None
    assert page.ticket.is_over
    rest = hand.find("ticketRefund")
    assert isinstance(rest, QPushButton)
    hand.until(lambda: rest.text().startswith("Rest of the refund"))
    assert hand.find("ticketBlock").isHidden(), "nothing else can be done about it"
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
