"""An evening that is copied while its doors are open, and the gate that is sent to the copy.

The copy is on the same day with the same plan, even with the same numbers of ticket types: nothing
but its key tells its tickets from those of the evening that it is a copy of.
"""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

from shared.kernel.id_types import EventId, GateId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import datetime_from_instant
from simulator.further_events.ended_keys_and_copied_events.ground import (
    STARTS,
    Site,
    open_doors,
    put_on,
)
from simulator.further_events.ended_keys_and_copied_events.record import Edition, Print
from simulator.further_events.further_event import FurtherEvent
from simulator.further_events.second_event.told import Told
from simulator.judging.seen_visits import Visit
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.world import World

NODES: Final = 2
TICKETS: Final = 10
KEPT_BACK: Final = 4
"""Tickets of each of the two that nobody shows until doors are closed."""
VISITS: Final = 4
NOTE: Final = "No bags."
LATER: Final = "No bags, no bottles."
ROOM: Final = 5_000
LESS: Final = 4_000


class Copied(FurtherEvent):
    """Both evenings, and everybody at them.

    Attributes:
        seen: Each presentation, in order of beginning.
        source: The evening.
        copy: Its copy; None while there is none.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "copied", NODES)
        self.source: Site
        self.copy: Site | None = None
        self._kept_back: list[Print] = []
        self._prints: list[Print] = []
        self._turned_at: int | None = None

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on with a design, sell, and start both gates there."""
        await self.owner.sign_in()
        self.source = await put_on(self.owner)
        await self.owner.must("PUT", f"{self.source.path}/look", {"note": NOTE})
        self._world.others += self.nodes
        for node, gate_id in zip(self.nodes, self.source.gates, strict=True):
            await self._enrol(node, gate_id, self.source.event_id)
        await self._sell(self.source, Edition.FIRST)
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for one in self._prints:
            self._come_by(one)
        self._world.start(self._copy(self._dice.stream("copy")))
        self._world.start(self._cut(self._dice.stream("cuts")))

    async def _copy(self, dice: Dice) -> None:
        """Copy the evening, open its doors, send a gate there; then change what was copied."""
        await self._at_part(dice, 5, 25)
        day = datetime_from_instant(STARTS).astimezone(ZoneInfo("Europe/Zurich")).date()
        body = {"name": "Evening", "first_day": day.isoformat()}
        made = await self.owner.must("POST", f"{self.source.path}/copy", body)
        event_id = EventId(made["id"])
        path = f"/events/{event_id}"
        kinds = await self.owner.must("GET", f"{path}/ticket-types")
        gates = (await self.owner.must("GET", f"{path}/plan"))["gates"]
        names = sorted((str(one["name"]), str(one["id"])) for one in gates)
        copy = Site(
            event_id=event_id,
            gates=tuple(one for _, one in names),
            kinds=tuple(str(one["id"]) for one in kinds),
            codes=tuple(int(one["code"]) for one in kinds),
        )
        await open_doors(self.owner, path)
        await self._change_source()
        prints = await self._sell(copy, Edition.COPY)
        self.copy = copy
        for one in prints:
            self._come_by(one)
        await self._at_part(dice, 5, 25)
        await self._turn(self.nodes[1], copy, copy.gates[1])

    async def _change_source(self) -> None:
        """Change of the evening what stays open once gates were handed it."""
        path = self.source.path
        await self.owner.must("PUT", f"{path}/look", {"note": LATER})
        (zone,) = (await self.owner.must("GET", f"{path}/plan"))["zones"]
        body = {"name": zone["name"], "capacity": LESS}
        await self.owner.must("PUT", f"{path}/zones/{zone['id']}", body)

    async def _turn(self, node: GateNode, site: Site, gate_id: str) -> None:
        """Let the organizer send a gate to another event, and its people turn to it."""
        assert node.profile is not None
        body = {"role": "gate", "event_id": site.event_id, "gate_id": gate_id}
        await self.owner.must("PUT", f"/devices/{node.profile.device_id}/assignment", body)
        await node.turn_to(site.event_id, GateId(gate_id))
        self._turned_at = self._world.stage.loop.now_us

    # -- guests and tickets ----------------------------------------------------------------------

    def _come_by(self, shown: Print) -> None:
        self._world.start(self._come(shown, self._dice.stream(f"guest {shown.ticket_id}")))

    async def _come(self, shown: Print, dice: Dice) -> None:
        """Try both gates, now and then, as if one ticket were good for both evenings."""
        whole = self._world.scenario.duration
        for _ in range(VISITS):
            await self.pause(dice.exponential(whole // 6))
            await self.show(dice.pick(self.nodes), shown)

    async def show(self, node: GateNode, shown: Print) -> Visit[Print]:
        """Present a paper at a gate, and look at its lamp."""
        return await self._present(node, shown)

    def _is_in_reach(self, node: GateNode) -> bool:
        since, now = self._turned_at, self._world.stage.loop.now_us
        is_settled = node is self.nodes[0] or since is None or now - since > self.scenario.hears
        return is_settled and super()._is_in_reach(node)

    async def _sell(self, site: Site, edition: Edition) -> list[Print]:
        """Sell tickets, print them, and keep some back; returns the others."""
        line = {"ticket_type_id": site.kind, "quantity": TICKETS}
        body = {"lines": [line], "payment": "paid"}
        order = await self.owner.must("POST", f"{site.path}/orders", body)
        prints = []
        for one in order["tickets"]:
            path = f"{site.path}/tickets/{one['id']}/credential"
            said = await self.owner.must("GET", path)
            name = parse_ticket_id(str(one["id"]))
            prints.append(Print(said["digits"], name, edition=edition, event_id=site.event_id))
        self._kept_back += prints[:KEPT_BACK]
        self._prints = prints[KEPT_BACK:]
        return self._prints

    # -- after doors -----------------------------------------------------------------------------

    def serves(self, node: GateNode) -> EventId:
        """Return the event that a gate was sent to last."""
        is_turned = self._turned_at is not None and node is self.nodes[1]
        assert self.copy is not None or not is_turned
        return self.copy.event_id if is_turned and self.copy else self.source.event_id

    async def unrest(self) -> str:
        """Say what is left to do; "" if nothing is."""
        for node in self.nodes:
            event_id = self.serves(node)
            head = await Told(self._world, event_id).head()
            if waiting := await self._unrest_of(node, event_id, head):
                return waiting
        return ""

    async def try_all(self) -> None:
        """Come to every gate with what nobody has shown: to gates that can ask, then cut off."""
        for one in self._kept_back[::2]:
            for node in self.nodes:
                await self.show(node, one)
        with self._cut_off():
            for one in self._kept_back[1::2]:
                for node in self.nodes:
                    await self.show(node, one)

    async def read_both(self, sql: str) -> tuple[list[Any], list[Any]]:
        """Read the office's books of the evening and of its copy."""
        assert self.copy is not None
        found = [await self.read_books(sql, one.event_id) for one in (self.source, self.copy)]
        return found[0], found[1]
