"""One evening at a hall and a yard, whose plan the organizer changes while doors are open.

With a reason they lift what locks it: a gate leads into the other zone, a zone takes other
tickets, a further gate is opened, with a device of its own. Some tickets are for the hall, some
for the yard, some for both; the hall is too small for all of them. Gates are cut off by turns, or
all at once, and go on by what they have heard; what they ask meanwhile hangs, and comes when the
gate leads elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from itertools import count
from typing import Any, Final

import msgspec

from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import MINUTE, Duration, Instant
from simulator.further_events.devices_sent_to_other_zones.ground import Site, put_on
from simulator.further_events.further_event import FurtherEvent
from simulator.further_events.second_event.told import Told
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.nodes.wired_server import SERVER
from simulator.world import World

NODES: Final = 4
"""Of which the last one comes while doors are open, to a gate that is new."""
TICKETS: Final = 12
"""Of each kind."""
VISITS: Final = 4
AT_ONCE: Final = 0.3
OPENED_AS: Final = 4
"""The further gate is opened before this change."""
POLICIES: Final = (OfflinePolicy.OPEN, OfflinePolicy.OPEN, OfflinePolicy.CLOSED)
HALL: Final = "Hall"
YARD: Final = "Yard"
BOTH: Final = "Both"
ROOMS: Final[Mapping[str, int | None]] = {HALL: 30, YARD: None}
"""How many each holds: the hall is too small for all, those who come last included."""
ROUNDS: Final = 4
"""So often everybody comes again in the end, who were told that the places are on their way."""
FULL: Final = "capacity_full"
REASON: Final = {"reason": "the way through the hall is blocked"}


class Plan(msgspec.Struct, frozen=True):
    """The organizer's word on which gate leads where, and who may come in there.

    Attributes:
        zones: By gate, where it leads.
        kinds: By zone, the kinds of tickets that it takes.
        began: True time of the question.
        ended: Of the answer.
        before: The feed's newest number at the question: no gate is told of it by that.
        head: And at the answer: gates are told of it by a later one.
    """

    zones: Mapping[str, str]
    kinds: Mapping[str, frozenset[str]]
    began: Instant
    ended: Instant
    before: int
    head: int

    def zone_for(self, gate_id: str, kind: str) -> str:
        """Return the zone into which a gate lets somebody in; "" where it does not."""
        zone = self.zones.get(gate_id, "")
        return zone if kind in self.kinds.get(zone, ()) else ""


class Guest(Card, frozen=True, kw_only=True):
    """A ticket and its kind.

    Attributes:
        kind: Its name.
    """

    kind: str


class Rezoned(FurtherEvent):
    """A further event of a world, and everybody at it.

    Attributes:
        site: The event.
        policy: Who may let in alone.
        gates: By node, the gate at which it stands.
        zone_ids: Of its zones, by name.
        plans: The organizer's words, in order.
    """

    site: Site

    def __init__(self, world: World) -> None:
        super().__init__(world, "rezoned", NODES)
        self.policy = self._dice.stream("policy").pick(POLICIES)
        self.gates: dict[str, str] = {}
        self.zone_ids: dict[str, str] = {}
        self.plans: list[Plan] = []
        self._names: dict[str, str] = {}
        self._types: dict[str, str] = {}
        self._cards: list[Guest] = []
        self._waiting: list[Guest] = []  # who come just when a cable is cut
        self._last: list[Guest] = []  # who come when all is told
        *self.nodes, self._late = self.nodes

    @property
    def late(self) -> str:
        """The node that comes while doors are open."""
        return self._late.name

    @property
    def late_device_id(self) -> str:
        """Which device came while doors were open; "" before that."""
        return "" if self._late.profile is None else str(self._late.profile.device_id)

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on, print its tickets, and start the first devices."""
        await self.owner.sign_in()
        self.site = await put_on(self.owner, self.policy, ROOMS)
        self.told = Told(self._world, self.site.event_id)
        told = await self.owner.must("GET", f"{self.site.path}/plan")
        self.zone_ids = {str(one["name"]): str(one["id"]) for one in told["zones"]}
        self._names = {str(one["id"]): str(one["name"]) for one in told["gates"]}
        await self._open_to_both()
        self._world.others += self.nodes
        for node, gate_id in zip(self.nodes, self.site.zones, strict=False):
            await self._enrol_at(node, gate_id)
        for kind in (HALL, YARD, BOTH):
            self._cards += await self._sell(kind)
        self._waiting, self._last = await self._sell(BOTH), await self._sell(BOTH)
        await self._hear()

    async def _open_to_both(self) -> None:
        """Let a third kind of tickets into both zones."""
        plain = {zone: frozenset({zone}) for zone in ROOMS}
        now = self._world.stage.now()
        self.plans.append(Plan(self.site.zones, plain, now, now, 0, 0))
        await self._lift()
        kinds = await self.owner.must("GET", f"{self.site.path}/ticket-types")
        date = kinds[0]["occurrence_id"]
        kind = {"name": BOTH, "price_minor": 4_000, "occurrence_id": date}
        made = await self.owner.must("POST", f"{self.site.path}/ticket-types", kind)
        self._types = {**self.site.kinds, BOTH: str(made["id"])}
        for zone in ROOMS:
            await self._take(zone, frozenset({zone, BOTH}))

    async def _enrol_at(self, node: GateNode, gate_id: str) -> None:
        self.gates[node.name] = gate_id
        await self._enrol(node, gate_id, self.site.event_id)

    async def _sell(self, kind: str) -> list[Guest]:
        line = {"ticket_type_id": self._types[kind], "quantity": TICKETS}
        order = {"lines": [line], "payment": "paid"}
        sold = await self.owner.must("POST", f"{self.site.path}/orders", order)
        cards = []
        for one in sold["tickets"]:
            path = f"{self.site.path}/tickets/{one['id']}/credential"
            said = await self.owner.must("GET", path)
            ticket_id = parse_ticket_id(str(one["id"]))
            cards.append(Guest(said["digits"], ticket_id, kind=kind))
        return cards

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            self._world.start(self._come(card, self._dice.stream(f"guest {card.ticket_id}")))
        self._world.start(self._change(self._dice.stream("organizer")))
        self._world.start(self._cut(self._dice.stream("cuts")))
        self._world.start(self._lose_server(self._dice.stream("server lost")))

    async def _come(self, card: Guest, dice: Dice) -> None:
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // VISITS))
            await self._come_to(self.nodes, dice, AT_ONCE, lambda gate: self._present(gate, card))

    async def _change(self, dice: Dice) -> None:
        """Change the plan again and again, mostly while some gate does not hear of it."""
        for number in count(1):
            if number == OPENED_AS:
                await self._open_gate()
            await self.pause(dice.exponential(self.scenario.duration // 12))
            away, is_away = dice.pick(self.nodes), dice.chance(0.8)
            before, after = dice.exponential(MINUTE // 2), dice.exponential(MINUTE)
            hangs = self._hang(away, Duration(before + after))
            with self._cut_off(away) if is_away else nullcontext(), hangs:
                if self._waiting:
                    await self._present(away, self._waiting.pop())
                await self.pause(before)
                if dice.chance(0.7):
                    gate_id = self.gates[away.name if dice.chance(0.9) else self._any_node(dice)]
                    await self._lead_elsewhere(gate_id)
                else:
                    zone = dice.pick([*ROOMS])
                    await self._take(zone, self._draw_kinds(zone, dice))
                if dice.chance(0.3):
                    # What gates are handed is locked, until somebody lifts that again.
                    await self.owner.must("POST", f"{self.site.path}/handover", {})
                    await self._lift()
                await self.pause(after)

    @contextmanager
    def _hang(self, node: GateNode, lasts: Duration) -> Iterator[None]:
        """Let the first thing hang that a gate sends where it is cut off, and come afterwards."""
        network, loop = self._world.stage.network, self._world.stage.loop
        former, until, first = network.hold, loop.now_us + lasts, [node.name]

        def hold(source: str, target: str) -> Duration:
            if source in first and target == SERVER and loop.now_us < until:
                first.clear()
                return Duration(until - loop.now_us)
            return Duration(0) if former is None else former(source, target)

        network.hold = hold
        try:
            yield
        finally:
            if network.hold is hold:
                network.hold = former

    def _any_node(self, dice: Dice) -> str:
        return dice.pick(self.nodes).name

    def _draw_kinds(self, zone: str, dice: Dice) -> frozenset[str]:
        """Draw whom a zone takes: its own always, others perhaps."""
        return frozenset({zone, *(one for one in (HALL, YARD, BOTH) if dice.chance(0.6))})

    async def _lift(self) -> None:
        await self.owner.must("POST", f"{self.site.path}/freeze/lift", REASON)

    async def _lead_elsewhere(self, gate_id: str) -> None:
        """Let a gate lead into the other zone."""
        before = self.plans[-1]
        (zone,) = (one for one in ROOMS if one != before.zones[gate_id])
        body = {"name": self._names[gate_id], "zone_id": self.zone_ids[zone]}
        zones = {**before.zones, gate_id: zone}
        await self._say("PUT", f"/gates/{gate_id}", body, zones, before.kinds)

    async def _take(self, zone: str, kinds: frozenset[str]) -> None:
        """Let a zone take these kinds of tickets."""
        before = self.plans[-1]
        taken = [self._types[kind] for kind in sorted(kinds)]
        body = {"name": zone, "ticket_type_ids": taken, "capacity": ROOMS[zone]}
        said = {**before.kinds, zone: kinds}
        await self._say("PUT", f"/zones/{self.zone_ids[zone]}", body, before.zones, said)

    async def _say(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any],
        zones: Mapping[str, str],
        kinds: Mapping[str, frozenset[str]],
    ) -> Any:
        heads, began = [await self.told.head()], self._world.stage.now()
        answer = await self.owner.must(method, self.site.path + path, body)
        if method == "POST":
            zones = {**zones, str(answer["id"]): YARD}
        now = self._world.stage.now()
        heads.append(await self.told.head())
        self.plans.append(Plan(zones, kinds, began, now, *heads))
        return answer

    async def _open_gate(self) -> None:
        """Open a further gate, with a device that nobody had before."""
        before, node = self.plans[-1], self._late
        body = {"name": "Further", "zone_id": self.zone_ids[YARD]}
        made = await self._say("POST", "/gates", body, before.zones, before.kinds)
        self._names[str(made["id"])] = "Further"
        self._world.others.append(node)
        await self._enrol_at(node, str(made["id"]))
        self.nodes.append(node)

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Let everybody come to every gate when the hall is open and all is told.

        Returns:
            What keeps it from being quiet, or "".
        """
        gate_id = self.gates[self.nodes[0].name]
        if self.plans[-1].zones[gate_id] != HALL:
            await self._lead_elsewhere(gate_id)
        await self._take(HALL, frozenset({HALL, BOTH}))
        if unrest := await self._until_told():
            return unrest
        cards = {one.ticket_id: one for one in (*(v.card for v in self.visits), *self._last)}
        for _ in range(ROUNDS):
            before = len(self.visits)
            for card in cards.values():
                for node in self.nodes:
                    await self._present(node, card)
            cards = {
                one.card.ticket_id: one.card
                for one in self.visits[before:]
                if one.answer is not None and one.answer.reason == FULL
            }
            await self._hear()
        return await self.rest()
