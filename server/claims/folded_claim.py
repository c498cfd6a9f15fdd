"""What was decided of one claim, and what that changes. No input or output."""

from __future__ import annotations

from typing import Final

import msgspec

from server.homes.rows import AskRecord
from server.ledger.uses import MarkRecord, UseRecord
from server.problem_answers import Problem
from shared.manifest.door_questions import DoorAnswer
from shared.wire.claim import ClaimAnswer
from shared.wire.device_feed import HomeRequest
from shared.wire.feed import Annul

_ENCODE: Final = msgspec.json.Encoder().encode


class FoldedClaim(msgspec.Struct, kw_only=True):
    """A claim's outcome; its answer is finished when its use has a number.

    Attributes:
        answer: The answer, or the stored one's bytes, or why there is none.
        use: The use to record, or None.
        mark: The refusal to keep for retries, or None.
        recorded: The use that the answer speaks of, new or not.
        has_guessed: What can be a guess was tried, and no ticket answers to it.
        paced: For how much it counts of its device's pace: an admission, or a question to a home.
        is_too_fast: It would be one of these, were the device not beyond its pace.
        waits: The ticket's home is asked; what it says decides.
        ask: The question to keep, new or ended, or None.
        ask_item: The question to tell by the feed, or None.
        annul: What the home gave and is not made use of, or None.
        answers: What its holder answered, of a use to be recorded.
        lacks_places: There are too few for it, and other devices hold enough in their shares.
    """

    answer: ClaimAnswer | bytes | Problem
    use: UseRecord | None = None
    mark: MarkRecord | None = None
    recorded: UseRecord | None = None
    has_guessed: bool = False
    paced: int = 0
    is_too_fast: bool = False
    waits: bool = False
    ask: AskRecord | None = None
    ask_item: HomeRequest | None = None
    annul: Annul | None = None
    answers: tuple[DoorAnswer, ...] = ()
    lacks_places: bool = False

    def finished(self) -> bytes | Problem:
        """Return the answer's bytes, with the number of its use."""
        if isinstance(self.answer, bytes | Problem):
            return self.answer
        if self.recorded is not None:
            self.answer = msgspec.structs.replace(self.answer, sequence=self.recorded.seq)
        return _ENCODE(self.answer)
