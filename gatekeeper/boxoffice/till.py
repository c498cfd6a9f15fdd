"""The first sale: a till mints tickets with its own delegated key, with the network or without.

A sale is one journal entry, durable together with its receipt number, the allotment's count and
the tickets' rows before anything is printed. Gates that know the till's key admit its tickets
without ever having heard of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from gatekeeper.boxoffice.delegating import load_ticket_key
from gatekeeper.boxoffice.homes import gate_for, key_of, parts_for
from gatekeeper.gate.knowledge import EventKnowledge, Knowledge
from gatekeeper.gate.recorder import Recorder
from gatekeeper.policy import SALE_TICKETS_MAX
from gatekeeper.store.store import Store
from shared.admission.decide import CLOSED_EVENT
from shared.credential.claims import Claims
from shared.credential.codec import to_digits
from shared.credential.keyring import IdRange, KeyStatus
from shared.credential.manual_code import format_manual_code, make_manual_code
from shared.credential.signing import sign_credential
from shared.journal.entry import CLAIM_ID_SIZE
from shared.journal.sale import SaleBody, SoldTicket
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId, GateId, TicketId
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.kernel.money import Money
from shared.kernel.ports import Entropy
from shared.kernel.trouble import TroubleKind
from shared.manifest.event_config import TicketTypeConfig
from shared.manifest.occurrences import Window, sign_window
from shared.manifest.tickets import TicketClass, TicketRow
from shared.wire.enrol import TillKeyAnswer

TENDERS: Final = frozenset({"cash", "card", "comp"})


class PrintedTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket as it is handed over.

    Attributes:
        ticket_id: 16 hex digits.
        digits: The credential, for the QR code.
        manual_code: For voice and keypad.
        ticket_type: Its type's name.
        price: What it cost.
        home_gate: Its home's gate under the policy `home`, to be printed on it; else "".
    """

    ticket_id: str
    digits: str
    manual_code: str
    ticket_type: str
    price: Money
    home_gate: GateId = GateId("")


class Sale(msgspec.Struct, frozen=True):
    """A sale that is on disk.

    Attributes:
        sale_id: 32 hex digits.
        receipt_number: From 1, without gaps, per till.
        seq: The journal entry's number.
        total: What was paid.
        tickets: In the order to print.
    """

    sale_id: str
    receipt_number: int
    seq: int
    total: Money
    tickets: tuple[PrintedTicket, ...]


class Till:
    """Sells tickets of the present event."""

    def __init__(
        self, store: Store, knowledge: Knowledge, recorder: Recorder, entropy: Entropy
    ) -> None:
        """Sell from `store`'s allotments; nothing is read yet."""
        self._store = store
        self._knowledge = knowledge
        self._recorder = recorder
        self._entropy = entropy

    @property
    def has_to_ask(self) -> bool:
        """Tell whether the ledger knows of no key of this till, has forgotten it or ended it."""
        event = self._knowledge.event
        if event is None:
            return False
        terms = self._store.till.get_terms(event.event_id)
        key = None if terms is None else key_of(event, terms)
        return key is None or key.is_retired or key.status is KeyStatus.COMPROMISED

    def left(self, ticket_type_code: int) -> int:
        """Return how many tickets of a type may still be sold without asking."""
        event_id = self._knowledge.event_id or ""
        return self._store.till.get_allotment(EventId(event_id), ticket_type_code).left

    def sell(self, ticket_type_code: int, count: int, tender: str, cashier: str = "") -> Sale:
        """Sell tickets of one type; when this returns, the sale is on disk.

        Args:
            ticket_type_code: The event's number of the type.
            count: How many tickets, 1 to `SALE_TICKETS_MAX`.
            tender: `cash`, `card` or `comp`.
            cashier: Opaque id of who sells.

        Raises:
            BadInput: if the type is not sold here, or the allotment does not suffice.
            StoreFault: if the sale could not be made durable: nothing was sold.
        """
        event, kind = self._check(ticket_type_code, count, tender)
        terms = self._store.till.get_terms(event.event_id)
        if terms is None:
            message = "this till may not sell yet; sync once, so that the server delegates its key"
            raise BadInput(message)
        left = self.left(ticket_type_code)
        if count > left:
            message = (
                f"only {left} of {kind.name} are left in this till's allotment; ask for more, or"
                " sell at another till"
            )
            raise BadInput(message)
        known = key_of(event, terms)
        if known is not None and known.status is KeyStatus.COMPROMISED:
            message = "this till's ticket key was withdrawn; sync once, so that it gets another"
            raise BadInput(message)
        return self._record(event, kind, terms, count, tender, cashier)

    def tag_signer(self, ticket_id: str) -> Callable[[bytes], bytes]:
        """Return what signs a ticket that this till sold for the tag that is to carry it.

        It asks neither disk nor database any more, so that a reader's thread may call it with the
        tag's UID. The printed ticket stays good as well: it is the same ticket, for one use.

        Args:
            ticket_id: 16 hex digits, as the sale told them.

        Raises:
            BadInput: if this till did not sell it for the present event, or it admits nobody now.
            StoreFault: if the disk refuses.
        """
        number = parse_ticket_id(ticket_id)
        event = self._knowledge.event
        terms = None if event is None else self._store.till.get_terms(event.event_id)
        row = None
        if event and terms and IdRange(terms.id_prefix, terms.id_prefix_bits).contains(number):
            row = event.find(number)
        if row is None or terms is None:
            self._refuse_revoked()
            message = f"ticket {ticket_id} was not sold at this till; write it where it was sold"
            raise BadInput(message)
        if row.facts.state != "paid" or row.facts.blocked:
            message = f"ticket {ticket_id} is void, blocked or not paid; sell another one"
            raise BadInput(message)
        key = load_ticket_key(self._store.disk, self._knowledge.event_id or EventId(""), terms)
        kind = event.index.types_by_code.get(row.facts.ticket_type_code) if event else None
        first, last = (None, None) if event is None or kind is None else _window_of(event, kind)
        claims = Claims(
            key_id=terms.key_id,
            ticket_id=number,
            ticket_type_code=row.facts.ticket_type_code,
            valid_from=first,
            valid_until=last,
            generation=row.facts.generation,
        )
        return lambda uid: sign_credential(msgspec.structs.replace(claims, tag_uid=uid), key)

    def _refuse_revoked(self) -> None:
        """Say what to do where the event was taken from this till.

        Raises:
            BadInput: if it was.
        """
        if self._knowledge.state.is_erased:
            message = (
                "this till was revoked: it sells nothing, and its key signs nothing any more; hand"
                " it to the organizer, who can pair it anew"
            )
            raise BadInput(message, kind=TroubleKind.REVOKED)

    def _check(
        self, code: int, count: int, tender: str
    ) -> tuple[EventKnowledge, TicketTypeConfig]:
        event = self._knowledge.event
        if event is None:
            self._refuse_revoked()
            message = "this till knows no event yet; sync once"
            raise BadInput(message)
        if event.index.config.state in CLOSED_EVENT:
            message = f"the event is {event.index.config.state}; nothing is sold for it"
            raise BadInput(message)
        if not 1 <= count <= SALE_TICKETS_MAX:
            message = f"a sale holds 1 to {SALE_TICKETS_MAX} tickets, not {count}"
            raise BadInput(message)
        if tender not in TENDERS:
            message = f"tender must be cash, card or comp, not {tender[:20]!r}"
            raise BadInput(message)
        kind = event.index.types_by_code.get(code)
        if kind is None or kind.price_minor is None:
            message = f"ticket type {code} is not sold at tills"
            raise BadInput(message)
        return event, kind

    def _mint(
        self, event: EventKnowledge, kind: TicketTypeConfig, terms: TillKeyAnswer, *, free: bool
    ) -> SoldTicket:
        parts = parts_for(event, kind, terms)
        manual_code = make_manual_code(
            self._entropy, prefix=terms.manual_prefix, prefix_bits=terms.manual_prefix_bits
        )
        assert kind.price_minor is not None
        return SoldTicket(
            ticket_id=TicketId(self._store.till.take_id(event.event_id, terms.key_id, parts)),
            ticket_type_code=kind.code,
            generation=0,
            key_id=terms.key_id,
            manual_code=manual_code,
            valid_from=None,
            valid_until=None,
            price_minor=0 if free else kind.price_minor,
        )

    def _record(
        self,
        event: EventKnowledge,
        kind: TicketTypeConfig,
        terms: TillKeyAnswer,
        count: int,
        tender: str,
        cashier: str,
    ) -> Sale:
        store, event_id = self._store, event.event_id
        key = load_ticket_key(store.disk, event_id, terms)
        free = tender == "comp"
        sale_id = self._entropy.random_bytes(CLAIM_ID_SIZE).hex()
        stamp = self._recorder.stamp()
        with self._recorder.transaction("sale", stamp):
            number = store.till.next_receipt_number()
            sold = tuple(self._mint(event, kind, terms, free=free) for _ in range(count))
            total = sum(ticket.price_minor for ticket in sold)
            body = SaleBody(
                sale_id=sale_id,
                receipt_number=number,
                currency=kind.currency,
                total_minor=total,
                tender=tender,
                tickets=sold,
                cashier=cashier,
            )
            seq = store.journal.append(body, stamp, event_id=event_id)
            store.till.count_sold(event_id, kind.code, len(sold))
            for ticket in sold:
                facts = TicketClass(ticket_type_code=kind.code, state="paid", persons=kind.persons)
                row = TicketRow(ticket.ticket_id, facts, ticket.manual_code)
                store.changes.put(row, event_id, 0, None)
        printed = tuple(
            _print(ticket, event, kind, key, GateId(gate_for(event, terms, ticket.ticket_id)))
            for ticket in sold
        )
        return Sale(sale_id, number, seq, Money(total, kind.currency), printed)


def _print(
    ticket: SoldTicket,
    event: EventKnowledge,
    kind: TicketTypeConfig,
    key: SigningKey,
    home_gate: GateId,
) -> PrintedTicket:
    first, last = _window_of(event, kind)
    claims = Claims(
        key_id=ticket.key_id,
        ticket_id=ticket.ticket_id,
        ticket_type_code=ticket.ticket_type_code,
        valid_from=first,
        valid_until=last,
    )
    return PrintedTicket(
        ticket_id=format_ticket_id(ticket.ticket_id),
        digits=to_digits(sign_credential(claims, key)),
        manual_code=format_manual_code(ticket.manual_code),
        ticket_type=kind.name,
        price=Money(ticket.price_minor, kind.currency),
        home_gate=home_gate,
    )


def _window_of(event: EventKnowledge, kind: TicketTypeConfig) -> Window:
    """Return the window of a walk-up's credential: of several occurrences, that of its type."""
    return sign_window(event.config.occurrences, kind.occurrence_id, (None, None))
