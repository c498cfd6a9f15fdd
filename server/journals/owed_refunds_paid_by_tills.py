"""Tickets that the server has taken back and a till has paid: whether their money went once.

The server owes what it takes back, and sends it later. A till that was cut off then may have paid
it already: that settles the debt, and nothing more can be sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.db.hot_path_connections import Transaction
from server.orders.rows import read_owed_by_office
from server.payments.rows import has_sent_besides
from server.ticketing.withdrawals import DESK, WithdrawalRecord, is_ending
from shared.kernel.id_types import EventId, OrganizationId, TicketId


async def read_owed_only(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    withdrawals: Mapping[TicketId, Sequence[WithdrawalRecord]],
) -> frozenset[TicketId]:
    """Return the tickets of which one till has paid what the server owed and has not sent."""
    found = set()
    for ticket_id, records in withdrawals.items():
        ending = [one for one in records if is_ending(one.purpose) and not one.is_annulled]
        tills = [one for one in ending if one.source != DESK]
        if len(tills) != 1 or len(ending) == 1:
            continue
        (till,) = tills
        place = (transaction, organization_id)
        owed = await read_owed_by_office(*place, event_id, ticket_id, till.device_id)
        if owed is None or owed[1] < till.amount_minor:
            continue
        # Which ticket of its order the server has paid for, no payout says.
        if not await has_sent_besides(*place, owed[0], till.device_id):
            found.add(ticket_id)
    return frozenset(found)
