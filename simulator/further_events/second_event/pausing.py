"""A pause of entry to the yard, ordered at the desk: holders come meanwhile, and wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from itertools import product
from typing import Any, Final

from shared.kernel.id_types import ZoneId
from shared.kernel.instant import Duration
from simulator.further_events.second_event.gates import Gates
from simulator.further_events.second_event.ground import Ground, Printer
from simulator.further_events.second_event.owner import Owner
from simulator.further_events.second_event.people import People
from simulator.further_events.second_event.record import FairRecord, Paper, Paused
from simulator.further_events.second_event.told import Told
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.world import World

PART: Final = 0.2
"""Of the evening, before it begins."""

ComeLate = Callable[[GateNode, Paper, Duration], Coroutine[Any, Any, None]]


class Pausing:
    """Pauses entry to the yard once, and resumes it."""

    def __init__(  # noqa: PLR0913 - whom it concerns, each by name
        self,
        world: World,
        *,
        ground: Ground,
        gates: Gates,
        owner: Owner,
        people: People,
        printer: Printer,
        told: Told,
        record: FairRecord,
        come_late: ComeLate,
    ) -> None:
        self._world, self._ground, self._gates = world, ground, gates
        self._owner, self._people, self._printer = owner, people, printer
        self._told, self._record, self._come_late = told, record, come_late

    async def pause_yard(self, dice: Dice) -> None:
        """Let nobody in for a minute or two; some of those who come do so now."""
        await self._people.pause(Duration(round(PART * self._world.scenario.duration)))
        papers = await self._printer.sell("Yard", 2)
        yard = ZoneId(self._ground.fair.zones["Yard"])
        path = f"/events/{self._ground.fair.event_id}/zones/{yard}/pause"
        await self._owner.ask("PUT", path)
        paused = Paused(yard, self._world.stage.now(), await self._told.head())
        self._record.pauses.append(paused)
        # Gates that only poll have not heard yet: the ledger is asked.
        for paper, node in product(papers, self._gates.leading_to(yard)):
            self._people.start(self._come_late(node, paper, Duration(0)))
        await asyncio.sleep(dice.between(60, 120))
        paused.until = self._world.stage.now()
        await self._owner.ask("DELETE", path)
