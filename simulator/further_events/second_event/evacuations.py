"""Evacuations at the fair: one by nobody's right, which is taken back, and a real one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from itertools import cycle
from typing import Any, Final

from gatekeeper.device.opened_gate import GateSession
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import ZoneId
from shared.kernel.instant import MINUTE, SECOND, Duration
from simulator.further_events.second_event.gates import Gates, links_of
from simulator.further_events.second_event.ground import Ground, Printer
from simulator.further_events.second_event.owner import Owner
from simulator.further_events.second_event.people import People
from simulator.further_events.second_event.record import Emptying, FairRecord, Paper, Shown
from simulator.further_events.second_event.told import Told
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.world import Over, World

LEAVING: Final[Duration] = 40 * SECOND
"""How long people take to leave a house in which there is an alarm."""

ComeLate = Callable[[GateNode, Paper, Duration], Coroutine[Any, Any, None]]


class Evacuations:
    """Empties the hall, and lets everybody come back."""

    def __init__(  # noqa: PLR0913 - whom it concerns, each by name
        self,
        world: World,
        dice: Dice,
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
        self._world, self._dice = world, dice
        self._ground, self._gates, self._owner = ground, gates, owner
        self._people, self._printer, self._told = people, printer, told
        self._record, self._come_late = record, come_late
        self._hall = ground.fair.zones["Hall"]
        self._is_stopped = False

    async def _at_part(self, part: float) -> None:
        """Wait until that part of the evening is over."""
        await self._people.pause(Duration(round(part * self._world.scenario.duration)))

    async def _say(self, node: GateNode, word: str, person: str) -> bool:
        """Let somebody say a word on an evacuation at a gate; False if it could not be said."""

        def say(session: GateSession) -> None:
            if person == self._ground.person:
                session.names.take_badge(person, self._ground.badge)
            getattr(session.evacuation, word)(person)

        if not node.is_up:
            return False
        try:
            is_done, _ = await node.call(say)
        except GatekeeperError as fault:
            self._world.stage.trace.note(node.name, f"no {word}: {fault}")
            return False
        self._world.stage.trace.note(node.name, f"{word} by {person}")
        return is_done

    async def _until_said(self, node: GateNode, word: str) -> None:
        for _ in range(60):
            if await self._say(node, word, self._ground.person):
                return
            await asyncio.sleep(1)
        raise Over

    async def stop_without_badge(self, dice: Dice) -> None:
        """Let somebody without a badge empty the hall, early on; the organizer takes it back."""
        await self._at_part(0.1 + 0.1 * dice.below(2))
        began = self._world.stage.now()
        node, person = self._gates.badgeless, "sv_nobody"
        papers = await self._printer.sell("Hall", 4)
        stops = await self._told.stops()
        if not await self._say(node, "begin", person):
            return
        await self._come_before_gates_hear(papers, stops)
        await asyncio.sleep(5)
        await self._say(node, "start_return", person)
        await asyncio.sleep(dice.between(20, 60))
        self._is_stopped = True
        try:
            await self._annul_all_of(person)
        finally:
            self._is_stopped = False
            self._record.stops.append((began, self._world.stage.now()))

    async def _annul_all_of(self, person: str) -> None:
        """Let the organizer take back what somebody said, once the ledger has heard of it.

        The gate may be cut off while it is said: who looks once sees nothing, and the stop that
        comes afterwards would stand for the rest of the evening. By then the real evacuation may
        have been heard of too: that stands.
        """
        path = f"/events/{self._ground.fair.event_id}/evacuations"
        while not (
            said := {
                str(word["evacuation_id"])
                for word in await self._owner.ask("GET", path)
                if word["person"] == person
            }
        ):
            await self._people.pause(SECOND)
        for name in sorted(said):
            body = {"evacuation_id": name, "zone_id": self._hall, "ruling": "annul"}
            await self._owner.ask("POST", f"{path}/rulings", body)

    async def _come_before_gates_hear(self, papers: list[Paper], stops: int) -> None:
        """Show good tickets once the server has told a stop, and its gates have not heard yet."""
        for _ in range(500):
            if await self._told.stops() > stops:
                break
            await asyncio.sleep(0.01)
        nodes = self._gates.leading_to(ZoneId(self._hall))
        for paper, node in zip(papers, cycle(nodes), strict=False):
            self._people.start(self._come_late(node, paper, Duration(0)))

    async def empty(self, dice: Dice) -> None:
        """Empty the hall, at a gate that is cut off or not, and let everybody come back."""
        await self._at_part(0.45)
        while self._was_stopped_lately():
            await self._people.pause(SECOND)
        node = self._gates.nodes[dice.pick(("fair01", "fair02"))]
        links = links_of([node.name, "fair01", "fair02"]) if dice.chance(0.6) else []
        for pair in links:
            self._world.stage.network.cut(*pair)
        try:
            await self._empty_at(node, dice)
        finally:
            network = self._world.stage.network
            for pair in links:  # unless all were taken back at the end
                if network.is_cut(*pair):
                    network.mend(*pair)

    def _was_stopped_lately(self) -> bool:
        since = self._world.stage.now() - MINUTE
        return self._is_stopped or any(until > since for _, until in self._record.stops)

    async def _empty_at(self, node: GateNode, dice: Dice) -> None:
        people, now = self._people, self._world.stage.now
        await self._until_said(node, "begin")
        inside = dict(people.inside(ZoneId(self._hall)))
        seen = Emptying(node.name, ZoneId(self._hall), now(), frozenset(inside))
        self._record.emptyings.append(seen)
        for paper in inside.values():
            people.inside(ZoneId(self._hall)).pop(paper.ticket_id, None)
            if dice.chance(0.3):
                people.start(self._scan_out(node, paper, Duration(dice.below(LEAVING))))
        await people.pause(LEAVING + 5 * SECOND)
        await self._until_said(node, "start_return")
        seen.returned = now()
        for paper in inside.values():
            wait = 30 * SECOND + dice.below(MINUTE)
            people.start(
                self._come_back(node, paper, Duration(wait), dice.stream(f"{paper.ticket_id}"))
            )
        await people.pause(3 * MINUTE)
        await self._until_said(node, "end")

    async def _scan_out(self, node: GateNode, paper: Paper, wait: Duration) -> None:
        await self._people.pause(wait)
        nodes = self._gates.leading_to(paper.zone_id)
        await self._gates.scan(
            node if self._dice.chance(0.5) else self._dice.pick(nodes), paper, "out"
        )

    async def _come_back(self, node: GateNode, paper: Paper, wait: Duration, dice: Dice) -> None:
        """Come back to the gate at which the return was said, else to any."""
        await self._people.pause(wait)
        shown: Shown | None = await self._gates.scan(node, paper)
        if shown is not None and not shown.is_green:
            shown = await self._people.enter(paper, dice)
        if shown is not None and shown.is_green:
            self._people.inside(ZoneId(self._hall))[paper.ticket_id] = paper
