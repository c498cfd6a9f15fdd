"""Minting: tickets of a till's own key, as the journal has them and as they are handed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from gatekeeper.boxoffice.answers import PrintedTicket
from gatekeeper.boxoffice.sold_ticket_homes import gate_for, key_of, parts_for
from gatekeeper.boxoffice.till_ticket_keys import load_ticket_key
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.store.store import Store
from shared.credential.codec import to_digits
from shared.credential.credential_fields import Claims
from shared.credential.keyring import IdRange, KeyStatus
from shared.credential.manual_code import format_manual_code, make_manual_code
from shared.credential.signing import sign_credential
from shared.journal.sale_body import SoldTicket
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import BadInput
from shared.kernel.id_types import GateId, SeatId, TicketId
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.kernel.money import Money
from shared.kernel.ports import Entropy
from shared.manifest.signed_windows import sign_window, signable
from shared.manifest.tickets import TicketClass, TicketRow
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.till_basket import Basket
from shared.wire.till_key import TillKeyAnswer

PAID: Final = "paid"


class Mint:
    """Makes one event's tickets with the till's delegated key."""

    def __init__(
        self, store: Store, entropy: Entropy, event: EventKnowledge, terms: TillKeyAnswer
    ) -> None:
        """Read the key.

        Raises:
            BadInput: if the terms are for another key.
            StoreFault: if the key's file is missing or damaged.
        """
        self._store, self._entropy, self._event, self._terms = store, entropy, event, terms
        self._key: SigningKey = load_ticket_key(store.disk, event.event_id, terms)

    def mint(self, basket: Basket, seats: Sequence[SeatId] = ()) -> tuple[SoldTicket, ...]:
        """Take ids and codes for all tickets of a basket; inside a transaction.

        Args:
            basket: What is sold.
            seats: Each ticket's reserved seat in order, "" for one without; none without any.
        """
        sold = [
            self._mint_one(line.ticket_type_code, price_minor, number)
            for number, (line, shares) in enumerate(zip(basket.lines, basket.shares, strict=True))
            for price_minor in shares
        ]
        if not seats:
            return tuple(sold)
        return tuple(
            msgspec.structs.replace(ticket, seat=seat)
            for ticket, seat in zip(sold, seats, strict=True)
        )

    def keep(self, sold: SoldTicket) -> None:
        """Let this till know the ticket as a gate would; inside a transaction."""
        kind = self._event.index.types_by_code[sold.ticket_type_code]
        facts = TicketClass(
            ticket_type_code=kind.code,
            state=PAID,
            valid_from=kind.valid_from,
            valid_until=kind.valid_until,
            persons=kind.persons,
        )
        row = TicketRow(sold.ticket_id, facts, sold.manual_code, SeatId(sold.seat))
        self._store.changes.put(row, self._event.event_id, 0, None)

    def print(self, sold: SoldTicket, currency: str) -> PrintedTicket:
        """Sign a ticket for paper."""
        event = self._event
        kind = event.index.types_by_code[sold.ticket_type_code]
        own = kind.valid_from, kind.valid_until
        first, last = sign_window(event.config.occurrences, kind.occurrence_id, own)
        claims = Claims(
            key_id=sold.key_id,
            ticket_id=sold.ticket_id,
            ticket_type_code=sold.ticket_type_code,
            valid_from=first,
            valid_until=last,
        )
        return PrintedTicket(
            ticket_id=format_ticket_id(sold.ticket_id),
            digits=to_digits(sign_credential(claims, self._key)),
            manual_code=format_manual_code(sold.manual_code),
            ticket_type=kind.name,
            price=Money(sold.price_minor, currency),
            home_gate=GateId(gate_for(event, self._terms, sold.ticket_id)),
            seat=sold.seat,
            seat_name=event.seats.spell_seat(SeatId(sold.seat)),
        )

    def _mint_one(self, code: int, price_minor: int, line: int) -> SoldTicket:
        event, terms = self._event, self._terms
        kind = event.index.types_by_code[code]
        parts = parts_for(event, kind, terms)
        first, last = signable((kind.valid_from, kind.valid_until))
        manual_code = make_manual_code(
            self._entropy, prefix=terms.manual_prefix, prefix_bits=terms.manual_prefix_bits
        )
        return SoldTicket(
            ticket_id=TicketId(self._store.till.take_id(event.event_id, terms.key_id, parts)),
            ticket_type_code=code,
            generation=0,
            key_id=terms.key_id,
            manual_code=manual_code,
            valid_from=first,
            valid_until=last,
            price_minor=price_minor,
            line=line,
        )


def open_mint(store: Store, entropy: Entropy, event: EventKnowledge) -> Mint | Refusal:
    """Return what mints an event's tickets, or why none may be minted now.

    Raises:
        StoreFault: if the key's file is missing or damaged.
    """
    terms = store.till.get_terms(event.event_id)
    if terms is None:
        text = "this till may not sell yet; sync once so that the server delegates its key"
        return Refusal(SaleReason.NO_KEY, text)
    known = key_of(event, terms)
    if known is not None and known.status is KeyStatus.COMPROMISED:
        text = "this till’s ticket key was withdrawn; sync once to get a new one"
        return Refusal(SaleReason.NO_KEY, text)
    if store.till.has_doubt(event.event_id):
        text = "this till was restored from an older copy; sync once to get a new key"
        return Refusal(SaleReason.NO_KEY, text)
    try:
        return Mint(store, entropy, event, terms)
    except BadInput as fault:
        return Refusal(SaleReason.NO_KEY, str(fault))


def tag_signer(
    store: Store, event: EventKnowledge | None, terms: TillKeyAnswer | None, ticket_id: str
) -> Callable[[bytes], bytes]:
    """Return what signs a sold ticket for the tag that is to carry it; see `Till.tag_signer`.

    Raises:
        BadInput: if this till did not sell it for the event, it admits nobody now, or no gate
            would believe the till's key of it.
        StoreFault: if the disk refuses.
    """
    number = parse_ticket_id(ticket_id)
    row = None
    if event and terms and IdRange(terms.id_prefix, terms.id_prefix_bits).contains(number):
        row = event.find(number)
    if event is None or row is None or terms is None:
        raise BadInput(f"ticket {ticket_id} was not sold at this till; write it where it was sold")
    if row.facts.state != PAID or row.facts.blocked:
        raise BadInput(f"ticket {ticket_id} is void, blocked or unpaid; sell another one")
    claims, key = claims_of(store, event, terms, row)
    known = key_of(event, terms)
    if known is not None and not known.covers(claims):
        # Paper is signed by the event's key each time; a tag only by this till's.
        raise BadInput(
            f"ticket {ticket_id} was printed again too often to be put on a tag; its printed code"
            " stays good: hand that over, or take the ticket back and sell another one"
        )
    return lambda uid: sign_credential(msgspec.structs.replace(claims, tag_uid=uid), key)


def claims_of(
    store: Store, event: EventKnowledge, terms: TillKeyAnswer, row: TicketRow
) -> tuple[Claims, SigningKey]:
    """Return what a ticket of this till's says, and the key that signs it.

    Raises:
        BadInput: if the terms are for another key.
        StoreFault: if the key's file is missing or damaged.
    """
    key = load_ticket_key(store.disk, event.event_id, terms)
    facts = row.facts
    kind = event.index.types_by_code.get(facts.ticket_type_code)
    first, last = sign_window(
        event.config.occurrences,
        facts.occurrence_id or (None if kind is None else kind.occurrence_id),
        (facts.valid_from, facts.valid_until),
    )
    claims = Claims(
        key_id=terms.key_id,
        ticket_id=row.ticket_id,
        ticket_type_code=facts.ticket_type_code,
        valid_from=first,
        valid_until=last,
        generation=facts.generation,
    )
    return claims, key
