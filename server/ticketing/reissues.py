"""Reissuing tickets at the server: nobody is handed the new credential at a till."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select

from server.db.unit import Unit
from server.events.event_states import EDITABLE
from server.events.events_and_dates import get_event_in
from server.problem_answers import Problem, not_found, refuse
from server.ticketing.finding_and_changing_tickets import lock_tickets
from server.ticketing.models import TicketWithdrawal
from server.ticketing.ports import ChangeFeed, UsageLookup
from server.ticketing.withdrawals import DESK, WantedWithdrawal, check_unused, withdraw
from shared.admission.facts import GONE, TicketState
from shared.admission.purpose import Purpose
from shared.credential.sizes_and_bounds import GENERATION_MAX
from shared.kernel.id_types import EventId, TicketId


async def reissue_ticket(
    unit: Unit,
    changes: ChangeFeed,
    usage: UsageLookup,
    event_id: EventId,
    ticket_id: TicketId,
    *,
    actor: str,
    even_if_used: bool = False,
    superseded: int | None = None,
) -> None:
    """Raise a ticket's generation: earlier credentials and its manual code are superseded.

    Raises:
        Problem: `not-found`, or `conflict` if it is cancelled, blocked or not paid, was used, is
            known by a foreign code, was reissued too often or has another generation than the one
            that is to be superseded, or the event is over.
    """
    await get_event_in(unit, event_id, EDITABLE, "nothing is reissued any more.")
    rows = await lock_tickets(unit, event_id, [ticket_id])
    if not rows:
        raise not_found("ticket")
    (row,) = rows
    if row.is_imported:
        raise refuse("conflict", "ticket.foreign")
    if row.state in GONE:
        raise refuse("conflict", "ticket.gone")
    if row.blocked or row.state != TicketState.PAID:
        # A gate that is cut off would know of the new code only that it is signed.
        raise refuse("conflict", "ticket.unsettled")
    if superseded not in {None, row.generation}:
        detail = f"This ticket has been reissued: its generation is {row.generation} now."
        raise Problem("conflict", detail)
    if row.generation >= GENERATION_MAX:
        raise refuse("conflict", "ticket.too_often")
    await check_unused(unit, usage, event_id, rows, even_if_used=even_if_used)
    await withdraw(
        unit, changes, event_id, rows, WantedWithdrawal(purpose=Purpose.REPRINT, actor=actor)
    )


async def count_reissues(unit: Unit, event_id: EventId) -> int:
    """Return how often the server has reissued tickets of an event."""
    found = select(func.count()).where(*_by_the_office(event_id))
    count: int = (await unit.session.execute(found)).scalar_one()
    return count


async def list_reissued(
    unit: Unit, event_id: EventId, ticket_ids: Sequence[TicketId]
) -> dict[TicketId, int]:
    """Return the generation that the server reissued each of some tickets at last."""
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
