"""Baskets that a till puts aside and takes up again, for the same cashier or the other one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from gatekeeper.boxoffice.answers import TillAnswer
from gatekeeper.device.opened_gate import GateSession
from shared.kernel.errors import GatekeeperError
from shared.kernel.instant import Duration
from simulator.boxoffice.cashiers import Counter
from simulator.boxoffice.organizer import Staff
from simulator.boxoffice.record import BoxOfficeRecord, PutAside, TakenUp
from simulator.evening.until_doors_close import UntilDoorsClose
from simulator.kernel.dice import Dice


class ParkedBaskets(UntilDoorsClose):
    """What is put aside at one till."""

    def __init__(
        self, counter: Counter, record: BoxOfficeRecord, staff: Staff, dice: Dice
    ) -> None:
        self._counter, self._record, self._staff = counter, record, staff
        self._dice = dice

    async def serve(self, every: Duration) -> None:
        """Put baskets aside all evening, and take some up; what is left stays there."""
        while True:
            await self.pause(self._dice.exponential(every))
            if self._dice.chance(0.5):
                await self._put_aside()
            elif await self._counter.has_shift():
                await self._take_up()

    async def _put_aside(self) -> None:
        drawn = self._counter.draw(self._dice)
        basket = msgspec.structs.replace(drawn, tenders=(), authorized_by="")
        node = self._counter.node
        _, parked_id = await self._do(
            lambda session: session.till.open_sales.park(_event_of(session), basket)
        )
        self._record.aside.append(PutAside(node.name, parked_id or "", basket))

    async def _take_up(self) -> None:
        _, listed = await self._do(
            lambda session: session.till.open_sales.list_parked(_event_of(session))
        )
        if not listed:
            return
        parked_id, _ = self._dice.pick(listed)
        if self._dice.chance(0.2):  # somebody else has it on the screen too
            both = await asyncio.gather(self._have(parked_id), self._have(parked_id))
            taken = both[0] if both[0].basket is not None else both[1]
        else:
            taken = await self._have(parked_id)
        if taken.basket is None or self._dice.chance(0.2):
            return  # the buyer has gone
        cashier = self._dice.pick((self._staff.ana, self._staff.ben))
        tenders = self._counter.draw_tenders(self._dice)
        request = msgspec.structs.replace(taken.basket, tenders=tenders, cashier=cashier)

        async def sell(session: GateSession) -> TillAnswer:
            self._counter.prepare(session)
            return await session.till.sell(request)

        answer = await self._counter.ask(sell, request, self._counter.now())
        if answer is not None and answer.sale is not None:
            taken.sale_id = answer.sale.sale_id

    async def _have(self, parked_id: str) -> TakenUp:
        """Take a basket up; note that somebody has asked, before the till says anything."""
        taken = TakenUp(self._counter.node.name, parked_id)
        self._record.taken_up.append(taken)
        _, taken.basket = await self._do(
            lambda session: session.till.open_sales.take_up(parked_id)
        )
        return taken

    async def _do(self, task: Callable[[GateSession], Any]) -> tuple[bool, Any]:
        node = self._counter.node
        if not node.is_up:
            return False, None
        try:
            return await node.call(task)
        except GatekeeperError:
            return False, None


def _event_of(session: GateSession) -> Any:
    assert session.knowledge.event_id is not None
    return session.knowledge.event_id
