"""What homes are asked, as the ledger's hot statements read and write it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from server.db.column_types import TICKET_ID_OFFSET
from server.db.hot_path_connections import Row, Transaction
from server.db.hot_path_statements import STAMP, insertion, lookup, statement
from server.feed.rows import void_items
from server.homes.models import HomeAsk
from server.organizations.organizations_and_numbers import skip_numbers
from shared.journal.entry import SurrenderBody
from shared.kernel.id_types import ClaimId, DeviceId, EventId, GateId, OrganizationId, TicketId
from shared.kernel.instant import Instant

ASKED: Final = "asked"
GIVEN: Final = "given"
KEPT: Final = "kept"
ENDED: Final = "ended"
SERIES: Final = "homes"
"""The series of assignments' numbers."""

NUMBER_MAX: Final = 1 << 40
"""No ledger gives so many assignments: a device that names a higher one has made it up."""

_FREE: Final = statement(
    "UPDATE home_move SET state = 'surrendered', freed_at = $5::bigint WHERE event_id = $1"
    " AND organization_id = $2 AND id = $3 AND from_device_id = $4 AND state = 'asked'"
    " RETURNING id"
)
_LOST: Final = statement(
    "SELECT DISTINCT from_device_id FROM home_move WHERE event_id = $1 AND organization_id = $2"
    " AND state = 'lost'"
)


class AskRecord(msgspec.Struct):
    """A row of `home_ask`; `ticket_id` is the unsigned one."""

    claim_id: ClaimId
    ticket_id: TicketId
    home_device_id: DeviceId
    device_id: DeviceId
    gate_id: GateId
    count: int
    state: str
    reason: str
    asked_at: Instant
    seq: int


_COLUMNS: Final = AskRecord.__struct_fields__
_READ: Final = lookup("home_ask", ", ".join(_COLUMNS), "claim_id", "text", given=3)
ASKS_AS_ROWS: Final = lookup(
    "home_ask", f"ROW({', '.join(_COLUMNS)}, {STAMP})", "claim_id", "text", given=8
).postgres
"""A part of the one reading in `claims/claim_statements.py`, whose eighth parameter has them."""
ASK_STAMPS: Final = lookup("home_ask", STAMP, "claim_id", "text", given=6).postgres
"""What stands at the ends of the same rows, for its checking; the sixth parameter has them."""

_INSERT: Final = insertion(
    HomeAsk,
    f"event_id organization_id {' '.join(_COLUMNS)}",
    "ON CONFLICT (event_id, claim_id) DO UPDATE SET state = excluded.state,"
    " reason = excluded.reason",
)


async def read_asks(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    claim_ids: Iterable[ClaimId],
) -> dict[str, AskRecord]:
    """Read what was asked under some claim ids."""
    wanted = sorted(set(claim_ids))
    if not wanted:
        return {}
    return asks_of(await transaction.fetch(_READ, event_id, organization_id, wanted))


def asks_of(rows: Iterable[Row]) -> dict[str, AskRecord]:
    """Turn rows of `home_ask` into questions, by claim id."""
    found = [AskRecord(*row) for row in rows]
    for record in found:
        record.ticket_id = TicketId(record.ticket_id + TICKET_ID_OFFSET)
    return {record.claim_id: record for record in found}


async def write_asks(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    records: Sequence[AskRecord],
) -> None:
    """Keep new and changed questions; those that are answered leave the feed."""
    rows = []
    for record in records:
        values = list(msgspec.structs.astuple(record))
        values[1] -= TICKET_ID_OFFSET
        rows.append((event_id, organization_id, *values))
    await transaction.run_many(_INSERT, rows)
    settled = [record.seq for record in records if record.seq and record.state != ASKED]
    await void_items(transaction, event_id, settled)


async def free_move(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    body: SurrenderBody,
    *,
    device_id: DeviceId,
    now: Instant,
) -> None:
    """Note a home's signed surrender; nothing where it was not asked for one.

    A ledger that was put back may not know the order any more. It must not give the order's number
    again: the device would take what it is given under it for given up.
    """
    rows = await transaction.fetch(_FREE, event_id, organization_id, body.move_id, device_id, now)
    if not rows and body.number <= NUMBER_MAX:
        await skip_numbers(transaction, organization_id, SERIES, body.number)


async def read_lost_homes(
    transaction: Transaction, organization_id: OrganizationId, event_id: EventId
) -> frozenset[DeviceId]:
    """Return the devices that the organizer declared lost as homes."""
    rows = await transaction.fetch(_LOST, event_id, organization_id)
    return frozenset(row[0] for row in rows)
