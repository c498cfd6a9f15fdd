"""What this till has sold, to be found again: by the newest first, or by a ticket that is shown.

It reads the till's own journal and list; nobody else is asked, so that it works cut off.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

import msgspec

from gatekeeper.boxoffice.drawer_journal import DrawerJournal
from gatekeeper.boxoffice.paying_back import cash_paid
from gatekeeper.gate.ends_of_printed_codes import end_of_code
from gatekeeper.gate.knowledge import EventKnowledge, Knowledge
from gatekeeper.limits_and_times import PAST_SALES_SHOWN
from gatekeeper.store.store import Store
from shared.admission.purpose import ENDING, purpose_of
from shared.journal.chain import decode_entry
from shared.journal.sale_body import SaleBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.errors import Malformed
from shared.kernel.id_types import EventId, SeatId, TicketId
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.kernel.instant import Instant
from shared.manifest.case import open_case
from shared.manifest.presenting import present_text
from shared.sales.price_check import REVERSED
from shared.sales.tenders import BACK, EXCHANGE, SPLIT

_CHUNK: Final = 400
"""Entries that are read at once, from the newest on."""


class PastTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket of a sale.

    Attributes:
        ticket_id: 16 hex digits.
        ticket_type: Its type's name.
        price_minor: What it cost, in minor units.
        is_gone: It was refunded or voided at this till.
        back_minor: What of it went back then, or paid for another one, in minor units.
        printed: The end of the code on its paper, or "".
        seat: What its seat is called; "" where none is reserved.
    """

    ticket_id: str
    ticket_type: str
    price_minor: int
    is_gone: bool = False
    back_minor: int = 0
    printed: str = ""
    seat: str = ""


class PastSale(msgspec.Struct, frozen=True, kw_only=True):
    """A sale of this till's.

    Attributes:
        sale_id: 32 hex digits.
        seq: Its journal entry.
        receipt_number: Its receipt's.
        total_minor: What was due, in minor units.
        tender: How it was paid, in one word.
        shift_id: Of which shift.
        tickets: In the order printed.
        has_parts: Several tenders have paid it, or tickets in exchange for which they may
            have, and each part can go back the way it came.
        rounding_minor: What cash has added to what was due, in minor units.
        cash_minor: What cash has paid of it.
        sold_at: When, in server time as well as the till knew it; None where that is not known.
    """

    sale_id: str
    seq: int
    receipt_number: int
    total_minor: int
    tender: str
    shift_id: str
    tickets: tuple[PastTicket, ...]
    has_parts: bool = False
    rounding_minor: int = 0
    cash_minor: int = 0
    sold_at: Instant | None = None

    @property
    def left_minor(self) -> int:
        """What was paid for it and has not gone back, in minor units."""
        gone = sum(one.back_minor for one in self.tickets)
        return self.total_minor + self.rounding_minor - gone

    @property
    def is_in_parts(self) -> bool:
        """Whether what goes back may go by several tenders."""
        return self.tender == SPLIT or self.has_parts


class TicketLook(msgspec.Struct, frozen=True, kw_only=True):
    """What this till knows of a code that was scanned or typed.

    Attributes:
        code: As scanned.
        is_manual: It was typed by hand.
        ticket_id: 16 hex digits, or "" where the code is no ticket of the event.
        ticket_type: Its type's name, or "".
        is_used: Somebody came in on it, as far as is known here.
        sale: The sale of this till's that it was of, or None.
        printed: The end of the code on its paper, or "".
    """

    code: str
    is_manual: bool = False
    ticket_id: str = ""
    ticket_type: str = ""
    is_used: bool = False
    sale: PastSale | None = None
    printed: str = ""

    @property
    def is_ticket(self) -> bool:
        """Whether the code is one."""
        return bool(self.ticket_id)


class PastSales:
    """Finds sales of one till's journal."""

    def __init__(self, store: Store, knowledge: Knowledge) -> None:
        """Read these; nothing is kept."""
        self._store, self._knowledge = store, knowledge
        self._journal = DrawerJournal(store)

    def recent(self, count: int = PAST_SALES_SHOWN) -> tuple[PastSale, ...]:
        """Return the latest sales of the present event, the newest first.

        Raises:
            StoreFault: if the journal cannot be read.
        """
        found: list[PastSale] = []
        for sale in self._sales():
            found.append(self._with_codes(sale))
            if len(found) >= count:
                break
        return tuple(found)

    def find_ticket(self, ticket_id: str) -> PastSale | None:
        """Return the sale that a ticket was of; None if this till did not sell it.

        Raises:
            StoreFault: if the journal cannot be read.
        """
        for sale in self._sales():
            if any(one.ticket_id == ticket_id for one in sale.tickets):
                return self._with_codes(sale)
        return None

    def look(self, code: str, *, is_manual: bool = False) -> TicketLook:
        """Say what a code is, by what this till knows.

        Raises:
            StoreFault: if the store cannot be read.
        """
        event = self._knowledge.event
        if event is None:
            return TicketLook(code=code, is_manual=is_manual)
        presented = present_text(code, event.keyring, event_id=event.event_id)
        if presented.flaw is not None:
            return TicketLook(code=code, is_manual=is_manual)
        row = open_case(event.index, presented, event).row
        number = presented.ticket_id if row is None else row.ticket_id
        if number is None or (row is None and presented.key is None):
            return TicketLook(code=code, is_manual=is_manual)
        ticket_id = format_ticket_id(number)
        type_code = -1
        if row is not None:
            type_code = row.facts.ticket_type_code
        elif presented.claims is not None:
            type_code = presented.claims.ticket_type_code
        return TicketLook(
            code=code,
            is_manual=is_manual,
            ticket_id=ticket_id,
            ticket_type=_name_of(event, type_code),
            is_used=self._is_used(number),
            sale=self.find_ticket(ticket_id),
            printed=end_of_code(event, number),
        )

    # -- inside --------------------------------------------------------------------------------

    def _is_used(self, ticket_id: TicketId) -> bool:
        uses = self._store.uses.records_of(ticket_id)
        return any(use.direction == "in" and not use.annulled for use in uses)

    def _with_codes(self, sale: PastSale) -> PastSale:
        """Tell when it was, and what stands on each ticket; only of sales that are shown."""
        event = self._knowledge.event
        if event is None:
            return sale
        tickets = (
            msgspec.structs.replace(
                one, printed=end_of_code(event, parse_ticket_id(one.ticket_id))
            )
            for one in sale.tickets
        )
        sold_at = self._sold_at(sale.seq)
        return msgspec.structs.replace(sale, tickets=tuple(tickets), sold_at=sold_at)

    def _sold_at(self, seq: int) -> Instant | None:
        for _, signed in self._store.journal.read(seq, seq):
            with contextlib.suppress(Malformed):
                return decode_entry(signed.entry).corrected
        return None

    def _sales(self) -> Iterator[PastSale]:
        event = self._knowledge.event
        last, gone = self._store.journal.last_seq, dict[TicketId, int]()
        while last > 0 and event is not None:
            first = max(1, last - _CHUNK + 1)
            for entry in reversed([*self._journal.between(first, last)]):
                body = entry.body
                if isinstance(body, WithdrawalBody):
                    if purpose_of(body.purpose) in ENDING:
                        gone[body.ticket_id] = body.amount_minor
                elif isinstance(body, SaleBody) and EventId(entry.event_id) == event.event_id:
                    yield _past(entry.seq, body, event, gone)
            last = first - 1


def _past(seq: int, sale: SaleBody, event: EventKnowledge, gone: dict[TicketId, int]) -> PastSale:
    kinds = {one.kind for one in sale.payments if one.state != REVERSED}
    return PastSale(
        sale_id=sale.sale_id,
        seq=seq,
        receipt_number=sale.receipt_number,
        total_minor=sale.total_minor,
        tender=sale.tender,
        shift_id=sale.shift_id,
        rounding_minor=sale.rounding_minor,
        cash_minor=cash_paid(sale),
        has_parts=(sale.tender == SPLIT or (EXCHANGE in kinds and sale.total_minor > 0))
        and kinds <= BACK | {EXCHANGE},
        tickets=tuple(
            PastTicket(
                ticket_id=format_ticket_id(one.ticket_id),
                ticket_type=_name_of(event, one.ticket_type_code),
                price_minor=one.price_minor,
                is_gone=one.ticket_id in gone,
                back_minor=gone.get(one.ticket_id, 0),
                seat=event.seats.spell_seat(SeatId(one.seat)),
            )
            for one in sale.tickets
        ),
    )


def _name_of(event: EventKnowledge, type_code: int) -> str:
    kind = event.index.types_by_code.get(type_code)
    return "" if kind is None else kind.name
