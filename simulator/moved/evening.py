"""One evening at a zone of three gates, between which the organizer moves two devices."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from shared.kernel.id_types import EventId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import HOUR, SECOND, Instant, format_instant
from simulator.beside import Beside
from simulator.dice import Dice
from simulator.fair.told import Told
from simulator.gate_node import GateNode
from simulator.series.ground import must
from simulator.stage import WORLD_START
from simulator.venue import CLAIM_BUDGET_MS
from simulator.visits import Card, Visit
from simulator.world import World

NODES: Final = 2
GATES: Final = ("Gate 1", "Gate 2", "Gate 3")
TICKETS: Final = 30
VISITS: Final = 2


class Sent(msgspec.Struct, frozen=True):
    """The organizer's word on where a device stands.

    Attributes:
        node: Which device.
        gate_id: Where.
        began: True time of the question.
        ended: Of the answer.
    """

    node: str
    gate_id: str
    began: Instant
    ended: Instant


class Moved(Beside):
    """A further event of a world, and everybody at it.

    Attributes:
        visits: Presentations at gates, in order of beginning.
        sent: What the organizer has said, in order.
        event_id: Which event.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "moved", NODES)
        self.visits: list[Visit] = []
        self.sent: list[Sent] = []
        self.event_id: EventId
        self._told: Told
        self._cards: list[Card] = []
        self._gates: list[str] = []

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on, print its tickets, and start the devices at the first two gates."""
        world, owner = self._world, self.owner
        await owner.sign_in()
        policy = {"offline_policy": "open", "claim_budget_ms": CLAIM_BUDGET_MS}
        body = {"name": "Moved", "timezone": "Europe/Zurich", "currency": "CHF", "policy": policy}
        self.event_id = EventId((await must(owner, "POST", "/events", body))["id"])
        path = f"/events/{self.event_id}"
        date = {
            "name": "Tonight",
            "starts_at": format_instant(Instant(WORLD_START + 2 * HOUR)),
            "doors_at": format_instant(WORLD_START),
            "ends_at": format_instant(Instant(WORLD_START + 30 * HOUR)),
        }
        made = await must(owner, "POST", f"{path}/occurrences", date)
        kind = {"name": "Floor", "price_minor": 2_500, "occurrence_id": made["id"]}
        kind_id = (await must(owner, "POST", f"{path}/ticket-types", kind))["id"]
        zone = await must(owner, "POST", f"{path}/zones", {"name": "Floor"})
        for name in GATES:
            gate = {"name": name, "zone_id": zone["id"]}
            self._gates.append(str((await must(owner, "POST", f"{path}/gates", gate))["id"]))
        await must(owner, "POST", f"{path}/state", {"state": "published"})
        await must(owner, "POST", f"{path}/handover", {})
        self._told = Told(world, self.event_id)
        world.others += self.nodes
        for node, gate_id in zip(self.nodes, self._gates, strict=False):
            now = world.stage.now()
            await self._enrol(node, gate_id, self.event_id)
            self.sent.append(Sent(node.name, gate_id, now, world.stage.now()))
        line = {"ticket_type_id": kind_id, "quantity": TICKETS}
        sold = {"lines": [line], "payment": "paid"}
        order = await must(owner, "POST", f"{path}/orders", sold)
        for one in order["tickets"]:
            said = await must(owner, "GET", f"{path}/tickets/{one['id']}/credential")
            self._cards.append(Card(said["digits"], parse_ticket_id(str(one["id"]))))
        await asyncio.sleep((2 * world.scenario.poll + 10 * SECOND) / SECOND)

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            guest = self._dice.stream(f"guest {card.ticket_id}")
            self._world.start(self._come(card, guest))
        for node in self.nodes:
            self._world.start(self._send(node, self._dice.stream(f"orders for {node.name}")))
        self._world.start(self._cut(self._dice.stream("cuts")))

    async def _come(self, card: Card, dice: Dice) -> None:
        for _ in range(VISITS):
            await self._pause(dice.exponential(self._world.scenario.duration // 2))
            await self._present(self.visits, dice.pick(self.nodes), card)

    async def _send(self, node: GateNode, dice: Dice) -> None:
        """Send a device to another gate of its zone, again and again."""
        assert node.profile is not None
        path = f"/devices/{node.profile.device_id}/assignment"
        while True:
            await self._pause(dice.exponential(self._world.scenario.duration // 4))
            gate_id = dice.pick([one for one in self._gates if one != self.last_of(node)])
            began = self._world.stage.now()
            body = {"role": "gate", "event_id": self.event_id, "gate_id": gate_id}
            await must(self.owner, "PUT", path, body)
            self.sent.append(Sent(node.name, gate_id, began, self._world.stage.now()))

    def last_of(self, node: GateNode) -> str:
        """Return to which gate a device was sent last."""
        return next(one.gate_id for one in reversed(self.sent) if one.node == node.name)

    # -- after doors -----------------------------------------------------------------------------

    async def unrest(self) -> str:
        """Say what is left to do; "" if nothing is."""
        head = await self._told.head()
        for node in self.nodes:
            if waiting := await self._unrest_of(node, self.event_id, head):
                return waiting
        return ""

    async def come_again(self) -> None:
        """Come with every ticket once more, when each device has heard of the last word."""
        await asyncio.sleep((2 * self._world.scenario.poll + 65 * SECOND) / SECOND)
        for number, card in enumerate(self._cards):
            await self._present(self.visits, self.nodes[number % NODES], card)
