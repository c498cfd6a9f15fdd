"""Two tills of an evening whose server another machine takes over, at whichever one they know.

Their type is limited, and some guests have vouchers, which are tried at either till while each
may ask another server. Some sales wait for a second voucher that is not good, and are finished or
given up later.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec

from gatekeeper.boxoffice.answers import OpenSale, Sale, TillAnswer
from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.device.opened_gate import GateSession
from server.payments.schemas import VouchersBody
from server.payments.vouchers import make_vouchers
from server.ticketing.schemas import TicketTypeBody
from server.ticketing.ticket_types import create_ticket_type
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import TicketId
from shared.kernel.ids import parse_ticket_id
from shared.sales.basket_pricing import WantedTickets
from shared.sales.tenders import CASH, VOUCHER, Tender
from simulator.boxoffice.record import HeldVoucher
from simulator.boxoffice.vouchers import WRONG
from simulator.further_events.further_event import FurtherEvent
from simulator.further_events.second_event.owner import Owner
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.nodes.server_node import ServerNode
from simulator.venue import Venue

TILLS: Final = 2
PRICE: Final = 2_000
LIMIT: Final = 60
MOST: Final = 3
VOUCHERS: Final = 8
CURRENCY: Final = "CHF"
SALES: Final = 40
"""Of each till, were it at work all evening."""
CREATED: Final = 201
NO_VOUCHER: Final = Tender(kind=VOUCHER, code=WRONG)
SETTLED: Final = 12
"""So often in an evening somebody sees to what is open at a till."""


class SoldByTill(msgspec.Struct, frozen=True):
    """A sale that a till has shown.

    Attributes:
        node: The till.
        sale_id: Its number of it.
        total: What was due, in minor units.
        tickets: What was handed over.
    """

    node: str
    sale_id: str
    total: int
    tickets: tuple[TicketId, ...]


class TakenTills:
    """Who sells at tills there.

    Attributes:
        nodes: The tills.
        vouchers: What guests have.
        sold: What tills have shown, in order.
        cards: The tickets of these.
        office: How many tickets of their type the office has sold at the second server.
    """

    def __init__(self, evening: FurtherEvent, nodes: list[GateNode], dice: Dice) -> None:
        """Sell at `nodes`, which the evening starts."""
        self._evening, self._dice = evening, dice
        self.nodes = nodes
        self.vouchers: list[HeldVoucher] = []
        self.sold: list[SoldByTill] = []
        self.cards: list[Card] = []
        self.office = 0
        self._code, self._kind = 0, ""

    async def offer(self, server: ServerNode, venue: Venue) -> None:
        """Offer what tills sell, and hand vouchers out."""
        dice = self._dice.stream("vouchers")
        async with server.context.write(venue.organization_id) as unit:
            body = TicketTypeBody(name="At the till", price_minor=PRICE, quantity_limit=LIMIT)
            made_type = await create_ticket_type(unit, venue.event_id, body)
            self._code, self._kind = made_type.code, made_type.id
            for _ in range(VOUCHERS):
                value = dice.between(1, 6) * PRICE
                wanted = VouchersBody(count=1, value_minor=value, currency=CURRENCY)
                (made,) = await make_vouchers(unit, wanted, actor="organizer")
                self.vouchers.append(HeldVoucher(made.voucher.id, made.code, value, CURRENCY))

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let both sell."""
        for node in self.nodes:
            dice = self._dice.stream(f"sales at {node.name}")
            self._evening.world.start(self._serve(node, dice))
            self._evening.world.start(self._see_to_open(node, dice.stream("open")))

    async def _serve(self, node: GateNode, dice: Dice) -> None:
        while True:
            await self._evening.pause(dice.exponential(self._evening.scenario.duration // SALES))
            request = self._draw(dice)
            await self._sell(node, request)

    async def sell_at_office(self, owner: Owner, venue: Venue, dice: Dice) -> None:
        """Sell the tills' type at the office, at the server that has taken over."""
        while True:
            await self._evening.pause(dice.exponential(self._evening.scenario.duration // SALES))
            await self._sell_there(owner, venue, dice.between(1, MOST))

    async def _sell_there(self, owner: Owner, venue: Venue, count: int) -> bool:
        order = {
            "lines": [{"ticket_type_id": self._kind, "quantity": count}],
            "payment": "paid",
        }
        status = await owner.ask_once("POST", f"/events/{venue.event_id}/orders", order)
        if status == CREATED:
            self.office += count
        return status == CREATED

    async def _sell(self, node: GateNode, request: SellRequest) -> bool:
        before = len(self.sold)
        await self._ask(node, lambda session: session.till.sell(request))
        return len(self.sold) > before

    def _draw(self, dice: Dice) -> SellRequest:
        cash = Tender(kind=CASH)
        if dice.chance(0.4):
            return self._want(dice.between(1, MOST), cash)
        return self._want_by_voucher(dice, NO_VOUCHER if dice.chance(0.4) else cash)

    def _want(self, count: int, *tenders: Tender) -> SellRequest:
        return SellRequest(lines=(WantedTickets(self._code, count),), tenders=tenders)

    def _want_by_voucher(self, dice: Dice, rest: Tender) -> SellRequest:
        count = dice.between(1, MOST)
        some = dice.between(1, count) * PRICE // 2
        part = Tender(kind=VOUCHER, code=dice.pick(self.vouchers).code, amount_minor=some)
        return self._want(count, part, rest)

    async def leave_open(self, dice: Dice) -> None:
        """Begin a sale at each till that is paid in part, and waits."""
        for node in self.nodes:
            await self._sell(node, self._want_by_voucher(dice, NO_VOUCHER))

    async def give_up(self) -> None:
        """Give up what is open at each till."""
        for node in self.nodes:
            for sale in await self._open(node):

                async def give_up(session: GateSession, sale_id: str = sale.sale_id) -> TillAnswer:
                    return await session.till.open_sales.give_up(sale_id)

                await self._ask(node, give_up)

    async def _see_to_open(self, node: GateNode, dice: Dice) -> None:
        while True:
            await self._evening.pause(dice.exponential(self._evening.scenario.duration // SETTLED))
            await self._settle(node, dice)

    async def _settle(self, node: GateNode, dice: Dice) -> None:
        """Ask what became of each open sale, finish it in cash, or give it up."""
        for sale in await self._open(node):
            is_given_up = dice.chance(0.4)

            async def see_to(
                session: GateSession, sale: OpenSale = sale, *, is_over: bool = is_given_up
            ) -> TillAnswer:
                book = session.till.open_sales
                if sale.unknown is not None:
                    return await book.ask_again(sale.sale_id)
                if is_over:
                    return await book.give_up(sale.sale_id)
                return await book.finish(sale.sale_id, (Tender(kind=CASH),))

            await self._ask(node, see_to)

    async def _open(self, node: GateNode) -> tuple[OpenSale, ...]:
        if not node.is_up:
            return ()
        _, found = await node.call(lambda session: session.till.open_sales.list_open())
        return found or ()

    async def _ask(
        self, node: GateNode, work: Callable[[GateSession], Coroutine[Any, Any, TillAnswer]]
    ) -> None:
        if not node.is_up:
            return
        trace = self._evening.world.stage.trace
        try:
            _, answer = await node.work(work)
        except GatekeeperError as fault:
            trace.note(node.name, f"no sale: {fault}")
            return
        if answer is None:
            return
        trace.note(node.name, f"says {answer.reason} {answer.text}")
        if answer.sale is not None:
            self._take(node, answer.sale)

    def _take(self, node: GateNode, sale: Sale) -> None:
        cards = [Card(one.digits, parse_ticket_id(one.ticket_id)) for one in sale.tickets]
        tickets = tuple(one.ticket_id for one in cards)
        self.sold.append(SoldByTill(node.name, sale.sale_id, sale.total.minor_units, tickets))
        self.cards += cards

    # -- after doors -----------------------------------------------------------------------------

    async def unrest(self) -> str:
        """See to what is open; say what is left of it, or ""."""
        for node in self.nodes:
            await self._settle(node, self._dice.stream(f"in the end at {node.name}"))
            if left := await self._open(node):
                return f"{node.name} has {len(left)} open sales"
        return ""

    async def sell_out(self, owner: Owner, venue: Venue) -> None:
        """Sell all that there is when everybody has heard of everything, one by one."""
        one = self._want(1, Tender(kind=CASH))
        while await self._sell_there(owner, venue, 1):
            pass
        for node in self.nodes:
            while await self._sell(node, one):
                pass


async def read_granted(server: ServerNode, venue: Venue) -> int:
    """Sum how many tickets a server has ever given tills."""
    inline = server.context.database.inline
    assert inline is not None
    async with inline.reading():
        asked = "SELECT coalesce(sum(granted), 0) FROM allotment WHERE event_id = ?"
        ((number,),) = inline.connection.execute(asked, (venue.event_id,)).fetchall()
    return int(number)
