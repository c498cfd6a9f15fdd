"""Who comes to the fair: holders, copies, and people whose papers must not let them in."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from shared.kernel.id_types import ZoneId
from shared.kernel.instant import MINUTE, SECOND, Duration
from simulator.evening.until_doors_close import UntilDoorsClose
from simulator.further_events.second_event.gates import Gates
from simulator.further_events.second_event.record import FairRecord, Paper, PaperKind, Shown
from simulator.kernel.dice import Dice
from simulator.world import World

TRIES: Final = 2
COPIED: Final = 0.5


class People(UntilDoorsClose):
    """Everybody with a paper.

    Args:
        world: The world.
        gates: Where they come.
        record: What they saw.
        dice: Their chance.
    """

    def __init__(self, world: World, gates: Gates, record: FairRecord, dice: Dice) -> None:
        self._world, self._gates, self._record, self._dice = world, gates, record, dice
        self._inside: dict[str, dict[int, Paper]] = {}
        self.is_closed: Callable[[str], bool] = lambda _zone_id: False

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Let somebody do something."""
        self._world.start(work)

    def inside(self, zone_id: ZoneId) -> dict[int, Paper]:
        """Return the papers of those who are inside a zone, by ticket."""
        return self._inside.setdefault(zone_id, {})

    # -- holders ---------------------------------------------------------------------------------

    async def visit_hall(self, paper: Paper, after: Duration) -> None:
        """Come once, and stay; a copy is tried as well."""
        dice = self._dice.stream(f"guest {paper.ticket_id}")
        await self.pause(after)
        if dice.chance(COPIED):
            self.start(self.copy(paper, dice.stream("copy")))
        await self.enter(paper, dice)

    async def visit_yard(self, paper: Paper, after: Duration) -> None:
        """Come, go, and come back, again and again; somebody with a copy comes soon after."""
        dice = self._dice.stream(f"guest {paper.ticket_id}")
        await self.pause(after)
        if dice.chance(COPIED):
            self.start(self.copy(paper, dice.stream("copy")))
        for number in range(3):
            shown = await self.enter(paper, dice)
            if shown is None:
                return
            if number and dice.chance(COPIED):
                await self.pause(Duration(dice.below(20 * SECOND)))
                await self.enter(paper, dice.stream("follower"))
            await self.pause(Duration(MINUTE + dice.exponential(MINUTE)))
            await self.leave(paper, dice)
            await self.pause(Duration(30 * SECOND + dice.exponential(MINUTE)))

    async def copy(self, paper: Paper, dice: Dice) -> None:
        """Try with a copy, at once or any time later; after an evacuation as well."""
        wait = 5 * SECOND if dice.chance(0.3) else self._world.scenario.duration // 2
        await self.pause(Duration(dice.below(wait)))
        await self.enter(paper, dice)

    async def try_all(self, paper: Paper, after: Duration) -> None:
        """Come with a paper that may let nobody in, and be sent from gate to gate."""
        dice = self._dice.stream(f"try {paper.kind} {paper.ticket_id} {after}")
        await self.pause(after)
        await self.enter(paper, dice)

    async def enter(self, paper: Paper, dice: Dice) -> Shown | None:
        """Try the zone's gates until one shows green."""
        for _ in range(TRIES):
            gates = self._gates.leading_to(paper.zone_id)
            if not gates:
                gates = list(self._gates.nodes.values())
            shown = await self._gates.scan(dice.pick(gates), paper)
            if shown.is_green:
                if shown.zone_id == paper.zone_id:
                    self.inside(paper.zone_id)[paper.ticket_id] = paper
                return shown
            await self.pause(dice.between(3, 20) * SECOND)
        return None

    async def leave(self, paper: Paper, dice: Dice) -> bool:
        """Go out, and be scanned out, if there is a gate."""
        gates = [node for node in self._gates.leading_to(paper.zone_id) if node.is_up]
        self.inside(paper.zone_id).pop(paper.ticket_id, None)
        if not gates:
            return False
        shown = await self._gates.scan(dice.pick(gates), paper, "out")
        return shown.is_green

    async def try_on(self, papers: list[Paper], every: Duration, kind: PaperKind) -> None:
        """Let papers of a kind be tried all evening, one after another and again."""
        dice = self._dice.stream(f"tries of {kind}")
        while papers:
            await self.pause(dice.exponential(every))
            self.start(self.try_all(dice.pick(papers), Duration(0)))
