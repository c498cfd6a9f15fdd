"""Claims that the ledger may have granted, and whose outcome the disk refused to keep.

Nobody was shown anything then, so whoever asks the same again asks under the same claim id: the
ledger repeats its answer. Under a new id it would say that the ticket is used.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from cachetools import FIFOCache

from gatekeeper.gate.attempt import Attempt
from gatekeeper.store.claim_intents import ClaimIntents
from shared.admission.facts import Direction
from shared.kernel.id_types import ClaimId, GateId

_KEPT: Final = 200
"""Far more holders than are sent back to one lane before its disk has room, or it syncs."""


_Question: TypeAlias = tuple[str, str | None, GateId | None, Direction, int]
"""What the ledger takes for the same claim, staff's acknowledgements apart."""


class OpenGrants:
    """The claims of one lane that may stand at the ledger without an entry here."""

    def __init__(self, intents: ClaimIntents) -> None:
        """Begin with none: what an earlier run left open was released when this one began."""
        self._intents = intents
        self._claims: FIFOCache[_Question, str] = FIFOCache(_KEPT)

    def note(self, attempt: Attempt, gate_id: GateId | None) -> None:
        """Keep a claim that the ledger may have granted."""
        self._claims[_question(attempt, gate_id)] = attempt.claim_id

    def end(self, attempt: Attempt, gate_id: GateId | None) -> None:
        """Forget a claim whose outcome is durable."""
        if not self._claims:
            return
        question = _question(attempt, gate_id)
        if self._claims.get(question) == attempt.claim_id:
            del self._claims[question]

    def find(self, attempt: Attempt, gate_id: GateId | None) -> str | None:
        """Return the claim that asked the same and is open still; a sync releases such claims."""
        found = self._claims.get(_question(attempt, gate_id)) if self._claims else None
        return found if found is not None and self._intents.has(ClaimId(found)) else None


def _question(attempt: Attempt, gate_id: GateId | None) -> _Question:
    read = attempt.presented
    return read.hashed, read.tag_uid, gate_id, attempt.direction, attempt.count
