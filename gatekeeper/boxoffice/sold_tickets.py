"""What a till has sold, by its own journal: each ticket with its sale, and how it was paid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import msgspec

from gatekeeper.boxoffice.drawer_journal import DrawerJournal
from shared.journal.sale_body import SaleBody, SoldTicket
from shared.journal.shift_body import ShiftBody
from shared.journal.withdrawal_body import PaidBack
from shared.kernel.id_types import TicketId
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.tax import share_of_tax
from shared.sales.tenders import EXCHANGE

_SOLD_ELSEWHERE = (
    "this till did not sell that ticket, so it does not know what was paid; refund it where it was"
    " sold"
)
NO_SUCH_PAYOUT = "this cashier may not pay back so much; let a supervisor allow it"
BEYOND_TERMS = "more than the refund terms give takes a supervisor, and a reason"


class OwnTicket(msgspec.Struct, frozen=True):
    """A ticket of this till's, and the sale that it was of.

    Attributes:
        ticket: The ticket.
        sale: Its sale.
        tenders: By what that was paid; of what tickets in exchange paid, by what those were.
        parts: What it was paid by each tender, the first one first; empty where a ticket in
            exchange has paid some of it.
    """

    ticket: SoldTicket
    sale: SaleBody
    tenders: frozenset[str] = frozenset()
    parts: tuple[PaidBack, ...] = ()

    @property
    def tax_basis_points(self) -> int:
        """The rate of the tax in its price."""
        lines, number = self.sale.lines, self.ticket.line
        return lines[number].tax_basis_points if 0 <= number < len(lines) else 0

    def tax_in(self, amount_minor: int) -> int:
        """Return the tax that stands in a part of its price, in minor units.

        By the ticket's place in its line, so that the parts sum up to the line's tax whichever
        goes back first.
        """
        lines, number = self.sale.lines, self.ticket.line
        if not 0 <= number < len(lines):
            return 0
        before = 0
        for ticket in self.sale.tickets:
            if ticket.ticket_id == self.ticket.ticket_id:
                break
            before += ticket.price_minor if ticket.line == number else 0
        line, price = lines[number], self.ticket.price_minor
        tax = share_of_tax(line.tax_minor, line.gross_minor, before, price)
        return tax if amount_minor >= price else tax * amount_minor // max(1, price)


def find_own(
    journal: DrawerJournal, *, sale_id: str = "", ticket_ids: Sequence[TicketId] = ()
) -> list[OwnTicket] | Refusal:
    """Return the tickets of a sale, or those that are named, in the order asked for.

    Raises:
        StoreFault: if the journal cannot be read.
    """
    sales, paid_by = _read(journal)
    moves = list(journal.moves())
    wanted = set(ticket_ids)
    found: dict[TicketId, OwnTicket] = {}
    for sale in sales.values():
        is_whole = bool(sale_id) and sale.sale_id == sale_id
        for ticket in sale.tickets:
            if is_whole or ticket.ticket_id in wanted:
                tenders = frozenset(_tenders(sale, sales, paid_by, moves, set()))
                held = _held_under(sale, moves)
                kinds = () if EXCHANGE in held else held.items()
                parts = tuple(PaidBack(*one) for one in kinds if one[1] > 0)
                found[ticket.ticket_id] = OwnTicket(ticket, sale, tenders, parts)
    if sale_id and not found:
        return Refusal(SaleReason.UNKNOWN_SALE, "this till has no sale of that id")
    if not found or wanted - found.keys():
        return Refusal(SaleReason.UNKNOWN_TICKET, _SOLD_ELSEWHERE)
    own = [found[one] for one in ticket_ids] if wanted else list(found.values())
    if len({one.sale.currency for one in own}) > 1:
        return Refusal(SaleReason.MIXED_CURRENCIES, "pay each currency back apart")
    return own


def _read(journal: DrawerJournal) -> tuple[dict[str, SaleBody], dict[str, list[TicketId]]]:
    """Return all sales by id, and the tickets that paid for each in exchange."""
    sales = {body.sale_id: body for body in journal.sales()}
    paid_by: dict[str, list[TicketId]] = {}
    for body in journal.withdrawals():
        if body.credited_to:
            paid_by.setdefault(body.credited_to, []).append(body.ticket_id)
    return sales, paid_by


def _tenders(
    sale: SaleBody,
    sales: dict[str, SaleBody],
    paid_by: dict[str, list[TicketId]],
    moves: Sequence[ShiftBody],
    seen: set[str],
) -> Collection[str]:
    """Return by what a sale was paid, through whatever was exchanged for whatever."""
    seen.add(sale.sale_id)
    kinds = _booked_under(sale, moves)
    if EXCHANGE not in kinds:
        return kinds
    given = set(paid_by.get(sale.sale_id, ()))
    for earlier in sales.values():
        if earlier.sale_id in seen:
            continue
        if any(ticket.ticket_id in given for ticket in earlier.tickets):
            kinds |= set(_tenders(earlier, sales, paid_by, moves, seen))
    return kinds - {EXCHANGE} or {EXCHANGE}


def _booked_under(sale: SaleBody, moves: Sequence[ShiftBody]) -> set[str]:
    """Return the tenders under which a sale stands, once what was booked wrongly has moved."""
    held = _held_under(sale, moves)
    left = {move.tender for move in moves if move.sale_id == sale.sale_id}
    paid = {kind for kind, amount in held.items() if amount > 0}
    return paid or held.keys() - left


def _held_under(sale: SaleBody, moves: Sequence[ShiftBody]) -> Counter[str]:
    """Return what of a sale stands under each tender, in the order paid, in minor units."""
    parts = [(part.kind, part.amount_minor) for part in sale.payments]
    held = Counter[str]()
    for kind, amount in parts or [(sale.tender, sale.total_minor)]:
        held[kind] += amount
    for move in moves:
        if move.sale_id == sale.sale_id:
            held.subtract({move.tender: move.amount_minor})
            held[move.tender_to] += move.amount_minor
    return held
