"""Nobody passed after all: an admission is taken back, or whoever was referred is turned away."""

from __future__ import annotations

from typing import Final

from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.requests import Decline, Undo
from gatekeeper.store.journal import Stamp
from gatekeeper.store.store import Store
from gatekeeper.store.use_table import KnownUse
from shared.admission.facts import Direction
from shared.journal.entry import ReleaseBody, UndoBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId, GateId, TicketId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import SECOND, Duration
from shared.kernel.trouble import TroubleKind

UNDO_WITHIN: Final[Duration] = 30 * SECOND
"""So long after an admission anybody at the gate may take it back."""


def undo(deed: Undo, store: Store, recorder: Recorder) -> int:
    """Take an admission of this device's back by a further entry.

    Args:
        deed: Which, by whom, why.
        store: The device's.
        recorder: Stamps the entry.

    Returns:
        The entry's `seq`.

    Raises:
        BadInput: if this device has no such admission, or it was taken back already.
        StoreFault: if it could not be made durable.
    """
    claim_id = deed.claim_id
    use = store.uses.find(claim_id)
    if use is None or not use.is_local:
        message = "this device has no admission under that id"
        raise BadInput(message, kind=TroubleKind.NOBODY_ADMITTED)
    if use.annulled:
        message = "that admission has already been taken back"
        raise BadInput(message, kind=TroubleKind.UNDONE_ALREADY)
    with store.transaction("undo"):
        return take_back(use, store, recorder.stamp(), person=deed.person, why=deed.why)


def take_back(use: KnownUse, store: Store, stamp: Stamp, *, person: str, why: str) -> int:
    """Let an admission of this device's count no more, in a transaction; returns its `seq`."""
    body = UndoBody(use.claim_id, use.ticket_id, person, why)
    seq = store.journal.append(body, stamp, event_id=use.event_id)
    store.shares.take_back(use)
    store.uses.annul(use.claim_id)
    if use.direction == Direction.IN.value:
        store.counts.add(use.event_id, use.gate_id, admitted=-use.count)
    return seq


def decline(deed: Decline, gate_id: GateId, store: Store, recorder: Recorder) -> int:
    """State that nobody was admitted under a claim id: who was referred is turned away now.

    Args:
        deed: What was decided.
        gate_id: Where.
        store: The device's.
        recorder: Stamps the entry.

    Raises:
        BadInput: if somebody was, and it was not taken back.
        StoreFault: if it could not be made durable.
    """
    use = store.uses.find(deed.claim_id)
    if use is not None and use.is_local and not use.annulled:
        message = "someone was admitted under that id; undo it instead"
        raise BadInput(message, kind=TroubleKind.ADMITTED_ALREADY)
    ticket_id = 0 if deed.ticket_id is None else parse_ticket_id(deed.ticket_id)
    body = ReleaseBody(deed.claim_id, TicketId(ticket_id), deed.why, deed.person)
    event_id = recorder.knowledge.event_id or ""
    with store.transaction("entry"):
        seq = store.journal.append(body, recorder.stamp(), event_id=EventId(event_id))
        store.counts.add(EventId(event_id), gate_id, denied=1)
    return seq
