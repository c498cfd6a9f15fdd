"""One evening at a hall of a few places and three gates, to which single holders and groups come.

Whoever is told that the places are on their way waits a moment there and scans again. People go
when they have seen enough, so that the hall is full, and has room again, all evening.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.gate.requests import Scan
from shared.kernel.instant import SECOND, Duration
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.judging.seen_visits import Card, Visit
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.world import World

GATES: Final = ("Gate 1", "Gate 2", "Gate 3")
PLACES: Final = 12
SINGLES: Final = 36
GROUPS: Final = 20
SIZE: Final = 5
TRIES: Final = 4
STAYS: Final = {1: 8, SIZE: 40}
"""How long who comes alone, or in a group, stays: the evening by so much, on average."""
WAITS: Final = (3, 12, 13)
"""Seconds, of which one is drawn, until somebody scans again who was told to."""
LEAVES: Final = 6
"""So often somebody tries to be scanned out, if no gate works."""


class Party(Card, frozen=True, kw_only=True):
    """A ticket and how many come on it.

    Attributes:
        persons: How many.
    """

    persons: int


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who sees all gates knew when a scan began or ended.

    Attributes:
        is_calm: Every gate could ask the server, and had for so long that all was heard of.
    """

    is_calm: bool


class CalledBack(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        before: What was so when each began, by its number.
        after: And when it was answered.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "called", len(GATES))
        self.before: dict[int, Around] = {}
        self.after: dict[int, Around] = {}
        self._parties: list[Party] = []

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on, sell its tickets, and start the gates."""
        await self.owner.sign_in()
        zone = {"capacity": PLACES, "reentry_after_exit": False}
        await self._put_on(Terms(gates=GATES, persons=(SIZE,), zone=zone))
        for kind, count, persons in zip(
            self.site.kinds, (SINGLES, GROUPS), (1, SIZE), strict=True
        ):
            for one in await self._sell(count, kind):
                self._parties.append(Party(one.text, one.ticket_id, persons=persons))
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for party in self._parties:
            dice = self._dice.stream(f"party {party.ticket_id}")
            self._world.start(self._come(party, dice))
        self._world.start(self._cut_later(self._dice.stream("cuts")))

    async def _cut_later(self, dice: Dice) -> None:
        """Cut gates off in the second half: in the first one all of them are in touch for long."""
        await self.pause(Duration(self.scenario.duration // 2))
        await self._cut(dice)

    async def _come(self, party: Party, dice: Dice) -> None:
        """Come to a gate, scan again there where that is told, stay for a while, and go."""
        await self.pause(Duration(dice.below(self.scenario.duration * 9 // 10)))
        node = dice.pick(self.nodes)
        for _ in range(TRIES):
            visit = await self.show(node, party)
            if visit.is_green:
                stays = self.scenario.duration // STAYS[party.persons]
                await self.pause(dice.exponential(stays))
                await self._leave(party, dice)
                return
            if visit.answer is None:
                await self._leave(party, dice)  # nobody knows whether they are in: they go home
                return
            if visit.answer.called_back:
                await self.pause(Duration(dice.pick(WAITS) * SECOND))
            else:
                await self.pause(dice.exponential(self.scenario.duration // 10))
                node = dice.pick(self.nodes)

    async def _leave(self, party: Party, dice: Dice) -> None:
        """Be scanned out, all at once, at a gate that works."""
        for _ in range(LEAVES):
            if (await self.show(dice.pick(self.nodes), party, "out")).is_green:
                return
            await self.pause(3 * SECOND)

    async def show(self, node: GateNode, party: Party, direction: str = "in") -> Visit[Party]:
        """Present a ticket for all who come on it."""
        number = len(self.visits) + 1
        self.before[number] = self._look_around()
        said = Scan(party.text, direction=direction, count=party.persons)
        visit = await self._present(node, party, said)
        self.after[number] = self._look_around()
        return visit

    def _look_around(self) -> Around:
        faults = self._world.stage.network.faults
        is_calm = not faults.loss and all(map(self._is_in_reach, self.nodes))
        return Around(is_calm=is_calm and all(one.is_up for one in self.nodes))
