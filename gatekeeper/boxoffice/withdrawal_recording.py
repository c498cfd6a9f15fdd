"""A withdrawal's entry, and what the till knows by it: one transaction, whoever writes it."""

from __future__ import annotations

from gatekeeper.store.journal import Stamp
from gatekeeper.store.store import Store
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import EventId


def record_withdrawal(store: Store, event_id: EventId, body: WithdrawalBody, stamp: Stamp) -> int:
    """Write a withdrawal's entry, and let the till know of it; inside a transaction.

    Returns:
        The entry's number.
    """
    seq = store.journal.append(body, stamp, event_id=event_id)
    store.withdrawn.note(event_id, body, stamp.wall + (stamp.offset or 0))
    store.intents.remove(body.claim_id)
    return seq
