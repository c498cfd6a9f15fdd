"""One evening at a hall and a yard, both too small for all who come.

The organizer sends three devices from gate to gate, also into the other zone, and lets gates that
are cut off admit, and not, and again. Holders come to whichever device stands somewhere.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Final

from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import MINUTE
from simulator.further_events.devices_moved_within_zone.evening import Sent
from simulator.further_events.devices_sent_to_other_zones.ground import (
    ROOMS,
    Site,
    put_on,
    say_policy,
)
from simulator.further_events.further_event import FurtherEvent
from simulator.further_events.second_event.told import Told
from simulator.judging.heard_policies import Set
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.world import World

NODES: Final = 3
TICKETS: Final = 24
"""Of each zone."""
VISITS: Final = 3
POLICIES: Final = (OfflinePolicy.OPEN, OfflinePolicy.CLOSED)
ROUNDS: Final = 4
"""So often everybody comes again in the end, who were told that the places are on their way."""


class Guest(Card, frozen=True, kw_only=True):
    """A ticket and where it lets in.

    Attributes:
        zone: The zone's name.
    """

    zone: str


class Crossed(FurtherEvent):
    """A further event of a world, and everybody at it.

    Attributes:
        site: The event.
        sent: Where devices were sent, in order.
        set: Policies, in order.
    """

    site: Site

    def __init__(self, world: World) -> None:
        super().__init__(world, "crossed", NODES)
        self.sent: list[Sent] = []
        self.set: list[Set] = []
        self._cards: list[Guest] = []

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on, print its tickets, and start the devices at the first gates."""
        await self.owner.sign_in()
        policy = self._dice.stream("policy").pick(POLICIES)
        began = self._world.stage.now()
        self.site = await put_on(self.owner, policy)
        self.told = Told(self._world, self.site.event_id)
        self._world.others += self.nodes
        for node, gate_id in zip(self.nodes, self.site.zones, strict=False):
            await self._enrol(node, gate_id, self.site.event_id)
            self.sent.append(Sent(node.name, gate_id, began, self._world.stage.now()))
        self.set.append(Set(policy, began, self._world.stage.now(), 0))
        for zone in ROOMS:
            await self._sell(zone)
        await self._hear()

    async def _sell(self, zone: str) -> None:
        line = {"ticket_type_id": self.site.kinds[zone], "quantity": TICKETS}
        order = {"lines": [line], "payment": "paid"}
        sold = await self.owner.must("POST", f"{self.site.path}/orders", order)
        for one in sold["tickets"]:
            path = f"{self.site.path}/tickets/{one['id']}/credential"
            said = await self.owner.must("GET", path)
            ticket_id = parse_ticket_id(str(one["id"]))
            self._cards.append(Guest(said["digits"], ticket_id, zone=zone))

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            self._world.start(self._come(card, self._dice.stream(f"guest {card.ticket_id}")))
        for node in self.nodes:
            self._world.start(self._send(node, self._dice.stream(f"orders for {node.name}")))
        self._world.start(self._set_policy(self._dice.stream("policies")))
        self._world.start(self._cut(self._dice.stream("cuts")))
        self._world.start(self._lose_server(self._dice.stream("server lost")))

    async def _come(self, card: Guest, dice: Dice) -> None:
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // 3))
            await self._present(dice.pick(self.nodes), card)

    async def _send(self, node: GateNode, dice: Dice) -> None:
        """Send a device to some gate of either zone, often while it is cut off."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // 5))
            is_alone = dice.chance(0.5)
            with self._cut_off(node) if is_alone else nullcontext():
                if is_alone:
                    await self.pause(dice.exponential(MINUTE))
                await self._send_to(node, dice.pick([*self.site.zones]))
                if is_alone:
                    await self.pause(dice.exponential(MINUTE))

    async def _send_to(self, node: GateNode, gate_id: str) -> None:
        began = self._world.stage.now()
        body = {"role": "gate", "event_id": self.site.event_id, "gate_id": gate_id}
        await self.owner.must("PUT", f"/devices/{node.device_id}/assignment", body)
        self.sent.append(Sent(node.name, gate_id, began, self._world.stage.now()))

    async def _set_policy(self, dice: Dice) -> None:
        """Let gates that are cut off admit, and not, and again."""
        reason = {"reason": "the network of the venue"}
        await self.owner.must("POST", f"{self.site.path}/freeze/lift", reason)
        while True:
            await self.pause(dice.exponential(self.scenario.duration // 3))
            policy = dice.pick([one for one in POLICIES if one != self.set[-1].policy])
            began = self._world.stage.now()
            await self.owner.must("PATCH", self.site.path, {"policy": say_policy(policy)})
            now, head = self._world.stage.now(), await self.told.head()
            self.set.append(Set(policy, began, now, head))

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Send a device to each zone, and let everybody come again until places have come back.

        Returns:
            What keeps it from being quiet, or "".
        """
        for number, node in enumerate(self.nodes):
            zone = list(ROOMS)[number % len(ROOMS)]
            await self._send_to(node, self.site.gates_of(zone)[number // len(ROOMS)])
        if unrest := await self._until_told():
            return unrest
        for _ in range(ROUNDS):
            for card in self._cards:
                for node in self.nodes[: len(ROOMS)]:
                    await self._present(node, card)
            await self._hear()
        return await self.rest()
