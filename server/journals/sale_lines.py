"""What of a till's sale goes onto which line of its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from server.orders.till_sales import TillLine
from server.ticketing.finding_and_changing_tickets import TicketType
from shared.journal.sale_body import SaleBody, SoldTicket
from shared.sales.price_check import fit_lines


class BookedLine(msgspec.Struct, frozen=True):
    """A line of the order, and its tickets."""

    line: TillLine
    kind: TicketType
    sold: Sequence[SoldTicket]


def lines_of(
    sale: SaleBody, tickets: Sequence[SoldTicket], types: Mapping[int, TicketType]
) -> list[BookedLine]:
    """Part a sale's tickets into lines: as the sale has them, else by type and price.

    Args:
        sale: What the till said.
        tickets: Those of its tickets that can be booked.
        types: The event's types by code.
    """
    if sale.lines and len(tickets) == len(sale.tickets) and fit_lines(sale):
        return [
            BookedLine(
                TillLine(
                    ticket_type_id=types[said.ticket_type_code].id,
                    occurrence_id=types[said.ticket_type_code].occurrence_id,
                    quantity=said.count,
                    unit_price_minor=said.unit_minor,
                    discount_minor=said.discount_minor,
                    fee_minor=said.fee_minor,
                    tax_basis_points=said.tax_basis_points,
                    tax_minor=said.tax_minor,
                    promotion=said.promo,
                ),
                types[said.ticket_type_code],
                [one for one in tickets if one.line == number],
            )
            for number, said in enumerate(sale.lines)
        ]
    groups: dict[tuple[int, int], list[SoldTicket]] = {}
    for one in tickets:
        groups.setdefault((one.ticket_type_code, one.price_minor), []).append(one)
    return [
        BookedLine(
            TillLine(
                ticket_type_id=types[code].id,
                occurrence_id=types[code].occurrence_id,
                quantity=len(sold),
                unit_price_minor=price,
            ),
            types[code],
            sold,
        )
        for (code, price), sold in groups.items()
    ]
