"""What somebody prints who has stolen a till's folder, or the event's own ticket key."""

from __future__ import annotations

from typing import Final

from gatekeeper.boxoffice.till_ticket_keys import load_ticket_key
from gatekeeper.device.opened_gate import GateSession
from shared.credential.codec import to_digits
from shared.credential.credential_fields import Claims
from shared.credential.keyring import IdRange
from shared.credential.signing import sign_credential
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import EventId, TicketId, ZoneId
from shared.wire.till_key import TillKeyAnswer
from simulator.further_events.second_event.ground import Ground
from simulator.further_events.second_event.record import Paper, PaperKind
from simulator.kernel.dice import Dice

MINTED: Final = 20
"""Enough for the thief to have some that nobody has shown when the key has ended."""


def steal(session: GateSession, event_id: EventId) -> tuple[SigningKey, TillKeyAnswer] | None:
    """Copy a till's ticket key with its terms; None while it has none."""
    terms = session.store.till.get_terms(event_id)
    if terms is None:
        return None
    return load_ticket_key(session.store.disk, event_id, terms), terms


def mint_as_till(ground: Ground, key: SigningKey, terms: TillKeyAnswer, count: int) -> list[Paper]:
    """Print tickets that no till has sold: the last ones of what it was granted."""
    granted = sum(one.count for one in terms.allotments)
    part = IdRange(terms.id_prefix, terms.id_prefix_bits)
    code, _ = ground.fair.kinds["Hall"]
    papers = []
    for number in range(granted - count, granted):
        claims = Claims(
            key_id=terms.key_id, ticket_id=TicketId(part.id_at(number)), ticket_type_code=code
        )
        text = to_digits(sign_credential(claims, key))
        zone_id = ground.fair.zones["Hall"]
        papers.append(Paper(text, PaperKind.STOLEN, claims.ticket_id, ZoneId(zone_id)))
    return papers


def mint_as_event(ground: Ground, count: int, dice: Dice) -> list[Paper]:
    """Print tickets that nobody has sold, with the event's key."""
    code, _ = ground.fair.kinds["Hall"]
    papers = []
    for _ in range(count):
        ticket_id = int.from_bytes(dice.bytes(8), "big")
        claims = Claims(key_id=ground.key_id, ticket_id=TicketId(ticket_id), ticket_type_code=code)
        text = to_digits(sign_credential(claims, ground.key))
        papers.append(
            Paper(text, PaperKind.LEAKED, TicketId(ticket_id), ZoneId(ground.fair.zones["Hall"]))
        )
    return papers
