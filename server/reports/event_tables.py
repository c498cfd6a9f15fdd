"""Each table of an event's report, folded anew at each asking from what is recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select

from server.db.unit import Unit
from server.devices.models import Device
from server.devices.schemas import SELLING_ROLES
from server.events.event_states import EventState
from server.events.events_and_dates import get_event
from server.events.models import Event, Occurrence
from server.keys.organization_keys import TILL, KeyRow
from server.ledger.models import TicketUse
from server.orders.models import Order, OrderLine
from server.payments.models import Payment, Payout
from server.reports.conflict_tables import (
    CONFLICT_COLUMNS,
    FALSE_DEVICE_COLUMNS,
    count_conflicts,
    list_false_devices,
)
from server.reports.door_answer_tables import count_answers, list_answers
from server.reports.gate_entry_tables import (
    DENIAL_COLUMNS,
    OVERRIDE_COLUMNS,
    fold_gate_entries,
    name_gates,
)
from server.reports.money_that_moved import EXCHANGED, MoneyThatMoved, Narrow, kept_of
from server.reports.report_cells import Printed, print_event
from server.reports.schemas import AnswersAnswer, ReportAnswer, Rows, TableAnswer
from server.reports.taxes import TAX_COLUMNS, fold_taxes
from server.shifts.reading_shifts import TillShift, fold_one, read_left_before, sum_without_effect
from server.ticketing.models import Promotion, Ticket, TicketType
from shared.admission.facts import TicketState
from shared.admission.local_time import local_datetime, spell_twice, time_zone
from shared.kernel.id_types import EventId
from shared.kernel.instant import MINUTE, Instant

REPORT_SLOT: Final = 15 * MINUTE
"""In which reports count who came."""
REPORT_SHIFTS_MAX: Final = 5_000
"""Shifts of tills that a report lists, the earliest."""

_AT_ONCE: Final = 2_000
_OVER: Final = {EventState.COMPLETED, EventState.ARCHIVED, EventState.CANCELLED}


def sum_paid_lines(*by: Any) -> Any:
    """Sum paid orders' lines: pieces, list price, discount, fee, rounding, tax and total."""
    line = OrderLine
    listed = (line.quantity, line.quantity * line.unit_price_minor, line.discount_minor)
    paid = (line.fee_minor, line.rounding_minor, line.tax_minor, line.total_minor)
    return (
        select(*by, *map(func.sum, (*listed, *paid)))
        .join(Order, Order.id == line.order_id)
        .join(TicketType, TicketType.id == line.ticket_type_id)
        .where(Order.paid_at.is_not(None))
    )


class EventFold:
    """Folds one event's records into tables."""

    def __init__(self, unit: Unit, event: Event) -> None:
        self._unit, self._event = unit, event
        self._zone = time_zone(event.timezone)
        self._narrow: Narrow = lambda event_id, _at: [event_id == event.id]
        self._money = MoneyThatMoved(unit, self._narrow)

    async def fold(self) -> ReportAnswer:
        """Fold all tables."""
        event = self._event
        gates = await fold_gate_entries(self._unit, EventId(event.id))
        return ReportAnswer(
            event_id=event.id,
            event=event.name,
            currency=event.currency,
            timezone=event.timezone,
            made_at=self._time(self._unit.now),
            tables=[
                make_table(
                    "totals",
                    "figure count amount_minor currency",
                    await self._each(self._totals),
                ),
                make_table(
                    "sales",
                    "ticket_type channel tickets gross_minor discount_minor fee_minor"
                    " rounding_minor tax_minor total_minor currency",
                    await self._each(self._sales),
                ),
                make_table("taxes", TAX_COLUMNS, await fold_taxes(self._unit, self._narrow)),
                make_table(
                    "tenders",
                    "tender payments received_minor payouts paid_back_minor net_minor"
                    " charged_back_minor currency",
                    await self._each(self._tenders),
                ),
                make_table(
                    "refunds",
                    "what tender count amount_minor currency",
                    await self._each(self._refunds),
                ),
                make_table(
                    "promotions",
                    "promotion lines tickets discount_minor currency",
                    await self._each(self._promos),
                ),
                make_table(
                    "attendance", "ticket_type tickets came no_shows persons", await self._came()
                ),
                make_table(
                    "occurrences",
                    "occurrence starts tickets persons_in persons_out",
                    await self._occurrences(),
                ),
                make_table("arrivals", "from gate persons_in persons_out", await self._arrivals()),
                (await self.fold_answers()).table,
                make_table("denials", DENIAL_COLUMNS, gates.denials),
                make_table("overrides", OVERRIDE_COLUMNS, gates.overrides),
                make_table(
                    "conflicts",
                    CONFLICT_COLUMNS,
                    await count_conflicts(self._unit, event.id),
                ),
                make_table(
                    "false_devices",
                    FALSE_DEVICE_COLUMNS,
                    await list_false_devices(self._unit, event.id, self._time),
                ),
                make_table(
                    "tills",
                    "till shift z_number opened closed float_minor expected_minor counted_minor"
                    " over_or_short_minor currency name without_effect_minor float_differs_minor",
                    await self._tills(),
                ),
            ],
        )

    async def fold_answers(self) -> AnswersAnswer:
        """Count what was answered at the door, and nothing else."""
        rows = await count_answers(self._unit, self._event.id)
        table = make_table("answers", "ticket_type question answer tickets", rows)
        return AnswersAnswer(made_at=self._time(self._unit.now), table=table)

    async def list_lines(self) -> list[TableAnswer]:
        """List what only files have: the answers at the door, ticket by ticket."""
        gates = await name_gates(self._unit, EventId(self._event.id))
        rows = await list_answers(self._unit, self._event.id, gates, self._time)
        return [
            make_table(
                "answers_by_ticket", "ticket order ticket_type question answer gate at", rows
            )
        ]

    async def _all(self, query: Any) -> Sequence[Any]:
        return (await self._unit.session.execute(query)).all()

    def _time(self, at: Instant) -> str:
        moment = local_datetime(at, self._zone)
        return f"{moment:%Y-%m-%d %H:%M}{spell_twice(moment)}"

    # ---- money

    async def _each(self, table: Callable[[str], Awaitable[Rows]]) -> Rows:
        """Fold a table for each currency by itself; the event's own stands last, always."""
        own = self._event.currency
        query = select(Order.currency).where(Order.event_id == self._event.id).distinct()
        others = {row[0] for row in await self._all(query)} - {own}
        rows: Rows = []
        for currency in (*sorted(others), own):
            rows += [(*row, currency) for row in await table(currency)]
        return rows

    async def _totals(self, currency: str) -> Rows:
        found = await self._money.figures()
        disputed = select(func.count(), func.sum(Payment.disputed_minor)).where(
            Payment.event_id == self._event.id,
            Payment.disputed_minor > 0,
            Payment.currency == currency,
        )
        ((count, amount),) = await self._all(disputed)
        charged_back = found.pop("charged_back")
        found |= {
            "in_dispute": {currency: (count, int(amount or 0))},
            "charged_back": charged_back,
        }
        rows: Rows = [(name, *sums.get(currency, (0, 0))) for name, sums in found.items()]
        return [*rows, ("kept", None, kept_of(found, currency))]

    async def _sales(self, currency: str) -> Rows:
        query = (
            sum_paid_lines(TicketType.name, Order.channel)
            .where(Order.event_id == self._event.id)
            .where(Order.currency == currency)
            .group_by(TicketType.id, TicketType.name, Order.channel)
            .order_by(TicketType.name, TicketType.id, Order.channel)
        )
        rows: Rows = [(row[0], row[1], *map(int, row[2:])) for row in await self._all(query)]
        totals = [sum(int(row[at] or 0) for row in rows) for at in range(2, 9)]
        return [*rows, ("total", "", *totals)]

    async def _tenders(self, currency: str) -> Rows:
        rows: Rows = [
            (tender, *sums)
            for tender, one, *sums in await self._money.tenders()
            if one == currency
        ]
        totals = [sum(int(row[at] or 0) for row in rows) for at in range(1, 7)]
        return [*rows, ("total", *totals)]

    async def _refunds(self, currency: str) -> Rows:
        mine = self._event.id
        query = (
            select(Payout.state, Payout.tender, func.count(), func.sum(Payout.amount_minor))
            .where(Payout.event_id == mine, Payout.currency == currency, ~EXCHANGED)
            .group_by(Payout.state, Payout.tender)
            .order_by(Payout.state, Payout.tender)
        )
        rows: Rows = [(row[0], row[1], row[2], int(row[3])) for row in await self._all(query)]
        owed = (await self._money.owed()).get(currency, (0, 0))
        return [("owed", "", *owed), *rows]

    async def _promos(self, currency: str) -> Rows:
        line = OrderLine
        query = (
            select(
                line.promotion,
                func.count(),
                func.sum(line.quantity),
                func.sum(line.discount_minor),
            )
            .join(Order, Order.id == line.order_id)
            .where(Order.event_id == self._event.id, Order.paid_at.is_not(None))
            .where(line.promotion != "", Order.currency == currency)
            .group_by(line.promotion)
            .order_by(line.promotion)
        )
        named = select(Promotion.id, Promotion.name).where(Promotion.event_id == self._event.id)
        names = {row[0]: row[1] for row in await self._all(named)}
        return [
            (_named(row[0], names), row[1], int(row[2]), int(row[3]))
            for row in await self._all(query)
        ]

    # ---- people

    def _passages(self) -> list[ColumnElement[bool]]:
        return [TicketUse.event_id == self._event.id, TicketUse.is_annulled.is_(False)]

    async def _came(self) -> Rows:
        """Count good tickets, who came, and who did not though there was something to come to."""
        mine, of = self._event.id, (Ticket.ticket_type_id, Ticket.occurrence_id)
        names = select(TicketType.id, TicketType.name, TicketType.occurrence_id)
        kinds = await self._all(
            names.where(TicketType.event_id == mine).order_by(TicketType.name, TicketType.id)
        )
        dates = {row[0]: row[2] for row in kinds}
        called_off = await self._called_off()
        is_good = Ticket.state == TicketState.PAID
        good = select(*of, func.count()).where(Ticket.event_id == mine, is_good).group_by(*of)
        joined = (Ticket.event_id == TicketUse.event_id) & (
            Ticket.ticket_id == TicketUse.ticket_id
        )
        used = func.count(TicketUse.ticket_id.distinct())
        came = (
            select(*of, Ticket.state, used, func.sum(TicketUse.count))
            .join(Ticket, joined)
            .where(*self._passages(), TicketUse.direction == "in")
            .group_by(*of, Ticket.state)
        )
        tickets, seen, missing, persons = (Counter[str]() for _ in range(4))
        for kind, date, count in await self._all(good):
            tickets[kind] += count
            missing[kind] += 0 if (date or dates.get(kind)) in called_off else count
        for kind, date, state, count, inside in await self._all(came):
            seen[kind] += count
            persons[kind] += int(inside)
            if state == TicketState.PAID and (date or dates.get(kind)) not in called_off:
                missing[kind] -= count
        counts = (tickets, seen, missing, persons)
        rows: Rows = [(name, *(one[kind] for one in counts)) for kind, name, _ in kinds]
        return [*rows, ("total", *(one.total() for one in counts))]

    async def _called_off(self) -> set[str | None]:
        """Name the dates that do not take place; None, for any date, where none does."""
        query = select(Occurrence.id).where(Occurrence.event_id == self._event.id)
        if self._event.state == "cancelled":
            return {None, *(row[0] for row in await self._all(query))}
        query = query.where(Occurrence.cancelled_at.is_not(None))
        return {row[0] for row in await self._all(query)}

    async def _occurrences(self) -> Rows:
        query = (
            select(
                TicketUse.occurrence_id,
                TicketUse.direction,
                func.count(TicketUse.ticket_id.distinct()),
                func.sum(TicketUse.count),
            )
            .where(*self._passages())
            .group_by(TicketUse.occurrence_id, TicketUse.direction)
        )
        found = {(row[0], row[1]): (row[2], int(row[3])) for row in await self._all(query)}
        dates = select(Occurrence.id, Occurrence.name, Occurrence.starts_at).where(
            Occurrence.event_id == self._event.id
        )
        rows = await self._all(dates.order_by(Occurrence.starts_at))
        named = [(one, name, self._time(starts_at)) for one, name, starts_at in rows]
        if any(one == "" for one, _ in found):
            named.append(("", "any_date", ""))  # of season tickets, in zones of no date
        return [
            (name, starts, *found.get((one, "in"), (0, 0)), found.get((one, "out"), (0, 0))[1])
            for one, name, starts in named
        ]

    async def _arrivals(self) -> Rows:
        # Whole numbers on both databases: `at` is µs.
        slot = (TicketUse.at - TicketUse.at % int(REPORT_SLOT)).label("slot")
        query = (
            select(slot, TicketUse.gate_id, TicketUse.direction, func.sum(TicketUse.count))
            .where(*self._passages())
            .group_by(slot, TicketUse.gate_id, TicketUse.direction)
        )
        # Whom the organizer's evacuation has sent out passed no gate.
        gates = await name_gates(self._unit, EventId(self._event.id)) | {"": "evacuation"}
        counts: Counter[tuple[int, str, str]] = Counter()
        for at, gate, direction, persons in await self._all(query):
            counts[int(at), gates.get(gate, gate), direction] += int(persons)
        places = sorted({(at, gate) for at, gate, _ in counts})
        return [
            (self._time(Instant(at)), gate, counts[at, gate, "in"], counts[at, gate, "out"])
            for at, gate in places
        ]

    async def _tills(self) -> Rows:
        query = (
            select(TillShift, Device.name, Device.revoked_at)
            .join(Device, Device.id == TillShift.device_id)
            .where(TillShift.event_id == self._event.id)
            .order_by(TillShift.opened_at, TillShift.device_id, TillShift.shift_id)
            .limit(REPORT_SHIFTS_MAX)
        )
        found = await self._all(query)
        newest = {one.device_id: one.shift_id for one, *_ in found}
        lost = {one.id: one.name for one in await self._all(_LOST_TILLS)}
        event_id = EventId(self._event.id)
        ineffective = await sum_without_effect(self._unit, {*newest, *lost}, event_id)
        left = await read_left_before(self._unit, newest)
        rows: Rows = []
        for one, name, revoked_at in found:
            is_closed = one.closed_at is not None
            must_hold = one.expected_minor if is_closed else None
            is_left = revoked_at is not None or self._event.state in _OVER
            if not is_closed and is_left and newest[one.device_id] == one.shift_id:
                # As of now: at a till that never comes back nobody will count any more.
                fold = await fold_one(self._unit, one)
                must_hold = None if fold is None else fold.expected_minor
            # What was left, and is not in the next float, no drawer is short of.
            before = left.get((one.device_id, one.shift_id))
            rows.append(
                (
                    one.device_id,
                    one.shift_id,
                    one.z_number if is_closed else None,
                    self._time(one.opened_at),
                    "" if one.closed_at is None else self._time(one.closed_at),
                    one.float_minor,
                    must_hold,
                    one.counted_minor if is_closed else None,
                    one.counted_minor - one.expected_minor if is_closed else None,
                    one.currency or self._event.currency,
                    name,
                    ineffective.get((one.device_id, one.shift_id), (0, 0))[1],
                    None if before is None else one.float_minor - before,
                )
            )
        shown, currency = {(row[0], row[1]) for row in rows}, self._event.currency
        for (till, shift), (_, minor) in sorted(ineffective.items()):
            if (till, shift) not in shown:  # what opened it waits too, or served another event
                opened = (None, "", "", None, None, None, None)
                rows.append((till, shift, *opened, currency, lost.get(till, ""), minor, None))
        return rows


_EVER_TILLS: Final = select(KeyRow.device_id).where(KeyRow.purpose == TILL)
_LOST_TILLS: Final = select(Device.id, Device.name).where(
    Device.revoked_at.is_not(None),
    or_(Device.role.in_(sorted(SELLING_ROLES)), Device.id.in_(_EVER_TILLS)),
)
"""What such a till says has no effect until somebody accepts it; no other's sales wait.

It may have been made a gate before it was missed: what it sold with its key is cash all the same.
"""


def make_table(name: str, columns: str, rows: Rows) -> TableAnswer:
    """Make a table; its columns' names are separated by blanks."""
    return TableAnswer(name=name, columns=columns.split(), rows=rows)


def _named(promotions: str, names: dict[str, str]) -> str:
    """Say promotions by name where a line has them by id."""
    return ", ".join(names.get(one.strip(), one.strip()) for one in promotions.split(","))


async def fold_event(unit: Unit, event_id: EventId) -> ReportAnswer:
    """Fold an event's records into a report.

    Args:
        unit: A reading one: all tables are of one snapshot on SQLite.
        event_id: Which.

    Raises:
        Problem: `not-found`.
    """
    return await EventFold(unit, await get_event(unit, event_id)).fold()


async def fold_answers(unit: Unit, event_id: EventId) -> AnswersAnswer:
    """Count an event's answers at the door, as its report does.

    Raises:
        Problem: `not-found`.
    """
    return await EventFold(unit, await get_event(unit, event_id)).fold_answers()


async def fold_files(unit: Unit, event_id: EventId) -> Printed:
    """Fold an event's records into what its report's files have.

    Args:
        unit: As `fold_event` has it.
        event_id: Which.

    Raises:
        Problem: `not-found`.
    """
    fold = EventFold(unit, await get_event(unit, event_id))
    return print_event(await fold.fold(), await fold.list_lines())
