"""Whether the ledger can be asked now: the breaker between the lane and the sync engine.

A failed claim opens the breaker, so that a dead server costs one claim's budget and not one for
every scan. The sync engine closes it when it has seen the server again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from shared.kernel.instant import MILLISECOND, Duration
from shared.kernel.trouble import NO_TROUBLE, Trouble, TroubleKind
from shared.wire.claim import ClaimAnswer, ClaimRequest

PUT_BACK: Final = Trouble(
    TroubleKind.PUT_BACK,
    "the server was restored from an older copy; its answers are not accepted until the"
    " operator opens a new ledger epoch",
)


AskLedger = Callable[[ClaimRequest], Awaitable[ClaimAnswer]]
"""Asks the ledger for one claim; the caller bounds the time.

Raises `ServerFault` if no answer came, and `Rejected` if the server refused to decide.
"""


class TellLedger(Protocol):
    """Brings what this device has on record to the ledger, and the ledger's news here."""

    async def __call__(self) -> None:
        """Bring it, as far as the server is there."""


async def tell_nobody() -> None:
    """Bring nothing, where nothing is uploaded."""


class Uplink:
    """The lane's view of the server.

    Attributes:
        is_up: Nothing speaks against asking the ledger.
        has_answered: It answered when last asked; a hopeful beginning is no answer.
        distrust: Why the server's word is not taken, if so.
        problem: What went wrong last, if anything.
        roster: Epoch and sequence of the newest roster that the server told of; (0, 0) for none.
    """

    def __init__(self, *, is_up: bool) -> None:
        """Begin hopeful or not; a hopeful one costs one claim's budget if it is wrong."""
        self.is_up = is_up
        self.has_answered = False
        self.distrust = self.problem = NO_TROUBLE
        self.roster = (0, 0)

    @property
    def has_tried(self) -> bool:
        """Whether it is known if the ledger answers: it did, or it failed to."""
        return self.has_answered or not self.is_up or bool(self.distrust)

    @property
    def may_ask(self) -> bool:
        """Whether a claim is worth sending to the server."""
        return self.is_up and not self.distrust

    @property
    def is_connected(self) -> bool:
        """Whether the first rung holds: the ledger answers, and its word is taken."""
        return self.is_up and self.has_answered and not self.distrust

    def note_answer(self) -> None:
        """The ledger answered a claim."""
        self.has_answered = True

    def note_contact(self) -> None:
        """The server answered as it should."""
        self.is_up = self.has_answered = True
        self.problem = self.distrust = NO_TROUBLE

    def note_failure(self, problem: Trouble) -> None:
        """The server did not answer, or not usefully."""
        self.is_up, self.has_answered, self.problem = False, False, problem

    def note_silence(self, budget: Duration) -> None:
        """The server did not answer within what it was waited for."""
        why = f"the server did not answer within {budget // MILLISECOND} ms"
        self.note_failure(Trouble(TroubleKind.TOO_SLOW, why))

    def note_distrust(self) -> None:
        """The server contradicts what it has signed: its word counts for nothing for now."""
        self.distrust = PUT_BACK
