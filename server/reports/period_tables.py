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
from server.orders.models import Order
from server.organizations.organizations_and_numbers import get_organization
from server.payments.models import Payment, Payout
from server.problem_answers import not_found, wrong_field
from server.reconciliation.models import Conflict
from server.reports.event_tables import REPORT_SLOT, make_table, sum_paid_lines
from server.reports.money_that_moved import (
    CAME,
    CAME_AT,
    WENT,
    WENT_AT,
    MoneyThatMoved,
    kept_of,
)
from server.reports.schemas import Cell, PeriodAnswer, Rows
from server.reports.taxes import TAX_COLUMNS, fold_taxes
from server.ticketing.models import TicketType
from shared.admission.local_time import instant_at_clock, local_datetime, time_zone
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant

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
            make_table("taxes", TAX_COLUMNS, await fold.taxes()),
            make_table(
                "tenders",
                "tender currency payments received_minor payouts paid_back_minor net_minor"
                " charged_back_minor",
                await fold.money.tenders(),
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
    """Folds the tables of one report.

    Attributes:
        money: What came, went back and is owed.
    """

    def __init__(
        self, unit: Unit, names: dict[EventId, str], period: Period, timezone: str
    ) -> None:
        self._unit, self._names, self._period = unit, names, period
        self._zone = time_zone(timezone)
        self.money = MoneyThatMoved(unit, self._in)

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

    async def totals(self) -> Rows:
        """Sum orders, what came, what went back and what is owed, by currency."""
        figures = await self.money.figures()
        rows: Rows = [
            (name, currency, *sums[currency])
            for name, sums in figures.items()
            for currency in sorted(sums)
        ]
        moved = {
            one for name in ("received", "paid_back", "charged_back") for one in figures[name]
        }
        rows += [("net", one, None, kept_of(figures, one)) for one in sorted(moved)]
        return rows

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
        for place, table, at, where in ((4, Payment, CAME_AT, CAME), (5, Payout, WENT_AT, WENT)):
            sums = await self.money.sums(table, at, where, by=[table.event_id])
            for event_id, currency, _, amount in sums:
                found[event_id, currency][place] = int(amount)
        for event_id, currency, _, amount in await self.money.charged_back(Payment.event_id):
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
        """Sum what was sold by rate, less what went back."""
        return await fold_taxes(self._unit, self._in)

    async def days(self) -> Rows:
        """Sum what was sold, came and went back by the organization's days."""
        found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 4)
        for at, table, amount, where, places in (
            (Order.paid_at, Order, Order.total_minor, Order.paid_at.is_not(None), (0, 1)),
            (
                CAME_AT,
                Payment,
                Payment.amount_minor,
                CAME,
                (None, 2),
            ),
            (WENT_AT, Payout, Payout.amount_minor, WENT, (None, 3)),
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
