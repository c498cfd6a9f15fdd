"""One evening of four zones, between which three devices are sent to and fro.

The server may be put back meanwhile to a copy of before a device was sent: then the ledger has
forgotten that it ever stood there, and whom it has let in.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Final

from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import MINUTE, SECOND
from simulator.further_events.devices_sent_to_other_zones.evening import Guest
from simulator.further_events.devices_sent_to_other_zones.ground import Site, put_on
from simulator.further_events.further_event import FurtherEvent
from simulator.further_events.second_event.told import Told
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.world import World

NODES: Final = 3
ZONES: Final = ("Hall", "Yard", "Garden", "Tent")
TICKETS: Final = 15
"""Of each zone."""
VISITS: Final = 3


class MovedSinceCopy(FurtherEvent):
    """A further event of a world, and everybody at it.

    Attributes:
        site: The event.
    """

    site: Site

    def __init__(self, world: World) -> None:
        super().__init__(world, "forgotten", NODES)
        self._cards: list[Guest] = []
        self._sent: dict[str, list[str]] = {}

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on, print its tickets, and start the devices at the first gates."""
        await self.owner.sign_in()
        self.site = await put_on(self.owner, OfflinePolicy.OPEN, dict.fromkeys(ZONES))
        self.told = Told(self._world, self.site.event_id)
        self._world.others += self.nodes
        self._world.events_beside.append(self.site.event_id)
        for node in self.nodes:
            await self._enrol(node, self.site.gates_of(ZONES[0])[0], self.site.event_id)
            self._sent[node.name] = [ZONES[0]]
        for zone in ZONES:
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
        self._world.start(self._send_after_copies(self._dice.stream("after copies")))
        self._world.start(self._cut(self._dice.stream("cuts")))

    async def _come(self, card: Guest, dice: Dice) -> None:
        """Come to a device that was sent to the ticket's zone, or to any where none was."""
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // 2))
            there = [one for one in self.nodes if self._sent[one.name][-1] == card.zone]
            await self._present(dice.pick(there or self.nodes), card)

    async def _send(self, node: GateNode, dice: Dice) -> None:
        """Send a device to another zone, now and then while it is cut off."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // 3))
            is_alone = dice.chance(0.2)
            with self._cut_off(node) if is_alone else nullcontext():
                zone = dice.pick([one for one in ZONES if one != self._sent[node.name][-1]])
                await self._send_to(node, zone)
                if is_alone:
                    await self.pause(dice.exponential(MINUTE))

    async def _send_after_copies(self, dice: Dice) -> None:
        """Send each device to where it never was, soon after the server's disk was copied."""
        followed = 0
        while True:
            await self.pause(5 * SECOND)
            if len(self._world.history.copied) == followed:
                continue
            followed = len(self._world.history.copied)
            for node in self.nodes:
                new = [one for one in ZONES if one not in self._sent[node.name]]
                await self._send_to(node, dice.pick(new or ZONES))

    async def _send_to(self, node: GateNode, zone: str) -> None:
        gate_id = self.site.gates_of(zone)[0]
        body = {"role": "gate", "event_id": self.site.event_id, "gate_id": gate_id}
        await self.owner.must("PUT", f"/devices/{node.device_id}/assignment", body)
        self._sent[node.name].append(zone)

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Send devices to each zone once more, and let everybody come to them.

        Returns:
            What keeps it from being quiet, or "".
        """
        if unrest := await self._until_told():
            return unrest
        node = self.nodes[0]
        for zone in ZONES:
            await self._send_to(node, zone)
            await self._notice()
            for card in self._cards:
                if card.zone == zone:
                    await self._present(node, card)
        return await self.rest()
