"""Tickets of one date: their windows go with it when it is moved, their sale ends with it."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select

from server.db.unit import Unit, locked
from server.problem_answers import Problem
from server.ticketing.finding_and_changing_tickets import announce
from server.ticketing.models import Ticket, TicketType
from server.ticketing.ports import ChangeFeed
from shared.admission.facts import GONE
from shared.kernel.id_types import EventId, OccurrenceId, TicketId
from shared.kernel.instant import Duration, Instant

MOVED_WINDOWS_MAX: Final = 20_000
"""Tickets with a window of their own that one move takes along: gates are told of each."""


async def count_windows(
    unit: Unit, event_id: EventId, date: OccurrenceId, *, is_only: bool
) -> int:
    """Count the good tickets for a date that have a window of their own."""
    query = _windowed(event_id, date, func.count(), is_only=is_only)
    return int((await unit.session.execute(query)).scalar_one())


async def shift_windows(
    unit: Unit,
    changes: ChangeFeed,
    event_id: EventId,
    shifts: dict[OccurrenceId, Duration],
    *,
    is_only: bool,
) -> None:
    """Let the windows of types and tickets for moved dates go with them; last in a transaction.

    Args:
        unit: A writing one.
        changes: Where gates are told.
        event_id: Whose.
        shifts: By how much each date's start was moved.
        is_only: The event has one date, so that what names none is for it.

    Raises:
        Problem: `conflict` if they are too many for one act.
    """
    told: list[Ticket] = []
    for date, shift in shifts.items():
        kinds = select(TicketType).where(
            TicketType.event_id == event_id,
            _names(TicketType.occurrence_id, date, is_only=is_only),
        )
        for kind in await unit.all(kinds):
            kind.valid_from = _later(kind.valid_from, shift)
            kind.valid_until = _later(kind.valid_until, shift)
        query = _windowed(event_id, date, Ticket, is_only=is_only).order_by(Ticket.ticket_id)
        query = query.limit(MOVED_WINDOWS_MAX + 1)
        rows = list(await unit.all(locked(query)))
        for row in rows:
            row.valid_from = _later(row.valid_from, shift)
            row.valid_until = _later(row.valid_until, shift)
        told += rows
        if len(told) > MOVED_WINDOWS_MAX:
            detail = (
                f"More than {MOVED_WINDOWS_MAX} tickets have a window of their own; move one date."
            )
            raise Problem("conflict", detail)
    await announce(unit, changes, event_id, told)


async def end_sales(unit: Unit, event_id: EventId, date: OccurrenceId) -> None:
    """Let nobody sell tickets for a date any more: tills know it by the plan."""
    kinds = select(TicketType).where(
        TicketType.event_id == event_id, TicketType.occurrence_id == date
    )
    before = Instant(unit.now - 1)
    for kind in await unit.all(kinds):
        if kind.sales_until is None or kind.sales_until > before:
            kind.sales_until = before


def tickets_for(event_id: EventId, date: OccurrenceId) -> Select[TicketId]:
    """Select the tickets that are for a date alone, by themselves or by their type."""
    kinds = select(TicketType.id).where(
        TicketType.event_id == event_id, TicketType.occurrence_id == date
    )
    by_type = Ticket.occurrence_id.is_(None) & Ticket.ticket_type_id.in_(kinds)
    mine: Select[TicketId] = select(Ticket.ticket_id).where(Ticket.event_id == event_id)
    return mine.where((Ticket.occurrence_id == date) | by_type)


def _windowed(event_id: EventId, date: OccurrenceId, what: Any, *, is_only: bool) -> Select[Any]:
    kinds = select(TicketType.id).where(
        TicketType.event_id == event_id, _names(TicketType.occurrence_id, date, is_only=is_only)
    )
    by_type = Ticket.occurrence_id.is_(None) & Ticket.ticket_type_id.in_(kinds)
    return (
        select(what)
        .where(Ticket.event_id == event_id, Ticket.state.not_in(GONE))
        .where(or_(Ticket.valid_from.is_not(None), Ticket.valid_until.is_not(None)))
        .where((Ticket.occurrence_id == date) | by_type)
    )


def _names(column: Any, date: OccurrenceId, *, is_only: bool) -> ColumnElement[bool]:
    mine: ColumnElement[bool] = column == date
    return or_(mine, column.is_(None)) if is_only else mine


def _later(at: Instant | None, shift: Duration) -> Instant | None:
    return None if at is None else Instant(at + shift)
