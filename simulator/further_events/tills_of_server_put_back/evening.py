"""One evening at three tills whose server is put back to a copy that was made meanwhile.

Each till has a drawer and a gate beside it, sells, moves what was keyed in wrongly, and gives
back, cut off by turns; what it says the others carry. When the server is put back, each stays away
for a while of its own: their sales come again in another order than they were made in, and part of
them by others before the till itself.
"""

from __future__ import annotations

from typing import Final

from shared.kernel.id_types import GateId
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.moved_tenders.evening import Tenders
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.judging.seen_visits import Card
from simulator.world import World

TILLS: Final = 3
GATES: Final = tuple(f"Gate {number}" for number in range(1, TILLS + 2))
LIMIT: Final = 600
"""So many tickets there are: more than are ever sold."""
STOCK: Final = 12
"""So many unsold ones each till holds: it is granted more again and again, also since the copy."""
IDS: Final = 1 << 64
"""Each till's sales have numbers of their own: the record goes by them."""


class Counter(Tenders):
    """One of the tills, and who works there."""

    def __init__(self, world: World, number: int) -> None:
        super().__init__(world, f"resent{number}")
        self._sales = number * IDS

    async def set_up(self, evening: OneEvening, gate_id: GateId) -> None:
        """Have a till at an evening, beside one of its gates."""
        self.owner, self.site, self.told = evening.owner, evening.site, evening.told
        await self._appoint()
        await self._enrol(self.till, gate_id, self.site.event_id, role="both")
        self.nodes.append(self.till)
        path = f"{self.site.path}/till-stock/{self.till.device_id}"
        size = {"ticket_type_id": self.site.kind, "size": STOCK}
        await self.owner.must("PUT", path, {"types": [size]})

    def begin(self) -> None:
        """Serve, cut off now and then, and stay away when the server was put back."""
        self._world.start(self._serve(self._dice.stream("counter")))
        self._world.start(self._cut(self._dice.stream("cuts")))
        self._world.start(self._stay_away(self.till, self._dice.stream("away")))


class Resent(OneEvening):
    """A further event of a world, its tills and its gate.

    Attributes:
        counters: The tills.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "resent", 1)
        self.counters = [Counter(world, number) for number in range(1, TILLS + 1)]

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, and start its gate and its tills."""
        await self.owner.sign_in()
        await self._put_on(Terms(gates=GATES, limit=LIMIT))
        self._world.events_beside.append(self.site.event_id)
        for counter, gate_id in zip(self.counters, self.site.gates[1:], strict=True):
            await counter.set_up(self, GateId(gate_id))
            self.nodes.append(counter.till)
            self._world.others.append(counter.till)
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for counter in self.counters:
            counter.begin()

    def end(self) -> None:
        """Begin nothing new, at no till."""
        super().end()
        for counter in self.counters:
            counter.end()

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Close the drawers, and let everybody come to the gate.

        Returns:
            What keeps it from being quiet, or "".
        """
        for counter in self.counters:
            if unrest := await counter.finish():
                return unrest
        if unrest := await self._until_told():
            return unrest
        for counter in self.counters:
            for ticket_id, text in counter.texts.items():
                await self._present(self.nodes[0], Card(text, ticket_id))
        return await self.rest()
