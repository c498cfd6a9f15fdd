"""Tickets as the bare statements of other rooms lock, read and change them.

Whoever claims must see and lock the ticket's own row; the mapper would cost more than the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text

from server.db.hot_path_statements import STAMP, lookup
from shared.manifest.tickets import TicketClass

CLASS_COLUMNS: Final = (
    "ticket_type_id",
    "occurrence_id",
    "variant",
    "state",
    "blocked",
    "generation",
    "valid_from",
    "valid_until",
    "persons",
    "home_device_id",
    "home_number",
    "is_imported",
)
"""What most tickets of an event have in common; `ticket_class` reads them."""
_TICKET_COLUMNS: Final = ", ".join(("ticket_id", "manual_code", *CLASS_COLUMNS))
LOCK_TICKETS: Final = lookup(
    "ticket", _TICKET_COLUMNS, "ticket_id", "bigint", given=3, lock="FOR NO KEY UPDATE"
)
"""Give it the ids in order: that is the order of the locks."""
READ_VOIDS: Final = lookup("ticket", "ticket_id, voided_at, state", "ticket_id", "bigint", given=3)
READ_SOLD: Final = lookup(
    "ticket", "ticket_id, order_id, sold_boot, sold_dseq", "ticket_id", "bigint", given=3
)
FIND_MANUAL: Final = lookup("ticket", "ticket_id, manual_code", "manual_code", "bigint", given=3)
TICKETS_AS_ROWS: Final = lookup(
    "ticket", f"ROW({_TICKET_COLUMNS}, {STAMP})", "ticket_id", "bigint", given=4
).postgres
"""A part of the one reading in `claims/claim_statements.py`; its fourth parameter has the ids."""
TICKET_STAMPS_HELD: Final = lookup(
    "ticket", STAMP, "ticket_id", "bigint", given=3, lock="FOR NO KEY UPDATE"
).postgres
"""Locks the same rows, and gives what stands at their ends; the third parameter has the ids."""

READ_DIGESTS: Final = lookup("imported_code", "ticket_id, digest", "ticket_id", "bigint", given=3)
GIVE_HOME: Final = text(
    "UPDATE ticket SET home_device_id = :device, home_number = :number"
    " WHERE event_id = :event_id AND organization_id = :organization_id"
    " AND ticket_id = :ticket_id AND home_device_id IS NULL"
)
GIVE_HOMES_BY_SLOT: Final = text(
    "UPDATE ticket SET home_device_id = :device, home_number = :number"
    " WHERE event_id = :event_id AND organization_id = :organization_id"
    " AND ticket_type_id = :kind AND occurrence_id IS NOT DISTINCT FROM :occurrence"
    " AND ticket_id BETWEEN :low AND :high AND home_device_id IS NULL"
)


def ticket_class(columns: Sequence[Any], code: int) -> TicketClass:
    """Say `CLASS_COLUMNS` of a ticket as gates have them, who know its type by a number."""
    occurrence, variant, state, blocked, generation = columns[1:6]
    valid_from, valid_until, persons, home, home_number, is_imported = columns[6:]
    return TicketClass(
        ticket_type_code=code,
        state=state,
        occurrence_id=occurrence,
        variant=variant,
        blocked=bool(blocked),
        generation=generation,
        valid_from=valid_from,
        valid_until=valid_until,
        persons=persons,
        home_device_id=home,
        home_number=home_number,
        is_imported=bool(is_imported),
    )
