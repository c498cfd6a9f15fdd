"""One evening of a counted price whose server is put back to a copy that was made meanwhile.

It has forgotten what tills were given since, and how many the office has sold: that sells again,
cheap ones too, while the tills stay away with what they were given.
"""

from __future__ import annotations

from typing import Final

from simulator.further_events.counted_prices.checks import SALE_ID_SIZE
from simulator.further_events.counted_prices.evening import AT_ONCE, MOST, Sold, Tiered
from simulator.kernel.dice import Dice
from simulator.world import World

RUSHES: Final = 4
"""As often somebody buys many tickets at the office then."""


class Recounted(Tiered):
    """A further event of a world, its tills and its office."""

    def __init__(self, world: World) -> None:
        super().__init__(world, "recounted")

    async def settle(self) -> None:
        """Put the event on, and start its tills."""
        await super().settle()
        self._world.events_beside.append(self.site.event_id)

    def begin(self) -> None:
        """Let everything happen; the organizer says nothing new, which might be forgotten."""
        for node in self.nodes:
            self._begin_till(node)
            self._world.start(self._stay_away(node, self._dice.stream(f"away {node.name}")))
        self._world.start(self._sell_online(self._dice.stream("office")))
        self._world.start(self._rush(self._dice.stream("rush")))

    async def _rush(self, dice: Dice) -> None:
        """Buy what the server takes for unsold."""
        async for _ in self._put_backs():
            for _ in range(RUSHES):
                await self._buy(dice.between(MOST, AT_ONCE))

    async def finish(self) -> str:
        """See `Tiered.finish`; orders of which the office has forgotten that they are over end."""
        if unrest := await self._until_told():
            return unrest
        pending = "SELECT id FROM ticket_order WHERE event_id=? AND state='pending' ORDER BY id"
        self.unpaid = [row[0] for row in await self.read_books(pending, self.site.event_id)]
        return await super().finish()

    async def read_orders(self) -> list[Sold]:
        """Read the orders that stand in the office's books, tills' sales among them."""
        rows = await self.read_books(
            "SELECT o.id, coalesce(o.client_key, ''), o.total_minor, sum(l.quantity)"
            " FROM ticket_order o JOIN order_line l ON l.order_id = o.id"
            " WHERE o.event_id=? AND o.state = 'paid' GROUP BY o.id ORDER BY o.id",
            self.site.event_id,
        )
        return [
            Sold("till", key[-SALE_ID_SIZE:], count, total)
            if key.startswith("till:")
            else Sold("office", order_id, count, total)
            for order_id, key, total, count in rows
        ]
