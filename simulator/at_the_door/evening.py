"""One evening at two gates that ask each holder two questions on the first way in."""

from __future__ import annotations

import asyncio
from typing import Final

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Decline, Scan, Undo
from shared.admission.reasons import Reason
from shared.kernel.errors import GatekeeperError
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import SECOND, Duration
from shared.manifest.questions import DoorAnswer
from simulator.at_the_door.record import QUESTIONS, DoorRecord
from simulator.beside import Beside
from simulator.dice import Dice
from simulator.editions.ground import Site, put_on
from simulator.fair.told import Told
from simulator.gate_node import GateNode
from simulator.series.ground import must
from simulator.visits import Card
from simulator.world import World

NODES: Final = 2
TICKETS: Final = 24
VISITS: Final = 3
REFUSES: Final = 0.15
"""Who will not answer, and is turned away or goes."""
SAYS_HALF: Final = 0.2
"""Whose first answer is sent alone."""
GOES_OUT: Final = 0.5
UNDONE: Final = 0.1
THINKS: Final[Duration] = 4 * SECOND


class AtTheDoor(Beside):
    """A further event of a world, and everybody at it.

    Attributes:
        record: What was seen.
        site: The event.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "door", NODES)
        self.record = DoorRecord()
        self.site: Site
        self._told: Told
        self._cards: list[Card] = []

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, print its tickets, and start the gates."""
        world = self._world
        await self.owner.sign_in()
        self.site = await put_on(self.owner, QUESTIONS)
        self._told = Told(world, self.site.event_id)
        world.others += self.nodes
        for node, gate_id in zip(self.nodes, self.site.gates, strict=True):
            await self._enrol(node, gate_id, self.site.event_id)
        line = {"ticket_type_id": self.site.kind, "quantity": TICKETS}
        sold = {"lines": [line], "payment": "paid"}
        order = await must(self.owner, "POST", f"{self.site.path}/orders", sold)
        self._cards = [await self._print(str(one["id"])) for one in order["tickets"]]
        await asyncio.sleep((2 * world.scenario.poll + 10 * SECOND) / SECOND)

    async def _print(self, name: str) -> Card:
        said = await must(self.owner, "GET", f"{self.site.path}/tickets/{name}/credential")
        return Card(said["digits"], parse_ticket_id(name))

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            self._world.start(self._come(card, self._dice.stream(f"guest {card.ticket_id}")))
        self._world.start(self._cut(self._dice.stream("cuts")))

    async def _come(self, card: Card, dice: Dice) -> None:
        """Come, be asked, perhaps go out and come back, here or at the other gate."""
        whole = self._world.scenario.duration
        for _ in range(VISITS):
            await self._pause(dice.exponential(whole // 5))
            node = dice.pick(self.nodes)
            answer = await self._come_in(node, card, dice)
            if answer is None or answer.verdict != "admit" or answer.is_repeat:
                continue
            if dice.chance(UNDONE):
                await self._do(node, Undo(answer.claim_id, "did_not_enter"))
            elif dice.chance(GOES_OUT):
                await self._pause(dice.exponential(whole // 10))
                await self._scan(dice.pick(self.nodes), card, Scan(card.text, direction="out"))

    async def _come_in(self, node: GateNode, card: Card, dice: Dice) -> ScanAnswer | None:
        """Show a ticket, and answer what is asked, or not."""
        request = Scan(card.text)
        answer = await self._scan(node, card, request)
        while answer is not None and answer.reason == Reason.QUESTION and answer.questions:
            await self._pause(dice.exponential(THINKS))
            if dice.chance(REFUSES):
                self.record.refused.add(answer.claim_id)
                if dice.chance(0.5):
                    why = Decline(answer.claim_id, answer.ticket_id, "not_answered")
                    await self._do(node, why)
                return None
            said = [DoorAnswer(one.id, dice.below(len(one.answers))) for one in answer.questions]
            if len(said) > 1 and dice.chance(SAYS_HALF):
                said = said[:1]
            request = Scan(card.text, claim_id=answer.claim_id, answers=(*request.answers, *said))
            answer = await self._scan(node, card, request)
        return answer

    async def _scan(self, node: GateNode, card: Card, request: Scan) -> ScanAnswer | None:
        """Have one scan answered, and note what was seen."""
        return (await self._present(self.record.visits, node, card, request)).answer

    async def _do(self, node: GateNode, deed: Undo | Decline) -> None:
        """Have something recorded, if the gate still works."""
        if not node.is_up:
            return
        try:
            await node.call(lambda session: session.supervision.do(deed))
        except GatekeeperError:
            return

    # -- after doors -----------------------------------------------------------------------------

    async def unrest(self) -> str:
        """Say what is left to do; "" if nothing is."""
        head = await self._told.head()
        for node in self.nodes:
            if waiting := await self._unrest_of(node, self.site.event_id, head):
                return waiting
        return ""
