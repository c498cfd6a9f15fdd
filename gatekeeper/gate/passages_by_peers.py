"""What a gate believes of passages that it hears of over the venue's network."""

from __future__ import annotations

from gatekeeper.gate.knowledge import EventKnowledge, Knowledge
from shared.journal.entry import Entry, ScanBody
from shared.journal.passage_proof import JudgePassage, PassageProof, is_by_badge
from shared.kernel.errors import StoreFault
from shared.kernel.id_types import TicketId
from shared.manifest.badge_signatures import BadgeScope
from shared.manifest.seen_codes import (
    SeenForm,
    form_of,
    is_manual_known,
    read_signed,
    seen_word,
)
from shared.manifest.tickets import TicketRow


def judge_passages(knowledge: Knowledge) -> JudgePassage:
    """Return what says whether a peer's passage counts here before the ledger tells of it.

    Where this gate has no list yet, everything counts: what it keeps without an effect it does not
    look at again.
    """

    def judge(entry: Entry, body: ScanBody) -> PassageProof:
        event = knowledge.event
        if event is None or entry.event_id != event.event_id or body.ticket_id is None:
            return PassageProof.PROVEN
        config = event.config
        speaker = BadgeScope(config.organization_id, event.event_id, entry.device_id, body.person)
        if is_by_badge(body, speaker, config.supervisors, body.ticket_id):
            return PassageProof.PROVEN
        try:
            return _judge_code(event, entry, body, body.ticket_id)
        except StoreFault:
            return PassageProof.UNKNOWN

    return judge


def _judge_code(
    event: EventKnowledge, entry: Entry, body: ScanBody, ticket_id: TicketId
) -> PassageProof:
    row, form = event.find(ticket_id), form_of(body.seen)
    word = seen_word(event.event_id, entry.device_id, body.claim_id)
    if form in {SeenForm.PRINT, SeenForm.TAG}:
        found = read_signed(body.seen, event.keyring, event.event_id, word)
        if found is not None and found[0].ticket_id == ticket_id:
            return PassageProof.PROVEN
        return PassageProof.UNKNOWN if row is None else PassageProof.MISSING
    if form is None:
        return PassageProof.MISSING
    if row is None:
        return PassageProof.UNKNOWN
    if row.facts.is_imported:  # gates know half of its code's hash, and this takes the other half
        is_foreign = form is SeenForm.FOREIGN
        return PassageProof.PROVEN if is_foreign else PassageProof.MISSING
    is_known = any(is_manual_known(body.seen, word, code) for code in _codes_of(event, row))
    return PassageProof.LISTED if is_known else PassageProof.MISSING


def _codes_of(event: EventKnowledge, row: TicketRow) -> set[int]:
    """Return a ticket's manual code of now, and of when the list was made: a peer may be late."""
    return {code for code in (row.manual_code, event.find_listed_code(row)) if code is not None}
