"""What a peer's question to this home proves: that it has read the ticket's code, or a badge.

The list tells every gate every ticket's id, so that a question that names one proves nothing.
"""

from __future__ import annotations

from gatekeeper.gate.knowledge import EventKnowledge
from shared.admission.reasons import Reason
from shared.journal.entry import GiveBody
from shared.journal.home_asks import is_asked, passage_of
from shared.journal.passage_proof import is_by_badge
from shared.kernel.id_types import DeviceId
from shared.manifest.badge_signatures import BadgeScope
from shared.manifest.presenting import (
    Presented,
    foreign_digest,
    foreign_ticket_id,
    present_found,
)
from shared.manifest.seen_codes import (
    SeenForm,
    form_of,
    is_foreign_known,
    is_manual_known,
    read_signed,
    seen_word,
)
from shared.wire.peer_ask import PeerAsk


def present_asked(event: EventKnowledge, asked: PeerAsk) -> Presented:
    """Return what the asking gate has read, as far as it proves that."""
    request, seen = asked.request, asked.proof.seen
    if form_of(seen) not in {SeenForm.PRINT, SeenForm.TAG}:
        return present_found(request.ticket_id)
    word = seen_word(event.event_id, request.device_id, request.claim_id)
    found = read_signed(seen, event.keyring, event.event_id, word)
    if found is None or found[0].ticket_id != request.ticket_id:
        return Presented(flaw=Reason.BAD_SIGNATURE)
    claims, key = found
    return Presented(claims=claims, key=key, ticket_id=claims.ticket_id)


def is_proven(event: EventKnowledge, asked: PeerAsk, wanted: GiveBody, public_key: bytes) -> bool:
    """Tell whether the ledger will believe the asker that its holder stands there by right.

    Args:
        event: What this home knows.
        asked: The question.
        wanted: This home's answer as it would give it.
        public_key: The asking device's.

    Raises:
        StoreFault: if the manifest cannot be read.
    """
    home = DeviceId(event.device_id)
    return is_asked(public_key, event.event_id, home, wanted) and (
        _is_by_badge(event, wanted) or _has_seen(event, asked)
    )


def _is_by_badge(event: EventKnowledge, wanted: GiveBody) -> bool:
    config, passage = event.config, passage_of(wanted)
    speaker = BadgeScope(config.organization_id, event.event_id, wanted.device_id, passage.person)
    return is_by_badge(passage, speaker, config.supervisors, wanted.ticket_id)


def _has_seen(event: EventKnowledge, asked: PeerAsk) -> bool:
    """Tell whether the ticket's code was read; of a signed one `present_asked` has found it."""
    request, seen = asked.request, asked.proof.seen
    word = seen_word(event.event_id, request.device_id, request.claim_id)
    match form_of(seen):
        case SeenForm.MANUAL:
            row = event.find(request.ticket_id)
            code = None if row is None or row.facts.is_imported else event.find_code(row)
            return code is not None and is_manual_known(seen, word, code)
        case SeenForm.FOREIGN:
            is_it = foreign_ticket_id(asked.code, event.event_id) == request.ticket_id
            digest = foreign_digest(asked.code, event.event_id)
            return is_it and is_foreign_known(seen, word, digest)
        case None:
            return False
        case _:
            return True
