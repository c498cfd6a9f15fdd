"""Find orders at a till by name, number, phone, e-mail, or a ticket of them; cut off too.

What is found is what the till holds of the event's buyers, newer if the server can be reached. It
opens by the badge of a cashier who may find, and is forgotten when that badge is put away.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from gatekeeper.boxoffice.till_staff import TillStaff
from gatekeeper.boxoffice.withdraw_requests import FoundBy
from gatekeeper.gate.clock import GateClock
from gatekeeper.gate.ends_of_printed_codes import end_of_code
from gatekeeper.gate.holder_search import FOUND_SHOWN_MAX
from gatekeeper.gate.knowledge import EventKnowledge, Knowledge
from gatekeeper.store.buyer_file import keep_buyers, read_buyers
from gatekeeper.store.store import Store
from gatekeeper.sync.server_port import SyncServer
from shared.admission.facts import TicketState
from shared.admission.purpose import Purpose
from shared.journal.chain import decode_body, decode_entry
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.errors import (
    BadSignature,
    GatekeeperError,
    Malformed,
    Rejected,
    ServerFault,
)
from shared.kernel.id_types import EventId, TicketId
from shared.kernel.ids import TICKET_ID_COUNT, format_ticket_id, parse_ticket_id
from shared.kernel.instant import SECOND, Duration, Instant
from shared.kernel.same_fields import made_of
from shared.manifest.badge_signatures import badge_key
from shared.manifest.case_of_shown_code import open_case
from shared.manifest.name_folding import fold_name
from shared.manifest.name_spellings import spellings_of
from shared.manifest.presenting import present_text
from shared.manifest.sealed_buyer_list import BoughtTicket, BuyerRow, open_buyers
from shared.manifest.sealed_names_for_search import badge_seed
from shared.sales.sale_refusals import Refusal, SaleReason

BUYERS_PACE: Final[Duration] = 20 * SECOND
"""Buyers are asked for no more often than this."""
PHONE_DIGITS_MIN: Final = 4
"""So many last digits of a phone's number are a search."""

_NO_BADGE: Final = "scan the badge of a cashier who may search; nothing was opened"
_NOTHING: Final = "this till has no buyers yet, or none this badge can open; sync once"


class FoundTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket of an order that was found, as this till knows it.

    Attributes:
        ticket_id: 16 hex digits.
        ticket_type: Its type's name, or "".
        price_minor: What it cost.
        state: The ticket's, as this till knows it; "" where it does not.
        is_used: This till knows that somebody came in on it.
        generation: Of its newest credential.
        is_replaced: That was handed out at a till: handed over or printed again.
        is_reissued: That was made by the server: whatever was handed out before is worth nothing,
            and nothing was since.
        handed_at: When this till handed it over, by its clock; None where it was another.
        handed_by: Which cashier did, by name as far as it is known, or "".
        printed: The end of the code on its newest copy, or "".
    """

    ticket_id: str
    ticket_type: str
    price_minor: int
    state: str = ""
    is_used: bool = False
    generation: int = 0
    is_replaced: bool = False
    is_reissued: bool = False
    handed_at: Instant | None = None
    handed_by: str = ""
    printed: str = ""


class FoundOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order that was found.

    Attributes:
        number: As people know it.
        state: The order's.
        currency: ISO 4217.
        name, phone, email: The buyer's, or "".
        tickets: Those that stand.
    """

    number: str
    state: str
    currency: str
    name: str
    phone: str
    email: str
    tickets: tuple[FoundTicket, ...]


class BuyerBook:
    """Opened buyers; forget it, and they are sealed again."""

    def __init__(self, rows: Sequence[BuyerRow]) -> None:
        """Fold what is looked for once."""
        self._rows = tuple(rows)
        self._names = [f" {fold_name(row.name)}" for row in rows]
        self._by_ticket = {ticket.ticket_id: row for row in self._rows for ticket in row.tickets}

    def of_ticket(self, ticket_id: TicketId) -> BuyerRow | None:
        """Return the order that a ticket is of."""
        return self._by_ticket.get(ticket_id)

    def search(self, text: str, limit: int) -> list[BuyerRow]:
        """Find orders by number, e-mail, the last digits of a phone, or words of names.

        Args:
            text: As typed; case, accents and the order of words do not matter, nor whether ä is
                spelt ae.
            limit: At most so many.
        """
        wanted = text.strip()
        if not wanted:
            return []
        if "@" in wanted:
            mail = wanted.casefold()
            found = (row for row in self._rows if row.email.casefold().startswith(mail))
            return _first(found, limit)
        number = wanted.lstrip("#")
        exact = [row for row in self._rows if row.number == number]
        digits = "".join(one for one in wanted if one.isdigit())
        is_phone = not any(one.isalpha() for one in wanted) and len(digits) >= PHONE_DIGITS_MIN
        by_phone = (row for row in self._rows if is_phone and _digits(row.phone).endswith(digits))
        words = spellings_of(wanted) if any(one.isalpha() for one in wanted) else []
        by_name = (
            row
            for row, name in zip(self._rows, self._names, strict=True)
            if words and all(any(f" {one}" in name for one in word) for word in words)
        )
        return _first([*exact, *by_phone, *by_name], limit)


class Finder:
    """Looks buyers up at one till, while a badge that may is at work."""

    def __init__(
        self,
        store: Store,
        knowledge: Knowledge,
        staff: TillStaff,
        server: SyncServer,
        clock: GateClock,
    ) -> None:
        """Hold nothing open yet."""
        self._store, self._knowledge, self._staff = store, knowledge, staff
        self._server, self._clock = server, clock
        self._badge: tuple[str, bytes] | None = None
        self._shown = ""
        self._found_by: FoundBy | None = None
        self._book: tuple[EventId, str, BuyerBook] | None = None
        self._asked: dict[EventId, Duration] = {}

    @property
    def found_by(self) -> FoundBy | None:
        """Who hands over what was found, with what their badge signs by; None for nobody."""
        self._forget_ended()
        return self._found_by

    @property
    def person(self) -> str:
        """Whose badge is at work; "" for nobody's."""
        return "" if self._badge is None else self._badge[0]

    def show_badge(self, code: str) -> bool:
        """Take the badge of a cashier who may find; tells whether it is one. Others close it."""
        self.forget()
        found = self._staff.find_badge(code)
        event = self._knowledge.event
        if found is None or event is None or not found.rights.find:
            return False
        organization_id = event.config.organization_id
        self._badge = (found.id, badge_seed(code, organization_id))
        self._shown = code
        self._found_by = FoundBy(found.id, badge_key(code, organization_id))
        return True

    def forget(self) -> None:
        """Put the badge away: what was open is sealed again."""
        self._badge = self._book = self._found_by = None
        self._shown = ""

    def _forget_ended(self) -> None:
        """Put a badge away that was withdrawn since it was shown, or whose right was."""
        shown = self._staff.find_badge(self._shown)
        if shown is None or not shown.rights.find:
            self.forget()

    async def refresh(self) -> None:
        """Fetch newer buyers of the present event, no more often than `BUYERS_PACE`.

        Where nothing can be had (cut off, or of an older server) what is held stays.

        Raises:
            StoreFault: if the disk refuses.
        """
        event, now = self._knowledge.event, self._clock.elapsed()
        if event is None:
            self.forget()
            return
        if now - self._asked.get(event.event_id, -BUYERS_PACE) < BUYERS_PACE:
            return
        self._asked[event.event_id] = now
        held = read_buyers(self._store.disk, event.event_id)
        known = "" if held is None else held.version
        try:
            content = await self._server.fetch_buyers(event.event_id, known)
            if content:
                keep_buyers(self._store.disk, event.event_id, content)
                self._book = None
        except (Malformed, ServerFault, Rejected):
            self._asked.pop(event.event_id, None)

    async def find(self, text: str) -> tuple[FoundOrder, ...] | Refusal:
        """Find orders by what was typed or scanned.

        Raises:
            StoreFault: if the disk refuses.
        """
        await self.refresh()
        event = self._knowledge.event
        if event is None:
            return Refusal(SaleReason.NO_EVENT, "this till has no event yet; sync once")
        self._forget_ended()
        if self._badge is None:
            return Refusal(SaleReason.NOT_ALLOWED, _NO_BADGE)
        book = self._open(event)
        if book is None:
            return Refusal(SaleReason.UNKNOWN_ORDER, _NOTHING)
        ticket_id = self._ticket_of(event, text)
        row = None if ticket_id is None else book.of_ticket(ticket_id)
        rows = [row] if row is not None else book.search(text, FOUND_SHOWN_MAX)
        found = tuple(self._found(event, one) for one in rows)
        if any(ticket.is_replaced for one in found for ticket in one.tickets):
            found = tuple(self._name_handovers(found))
        return found

    def _name_handovers(self, found: Iterable[FoundOrder]) -> Iterator[FoundOrder]:
        """Say when, and by whom, this till handed tickets over."""
        handed = self._handed()
        for order in found:
            tickets = [
                msgspec.structs.replace(one, **handed.get(one.ticket_id, {}))
                if one.is_replaced
                else one
                for one in order.tickets
            ]
            yield msgspec.structs.replace(order, tickets=tuple(tickets))

    def _handed(self) -> dict[str, dict[str, Any]]:
        """Return when and by whom tickets were handed over, as the till's journal says."""
        names = self._store.cashiers.names()
        handed: dict[str, dict[str, Any]] = {}
        for _, signed in self._store.journal.read_naming(Purpose.HAND_OVER.encode()):
            try:
                entry = decode_entry(signed.entry)
                body = decode_body(entry)
            except Malformed:
                continue  # damaged: the journal has said so
            if isinstance(body, WithdrawalBody) and body.purpose == Purpose.HAND_OVER:
                at = Instant(entry.wall + (entry.offset or 0))
                who = names.get(body.cashier, "")
                handed[format_ticket_id(body.ticket_id)] = {"handed_at": at, "handed_by": who}
        return handed

    def _open(self, event: EventKnowledge) -> BuyerBook | None:
        """Open the file that is held, by the badge; None where there is none, or it may not."""
        assert self._badge is not None
        held = read_buyers(self._store.disk, event.event_id)
        if held is None:
            return None
        if self._book is not None and self._book[:2] == (event.event_id, held.version):
            return self._book[2]
        person, seed = self._badge
        try:
            rows = open_buyers(held, event_id=event.event_id, person=person, seed=seed)
        except (BadSignature, Malformed):
            return None
        if rows is None:
            return None
        self._book = (event.event_id, held.version, BuyerBook(rows))
        return self._book[2]

    def _ticket_of(self, event: EventKnowledge, text: str) -> TicketId | None:
        """Return the ticket that a text is the code or the id of; None for any other text."""
        with contextlib.suppress(GatekeeperError):
            number = parse_ticket_id(text.strip().lower())
            if 0 <= number < TICKET_ID_COUNT:
                return number
        presented = present_text(text, event.keyring, event_id=event.event_id)
        if presented.flaw is not None:
            return None
        row = open_case(event.index, presented, event).row
        return presented.ticket_id if row is None else row.ticket_id

    def _found(self, event: EventKnowledge, row: BuyerRow) -> FoundOrder:
        tickets = tuple(self._ticket(event, one) for one in row.tickets)
        return made_of(FoundOrder, row, tickets=tickets)

    def _ticket(self, event: EventKnowledge, bought: BoughtTicket) -> FoundTicket:
        row = event.find(bought.ticket_id)
        kind = event.index.types_by_code.get(bought.ticket_type_code)
        uses = self._store.uses.records_of(bought.ticket_id)
        # What was handed over here is known before the next exchange tells it.
        own = event.find_withdrawn(bought.ticket_id).generation
        generation = max(own, 0 if row is None else row.facts.generation)
        first = event.keyring.first_generation(bought.ticket_id, event.event_id)
        return FoundTicket(
            ticket_id=format_ticket_id(bought.ticket_id),
            ticket_type="" if kind is None else kind.name,
            price_minor=bought.price_minor,
            state="" if row is None else TicketState(row.facts.state).value,
            is_used=any(use.direction == "in" and not use.annulled for use in uses),
            generation=generation,
            is_replaced=generation > max(first, bought.reissued),
            is_reissued=first < generation <= bought.reissued,
            printed=end_of_code(event, bought.ticket_id),
        )


def _first(rows: Iterable[BuyerRow], limit: int) -> list[BuyerRow]:
    found: dict[str, BuyerRow] = {}
    for row in rows:
        found.setdefault(row.number, row)
        if len(found) == limit:
            break
    return list(found.values())


def _digits(text: str) -> str:
    return "".join(one for one in text if one.isdigit())
