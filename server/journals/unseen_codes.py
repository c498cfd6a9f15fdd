"""What a passage's entry lets the ledger assume of a ticket whose code it has not seen. Pure."""

from __future__ import annotations

from server.plans.event_book import EventBook
from shared.credential.credential_fields import Claims
from shared.journal.entry import ScanBody
from shared.kernel.id_types import TicketId
from shared.manifest.event_config import TicketTypeConfig
from shared.manifest.presenting import Presented
from shared.manifest.tickets import TicketClass, TicketRow


def say_presented(book: EventBook, body: ScanBody, row: TicketRow | None) -> Presented:
    """Say again what the device has read; the code itself is not in the journal."""
    if body.key_id is None or body.generation is None or body.ticket_id is None:
        return Presented(ticket_id=body.ticket_id)
    key = book.keyring.speaker_for(body.key_id, body.ticket_id, book.event_id)
    if key is None:
        return Presented(ticket_id=body.ticket_id)
    code = 0 if row is None else row.facts.ticket_type_code
    claims = Claims(
        key_id=body.key_id,
        ticket_id=body.ticket_id,
        ticket_type_code=code,
        generation=body.generation,
    )
    return Presented(claims=claims, key=key, ticket_id=body.ticket_id)


def is_explained(book: EventBook, presented: Presented) -> bool:
    """Whether a key of this event vouches for a ticket of which no row is known yet.

    A revoked till's does not, nor any that was declared compromised: whoever has it now may have
    made the ticket. A sale that arrives and is accepted explains it.
    """
    key, claims = presented.key, presented.claims
    if key is None or claims is None or key.event_id != book.event_id:
        return False
    return key.vouches_for(claims)


def assume_ticket(book: EventBook, ticket_id: TicketId, presented: Presented) -> TicketRow | None:
    """Assume the largest ticket that it can be, where a till's sale has not arrived yet."""
    types = possible_types(book, presented)
    if not types:
        return None
    generation = 0 if presented.claims is None else presented.claims.generation
    kind = max(types, key=lambda one: one.persons)
    facts = TicketClass(
        ticket_type_code=kind.code, state="paid", generation=generation, persons=kind.persons
    )
    return TicketRow(ticket_id, facts)


def possible_types(book: EventBook, presented: Presented) -> list[TicketTypeConfig]:
    """Name the types that a ticket of a key can be of."""
    if presented.key is None:
        return []
    by_code = book.index.types_by_code
    codes = presented.key.ticket_type_codes or tuple(by_code)
    return [by_code[code] for code in codes if code in by_code]
