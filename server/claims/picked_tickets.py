"""Whose word but a supervisor's lets a till have a ticket that was picked without its code."""

from __future__ import annotations

from server.cashiers.cashiers_and_badges import read_finder_keys
from server.db.unit import Unit
from server.keys.home_ranges import read_home_ranges
from server.keys.organization_keys import find_till_keys
from server.ticketing.tickets_of_other_holders import list_passed_on
from server.tills.till_scope import read_scope
from shared.kernel.id_types import DeviceId, EventId, TicketId
from shared.manifest.badge_signatures import BadgeWord, is_signed_with


async def is_own(unit: Unit, event_id: EventId, device_id: DeviceId, ticket_id: TicketId) -> bool:
    """Tell whether a till has sold a ticket."""
    scope = read_scope(
        await find_till_keys(unit, event_id), await read_home_ranges(unit, event_id), device_id
    )
    return any(one.key.ids.contains(ticket_id) for one in scope.own)


async def is_found(
    unit: Unit,
    event_id: EventId,
    ticket_id: TicketId,
    person: str,
    word: BadgeWord,
    signature: str,
) -> bool:
    """Tell whether the badge of a cashier who may find hands over a ticket.

    Who is found is who bought it: of one that was passed on since, a supervisor decides.

    Args:
        unit: Any.
        event_id: Of the ticket.
        ticket_id: Which.
        person: Whose badge it is said to be.
        word: What it signs.
        signature: In hex; "" for none.
    """
    if not signature or await list_passed_on(unit, event_id, [ticket_id]):
        return False
    key = (await read_finder_keys(unit)).get(person)
    return key is not None and is_signed_with(key, word, bytes.fromhex(signature))
