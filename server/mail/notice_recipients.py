"""Whom a notice to all buyers goes to: by the orders' states, and what tickets they hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from server.db.unit import Unit
from server.mail.models import Notice
from server.orders.placing_orders import Order
from server.ticketing.finding_and_changing_tickets import Ticket, TicketType
from shared.admission.facts import GONE
from shared.kernel.id_types import EventId, OccurrenceId

NOTICE_BATCH: Final = 100
"""Orders whose buyers are written to in one transaction: on SQLite gates wait for it."""


def next_orders(notice: Notice) -> Any:
    """Select the next orders that have a good ticket of what the notice is about, or had then.

    A ticket for every date is for each of them: whoever holds one would come.
    """
    is_live = Ticket.state.not_in(GONE) | (Ticket.voided_at >= notice.created_at)
    of_order = and_(Ticket.event_id == Order.event_id, Ticket.order_id == Order.id)
    has_ticket = exists().where(of_order, is_live, _of_dates(notice))
    # What the refunds cancel meanwhile was good when the event was called off.
    is_hit = exists().where(of_order, _of_dates(notice)) & (
        Order.cancelled_at >= notice.created_at
    )
    return (
        select(Order)
        .where(Order.event_id == notice.event_id, Order.number > notice.position)
        .where(or_(and_(Order.state.in_(("paid", "pending")), has_ticket), is_hit))
        .order_by(Order.number)
        .limit(NOTICE_BATCH)
    )


def _of_dates(notice: Notice) -> ColumnElement[bool]:
    if not notice.dates:
        return Ticket.ticket_id.is_not(None)
    kinds = select(TicketType.id).where(
        TicketType.event_id == notice.event_id,
        TicketType.occurrence_id.in_(notice.dates) | TicketType.occurrence_id.is_(None),
    )
    by_type = Ticket.occurrence_id.is_(None) & Ticket.ticket_type_id.in_(kinds)
    return Ticket.occurrence_id.in_(notice.dates) | by_type


async def count_buyers(
    unit: Unit, event_id: EventId, dates: Sequence[OccurrenceId]
) -> tuple[int, int]:
    """Return of how many orders the buyers would be told now, and how many have no address."""
    imagined = Notice(event_id=event_id, dates=list(dates), created_at=unit.now, position=0)
    orders = next_orders(imagined).limit(None).order_by(None).subquery()
    has_none = func.coalesce(orders.c.buyer_email, "") == ""
    query = select(func.count(), func.coalesce(func.sum(case((has_none, 1), else_=0)), 0))
    row = (await unit.session.execute(query.select_from(orders))).one()
    return int(row[0]), int(row[1])
