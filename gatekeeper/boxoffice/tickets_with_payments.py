"""What a till has sold, by its own journal: each ticket with its sale, and how it was paid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import partial

import msgspec

from gatekeeper.boxoffice.drawer_journal import DrawerJournal
from gatekeeper.boxoffice.payments_through_exchanges import PaidTrail
from shared.journal.sale_body import SaleBody, SoldTicket
from shared.journal.shift_body import ShiftBody
from shared.journal.withdrawal_body import PaidBack
from shared.kernel.id_types import TicketId
from shared.sales.price_check import REVERSED
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.tax import share_of_tax
from shared.sales.tenders import EXCHANGE

_SOLD_ELSEWHERE = (
    "this till did not sell that ticket and does not know what was paid; refund it where it was"
    " sold"
)
NO_SUCH_PAYOUT = "this cashier may not refund that much; ask a supervisor to allow it"
LESS_BACK = "the event’s terms now allow a smaller refund; nothing was done: tell the guest"
BEYOND_TERMS = "refunding more than the terms allow needs a supervisor and a reason"


class OwnTicket(msgspec.Struct, frozen=True):
    """A ticket of this till's, and the sale that it was of.

    Attributes:
        ticket: The ticket.
        sale: Its sale.
        tenders: By what that was paid; of what tickets in exchange paid, by what those were.
        paid: Its payments in the order paid: of each, by what it was paid for good; of tickets in
            exchange, by what those were.
    """

    ticket: SoldTicket
    sale: SaleBody
    tenders: frozenset[str] = frozenset()
    paid: tuple[tuple[PaidBack, ...], ...] = ()

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
        line, part = lines[number], min(amount_minor, self.ticket.price_minor)
        return share_of_tax(line.tax_minor, line.gross_minor, before, part)


def find_own(
    journal: DrawerJournal, *, sale_id: str = "", ticket_ids: Sequence[TicketId]
) -> list[OwnTicket] | Refusal:
    """Return the tickets of a sale, or those that are named, in the order asked for.

    Raises:
        StoreFault: if the journal cannot be read.
    """
    sales = {sale_id} if sale_id else ()
    found = {one.ticket.ticket_id: one for one in list_own(journal, sales, ticket_ids)}
    wanted = set(ticket_ids)
    if sale_id and not found:
        return Refusal(SaleReason.UNKNOWN_SALE, "this till has no sale of that id")
    if not found or wanted - found.keys():
        return Refusal(SaleReason.UNKNOWN_TICKET, _SOLD_ELSEWHERE)
    own = [found[one] for one in ticket_ids] if wanted else list(found.values())
    if len({one.sale.currency for one in own}) > 1:
        return Refusal(SaleReason.MIXED_CURRENCIES, "refund each currency separately")
    return own


def list_own(
    journal: DrawerJournal, sale_ids: Collection[str], ticket_ids: Collection[TicketId] = ()
) -> Iterator[OwnTicket]:
    """Give the tickets of some sales, and those that are named, in the order sold.

    Raises:
        StoreFault: if the journal cannot be read.
    """
    sales, paid_by = _read(journal)
    moves = list(journal.moves())
    trail = PaidTrail(sales.values(), journal.withdrawals(), partial(_payments, moves=moves))
    for sale in sales.values():
        for ticket in sale.tickets:
            if sale.sale_id in sale_ids or ticket.ticket_id in ticket_ids:
                paid = tuple(map(tuple, trail.paid(sale)))
                roots = frozenset(one.tender for payment in paid for one in payment)
                if not roots or EXCHANGE in roots:
                    roots = frozenset(_tenders(sale, sales, paid_by, moves, set()))
                yield OwnTicket(ticket, sale, roots, paid)


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
    held = Counter[str]()
    for one in _payments(sale, moves):
        held[one.tender] += one.amount_minor
    left = {move.tender for move in moves if move.sale_id == sale.sale_id}
    paid = {kind for kind, amount in held.items() if amount > 0}
    return paid or held.keys() - left


def _payments(sale: SaleBody, moves: Sequence[ShiftBody]) -> list[PaidBack]:
    """Return a sale's payments in the order paid, by the tenders under which they stand now.

    Of what was booked wrongly a whole payment moves first, as in the books, else a part of one.
    """
    paid = [PaidBack(one.kind, one.amount_minor) for one in sale.payments if one.state != REVERSED]
    if not sale.payments:
        paid = [PaidBack(sale.tender, sale.total_minor)]
    for move in moves:
        left = move.amount_minor if move.sale_id == sale.sale_id else 0
        there = [one for one in paid if one.tender == move.tender]
        for one in sorted(there, key=lambda one: one.amount_minor != move.amount_minor):
            if share := min(left, one.amount_minor):
                left -= share
                rest = PaidBack(one.tender, one.amount_minor - share)
                place, moved = paid.index(one), PaidBack(move.tender_to, share)
                paid[place : place + 1] = [rest, moved] if rest.amount_minor else [moved]
    return paid
