"""What this till has sold, to be found again: by the newest first, or by a ticket that is shown.

It reads the till's own journal and list; nobody else is asked, so that it works cut off.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec

from gatekeeper.boxoffice.drawer_journal import DrawerJournal
from gatekeeper.boxoffice.open_exchanges import list_withdrawals
from gatekeeper.boxoffice.tickets_with_payments import OwnTicket, list_own
from gatekeeper.gate.ends_of_printed_codes import end_of_code
from gatekeeper.gate.knowledge import EventKnowledge, Knowledge
from gatekeeper.store.store import Store
from shared.admission.purpose import ENDING, purpose_of
from shared.journal.chain import decode_entry
from shared.journal.sale_body import SaleBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.errors import Malformed
from shared.kernel.id_types import EventId, SeatId, TicketId
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.kernel.instant import Instant
from shared.manifest.case_of_shown_code import open_case
from shared.manifest.presenting import present_text
from shared.sales.price_check import REVERSED
from shared.sales.tenders import BACK, EXCHANGE, SPLIT

PAST_SALES_SHOWN: Final = 24
"""Sales of this till that can be looked at again, the latest."""

_CHUNK: Final = 400
"""Entries that are read at once, from the newest on."""


class PastTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket that this till has sold before.

    Attributes:
        ticket_id: 16 hex digits.
        ticket_type: Its type's name.
        price_minor: What it cost, in minor units.
        is_gone: It was refunded or voided at this till.
        printed: The end of the code on its paper, or "".
        seat: What its seat is called; "" where none is reserved.
    """

    ticket_id: str
    ticket_type: str
    price_minor: int
    is_gone: bool = False
    printed: str = ""
    seat: str = ""


class PastSale(msgspec.Struct, frozen=True, kw_only=True):
    """A sale that this till has made before, with its tickets.

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
        own: Its tickets as the till pays them back.
        earlier: What went back of them, or is about to.
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
    own: tuple[OwnTicket, ...] = ()
    earlier: tuple[WithdrawalBody, ...] = ()
    sold_at: Instant | None = None

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
        is_replaced: Another copy has taken its place, which may be somebody else's.
        sale: The sale of this till's that it was of, or None.
        printed: The end of the code on its paper, or "".
    """

    code: str
    is_manual: bool = False
    ticket_id: str = ""
    ticket_type: str = ""
    is_used: bool = False
    is_replaced: bool = False
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
        return self._tell(islice(self._sales(), count))

    def find_ticket(self, ticket_id: str) -> PastSale | None:
        """Return the sale that a ticket was of; None if this till did not sell it.

        Raises:
            StoreFault: if the journal cannot be read.
        """
        for sale in self._sales():
            if any(one.ticket_id == ticket_id for one in sale.tickets):
                return self._tell([sale])[0]
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
        # What was replaced here is known before the next exchange tells it.
        own = event.find_withdrawn(number).generation
        newest = max(own, 0 if row is None else row.facts.generation)
        claims, type_code = presented.claims, -1
        if row is not None:
            type_code = row.facts.ticket_type_code
        elif claims is not None:
            type_code = claims.ticket_type_code
        return TicketLook(
            code=code,
            is_manual=is_manual,
            ticket_id=ticket_id,
            ticket_type=_name_of(event, type_code),
            is_used=self._is_used(number),
            is_replaced=claims is not None and claims.generation < newest,
            sale=self.find_ticket(ticket_id),
            printed=end_of_code(event, number, code),
        )

    # -- inside --------------------------------------------------------------------------------

    def _is_used(self, ticket_id: TicketId) -> bool:
        uses = self._store.uses.records_of(ticket_id)
        return any(use.direction == "in" and not use.annulled for use in uses)

    def _tell(self, sales: Iterable[PastSale]) -> tuple[PastSale, ...]:
        """Tell when sales were, what stands on each ticket, and by what it is paid back.

        Only of those that are shown.
        """
        event, shown = self._knowledge.event, [*sales]
        if event is None or not shown:
            return tuple(shown)
        own = [*list_own(self._journal, {sale.sale_id for sale in shown})]
        earlier = list_withdrawals(self._journal, self._store)
        told = []
        for sale in shown:
            tickets = tuple(
                msgspec.structs.replace(
                    one, printed=end_of_code(event, parse_ticket_id(one.ticket_id))
                )
                for one in sale.tickets
            )
            ids = {parse_ticket_id(one.ticket_id) for one in tickets}
            told.append(
                msgspec.structs.replace(
                    sale,
                    tickets=tickets,
                    own=tuple(one for one in own if one.sale.sale_id == sale.sale_id),
                    earlier=tuple(body for body in earlier if body.ticket_id in ids),
                    sold_at=self.recorded_at(sale.seq),
                )
            )
        return tuple(told)

    def recorded_at(self, seq: int) -> Instant | None:
        """Return when an entry was made, in server time as well as the till knew it, or None."""
        for _, signed in self._store.journal.read(seq, seq):
            with contextlib.suppress(Malformed):
                return decode_entry(signed.entry).corrected
        return None

    def _sales(self) -> Iterator[PastSale]:
        event = self._knowledge.event
        last, gone = self._store.journal.last_seq, set[TicketId]()
        while last > 0 and event is not None:
            first = max(1, last - _CHUNK + 1)
            for entry in reversed([*self._journal.between(first, last)]):
                body = entry.body
                if isinstance(body, WithdrawalBody):
                    if purpose_of(body.purpose) in ENDING:
                        gone.add(body.ticket_id)
                elif isinstance(body, SaleBody) and EventId(entry.event_id) == event.event_id:
                    yield _past(entry.seq, body, event, gone)
            last = first - 1


def _past(seq: int, sale: SaleBody, event: EventKnowledge, gone: set[TicketId]) -> PastSale:
    kinds = {one.kind for one in sale.payments if one.state != REVERSED}
    return PastSale(
        sale_id=sale.sale_id,
        seq=seq,
        receipt_number=sale.receipt_number,
        total_minor=sale.total_minor,
        tender=sale.tender,
        shift_id=sale.shift_id,
        has_parts=(sale.tender == SPLIT or (EXCHANGE in kinds and sale.total_minor > 0))
        and kinds <= BACK | {EXCHANGE},
        tickets=tuple(
            PastTicket(
                ticket_id=format_ticket_id(one.ticket_id),
                ticket_type=_name_of(event, one.ticket_type_code),
                price_minor=one.price_minor,
                is_gone=one.ticket_id in gone,
                seat=event.seats.spell_seat(SeatId(one.seat)),
            )
            for one in sale.tickets
        ),
    )


def _name_of(event: EventKnowledge, type_code: int) -> str:
    kind = event.index.types_by_code.get(type_code)
    return "" if kind is None else kind.name
