"""Sales of a till as its window has them, with what its journal says of how they were paid."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gatekeeper.boxoffice.finding_past_sales import PastSale
from gatekeeper.boxoffice.tickets_with_payments import OwnTicket
from shared.journal.sale_body import SaleBody, SalePayment, SoldTicket
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import Instant


def as_journaled(sales: Iterable[PastSale]) -> tuple[PastSale, ...]:
    """Add what the journal says of sales that one tender each has paid."""
    return tuple(map(_as_journaled, sales))


def _as_journaled(past: PastSale) -> PastSale:
    tickets = tuple(
        SoldTicket(
            ticket_id=parse_ticket_id(one.ticket_id),
            ticket_type_code=1,
            generation=0,
            key_id=1,
            manual_code=place,
            valid_from=None,
            valid_until=None,
            price_minor=one.price_minor,
        )
        for place, one in enumerate(past.tickets)
    )
    sale = SaleBody(
        sale_id=past.sale_id,
        receipt_number=past.receipt_number,
        currency="CZK",
        total_minor=past.total_minor,
        tender=past.tender,
        tickets=tickets,
        payments=(SalePayment(kind=past.tender, amount_minor=past.total_minor),),
    )
    own = tuple(OwnTicket(one, sale) for one in tickets)
    return msgspec.structs.replace(past, own=own, sold_at=Instant(3_600_000_000))
