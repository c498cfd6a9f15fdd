"""The claims of one lane: which are being decided, which may be granted, which nobody uses.

Where the disk refused to keep the outcome of a claim that the ledger may have granted, nobody was
shown anything: whoever asks the same again asks under the same claim id, and the ledger repeats
its answer. Under a new id it would say that the ticket is used.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

import msgspec
from cachetools import FIFOCache

from gatekeeper.gate.attempt import Attempt
from gatekeeper.store.store import Store
from shared.admission.facts import Direction
from shared.kernel.id_types import ClaimId, GateId

_KEPT: Final = 200
"""Far more holders than are sent back to one lane before its disk has room, or it syncs."""


_Question: TypeAlias = tuple[str, str | None, GateId | None, Direction, int]
"""What the ledger takes for the same claim, staff's acknowledgements apart."""


class LaneClaims:
    """Which claims of one lane live.

    Attributes:
        in_flight: Those that are just being decided.
    """

    def __init__(self, store: Store) -> None:
        """Begin with none: what an earlier run left open was released when this one began."""
        self._store = store
        self.in_flight: set[str] = set()
        self._open: FIFOCache[_Question, str] = FIFOCache(_KEPT)
        self._ended: deque[str] = deque(maxlen=_KEPT)

    @contextmanager
    def deciding(self, claim_id: ClaimId) -> Iterator[None]:
        """Count a claim among those that are being decided."""
        self.in_flight.add(claim_id)
        try:
            yield
        finally:
            self.in_flight.discard(claim_id)

    def is_dead(self, claim_id: str) -> bool:
        """Tell whether nobody passes under an id any more: it was released, or its use undone."""
        use = self._store.uses.find(ClaimId(claim_id))
        return claim_id in self._ended or (use is not None and use.annulled)

    def end(self, claim_id: ClaimId) -> None:
        """Retire a claim under which nobody passes any more: a later scan draws its own."""
        self._ended.append(claim_id)

    def note_grant(self, attempt: Attempt, gate_id: GateId | None) -> None:
        """Keep a claim that the ledger may have granted, until its outcome is durable."""
        self._open[_question(attempt, gate_id)] = attempt.claim_id

    def settle(self, attempt: Attempt, gate_id: GateId | None) -> None:
        """Forget a claim whose outcome is durable."""
        if not self._open:
            return
        question = _question(attempt, gate_id)
        if self._open.get(question) == attempt.claim_id:
            del self._open[question]

    def resume(self, attempt: Attempt, gate_id: GateId | None) -> Attempt:
        """Go on with the claim that asked the same, if it is open; a sync releases such claims."""
        known = self._open.get(_question(attempt, gate_id)) if self._open else None
        if known is None or not self._store.intents.has(ClaimId(known)):
            return attempt
        if known in self.in_flight or self.is_dead(known):
            return attempt
        return msgspec.structs.replace(attempt, claim_id=ClaimId(known), is_resumed=True)


def _question(attempt: Attempt, gate_id: GateId | None) -> _Question:
    read = attempt.presented
    return read.hashed, read.tag_uid, gate_id, attempt.direction, attempt.count
