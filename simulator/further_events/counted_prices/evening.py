"""One evening at two tills and the office, which sell a type whose first tickets are cheap."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.boxoffice.requests import one_type
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import EventId
from shared.kernel.instant import HOUR, Duration, Instant, format_instant
from simulator.further_events.further_event import FurtherEvent
from simulator.further_events.second_event.told import Told
from simulator.further_events.single_dates.ground import must
from simulator.kernel.dice import Dice
from simulator.kernel.stage import WORLD_START
from simulator.nodes.gate_node import GateNode
from simulator.world import World

TILLS: Final = 2
CHEAP: Final = 40
"""So many tickets are sold at the lower price, wherever they are sold."""
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


class Tiered(FurtherEvent):
    """A further event of a world, and its tills.

    Attributes:
        sold: Each sale that was shown, in order.
        event_id: Which event.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "tiered", TILLS)
        self.sold: list[Sold] = []
        self.event_id: EventId
        self._told: Told
        self._code = 0
        self._kind = ""

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on, and start its tills."""
        world = self._world
        await self.owner.sign_in()
        body = {"name": "Tiered", "timezone": "Europe/Zurich", "currency": "CHF"}
        self.event_id = EventId((await must(self.owner, "POST", "/events", body))["id"])
        path = f"/events/{self.event_id}"
        date = {
            "name": "Tonight",
            "starts_at": format_instant(Instant(WORLD_START + 2 * HOUR)),
            "doors_at": format_instant(WORLD_START),
            "ends_at": format_instant(Instant(WORLD_START + 30 * HOUR)),
        }
        made = await must(self.owner, "POST", f"{path}/occurrences", date)
        tier = {"key": "first", "name": "The first", "price_minor": LOWER, "count": CHEAP}
        kind = {
            "name": "Floor",
            "price_minor": PRICE,
            "occurrence_id": made["id"],
            "selling": {"tiers": [tier]},
        }
        put = await must(self.owner, "POST", f"{path}/ticket-types", kind)
        self._kind, self._code = str(put["id"]), int(put["code"])
        zone = await must(self.owner, "POST", f"{path}/zones", {"name": "Floor"})
        gate = {"name": "Gate 1", "zone_id": zone["id"]}
        await must(self.owner, "POST", f"{path}/gates", gate)
        await must(self.owner, "POST", f"{path}/state", {"state": "published"})
        await must(self.owner, "POST", f"{path}/handover", {})
        self._told = Told(world, self.event_id)
        world.others += self.nodes
        for node in self.nodes:
            await self._enrol(node, None, self.event_id)
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for node in self.nodes:
            self._world.start(self._sell_at(node, self._dice.stream(f"sales of {node.name}")))
            self._world.start(self._cut(self._dice.stream(f"cuts {node.name}")))
        self._world.start(self._sell_online(self._dice.stream("office")))
        self._world.start(self._cut_both(self._dice.stream("both")))

    async def _sell_at(self, node: GateNode, dice: Dice) -> None:
        every = Duration(self._world.scenario.duration // 25)
        while True:
            await self.pause(dice.exponential(every))
            await self._sell(node, dice.between(1, MOST))

    async def _sell(self, node: GateNode, count: int) -> None:
        if not node.is_up:
            return
        try:
            _, answer = await node.work(
                lambda session: session.till.sell(one_type(self._code, count))
            )
            sale = None if answer is None else answer.sold()
        except GatekeeperError as fault:
            self._world.stage.trace.note(node.name, f"no sale: {fault}")
            return
        if sale is not None:
            self._note(Sold(node.name, sale.sale_id, count, sale.total.minor_units))

    def _note(self, sold: Sold) -> None:
        self.sold.append(sold)
        self._world.stage.trace.note("tiered", f"{sold.seller} sells {sold.count}: {sold.total}")

    async def _sell_online(self, dice: Dice) -> None:
        every = Duration(self._world.scenario.duration // 12)
        while True:
            await self.pause(dice.exponential(every))
            count = dice.between(1, MOST)
            line = {"ticket_type_id": self._kind, "quantity": count}
            body = {"lines": [line], "payment": "paid"}
            made = (await must(self.owner, "POST", f"/events/{self.event_id}/orders", body))[
                "order"
            ]
            self._note(Sold("office", str(made["id"]), count, int(made["total_minor"])))

    async def _cut_both(self, dice: Dice) -> None:
        """Cut both tills off at the same time, while the first tickets are not yet gone."""
        await self._at_part(dice, 5, 15)
        with self._cut_off():
            await self._at_part(dice, 20, 40)

    # -- after doors -----------------------------------------------------------------------------

    async def unrest(self) -> str:
        """Say what is left to do; "" if nothing is."""
        head = await self._told.head()
        for node in self.nodes:
            if waiting := await self._unrest_of(node, self.event_id, head):
                return waiting
        return ""
