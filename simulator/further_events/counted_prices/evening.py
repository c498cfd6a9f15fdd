"""One evening at two tills and the office, which sell a type whose first tickets are cheap.

The organizer says anew how many are cheap, and how many there are, while tills are cut off. Some
of the office's orders are paid later, or never. In the end the tills give back what they have not
sold, and the office sells all that is left.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.boxoffice.shift_requests import ShiftAnswer, ShiftRequest
from gatekeeper.boxoffice.till_requests import one_type
from gatekeeper.device.opened_gate import GateSession
from server.cashiers.cashiers_and_badges import add_cashier
from shared.kernel.instant import Duration
from shared.sales.cashier_rights import CashierRights
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.world import World

TILLS: Final = 2
GONE: Final = 409
"""What the server answers where more are gone than there are to be."""
CHEAP: Final = 40
"""So many tickets are sold at the lower price at first, wherever they are sold."""
CHEAP_LATER: Final = (10, 70)
"""And from as many to as many when the organizer has said so."""
LIMIT: Final = 120
"""So many tickets there are in all at first."""
LIMIT_LATER: Final = (60, 180)
"""And from as many to as many later."""
CHANGES: Final = 8
PENDING: Final = 0.3
"""The share of the office's orders that are paid later, or never."""
AT_ONCE: Final = 10
"""So many tickets the office sells in one order in the end, and then one by one."""
LOWER: Final = 1_000
PRICE: Final = 4_000
MOST: Final = 3


class Sold(msgspec.Struct, frozen=True):
    """A sale as it was shown.

    Attributes:
        seller: The till's node, or "office".
        sale_id: The till's number of it, or the order's.
        count: How many tickets.
        total: What was due, in minor units.
    """

    seller: str
    sale_id: str
    count: int
    total: int


class Counts(msgspec.Struct, frozen=True):
    """The organizer's word on how many there are.

    Attributes:
        cheap: At the lower price.
        limit: In all.
    """

    cheap: int
    limit: int


class Tiered(OneEvening):
    """A further event of a world, and its tills.

    Attributes:
        sold: Each sale that was shown, in order; orders as they were placed.
        counts: The organizer's words that the server has taken, in order.
        unpaid: Orders that wait to be paid.
        lapsed: Orders that were not paid, and are cancelled.
        last: How many sales had been shown when the tills had given all back.
        unfinished: What nobody could do in the end who had to be able to, as sentences.
    """

    def __init__(self, world: World, name: str = "tiered") -> None:
        super().__init__(world, name, 0)
        self.sold: list[Sold] = []
        self.counts = [Counts(CHEAP, LIMIT)]
        self.unpaid: list[str] = []
        self.lapsed: set[str] = set()
        self.unfinished: list[str] = []
        self.last = 0
        self._date = self._cashier = ""
        self._tills = [world.device(f"{name}{number:02}") for number in range(1, TILLS + 1)]

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on, and start its tills."""
        await self.owner.sign_in()
        async with self._world.server.context.write(self._world.venue.organization_id) as unit:
            rights = CashierRights(sell=True, see_expected=True)
            made, _ = await add_cashier(unit, name="Lou", rights=rights)
            self._cashier = made.id
        selling = _say_tier(CHEAP)
        terms = Terms(gates=("Gate 1",), prices=(PRICE,), selling=selling, limit=LIMIT)
        await self._put_on(terms)
        (kind,) = await self.owner.must("GET", f"{self.site.path}/ticket-types")
        self._date = str(kind["occurrence_id"])
        for till in self._tills:
            await self._enrol_till(till)
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for node in self.nodes:
            self._begin_till(node)
        self._world.start(self._sell_online(self._dice.stream("office")))
        self._world.start(self._cut_both(self._dice.stream("both")))
        self._world.start(self._change(self._dice.stream("organizer")))

    def _begin_till(self, node: GateNode) -> None:
        self._world.start(self._sell_at(node, self._dice.stream(f"sales of {node.name}")))
        self._world.start(self._cut(self._dice.stream(f"cuts {node.name}")))

    async def _sell_at(self, node: GateNode, dice: Dice) -> None:
        every = Duration(self._world.scenario.duration // 25)
        while True:
            await self.pause(dice.exponential(every))
            await self._sell_some(node, dice.between(1, MOST))

    async def _sell_some(self, node: GateNode, count: int) -> None:
        sale = await self._sell_there(node, one_type(self.site.codes[0], count))
        if sale is not None:
            self._note(Sold(node.name, sale.sale_id, count, sale.total.minor_units))

    def _note(self, sold: Sold) -> None:
        self.sold.append(sold)
        self._world.stage.trace.note("tiered", f"{sold.seller} sells {sold.count}: {sold.total}")

    async def _sell_online(self, dice: Dice) -> None:
        every = Duration(self._world.scenario.duration // 12)
        while True:
            await self.pause(dice.exponential(every))
            is_pending = dice.chance(PENDING)
            order_id = await self._buy(dice.between(1, MOST), "pending" if is_pending else "paid")
            if order_id and is_pending:
                self.unpaid.append(order_id)
            if self.unpaid and dice.chance(PENDING):
                await self._settle(dice.pick(self.unpaid), is_paid=dice.chance(0.5))

    async def _buy(self, count: int, payment: str = "paid") -> str:
        """Place an order at the office; "" where not so many are left."""
        wanted = self._want(count) | {"payment": payment}
        path = f"{self.site.path}/orders"
        status, made = await self.owner.attempt("POST", path, wanted)
        if status // 100 != 2:
            self._world.stage.trace.note("tiered", f"office sells no {count}: {made}")
            return ""
        order = made["order"]
        self._note(Sold("office", str(order["id"]), count, int(order["total_minor"])))
        return str(order["id"])

    async def _settle(self, order_id: str, *, is_paid: bool) -> None:
        """Have an order paid, or cancelled; one that is over is both."""
        self.unpaid.remove(order_id)
        path = f"{self.site.path}/orders/{order_id}"
        if is_paid:
            status, _ = await self.owner.attempt("POST", f"{path}/paid")
            if status // 100 == 2:
                return
        await self.owner.attempt("POST", f"{path}/cancel", {"reason": "guest"})
        self.lapsed.add(order_id)

    async def _change(self, dice: Dice) -> None:
        """Say anew how many are cheap, and how many there are; refused where more are gone."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // CHANGES))
            said = Counts(dice.between(*CHEAP_LATER), dice.between(*LIMIT_LATER))
            body = {
                "name": "Floor",
                "price_minor": PRICE,
                "occurrence_id": self._date,
                "quantity_limit": said.limit,
                "selling": _say_tier(said.cheap),
            }
            path = f"{self.site.path}/ticket-types/{self.site.kind}"
            status, answer = await self.owner.attempt("PUT", path, body)
            if status // 100 == 2:
                self.counts.append(said)
            elif status != GONE:
                self.unfinished.append(f"{said}: {status} {answer}")
            self._world.stage.trace.note("organizer", f"says {said}: {status}")

    async def _cut_both(self, dice: Dice) -> None:
        """Cut both tills off at the same time, while the first tickets are not yet gone."""
        await self._at_part(dice, 5, 15)
        with self._cut_off():
            await self._at_part(dice, 20, 40)

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Let the tills give back what they have not sold, and sell all of it at the office.

        Returns:
            What keeps it from being quiet, or "".
        """
        if unrest := await self._until_told():
            return unrest
        for order_id in list(self.unpaid):
            await self._settle(order_id, is_paid=False)
        for till in self.nodes:
            for act in ("open", "close"):
                answer = await self._act(till, act)
                if answer is None or answer.reason != "ok":
                    self.unfinished.append(f"{till.name} does not {act}: {answer}")
        if unrest := await self._until_told():
            return unrest
        self.last = len(self.sold)
        for count in (AT_ONCE, 1):
            while await self._buy(count):
                if len(self.sold) - self.last > max(LIMIT_LATER):
                    return "the office sells without end"
        return await self.rest()

    async def _act(self, till: GateNode, act: str) -> ShiftAnswer | None:
        async def work(session: GateSession) -> ShiftAnswer:
            session.keep_drawer()
            request = ShiftRequest(act=act, cashier=self._cashier, amount_minor=0)
            return session.shifts.do(request)

        _, answer = await till.work(work)
        return answer


def _say_tier(count: int) -> dict[str, object]:
    """Say how many tickets are sold at the lower price, as the organizer does."""
    tier = {"key": "first", "name": "The first", "price_minor": LOWER, "count": count}
    return {"tiers": [tier]}
