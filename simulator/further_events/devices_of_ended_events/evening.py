"""One evening whose two gates and till are switched off cut off, and come back days later.

They have let people in, sold and paid back by then. Meanwhile the organizer says that the event is
over, and perhaps puts it away. When all else in the world is judged, days pass on all clocks, the
devices come back one after another, and everybody comes to the gates once more.
"""

from __future__ import annotations

import asyncio
from typing import Final

from gatekeeper.gate.requests import Scan
from shared.kernel.id_types import TicketId
from shared.kernel.instant import HOUR, SECOND, Duration, Instant
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.moved_tenders.evening import Tenders
from simulator.judging.seen_visits import Card, Visit
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.world import World

GATES: Final = 2
TICKETS: Final = 24
VISITS: Final = 2
TURNS: Final = 40
CUT: Final = (20, 60)
"""From when on a device is out of reach, in hundredths of the evening."""
DAYS: Final = (2, 9)
PUT_AWAY: Final = 0.5
UNDER_WAY: Final[Duration] = 2 * SECOND
"""What was said before a cut has arrived, or never will."""


class Ended(Tenders):
    """A further event of a world, and everybody at it.

    Attributes:
        last: From this number on they came when the event was over.
        left: True time from which on a device, by its node, was heard no more.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "ended", GATES)
        self.left: dict[str, Instant] = {}
        self._cards: list[Card] = []

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, sell some tickets, and start gates and till."""
        await self._put_on_with_till(Terms())
        self._cards = await self._sell(TICKETS)
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            self._world.start(self._come(card, self._dice.stream(f"guest {card.ticket_id}")))
        self._world.start(self._serve(self._dice.stream("counter")))
        for node in self.nodes:
            self._world.start(self._leave_out(node, self._dice.stream(f"reach of {node.name}")))

    async def _come(self, card: Card, dice: Dice) -> None:
        """Come to either gate, and a copy to the other."""
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // 3))
            await self.show(dice.below(GATES), card)

    async def show(self, number: int, card: Card) -> Visit[Card]:
        """Present a ticket at a gate."""
        return await self._present(self.nodes[number], card, Scan(card.text))

    async def _serve(self, dice: Dice) -> None:
        """Sell at the till, and give back."""
        while True:
            await self.pause(dice.exponential(Duration(self.scenario.duration // TURNS)))
            if not self.till.is_up or not await self._has_shift():
                continue
            if dice.chance(0.3):
                await self._give_back(dice)
                continue
            known = len(self.purse.purchases)
            await self._sell_some(dice, miskeyed=0)
            for one in self.purse.purchases[known:]:
                for ticket_id in one.tickets:
                    self._send(ticket_id, dice.stream(f"walk-up {ticket_id}"))

    def _send(self, ticket_id: TicketId, dice: Dice) -> None:
        """Let a customer go to the gates, whom the till has given something to show."""
        if text := self.texts.get(ticket_id):
            card = Card(text, ticket_id)
            self._cards.append(card)
            self._world.start(self._come(card, dice))

    async def _leave_out(self, node: GateNode, dice: Dice) -> None:
        """Keep a device from the server from some time on, until it is switched off."""
        await self._at_part(dice, *CUT)
        with self._cut_off(node):
            await self.pause(UNDER_WAY)
            self.left[node.name] = self._world.stage.now()
            await self.pause(self.scenario.duration)

    # -- after doors -----------------------------------------------------------------------------

    def end(self) -> None:
        """Switch all devices off, as they are."""
        super().end()
        for node in self.nodes:
            if node.is_up:
                node.stop(has_power=True)

    async def unrest(self) -> str:
        """Say what is left to do: nothing while they are off."""
        return "" if all(one.is_stopped for one in self.nodes) else await super().unrest()

    async def finish(self) -> str:
        """Let days pass, switch everything on again, and come to the gates once more."""
        world, dice = self._world, self._dice.stream("days")
        for node in (*world.devices, *world.others):
            if node.is_up:
                node.stop(has_power=True)
        days = Duration(dice.between(*DAYS) * 24 * HOUR)
        await self.owner.must("POST", f"{self.site.path}/state", {"state": "completed"})
        world.server.let_pass(days)
        for node in self.nodes:
            node.clock.step(days)
        await self.owner.sign_in()
        if dice.chance(PUT_AWAY):
            await self.owner.must("POST", f"{self.site.path}/state", {"state": "archived"})
        self.last = len(self.visits)
        order = list(self.nodes)
        dice.shuffle(order)
        for node in order:
            await node.start()
            await asyncio.sleep(dice.below(5 * SECOND) / SECOND)
        await self._hear()
        unrest = await self.rest()
        for number, card in enumerate(self._cards):
            await self.show(number % GATES, card)
        return unrest or await self.rest()
