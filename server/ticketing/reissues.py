"""Tickets that the office has reissued: nobody was handed the new credential at a till."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select

from server.db.unit import Unit
from server.ticketing.models import TicketWithdrawal
from server.ticketing.withdrawals import DESK
from shared.admission.purpose import Purpose
from shared.kernel.id_types import EventId, TicketId


async def count_reissues(unit: Unit, event_id: EventId) -> int:
    """Return how often the office has reissued tickets of an event."""
    found = select(func.count()).where(*_by_the_office(event_id))
    count: int = (await unit.session.execute(found)).scalar_one()
    return count


async def list_reissued(
    unit: Unit, event_id: EventId, ticket_ids: Sequence[TicketId]
) -> dict[TicketId, int]:
    """Return the generation that the office reissued each of some tickets at last."""
    found = (
        select(TicketWithdrawal.ticket_id, func.max(TicketWithdrawal.becomes))
        .where(*_by_the_office(event_id), TicketWithdrawal.ticket_id.in_(ticket_ids))
        .group_by(TicketWithdrawal.ticket_id)
    )
    rows = (await unit.session.execute(found)).all()
    return {ticket_id: becomes or 0 for ticket_id, becomes in rows}


def _by_the_office(event_id: EventId) -> tuple[ColumnElement[bool], ...]:
    return (
        TicketWithdrawal.event_id == event_id,
        TicketWithdrawal.source == DESK,
        TicketWithdrawal.purpose == Purpose.REPRINT,
    )
