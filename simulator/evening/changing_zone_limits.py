"""The organizer changes the zone's capacity while doors are open."""

from __future__ import annotations

from typing import Final

import msgspec

from server.feed.appending import read_feed_state
from server.ledger.lookups import LedgerLookups
from server.venues_and_gates.venues_zones_and_gates import change_zone
from shared.kernel.instant import Duration, Instant
from simulator.evening.until_doors_close import UntilDoorsClose
from simulator.history import LimitSet
from simulator.home_record import after_commit
from simulator.kernel.dice import Dice
from simulator.world import World

LIFTED: Final = 0.3
"""Share of changes that lift the limit."""
ROOM_MAX: Final = 30


class LimitOrders(UntilDoorsClose):
    """Changes the limit all evening."""

    def __init__(self, world: World) -> None:
        """Prepare; nothing is changed before `begin`."""
        self._world = world
        self._dice = world.stage.dice.stream("limit orders")

    def begin(self) -> None:
        """Change it now and then, where the world has that."""
        every = self._world.scenario.limit_every
        if every is not None:
            self._world.start(self._change_on(every, self._dice))

    async def _change_on(self, every: Duration, dice: Dice) -> None:
        while True:
            await self.pause(dice.exponential(every))
            await self._change(self._draw(dice))

    def _draw(self, dice: Dice) -> int | None:
        """Draw a limit below, at or above what lamps let in so far; None to lift it."""
        if dice.chance(LIFTED):
            return None
        greens = self._world.history.greens
        inside = sum(one.count if one.direction == "in" else -one.count for one in greens)
        if dice.chance(0.4):
            return max(0, inside) * dice.between(50, 100) // 100
        return max(0, inside) + dice.between(0, ROOM_MAX)

    async def _change(self, capacity: int | None) -> None:
        """Change it at the server, as its route does, if the server is up."""
        world, venue = self._world, self._world.venue
        server, stage = world.server, world.stage
        if not server.is_up:
            return
        began, context = stage.now(), server.context
        terms = msgspec.structs.replace(venue.zone_said, capacity=capacity)

        async def put() -> None:
            async with context.write(venue.organization_id) as unit:
                await change_zone(unit, LedgerLookups(), venue.event_id, venue.zone_id, terms)
                feed = await read_feed_state(unit.session, venue.event_id)
                assert feed is not None
                after_commit(unit.session, lambda: self._note(capacity, began, feed.seq))

        await stage.loop.outcome(server.process, put())

    def _note(self, capacity: int | None, began: int, sequence: int) -> None:
        stage, history = self._world.stage, self._world.history
        history.limits.append(LimitSet(capacity, Instant(began), stage.now(), sequence))
        stage.trace.note("office", f"sets the limit to {capacity} at {sequence}")
