"""A list of others' codes that is undone after it was taken in: its tickets end."""

from __future__ import annotations

from collections.abc import Sequence

from server.db.unit import Unit
from server.ticketing.finding_and_changing_tickets import erase_holders, lock_tickets, set_state
from server.ticketing.ports import ChangeFeed, UsageLookup
from shared.admission.facts import TicketState
from shared.kernel.id_types import EventId, TicketId


async def cancel_codes(
    unit: Unit,
    changes: ChangeFeed,
    usage: UsageLookup,
    event_id: EventId,
    ticket_ids: Sequence[TicketId],
) -> set[TicketId]:
    """Cancel imported tickets that are unused and as they came, and forget their holders.

    Returns:
        Those that stay: somebody has come in on them, or they were changed since.
    """
    rows = await lock_tickets(unit, event_id, ticket_ids)
    used = await usage.used(unit.session, event_id, ticket_ids)
    ended = [row for row in rows if row.state == TicketState.PAID and row.ticket_id not in used]
    ids = [row.ticket_id for row in ended]
    await erase_holders(unit, event_id, ids)
    if ended:
        await set_state(unit, changes, event_id, ended, TicketState.CANCELLED)
    return set(ticket_ids) - set(ids)
