"""Tickets that the office has taken back and a till has paid: whether their money went once.

The office owes what it takes back, and sends it later. A till that was cut off then may have paid
it already: that settles the debt, and nothing more can be sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from server.db.driver import Transaction
from server.db.statement import statement
from server.ticketing.withdrawals import DESK, WithdrawalRecord, is_ending
from shared.kernel.id_types import EventId, OrganizationId, TicketId
from shared.kernel.ids import format_ticket_id

_READ_OWED: Final = statement(
    "SELECT r.amount_minor - r.beyond_minor FROM refund r WHERE r.event_id = $1"
    " AND r.organization_id = $2 AND r.ticket_id = $3 AND r.created_by <> $4"
    # Which ticket the office has paid for, no payout says.
    " AND NOT EXISTS (SELECT 1 FROM payout p WHERE p.order_id = r.order_id"
    " AND p.organization_id = r.organization_id AND p.state <> 'failed' AND p.created_by <> $4)"
)


async def read_owed_only(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    withdrawals: Mapping[TicketId, Sequence[WithdrawalRecord]],
) -> frozenset[TicketId]:
    """Return the tickets of which one till has paid what the office owed and has not sent."""
    found = set()
    for ticket_id, records in withdrawals.items():
        ending = [one for one in records if is_ending(one.purpose) and not one.is_annulled]
        tills = [one for one in ending if one.source != DESK]
        if len(tills) != 1 or len(ending) == 1:
            continue
        (till,) = tills
        name = format_ticket_id(ticket_id)
        rows = await transaction.fetch(_READ_OWED, event_id, organization_id, name, till.device_id)
        if rows and rows[0][0] >= till.amount_minor:
            found.add(ticket_id)
    return frozenset(found)
