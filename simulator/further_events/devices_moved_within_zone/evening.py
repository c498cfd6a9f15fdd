"""One evening at a zone of three gates, between which two devices are moved.

Now and then a device's disk takes up to two seconds for a flush, and its program stands still.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from shared.kernel.id_types import GateId
from shared.kernel.instant import MINUTE, SECOND, Instant
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
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


class Chosen(msgspec.Struct, frozen=True):
    """A gate that a steward has chosen at a device, which began anew for it.

    Attributes:
        node: Which device.
        gate_id: Where it stands now.
        began: True time.
        ended: And by when it stood there.
        heard: So many of the organizer's words to it were heard before, as sure as can be.
    """

    node: str
    gate_id: str
    began: Instant
    ended: Instant
    heard: int


class Moved(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        sent: What the organizer has said, in order.
        chosen: What stewards have chosen, in order.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "moved", NODES)
        self.sent: list[Sent] = []
        self.chosen: list[Chosen] = []
        self._cards: list[Card] = []

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on, print its tickets, and start the devices at the first two gates."""
        await self.owner.sign_in()
        began = self._world.stage.now()
        await self._put_on(Terms(gates=GATES))
        now = self._world.stage.now()
        for node, gate_id in zip(self.nodes, self.site.gates, strict=False):
            self.sent.append(Sent(node.name, gate_id, began, now))
        self._cards = await self._sell(TICKETS)
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            guest = self._dice.stream(f"guest {card.ticket_id}")
            self._world.start(self._come(card, guest))
        for node in self.nodes:
            self._world.start(self._send(node, self._dice.stream(f"orders for {node.name}")))
            self._world.start(self._choose(node, self._dice.stream(f"steward of {node.name}")))
        self._world.start(self._cut(self._dice.stream("cuts")))
        self._world.start(self._slow_down(self._dice.stream("slow disks")))

    async def _come(self, card: Card, dice: Dice) -> None:
        for _ in range(VISITS):
            await self.pause(dice.exponential(self._world.scenario.duration // 2))
            await self._present(dice.pick(self.nodes), card)

    async def _send(self, node: GateNode, dice: Dice) -> None:
        """Send a device to another gate of its zone, again and again."""
        assert node.profile is not None
        path = f"/devices/{node.profile.device_id}/assignment"
        while True:
            await self.pause(dice.exponential(self._world.scenario.duration // 4))
            gate_id = dice.pick([one for one in self.site.gates if one != self.last_of(node)])
            began = self._world.stage.now()
            body = {"role": "gate", "event_id": self.site.event_id, "gate_id": gate_id}
            await self.owner.must("PUT", path, body)
            self.sent.append(Sent(node.name, gate_id, began, self._world.stage.now()))

    async def _choose(self, node: GateNode, dice: Dice) -> None:
        """Choose another gate of the zone at the device itself, mostly while it is cut off."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // 3))
            gate_id, is_again = dice.pick(self.site.gates), dice.chance(0.5)
            if dice.chance(0.3):
                await self._stand_at(node, gate_id, None, is_again=is_again)
                continue
            was_in_reach = self._is_in_reach(node)
            before = self._world.stage.now()
            with self._cut_off(node):
                await self.pause(dice.exponential(20 * SECOND))
                heard_by = before if was_in_reach else None
                await self._stand_at(node, gate_id, heard_by, is_again=is_again)
                await self.pause(dice.exponential(MINUTE))

    async def _stand_at(
        self, node: GateNode, gate_id: str, heard_by: Instant | None, *, is_again: bool
    ) -> None:
        """Let a device begin anew at a gate, if it runs, and perhaps once more where it stands."""
        if not node.is_up:
            return
        now, is_in_reach = self._world.stage.now, self._is_in_reach(node)
        began = now()
        known_by = began if is_in_reach else heard_by
        node.stop(has_power=True)
        if not await node.start(GateId(gate_id)):
            return
        said = [one for one in self.sent if one.node == node.name]
        heard = sum(
            known_by is not None and one.ended + self.scenario.hears < known_by for one in said
        )
        # Where it was enrolled it has known from the beginning.
        self.chosen.append(Chosen(node.name, gate_id, began, now(), max(1, heard)))
        if is_again:
            node.stop(has_power=True)
            await node.start()

    def last_of(self, node: GateNode) -> str:
        """Return to which gate a device was sent last."""
        return next(one.gate_id for one in reversed(self.sent) if one.node == node.name)

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Come with every ticket once more, when each device has heard of the last word."""
        await asyncio.sleep(self.scenario.hears / SECOND)
        for number, card in enumerate(self._cards):
            await self._present(self.nodes[number % NODES], card)
        return await self.rest()
