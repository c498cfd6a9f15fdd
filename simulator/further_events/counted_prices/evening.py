"""One evening at two tills and the office, which sell a type whose first tickets are cheap."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.boxoffice.requests import one_type
from shared.kernel.instant import Duration
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.kernel.dice import Dice
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


class Tiered(OneEvening):
    """A further event of a world, and its tills.

    Attributes:
        sold: Each sale that was shown, in order.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "tiered", 0)
        self.sold: list[Sold] = []
        self._tills = [world.device(f"tiered{number:02}") for number in range(1, TILLS + 1)]

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on, and start its tills."""
        await self.owner.sign_in()
        tier = {"key": "first", "name": "The first", "price_minor": LOWER, "count": CHEAP}
        selling = {"tiers": [tier]}
        await self._put_on(Terms(gates=("Gate 1",), prices=(PRICE,), selling=selling))
        for till in self._tills:
            await self._enrol_till(till)
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
            count = dice.between(1, MOST)
            wanted = self._want(count)
            made = (await self.owner.must("POST", f"{self.site.path}/orders", wanted))["order"]
            self._note(Sold("office", str(made["id"]), count, int(made["total_minor"])))

    async def _cut_both(self, dice: Dice) -> None:
        """Cut both tills off at the same time, while the first tickets are not yet gone."""
        await self._at_part(dice, 5, 15)
        with self._cut_off():
            await self._at_part(dice, 20, 40)
