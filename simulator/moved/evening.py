"""One evening at a zone of three gates, between which the organizer moves two devices."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from shared.kernel.instant import SECOND, Instant
from simulator.dice import Dice
from simulator.editions.ground import Terms
from simulator.gate_node import GateNode
from simulator.one_evening import OneEvening
from simulator.series.ground import must
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


class Moved(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        visits: Presentations at gates, in order of beginning.
        sent: What the organizer has said, in order.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "moved", NODES)
        self.visits: list[Visit[Card]] = []
        self.sent: list[Sent] = []
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
            gate_id = dice.pick([one for one in self.site.gates if one != self.last_of(node)])
            began = self._world.stage.now()
            body = {"role": "gate", "event_id": self.site.event_id, "gate_id": gate_id}
            await must(self.owner, "PUT", path, body)
            self.sent.append(Sent(node.name, gate_id, began, self._world.stage.now()))

    def last_of(self, node: GateNode) -> str:
        """Return to which gate a device was sent last."""
        return next(one.gate_id for one in reversed(self.sent) if one.node == node.name)

    # -- after doors -----------------------------------------------------------------------------

    async def come_again(self) -> None:
        """Come with every ticket once more, when each device has heard of the last word."""
        await asyncio.sleep((2 * self._world.scenario.poll + 65 * SECOND) / SECOND)
        for number, card in enumerate(self._cards):
            await self._present(self.visits, self.nodes[number % NODES], card)
