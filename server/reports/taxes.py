"""What was sold under each rate of tax, less what went back: as a Z report tells it, over all.

What is owed back for a ticket is less sold from then on, whenever the money goes; so is a ticket
that was given for another one, which stands with its own price.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from sqlalchemy import func, select

from server.db.unit import Unit
from server.orders.models import Order, OrderLine, Refund
from server.reports.money_that_moved import Narrow
from server.reports.schemas import Rows

TAX_COLUMNS: Final = (
    "basis_points currency total_minor refunded_minor after_refunds_minor tax_minor net_minor"
)
"""Tax and net are those of what is left after refunds."""


async def fold_taxes(unit: Unit, narrow: Narrow) -> Rows:
    """Sum paid orders' lines by rate and currency, less refunds of their tickets."""
    line, back = OrderLine, Refund
    sold = (
        select(*_by(line, Order), func.sum(line.total_minor), func.sum(line.tax_minor))
        .join(Order, Order.id == line.order_id)
        .where(*narrow(Order.event_id, Order.paid_at), Order.paid_at.is_not(None))
        .group_by(*_by(line, Order))
    )
    gone = (
        select(*_by(back, back), func.sum(back.amount_minor), func.sum(back.tax_minor))
        .where(*narrow(back.event_id, back.created_at))
        .group_by(*_by(back, back))
    )
    found: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    queries: tuple[tuple[int, int, Any], ...] = ((1, 0, sold), (-1, 1, gone))
    for sign, place, query in queries:
        for rate, currency, amount, tax in await unit.session.execute(query):
            found[rate, currency][place] = int(amount)
            found[rate, currency][2] += sign * int(tax)
    return [
        (rate, currency, total, back, total - back, tax, total - back - tax)
        for (rate, currency), (total, back, tax) in sorted(found.items())
    ]


def _by(rate: Any, currency: Any) -> Any:
    return rate.tax_basis_points, currency.currency
