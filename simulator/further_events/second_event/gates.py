"""The fair's gates and till: who stands where, who is shown what, who can ask whom."""

from __future__ import annotations

import asyncio
from typing import Final

from gatekeeper.gate.requests import Scan
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import GateId, ZoneId
from shared.kernel.instant import MINUTE, SECOND, Duration
from simulator.further_events.second_event.ground import Ground, Site
from simulator.further_events.second_event.owner import Owner
from simulator.further_events.second_event.record import FairRecord, Paper, Shown
from simulator.kernel.loop import Process
from simulator.nodes.gate_node import GateNode
from simulator.nodes.wired_server import SERVER
from simulator.world import World

STANDS: Final = {
    "fair01": "Hall 1",
    "fair02": "Hall 2",
    "fair03": "Yard 1",
    "fair04": "Yard 2",
}
"""Where whose gate is; each of them sells as well, so that it asks for a till's key."""
BADGELESS: Final = "fair05"
"""A gate of the hall at which nobody passes, in the hands of somebody without a badge."""
TILL: Final = "fair06"


def links_of(names: list[str]) -> list[tuple[str, str]]:
    """Name the ways between some gates and the server."""
    return [pair for name in dict.fromkeys(names) for pair in ((name, SERVER), (SERVER, name))]


class Gates:
    """All devices of the fair.

    Attributes:
        nodes: Gates at which people are let in, by name.
        badgeless: The gate of somebody without a badge.
        till: The till that is stolen.
    """

    def __init__(self, world: World, owner: Owner, ground: Ground, record: FairRecord) -> None:
        self._world, self._owner, self._ground, self._record = world, owner, ground, record
        self.nodes = {name: world.device(name) for name in STANDS}
        self.badgeless, self.till = world.device(BADGELESS), world.device(TILL)
        self._serves: dict[str, Site] = {}
        self._since: dict[str, int] = {}

    @property
    def all(self) -> list[GateNode]:
        """Every device, the till last."""
        return [*self.nodes.values(), self.badgeless, self.till]

    @property
    def names(self) -> list[str]:
        """Return the names of all but the till."""
        return [*self.nodes, BADGELESS]

    async def settle(self) -> None:
        """Enrol everybody; gates begin at the market, and have its news."""
        ground = self._ground
        market, fair = ground.market, ground.fair
        for name, node in self.nodes.items():
            await self._enrol(node, "both", market, GateId(market.gates["Hall 1"]))
            self._serves[name] = market
        await self._enrol(self.badgeless, "gate", fair, GateId(fair.gates["Hall 3"]))
        await self._enrol(self.till, "till", fair, None)
        self._serves |= {BADGELESS: fair, TILL: fair}
        for node in self.all:
            await node.start()
        await asyncio.sleep(self._round / SECOND)

    async def _enrol(self, node: GateNode, role: str, site: Site, gate_id: GateId | None) -> None:
        process = Process(node.name)
        event_id = site.event_id
        profile = await self._world.enrol(
            node.key, node.name, role, gate_id, process, event_id=event_id
        )
        node.install(profile)

    @property
    def _round(self) -> Duration:
        """How long it takes at most until a device that asks now and then has asked."""
        return 2 * self._world.scenario.poll + 5 * SECOND

    async def turn(self, node: GateNode, site: Site) -> None:
        """Let the organizer send a gate to another event, and its people turn to it."""
        gate_id = site.gates[STANDS[node.name] if site is self._ground.fair else "Hall 1"]
        assert node.profile is not None
        path = f"/devices/{node.profile.device_id}/assignment"
        body = {"role": "both", "event_id": site.event_id, "gate_id": gate_id}
        await self._owner.ask("PUT", path, body)
        await node.turn_to(site.event_id, GateId(gate_id))
        self._serves[node.name] = site
        self._since[node.name] = self._world.stage.loop.now_us

    def serves(self, node: GateNode) -> Site:
        """Return the event to which a gate was turned last."""
        return self._serves[node.name]

    def leading_to(self, zone_id: ZoneId) -> list[GateNode]:
        """Return the gates that lead into a zone just now."""
        return [node for node in self.nodes.values() if self._zone_of(node) == zone_id]

    def _zone_of(self, node: GateNode) -> str:
        site = self._serves[node.name]
        name = STANDS[node.name] if site is self._ground.fair else "Hall 1"
        return site.zones[name.split()[0]]

    # -- scans -----------------------------------------------------------------------------------

    async def scan(self, node: GateNode, paper: Paper, direction: str = "in") -> Shown:
        """Present a paper at a gate, and look at its lamp."""
        stage, record = self._world.stage, self._record
        shown = Shown(
            number=len(record.shown) + 1,
            node=node.name,
            start=node.starts,
            event_id=self._serves[node.name].event_id,
            zone_id=ZoneId(self._zone_of(node)),
            paper=paper,
            direction=direction,
            began=stage.now(),
            is_in_reach=self._is_in_reach(node),
            peers=self._peers_of(node),
        )
        record.shown.append(shown)
        if not node.is_up:
            shown.refusal = "the gate is down"
            return shown
        try:
            _, answer = await node.work(
                lambda session: session.scan(
                    Scan(paper.text, direction=direction, is_manual=paper.is_manual)
                )
            )
        except GatekeeperError as fault:
            shown.refusal = str(fault)
            return shown
        shown.answer = answer
        shown.is_in_reach = shown.is_in_reach and self._is_in_reach(node)
        if answer is not None:
            shown.ended = stage.now()
            stage.trace.note(
                node.name,
                f"shows {answer.verdict} {answer.reason} {answer.mode} {answer.ticket_id}"
                f" {paper.kind} {direction} seq {answer.seq}",
            )
        return shown

    def _is_in_reach(self, node: GateNode) -> bool:
        """Tell whether a gate could ask the server, and for so long that it must have noticed."""
        network, now = self._world.stage.network, self._world.stage.loop.now_us
        quick = network.quick_since(node.name, SERVER)
        if quick is None:
            return False
        since = max(quick, self._since.get(node.name, 0))
        return now - since > self._round + MINUTE

    def _peers_of(self, node: GateNode) -> frozenset[tuple[str, int]]:
        """Name the gates that hear this one, and are heard by it, with their program's start.

        Gates of two events hear each other's datagrams too, and have nothing to say to each other:
        whoever has just turned is in touch with nobody yet.
        """
        if self._world.scenario.hello_every is None or not node.is_up:
            return frozenset()
        reachability, now = self._world.stage.sockets.reachability, self._world.stage.loop.now_us
        return frozenset(
            (other.name, other.starts)
            for other in self.nodes.values()
            if other is not node
            and other.is_up
            and self._serves[node.name] is self._serves[other.name]
            and reachability.are_in_touch(
                node.process, other.process, now, self._turned(node, other)
            )
        )

    def _turned(self, *nodes: GateNode) -> Duration:
        """Return when the last of some gates was turned to its event, in virtual time."""
        return Duration(max(self._since.get(one.name, 0) for one in nodes))
