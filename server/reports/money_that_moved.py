"""What of payments and payouts is money that changed hands, and what it sums up to, for reports.

What a ticket pays that is given in exchange is none: the drawer and the bank never see it. It is
booked as a payment of the new order, and as a payout of the old one, by a tender of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, exists, func, select

from server.db.unit import Unit
from server.orders.models import Order, Refund
from server.payments.models import Payment, PaymentFact, Payout, PayoutFactRow
from server.payments.payment_states import TAKEN, FactKind, PayoutFact
from server.reports.schemas import Rows
from shared.kernel.instant import Instant
from shared.sales.tenders import EXCHANGE

CAME: Final = Payment.state.in_(TAKEN) & (Payment.tender != EXCHANGE)
WENT: Final = (Payout.state == "done") & (Payout.tender != EXCHANGE)
EXCHANGED: Final = (Payout.state == "done") & (Payout.tender == EXCHANGE)
"""What was owed for tickets and paid others, so that it is owed no more."""
_OPEN: Final = Payout.state.in_(("pending", "unknown"))
_UNBOOKED: Final = (
    Order.paid_at.is_not(None)
    & (Order.total_minor > 0)
    & ~exists().where(Payment.order_id == Order.id, Payment.state.in_(TAKEN))
)
"""Orders that somebody has called paid, of whose money nothing is booked here."""
_CHARGED: Final = func.sum(Payment.lost_minor)
"""What disputes took back for good."""


def _moved_at(row: Any, fact: Any, fact_of: Any, kind: str) -> ColumnElement[Instant]:
    """Return when money moved: a transfer is on record days before it is there.

    Args:
        row: `Payment` or `Payout`.
        fact: The table of what was heard of such.
        fact_of: Its column that names one.
        kind: What is heard when it has; where it was not, the record's own time holds.
    """
    heard = select(fact.at).where(fact_of == row.id, fact.kind == kind)
    return func.coalesce(heard.correlate(row).scalar_subquery(), row.created_at)


CAME_AT: Final = _moved_at(Payment, PaymentFact, PaymentFact.payment_id, FactKind.PAID.value)
WENT_AT: Final = _moved_at(Payout, PayoutFactRow, PayoutFactRow.payout_id, PayoutFact.DONE.value)

Narrow: TypeAlias = Callable[[Any, Any], Sequence[ColumnElement[bool]]]
"""Of a table's column that names the event, and of its time: what a report is about."""
Sums: TypeAlias = dict[str, tuple[int, int]]
"""By currency: how many, and the amount."""


class MoneyThatMoved:
    """Sums what came, what went back and what is owed, of the events and the time of a report."""

    def __init__(self, unit: Unit, narrow: Narrow) -> None:
        self._unit, self._narrow = unit, narrow

    async def figures(self) -> dict[str, Sums]:
        """Return each figure of a report's totals, by name and in their order."""
        paid, total, coins = Order.paid_at.is_not(None), Order.total_minor, Order.rounding_minor
        return {
            "orders_paid": await self._figure(Order, Order.paid_at, paid, of=total),
            "cash_rounding": await self._figure(Order, Order.paid_at, paid, coins != 0, of=coins),
            "paid_unbooked": await self._figure(Order, Order.paid_at, _UNBOOKED, of=total),
            "received": await self._figure(Payment, CAME_AT, CAME),
            "refunds_owed": await self.owed(),
            "paid_back": await self._figure(Payout, WENT_AT, WENT),
            "to_be_paid_back": await self._figure(Payout, Payout.created_at, _OPEN),
            "charged_back": _by_currency(await self.charged_back()),
        }

    async def owed(self) -> Sums:
        """Count tickets of which something was owed back, and sum that up in money.

        Of one that was refunded for less first, the rest is money and no further ticket.
        """
        query = select(Refund.currency, func.sum(1 - Refund.place), func.sum(Refund.amount_minor))
        owed = _by_currency(await self._grouped(query, Refund, Refund.created_at, ()))
        return less_exchanged(owed, await self._figure(Payout, WENT_AT, EXCHANGED))

    async def tenders(self) -> Rows:
        """Return what came and what went back by tender and currency.

        Each row: tender, currency, payments and their sum, payouts and theirs, what stayed, what
        disputes took back.
        """
        found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 5)
        for tender, currency, count, amount in await self.sums(
            Payment, CAME_AT, CAME, by=[Payment.tender]
        ):
            found[tender, currency][:2] = [count, int(amount)]
        for tender, currency, count, amount in await self.sums(
            Payout, WENT_AT, WENT, by=[Payout.tender]
        ):
            found[tender, currency][2:4] = [count, int(amount)]
        for tender, currency, _, amount in await self.charged_back(Payment.tender):
            found[tender, currency][4] = int(amount)
        rows: Rows = []
        for (tender, currency), cells in sorted(found.items()):
            net = cells[1] - cells[3] - cells[4]
            rows.append((tender, currency, *cells[:4], net, cells[4]))
        return rows

    async def sums(
        self, table: Any, at: Any, *where: Any, by: Sequence[Any] = (), of: Any = None
    ) -> Sequence[Any]:
        """Count and sum rows by currency, and by more before it.

        Args:
            table: Whose.
            at: When one of them counts.
            where: Which of them.
            by: Its columns that stand before the currency.
            of: The amount that is summed; None for the table's own.
        """
        amount = table.amount_minor if of is None else of
        query = select(*by, table.currency, func.count(), func.sum(amount))
        return await self._grouped(query, table, at, by, *where)

    async def charged_back(self, *by: Any) -> Sequence[Any]:
        """Count and sum what disputes took back for good, when that was heard."""
        query = (
            select(*by, Payment.currency, func.count(), _CHARGED)
            .select_from(Payment)
            .join(PaymentFact, PaymentFact.payment_id == Payment.id)
        )
        lost = PaymentFact.kind == FactKind.DISPUTE_LOST
        return await self._grouped(query, Payment, PaymentFact.at, by, lost)

    async def _figure(self, table: Any, at: Any, *where: Any, of: Any = None) -> Sums:
        return _by_currency(await self.sums(table, at, *where, of=of))

    async def _grouped(
        self, query: Any, table: Any, at: Any, by: Sequence[Any], *where: Any
    ) -> Sequence[Any]:
        narrowed = query.where(*self._narrow(table.event_id, at), *where)
        columns = (*by, table.currency)
        grouped = narrowed.group_by(*columns).order_by(*columns)
        return (await self._unit.session.execute(grouped)).all()


def _by_currency(rows: Iterable[Any]) -> Sums:
    return {currency: (int(count), int(amount)) for currency, count, amount in rows}


def less_exchanged(owed: Sums, exchanged: Sums) -> Sums:
    """Return what is owed back in money: less what paid for other tickets.

    What was exchanged in another time than it was owed in counts where it was exchanged, so that
    times add up.
    """
    none = (0, 0)
    return {
        one: (owed.get(one, none)[0], owed.get(one, none)[1] - exchanged.get(one, none)[1])
        for one in sorted({*owed, *exchanged})
    }


def kept_of(figures: dict[str, Sums], currency: str) -> int:
    """Return what stayed in a currency: what came, less what went back."""
    came, back, charged = (
        figures[name].get(currency, (0, 0))[1]
        for name in ("received", "paid_back", "charged_back")
    )
    return came - back - charged
