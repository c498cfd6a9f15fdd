"""Customers at the till who pay in parts, while the till dies between two of them.

What was put down and keyed in is kept until the tickets are handed out, or the money is given
back. A till that has died says so when it runs again, and the cashier goes on from there.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

from gatekeeper.boxoffice.answers import TillAnswer
from gatekeeper.boxoffice.till_requests import SellRequest, in_hand
from gatekeeper.device.opened_gate import GateSession
from shared.journal.sale_body import SaleBody
from shared.kernel.id_types import TicketId
from shared.kernel.ids import parse_ticket_id
from shared.sales.basket_pricing import WantedTickets
from shared.sales.tenders import Tender
from simulator.further_events.moved_tenders.record import (
    CARD,
    CASH,
    PRICE,
    OnCounter,
    Parts,
    Purchase,
    Purse,
)
from simulator.further_events.staffed_till import StaffedTill
from simulator.kernel.dice import Dice
from simulator.world import World

MOST: Final = 3
"""Tickets of one sale."""
DIES: Final = 0.4
"""In so many of the pauses between two parts the till dies."""
WRITES_AHEAD: Final = 8
GIVEN_UP: Final = 0.25
TRIES: Final = 5


class PaidInParts(StaffedTill):
    """The till of a further event, at which some pay bit by bit.

    Attributes:
        purse: What was really paid.
        counter: What the till said of parts that had been paid, each time that somebody looked.
        texts: What customers were handed to show, by ticket.
    """

    def __init__(self, world: World, name: str, gates: int = 0) -> None:
        super().__init__(world, name, gates)
        self.purse = Purse()
        self.counter: list[OnCounter] = []
        self.texts: dict[TicketId, str] = {}
        self._sales = 0

    async def _sell_in_parts(self, dice: Dice) -> None:
        """Take a customer's money part by part; then hand the tickets out, or give it back."""
        count = dice.between(1, MOST)
        parts = draw_bits(dice, count * PRICE)
        basket = SellRequest(
            lines=(WantedTickets(self.site.codes[0], count),),
            tenders=(),
            cashier=self._cashier,
            sale_id=self._new_sale(),
        )
        for number in range(1, len(parts)):
            if not await self._put_down(basket, parts[:number], dice):
                await self._clear(basket, parts[:number])
                return
        if dice.chance(GIVEN_UP):
            await self._clear(basket, parts[:-1])
            return
        whole = msgspec.structs.replace(basket, tenders=_tenders(parts))
        for _ in range(TRIES):
            if dice.chance(DIES) and self.till.is_up and not self.till.is_armed:
                self.till.arm_write(dice.between(1, WRITES_AHEAD), lambda: None)
            tickets = await self._sell_now(whole)
            self.till.disarm()
            if tickets:
                self._hand_out(whole.sale_id, tickets, dict(_sum(parts)), dict(_sum(parts)))
                await self._look(whole.sale_id, {()})
                return
            await self._look(whole.sale_id, {parts[:-1]})
        await self._clear(basket, parts[:-1])

    async def _put_down(self, basket: SellRequest, parts: Parts, dice: Dice) -> bool:
        """Key in one part more, until the till says that it has it; tells whether it does."""
        for _ in range(TRIES):
            is_kept = await self._keep(basket, parts)
            if dice.chance(DIES) and self.till.is_up:
                self.till.stop(has_power=dice.chance(0.5))
            may: set[Parts] = {parts} if is_kept else {parts, parts[:-1]}
            if await self._look(basket.sale_id, may) == parts:
                return True
        return False

    async def _clear(self, basket: SellRequest, parts: Parts) -> None:
        """Give all of it back: nothing lies on the counter any more."""
        for _ in range(TRIES):
            may: set[Parts] = {()}
            if not await self._keep(basket, ()):
                may |= {parts, parts[:-1]}
            if await self._look(basket.sale_id, may) == ():
                return

    async def _keep(self, basket: SellRequest, parts: Parts) -> bool:
        """Tell the till what was put down by now; returns whether it said that it has it."""
        asked = in_hand(basket, _tenders(parts), ())

        def keep(session: GateSession) -> bool:
            session.till.open_sales.keep_parts(self.site.event_id, asked)
            return True

        return bool(await self._do(keep))

    async def _look(self, sale_id: str, may: set[Parts]) -> Parts | None:
        """Look what the till says to be paid, once it runs, and write it beside what it may be."""
        await self._until_up()
        event_id = self.site.event_id
        found = await self._do(lambda session: (session.till.open_sales.find_parts(event_id),))
        if found is None:
            return None
        (request,) = found
        said: Parts = ()
        if request is not None:
            said = tuple((one.kind, one.amount_minor) for one in request.tenders)
        self.counter.append(OnCounter(sale_id=sale_id, said=said, may=frozenset(may)))
        self._note(f"on the counter for {sale_id[-4:]}: {said}")
        return said

    # -- what every sale needs -------------------------------------------------------------------

    def _new_sale(self) -> str:
        self._sales += 1
        return f"{self._sales:032x}"

    async def _sell_now(self, request: SellRequest) -> tuple[TicketId, ...]:
        """Make a sale; returns its tickets, of one that nobody heard of too; none without one."""
        answer: TillAnswer | None = await self._do(lambda session: session.till.sell(request))
        if answer is not None and answer.sale is None:
            self._note(f"no sale: {answer.reason}")
            return ()
        if answer is not None and answer.sale is not None:
            sold = {parse_ticket_id(one.ticket_id): one.digits for one in answer.sale.tickets}
            self.texts |= sold
            return tuple(sold)
        body = await self._find(SaleBody, lambda one: one.sale_id == request.sale_id)
        return () if body is None else tuple(one.ticket_id for one in body.tickets)

    def _hand_out(
        self,
        sale_id: str,
        tickets: tuple[TicketId, ...],
        paid: dict[str, int],
        keyed: dict[str, int],
    ) -> None:
        self._note(f"sold {sale_id[-4:]} x{len(tickets)}: {paid} paid, {keyed} keyed in")
        self.purse.sell(
            Purchase(
                sale_id=sale_id,
                tickets=tickets,
                paid=Counter(paid),
                keyed=Counter(keyed),
                shift=self.purse.shift,
            )
        )


def draw_bits(dice: Dice, total: int) -> Parts:
    """Draw in which two or three parts a sum is put down."""
    first = dice.between(1, total - 2)
    second = dice.between(1, total - first - 1)
    bits = (first, second, total - first - second) if dice.chance(0.5) else (first, total - first)
    return tuple((dice.pick((CASH, CARD)), bit) for bit in bits)


def _sum(parts: Parts) -> Counter[str]:
    total: Counter[str] = Counter()
    for kind, amount in parts:
        total[kind] += amount
    return total


def _tenders(parts: Parts) -> tuple[Tender, ...]:
    return tuple(Tender(kind=kind, amount_minor=amount) for kind, amount in parts)
