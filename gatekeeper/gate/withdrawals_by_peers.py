"""What a gate hears of withdrawals over the venue's network, and whether it believes it."""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.gate.knowledge import EventKnowledge, Knowledge
from gatekeeper.store.store import Store
from shared.journal.chain import SignedEntry, decode_body, decode_entry
from shared.journal.entry import EntryKind
from shared.journal.withdrawal_body import WithdrawalBody
from shared.journal.withdrawal_proof import is_believed, is_by_badge
from shared.kernel.errors import Malformed, StoreFault
from shared.manifest.badge_signatures import BadgeScope

OnKept = Callable[[SignedEntry], None]


def hear_withdrawals(store: Store, knowledge: Knowledge) -> OnKept:
    """Return what notes withdrawals among the entries of others that are kept.

    It is called inside the transaction that keeps them; their signatures were verified. A gate
    that is told denies the older credential, and a ticket that was paid back, before its list
    says so; what it does not believe it keeps, and waits for the ledger's word. Of a till that
    is revoked since, what it said alone is left to the ledger as well.
    """

    def note(signed: SignedEntry) -> None:
        entry = decode_entry(signed.entry)
        event = knowledge.event
        if entry.kind != EntryKind.WITHDRAWAL or event is None:
            return
        try:
            body = decode_body(entry)
        except Malformed:
            return
        if not isinstance(body, WithdrawalBody) or entry.event_id != event.event_id:
            return
        config = event.config
        speaker = BadgeScope(
            config.organization_id, event.event_id, entry.device_id, body.authorized_by
        )
        if is_by_badge(body, speaker, config.supervisors):
            store.withdrawn.note(event.event_id, body, entry.corrected)
        elif is_believed(body, speaker, config.supervisors, event.keyring, _newest(event, body)):
            store.withdrawn.note_said(event.event_id, body, entry.corrected, entry.device_id)

    return note


def _newest(event: EventKnowledge, body: WithdrawalBody) -> int:
    """Return the ticket's generation, as far as it is known here."""
    try:
        row = event.find(body.ticket_id)
    except StoreFault:
        return 0
    return 0 if row is None else row.facts.generation
