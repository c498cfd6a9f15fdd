"""One evening at two gates and a thin scanner, which ask two questions on the first way in."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Decline, Scan, Undo
from shared.admission.reasons import Reason
from shared.kernel.errors import GatekeeperError
from shared.kernel.instant import SECOND, Duration
from shared.manifest.door_questions import DoorAnswer
from simulator.further_events.door_questions.record import PERSONS, QUESTIONS, DoorRecord
from simulator.further_events.door_questions.scanning import Scanning
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.nodes.thin_scanner import ThinScanner
from simulator.world import World

NODES: Final = 2
TICKETS: Final = 18
GROUPS: Final = 8
"""Tickets for several persons, who come in parts, by different gates."""
VISITS: Final = 3
REFUSES: Final = 0.15
"""Who will not answer, and is turned away or goes."""
SAYS_HALF: Final = 0.2
"""Whose first answer is sent alone."""
GOES_OUT: Final = 0.5
UNDONE: Final = 0.1
THINKS: Final[Duration] = 4 * SECOND
SCANNED: Final = 0.25
"""The share of ways in by the thin scanner."""
TWICE: Final = 0.3
"""Whose answers come to the gate once more, or an older scan of theirs."""


class AtTheDoor(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        record: What was seen.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "door", NODES)
        self._scanner = ThinScanner(world, "doorscanner")
        self.record = DoorRecord(self._scanner.claimed)
        self.visits = self.record.visits
        self._scanning = Scanning(world, self._scanner, self.record.refused)
        self._cards: list[Card] = []
        self._groups: list[Card] = []

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, print its tickets, and start the gates."""
        await self.owner.sign_in()
        await self._put_on(Terms(questions=QUESTIONS, persons=(PERSONS,)))
        await self._scanner.enrol(self.site.gates[0], self.site.event_id)
        self._cards = await self._sell(TICKETS)
        self._groups = await self._sell(GROUPS, self.site.kinds[1])
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            self._world.start(self._come(card, self._dice.stream(f"guest {card.ticket_id}"), 1))
        for card in self._groups:
            dice = self._dice.stream(f"group {card.ticket_id}")
            self._world.start(self._come(card, dice, dice.between(1, 2)))
        self._world.start(self._cut(self._dice.stream("cuts")))

    async def _come(self, card: Card, dice: Dice, count: int) -> None:
        """Come, be asked, perhaps go out and come back, here or at the other gate."""
        whole = self._world.scenario.duration
        for _ in range(VISITS):
            await self.pause(dice.exponential(whole // 5))
            if dice.chance(SCANNED):
                refuses = dice.chance(REFUSES)
                await self._scanning.come_in(card, count, dice, refuses=refuses)
                continue
            node = dice.pick(self.nodes)
            answer = await self._come_in(node, card, dice, count)
            if answer is None or answer.verdict != "admit" or answer.is_repeat:
                continue
            if dice.chance(UNDONE):
                self.record.undone.add(answer.claim_id)
                await self._do(node, Undo(answer.claim_id, "did_not_enter"))
            elif dice.chance(GOES_OUT):
                await self.pause(dice.exponential(whole // 10))
                out = Scan(card.text, direction="out", count=count)
                await self._scan(dice.pick(self.nodes), card, out)

    async def _come_in(
        self, node: GateNode, card: Card, dice: Dice, count: int
    ) -> ScanAnswer | None:
        """Show a ticket, and answer what is asked, or not."""
        request = Scan(card.text, count=count)
        answer = await self._scan(node, card, request)
        while answer is not None and answer.reason == Reason.QUESTION and answer.questions:
            await self.pause(dice.exponential(THINKS))
            if dice.chance(REFUSES):
                self.record.refused.add(answer.claim_id)
                if dice.chance(0.5):
                    why = Decline(answer.claim_id, answer.ticket_id, "not_answered")
                    await self._do(node, why)
                return None
            said = [DoorAnswer(one.id, dice.below(len(one.answers))) for one in answer.questions]
            if len(said) > 1 and dice.chance(SAYS_HALF):
                said = said[:1]
            older = request.after(answer)
            request = msgspec.structs.replace(older, answers=(*request.answers, *said))
            answer = await self._scan(node, card, request)
            if answer is not None and answer.verdict == "admit" and dice.chance(TWICE):
                for late in (request, older):
                    await self._scan(node, card, late)
        return answer

    async def _scan(self, node: GateNode, card: Card, request: Scan) -> ScanAnswer | None:
        """Have one scan answered, and note what was seen."""
        return (await self._present(node, card, request)).answer

    async def _do(self, node: GateNode, deed: Undo | Decline) -> None:
        """Have something recorded, if the gate still works."""
        if not node.is_up:
            return
        try:
            await node.call(lambda session: session.supervision.do(deed))
        except GatekeeperError:
            return
