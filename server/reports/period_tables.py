"""Each table of a report over events: money when it moved, people when they came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Integer, cast, func, select

from server.db.unit import Unit
from server.events.models import Event
from server.ledger.models import TicketUse
from server.limits_and_times import REPORT_SLOT
from server.orders.models import Order, OrderLine, Refund
from server.organizations.service import get_organization
from server.payments.models import Payment, PaymentFact, Payout, PayoutFactRow
from server.payments.states import FactKind, PayoutFact
from server.problems import not_found, wrong_field
from server.reconciliation.models import Conflict
from server.reports.event_tables import (
    CHARGED,
    OPEN_PAYOUTS,
    charged_back,
    make_table,
    sum_paid_lines,
)
from server.reports.money_that_moved import CAME, EXCHANGED, UNBOOKED, WENT
from server.reports.schemas import Cell, PeriodAnswer, Rows
from server.ticketing.models import TicketType
from shared.admission.local_time import instant_at_clock, local_datetime, time_zone
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant


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


_CAME_AT: Final = _moved_at(Payment, PaymentFact, PaymentFact.payment_id, FactKind.PAID.value)
_WENT_AT: Final = _moved_at(Payout, PayoutFactRow, PayoutFactRow.payout_id, PayoutFact.DONE.value)

_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2200


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is about.

    Attributes:
        event_ids: Which events; none for all live ones.
        since, until: The first and the last day, both in it, as the organization counts days;
            None without an end.
    """

    event_ids: tuple[EventId, ...] = ()
    since: date | None = None
    until: date | None = None


async def fold_period(unit: Unit, period: Period) -> PeriodAnswer:
    """Fold what events came to in a time.

    Args:
        unit: A reading one.
        period: Which events, which days.

    Raises:
        Problem: `not-found` for another's event; naming `until` before `since`.
    """
    for name, day in (("since", period.since), ("until", period.until)):
        if day is not None and not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise wrong_field(name, f"is before {_FIRST_YEAR} or after {_LAST_YEAR}")
    if period.since is not None and period.until is not None and period.until < period.since:
        raise wrong_field("until", "is before since")
    organization = await get_organization(unit)
    query = select(Event.id, Event.name).where(_is_meant(period))
    events = (await unit.session.execute(query.order_by(Event.created_at, Event.id))).all()
    if len(events) < len(set(period.event_ids)):
        raise not_found("event")
    zone = time_zone(organization.timezone)
    fold = PeriodFold(unit, {one.id: one.name for one in events}, period, organization.timezone)
    return PeriodAnswer(
        organization=organization.name,
        timezone=organization.timezone,
        since=period.since,
        until=period.until,
        made_at=f"{local_datetime(unit.now, zone):%Y-%m-%d %H:%M}",
        tables=[
            make_table("totals", "figure currency count amount_minor", await fold.totals()),
            make_table(
                "events",
                "event currency orders tickets total_minor tax_minor received_minor"
                " paid_back_minor net_minor charged_back_minor",
                await fold.events(),
            ),
            make_table(
                "sales",
                "event ticket_type channel currency tickets gross_minor discount_minor fee_minor"
                " rounding_minor tax_minor total_minor",
                await fold.sales(),
            ),
            make_table(
                "taxes",
                "basis_points currency net_minor tax_minor total_minor",
                await fold.taxes(),
            ),
            make_table(
                "tenders",
                "tender currency payments received_minor payouts paid_back_minor net_minor"
                " charged_back_minor",
                await fold.tenders(),
            ),
            make_table(
                "days",
                "day currency orders total_minor received_minor paid_back_minor",
                await fold.days(),
            ),
            make_table(
                "attendance", "event tickets_used persons_in persons_out", await fold.came()
            ),
            make_table("conflicts", "event kind disposition count", await fold.conflicts()),
        ],
    )


def _is_meant(period: Period) -> ColumnElement[bool]:
    """Say which events a report is about."""
    return Event.id.in_(period.event_ids) if period.event_ids else Event.profile == "live"


class PeriodFold:
    """Folds the tables of one report."""

    def __init__(
        self, unit: Unit, names: dict[EventId, str], period: Period, timezone: str
    ) -> None:
        self._unit, self._names, self._period = unit, names, period
        self._zone = time_zone(timezone)

    async def _all(self, query: Any) -> Sequence[Any]:
        return (await self._unit.session.execute(query)).all()

    def _in(self, event: Any, at: Any) -> list[ColumnElement[bool]]:
        """Narrow to the events and the time: from a day's first instant to the next one's.

        The events are selected, for an organization may have more than a statement takes values.
        """
        found = [event.in_(select(Event.id).where(_is_meant(self._period)))]
        if self._period.since is not None:
            found.append(at >= self._begin(self._period.since))
        if self._period.until is not None:
            found.append(at < self._begin(self._period.until + timedelta(days=1)))
        return found

    def _begin(self, day: date) -> Instant:
        return instant_at_clock(day, time(), self._zone)

    async def _sums(self, table: Any, at: Any, *where: Any, by: Sequence[Any] = ()) -> Any:
        query = (
            select(*by, table.currency, func.count(), func.sum(table.amount_minor))
            .where(*self._in(table.event_id, at), *where)
            .group_by(*by, table.currency)
            .order_by(*by, table.currency)
        )
        return await self._all(query)

    async def _charged_back(self, *by: Any) -> Any:
        """Count and sum what disputes took back for good, when that was heard."""
        query = (
            charged_back(*by, Payment.currency, func.count(), CHARGED)
            .where(*self._in(Payment.event_id, PaymentFact.at))
            .group_by(*by, Payment.currency)
            .order_by(*by, Payment.currency)
        )
        return await self._all(query)

    async def totals(self) -> Rows:
        """Sum orders, what came, what went back and what is owed, by currency."""
        query = (
            select(Order.currency, func.count(), func.sum(Order.total_minor))
            .where(*self._in(Order.event_id, Order.paid_at))
            .where(Order.paid_at.is_not(None))
            .group_by(Order.currency)
            .order_by(Order.currency)
        )
        is_open = Payout.state.in_(OPEN_PAYOUTS)
        parts: list[tuple[str, Any]] = [
            ("orders_paid", await self._all(query)),
            ("paid_unbooked", await self._all(query.where(UNBOOKED))),
            ("received", await self._sums(Payment, _CAME_AT, CAME)),
            ("refunds_owed", await self._owed()),
            ("paid_back", await self._sums(Payout, _WENT_AT, WENT)),
            ("to_be_paid_back", await self._sums(Payout, Payout.created_at, is_open)),
            ("charged_back", await self._charged_back()),
        ]
        rows: Rows = [
            (name, currency, count, int(amount))
            for name, found in parts
            for currency, count, amount in found
        ]
        net: dict[str, int] = defaultdict(int)
        for name, currency, _, amount in rows:
            if name in {"received", "paid_back", "charged_back"}:
                net[str(currency)] += int(amount or 0) * (1 if name == "received" else -1)
        rows += [("net", currency, None, net[currency]) for currency in sorted(net)]
        return rows

    async def _owed(self) -> Any:
        """Count tickets of which something was owed back, and sum that up in money."""
        exchanged = await self._sums(Payout, _WENT_AT, EXCHANGED)
        by_exchange = {currency: int(amount) for currency, _, amount in exchanged}
        return [
            (currency, count, int(amount) - by_exchange.get(currency, 0))
            for currency, count, amount in await self._sums(Refund, Refund.created_at)
        ]

    async def _lines(self, *by: Any) -> Sequence[Any]:
        query = (
            sum_paid_lines(*by)
            .where(*self._in(Order.event_id, Order.paid_at))
            .group_by(*by)
            .order_by(*by)
        )
        return await self._all(query)

    async def events(self) -> Rows:
        """Sum each event by currency; the last lines sum the events up."""
        found: dict[tuple[EventId, str], list[int]] = defaultdict(lambda: [0] * 8)
        orders = (
            select(Order.event_id, Order.currency, func.count())
            .where(*self._in(Order.event_id, Order.paid_at), Order.paid_at.is_not(None))
            .group_by(Order.event_id, Order.currency)
        )
        for event_id, currency, count in await self._all(orders):
            found[event_id, currency][0] = count
        for event_id, currency, *sums in await self._lines(Order.event_id, Order.currency):
            cells = found[event_id, currency]
            cells[1], cells[2], cells[3] = int(sums[0]), int(sums[6]), int(sums[5])
        mine = [Payment.event_id]
        for event_id, currency, _, amount in await self._sums(Payment, _CAME_AT, CAME, by=mine):
            found[event_id, currency][4] = int(amount)
        for event_id, currency, _, amount in await self._sums(
            Payout, _WENT_AT, WENT, by=[Payout.event_id]
        ):
            found[event_id, currency][5] = int(amount)
        for event_id, currency, _, amount in await self._charged_back(Payment.event_id):
            found[event_id, currency][7] = int(amount)
        totals: dict[str, list[int]] = defaultdict(lambda: [0] * 8)
        for (_, currency), cells in found.items():
            cells[6] = cells[4] - cells[5] - cells[7]
            totals[currency] = [a + b for a, b in zip(totals[currency], cells, strict=True)]
        places = {event_id: place for place, event_id in enumerate(self._names)}
        rows: Rows = [
            (self._names[event_id], currency, *found[event_id, currency])
            for event_id, currency in sorted(found, key=lambda one: (places[one[0]], one[1]))
        ]
        rows += [("total", one, *totals[one]) for one in sorted(totals)]
        return rows

    async def sales(self) -> Rows:
        """Sum what was sold by type and channel."""
        by = (Order.event_id, TicketType.name, TicketType.id, Order.channel, Order.currency)
        return [
            (self._names[event_id], name, channel, currency, *map(int, sums))
            for event_id, name, _, channel, currency, *sums in await self._lines(*by)
        ]

    async def taxes(self) -> Rows:
        """Sum what was sold by rate."""
        by = (OrderLine.tax_basis_points, Order.currency)
        return [
            (rate, currency, int(sums[6]) - int(sums[5]), int(sums[5]), int(sums[6]))
            for rate, currency, *sums in await self._lines(*by)
        ]

    async def tenders(self) -> Rows:
        """Sum what came and what went back by tender."""
        found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 5)
        for tender, currency, count, amount in await self._sums(
            Payment, _CAME_AT, CAME, by=[Payment.tender]
        ):
            found[tender, currency][:2] = [count, int(amount)]
        for tender, currency, count, amount in await self._sums(
            Payout, _WENT_AT, WENT, by=[Payout.tender]
        ):
            found[tender, currency][2:4] = [count, int(amount)]
        for tender, currency, _, amount in await self._charged_back(Payment.tender):
            found[tender, currency][4] = int(amount)
        rows: Rows = []
        for (tender, currency), cells in sorted(found.items()):
            net = cells[1] - cells[3] - cells[4]
            rows.append((tender, currency, *cells[:4], net, cells[4]))
        return rows

    async def days(self) -> Rows:
        """Sum what was sold, came and went back by the organization's days."""
        found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 4)
        for at, table, amount, where, places in (
            (Order.paid_at, Order, Order.total_minor, Order.paid_at.is_not(None), (0, 1)),
            (
                _CAME_AT,
                Payment,
                Payment.amount_minor,
                CAME,
                (None, 2),
            ),
            (_WENT_AT, Payout, Payout.amount_minor, WENT, (None, 3)),
        ):
            # Days begin at quarters of an hour everywhere; whole numbers on both databases.
            slot = (at - at % int(REPORT_SLOT)).label("slot")
            query = (
                select(slot, table.currency, func.count(), func.sum(amount))
                .where(*self._in(table.event_id, at), where)
                .group_by(slot, table.currency)
            )
            for begin, currency, count, amount_sum in await self._all(query):
                day = f"{local_datetime(Instant(int(begin)), self._zone):%Y-%m-%d}"
                cells = found[day, currency]
                if places[0] is not None:
                    cells[places[0]] += count
                cells[places[1]] += int(amount_sum)
        return [(*key, *cells) for key, cells in sorted(found.items())]

    async def came(self) -> Rows:
        """Count who came in and went out."""
        is_in = cast(TicketUse.direction == "in", Integer)
        query = (
            select(
                TicketUse.event_id,
                func.count(TicketUse.ticket_id.distinct()),
                func.sum(TicketUse.count * is_in),
                func.sum(TicketUse.count * (1 - is_in)),
            )
            .where(*self._in(TicketUse.event_id, TicketUse.at), TicketUse.is_annulled.is_(False))
            .group_by(TicketUse.event_id)
        )
        found = {row[0]: tuple(map(int, row[1:])) for row in await self._all(query)}
        rows: Rows = [
            (name, *found.get(event_id, (0, 0, 0))) for event_id, name in self._names.items()
        ]
        totals: list[Cell] = [sum(int(row[at] or 0) for row in rows) for at in (1, 2, 3)]
        return [*rows, ("total", *totals)]

    async def conflicts(self) -> Rows:
        """Count what could not all stand."""
        by = (Conflict.event_id, Conflict.kind, Conflict.disposition)
        query = (
            select(*by, func.count())
            .where(*self._in(Conflict.event_id, Conflict.opened_at))
            .group_by(*by)
            .order_by(*by)
        )
        return [
            (self._names[row[0]], row[1], row[2] or "open", row[3])
            for row in await self._all(query)
        ]
