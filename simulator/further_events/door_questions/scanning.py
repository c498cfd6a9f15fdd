"""Holders at the thin scanner of the evening whose gates ask questions."""

from __future__ import annotations

import asyncio
from typing import Final

from shared.admission.reasons import Reason
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import SECOND, Duration, format_instant
from shared.wire.claim import ClaimAnswer, ClaimRequest
from simulator.further_events.door_questions.record import QUESTIONS
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.nodes.thin_scanner import ThinScanner
from simulator.world import World

THINKS: Final[Duration] = 4 * SECOND
TRIES: Final = 8
SAYS_HALF: Final = 0.3
"""Whose second answer is sent alone, before both."""
SAYS_TWICE: Final = 0.4
"""Of whom an older question comes to the server once more, when all is answered."""


class Scanning:
    """Asks the ledger for holders, and says what they answered.

    Args:
        world: The world.
        scanner: By which.
        refused: Where claims are noted whose holders would not answer.
    """

    def __init__(self, world: World, scanner: ThinScanner, refused: set[str]) -> None:
        self._world, self._scanner, self._refused = world, scanner, refused

    async def come_in(self, card: Card, count: int, dice: Dice, *, refuses: bool) -> bool:
        """Have a code read, and answer what is asked, or not; tells whether they are in."""
        claim_id = ClaimId(dice.bytes(16).hex())
        said: dict[str, int] = {}
        answer = await self._ask(card, count, claim_id, said)
        while answer is not None and answer.reason == Reason.QUESTION:
            if refuses:
                self._refused.add(claim_id)
                return False
            await asyncio.sleep(dice.exponential(THINKS) / SECOND)
            said = {one.id: dice.below(len(one.answers)) for one in QUESTIONS}
            if dice.chance(SAYS_HALF):
                await self._ask(card, count, claim_id, dict(list(said.items())[-1:]))
            answer = await self._ask(card, count, claim_id, said)
        if said and dice.chance(SAYS_TWICE):
            for older in (dict(list(said.items())[:1]), {}, said):
                await self._ask(card, count, claim_id, older)
        return answer is not None and answer.verdict == "admit"

    async def _ask(
        self, card: Card, count: int, claim_id: ClaimId, said: dict[str, int]
    ) -> ClaimAnswer | None:
        """Ask until there is an answer, or nobody waits for it any more."""
        request = ClaimRequest(
            code=card.text,
            gate_id=self._scanner.gate_id,
            direction="in",
            claim_id=claim_id,
            scanned_at=format_instant(self._world.stage.now()),
            count=count,
            answers=said,
        )
        for _ in range(TRIES):
            claimed = await self._scanner.claim(request)
            if claimed.answer is not None or claimed.problem:
                return claimed.answer
            await asyncio.sleep(1)
        return None
