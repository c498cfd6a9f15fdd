"""One evening of tickets that let in twice a day, whose server is put back to an older copy.

It has forgotten who came in since. Some gates stay away from it then, with what they have on
record, and whoever has come in often enough tries again at the others. Copies go around as well.
"""

from __future__ import annotations

import asyncio
from typing import Final

from shared.kernel.instant import SECOND, Duration
from simulator.further_events.ended_keys_and_copied_events.ground import GATES, Terms
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.world import World

A_DAY: Final = 2
"""So often a ticket lets in."""
RULE: Final = {"fact": "entries_today", "cmp": "<", "value": A_DAY}
TICKETS: Final = 20
VISITS: Final = 4
AT_ONCE: Final = 0.3
RUSH: Final = 10
"""So many come in the minute after that."""


class ADay(OneEvening):
    """A further event of a world, and everybody at it."""

    def __init__(self, world: World) -> None:
        super().__init__(world, "a_day", len(GATES) + 1)
        self._cards: list[Card] = []

    async def settle(self) -> None:
        """Put the event on, start its gates, and print its tickets."""
        await self.owner.sign_in()
        zone = {"multiple_entries": True, "rule": RULE}
        await self._put_on(Terms(gates=(*GATES, "Gate 3"), zone=zone))
        self._world.events_beside.append(self.site.event_id)
        self._cards = await self._sell(TICKETS)
        await self._hear()

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            self._world.start(self._come(card, self._dice.stream(f"guest {card.ticket_id}")))
        for node in self.nodes:
            self._world.start(self._stay_away(node, self._dice.stream(f"away {node.name}")))
        self._world.start(self._rush(self._dice.stream("rush")))
        self._world.start(self._cut(self._dice.stream("cuts")))
        self._world.start(self._lose_server(self._dice.stream("server lost")))

    async def _come(self, card: Card, dice: Dice) -> None:
        for _ in range(VISITS):
            await self.pause(dice.exponential(Duration(self.scenario.duration // VISITS)))
            await self._come_to(self.nodes, dice, AT_ONCE, lambda gate: self._present(gate, card))

    async def _rush(self, dice: Dice) -> None:
        """Come to a server that was put back before all is told to it."""
        async for _ in self._put_backs():
            for _ in range(RUSH):
                await self.pause(dice.exponential(6 * SECOND))
                await self._present(dice.pick(self.nodes), dice.pick(self._cards))

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Let everybody come once more than they may when all is told.

        Returns:
            What keeps it from being quiet, or "".
        """
        if unrest := await self._until_told():
            return unrest
        for card in self._cards:
            for node in self.nodes[: A_DAY + 1]:
                await self._present(node, card)
                await asyncio.sleep(1)
        return await self.rest()
