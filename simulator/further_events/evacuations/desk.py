"""Who says words on evacuations: the organizer at the desk, and a supervisor at gates."""

from __future__ import annotations

from typing import Any

from gatekeeper.device.opened_gate import GateSession
from shared.kernel.errors import GatekeeperError
from simulator.further_events.evacuations.record import (
    ANNUL,
    DESK,
    Asked,
    EmptiedRecord,
    Refused,
    Said,
)
from simulator.further_events.second_event.ground import appoint
from simulator.further_events.second_event.owner import Owner
from simulator.nodes.gate_node import GateNode
from simulator.venue import PASSWORD
from simulator.world import World

_AT_GATES = {"stop": "begin", "return": "start_return", "over": "end"}


class Desk:
    """Orders evacuations by the server's routes, and looks at who has heard.

    Args:
        world: The world.
        owner: Who is signed in.
        record: Where it is noted.
    """

    def __init__(self, world: World, owner: Owner, record: EmptiedRecord) -> None:
        self._world, self._owner, self._record = world, owner, record
        self._path = self._zone_id = ""

    async def sit_down(self, path: str) -> None:
        """Know the event and its one zone."""
        (zone,) = (await self._owner.must("GET", f"{path}/plan"))["zones"]
        self._path, self._zone_id = f"{path}/evacuations", str(zone["id"])

    async def order(self, phase: str, name: str | None = None) -> str | None:
        """Order a phase, or take an evacuation back; returns its id, or None if it was refused."""
        began, refusals = self._world.stage.now(), len(self._owner.refused)
        named = {"zone_id": self._zone_id, "evacuation_id": name}
        if phase == ANNUL:
            path, body = f"{self._path}/rulings", named | {"ruling": ANNUL}
        else:
            path, body = self._path, named | {"phase": phase, "password": PASSWORD}
        words = await self._owner.ask("POST", path, body)
        if words is None:
            why = "; ".join(self._owner.refused[refusals:])
            del self._owner.refused[refusals:]
            self._record.refused.append(Refused(name, phase, self._world.stage.now(), why))
            return None
        said = str(words[0]["evacuation_id"])
        now = self._world.stage.now()
        self._record.said.append(Said(said, phase, DESK, began, now))
        self._world.stage.trace.note("desk", f"{phase} of {said}")
        return said

    async def words(self) -> list[Any]:
        """Read what was said of evacuations, as the ledger has it."""
        return list(await self._owner.ask("GET", self._path) or [])

    async def ask_who_heard(self, nodes: list[GateNode], in_reach: frozenset[str]) -> None:
        """Read who has heard, and look at once at what gates really know.

        Args:
            nodes: The zone's gates.
            in_reach: Those that can ask the server.
        """
        began = self._world.stage.now()
        found = await self._owner.ask("GET", f"{self._path}/reach")
        if found is None:
            return
        names = {node.profile.device_id: node.name for node in nodes if node.profile is not None}
        told = {
            str(one["evacuation_id"]): (
                str(one["phase"]),
                {
                    names.get(device["device_id"], device["device_id"]): bool(device["has_heard"])
                    for device in one["devices"]
                },
            )
            for one in found
        }
        known = {node.name: knowledge_of(node) for node in nodes if node.is_up}
        now = self._world.stage.now()
        self._record.asked.append(Asked(began, now, told, known, in_reach))


def knowledge_of(node: GateNode) -> dict[str, str]:
    """Read from a gate's disk how far it knows of which evacuation."""
    event_id = node.session.profile.event_id
    assert event_id is not None
    held = node.session.store.uses.evacuations.list_all(event_id)
    return {one.evacuation_id: ANNUL if one.annulled else one.phase for one in held}


class Supervisor:
    """Somebody with a badge, who stands at whichever gate.

    Args:
        world: The world.
        record: Where it is noted.
    """

    def __init__(self, world: World, record: EmptiedRecord) -> None:
        self._world, self._record = world, record
        self._person = self._badge = ""

    async def appoint(self, name: str) -> None:
        """Become one."""
        world = self._world
        self._person, self._badge = await appoint(world, name)

    async def say(self, node: GateNode, phase: str, name: str | None = None) -> str | None:
        """Say a phase at a gate, of an evacuation by its id or one that begins; returns the id.

        None where the gate is down, or does not know of that evacuation, or it is not as far.
        """

        def say(session: GateSession) -> str | None:
            before = session.evacuation.current()
            if name is not None and (before is None or before.evacuation_id != name):
                return None
            session.names.take_badge(self._person, self._badge)
            getattr(session.evacuation, _AT_GATES[phase])(self._person)
            now = session.evacuation.current() if phase == "stop" else before
            assert now is not None
            return str(now.evacuation_id)

        if not node.is_up:
            return None
        began = self._world.stage.now()
        try:
            is_done, said = await node.call(say)
        except GatekeeperError as fault:
            self._world.stage.trace.note(node.name, f"no {phase}: {fault}")
            return None
        self._record.is_whole &= is_done
        if said is not None:
            now = self._world.stage.now()
            self._record.said.append(Said(said, phase, node.name, began, now))
            self._world.stage.trace.note(node.name, f"{phase} of {said}")
        return said
