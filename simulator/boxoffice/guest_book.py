"""Guests at a till: whoever sells writes them down, and the till tells the office who they are."""

from __future__ import annotations

import asyncio
from typing import Final

from gatekeeper.boxoffice.answers import TillAnswer
from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.device.opened_gate import GateSession
from shared.kernel.errors import GatekeeperError
from shared.kernel.instant import SECOND, Duration
from shared.sales.basket_pricing import WantedTickets
from shared.sales.tenders import COMP, Tender
from simulator.boxoffice.cashiers import TRIES, Counter
from simulator.boxoffice.offers import PLUS
from simulator.boxoffice.organizer import Staff
from simulator.boxoffice.record import BoxOfficeRecord, Guest
from simulator.evening.until_doors_close import UntilDoorsClose
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode

PACE: Final[Duration] = 15 * SECOND
"""Between two looks at whether a name waits."""


class GuestBook(UntilDoorsClose):
    """One till's part of a guest list."""

    def __init__(
        self, counter: Counter, record: BoxOfficeRecord, staff: Staff, dice: Dice
    ) -> None:
        self._counter, self._record, self._staff = counter, record, staff
        self._dice = dice
        self._number = 0

    @property
    def node(self) -> GateNode:
        """The till."""
        return self._counter.node

    async def serve(self, every: Duration) -> None:
        """Add guests all evening."""
        while True:
            await self.pause(self._dice.exponential(every))
            if self.node.is_up:
                await self._add(self._dice)

    async def _add(self, dice: Dice) -> None:
        guests = self._record.prices[-1].prices.guests
        assert guests is not None
        self._number += 1
        heads = dice.between(1, 2 + PLUS)  # sometimes one too many
        guest = Guest(self.node.name, f"Guest {self._number} of {self.node.name}", heads)
        request = SellRequest(
            lines=(WantedTickets(guests.code, heads),),
            tenders=(Tender(kind=COMP),),
            cashier=self._staff.ana,
            why="guest_list",
        )
        self._record.guests.append(guest)

        async def add(session: GateSession) -> TillAnswer:
            self._sign_in(session)
            event_id = session.knowledge.event_id
            assert event_id is not None
            return await session.guests.add(session.till, event_id, request, guest.name)

        answer = await self._counter.ask(add, request, self._counter.now())
        if answer is not None and answer.sale is not None:
            self._record.added[answer.sale.sale_id] = guest.name

    def _sign_in(self, session: GateSession) -> None:
        self._counter.prepare(session)
        organization_id = session.profile.organization_id
        session.guests.show_badge(self._staff.ana, self._staff.own, organization_id)

    async def tell(self) -> None:
        """Tell the office who the guests are, whenever it can be had."""
        while True:
            await self.pause(PACE)
            await self._tell_once()

    async def _tell_once(self) -> None:
        if not self.node.is_up:
            return

        async def tell(session: GateSession) -> None:
            self._sign_in(session)
            if session.guests.has_waiting() and not session.store.journal.pending:
                await session.guests.tell()

        try:
            await self.node.work(tell)
        except GatekeeperError:
            return

    async def tell_all(self) -> None:
        """After doors: tell all that waits."""
        for _ in range(TRIES):
            await self._tell_once()
            session = self.node.session
            if not session.guests.has_waiting():
                return
            await asyncio.sleep(PACE / SECOND)
