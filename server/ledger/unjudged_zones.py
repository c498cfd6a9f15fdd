"""Which limited zones wait to be judged over all that is known of them, and reading them.

Each upload that says something of who passed adds one to its zones' `changes`. Whoever judges a
zone notes up to which of them: what comes meanwhile lets it wait again, and so does a stop before
the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from server.db.hot_path_connections import Transaction
from server.db.hot_path_statements import statement
from server.ledger.ledger_statements import USE_COLUMNS
from server.ledger.rows import read_use
from server.ledger.uses import UseRecord
from shared.kernel.id_types import EventId, OrganizationId, ZoneId

_READ_UNJUDGED: Final = statement(
    "SELECT organization_id, event_id, zone_id, changes FROM zone_presence"
    " WHERE changes > judged ORDER BY event_id, zone_id"
)
_READ_BEING_LEFT: Final = statement(
    "SELECT DISTINCT zone_id FROM ticket_use WHERE event_id = $1 AND organization_id = $2"
    " AND zone_id = ANY($3::text[]) AND source = 'awaited' AND NOT is_confirmed"
    " AND NOT is_annulled"
)
_SET_JUDGED: Final = statement(
    "UPDATE zone_presence SET judged = $4::bigint WHERE event_id = $1 AND organization_id = $2"
    " AND zone_id = $3 AND judged < $4::bigint RETURNING zone_id"
)
_READ_PAGE: Final = statement(
    f"SELECT {', '.join(USE_COLUMNS)} FROM ticket_use WHERE event_id = $1"  # noqa: S608 - our own columns
    " AND organization_id = $2 AND zone_id = $3 AND seq <= $4::bigint AND claim_id > $5::text"
    " ORDER BY claim_id LIMIT $6"
)


class UnjudgedZone(msgspec.Struct, frozen=True):
    """A zone that waits, and how many changes there were."""

    organization_id: OrganizationId
    event_id: EventId
    zone_id: ZoneId
    changes: int


async def read_unjudged(transaction: Transaction) -> list[UnjudgedZone]:
    """Read all zones that wait."""
    return [UnjudgedZone(*row) for row in await transaction.fetch(_READ_UNJUDGED)]


async def read_being_left(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    zone_ids: Iterable[ZoneId],
) -> set[ZoneId]:
    """Read out of which zones somebody goes by the ledger's word, and no journal says so yet.

    They take their places still, and have perhaps left.
    """
    rows = await transaction.fetch(_READ_BEING_LEFT, event_id, organization_id, list(zone_ids))
    return {ZoneId(row[0]) for row in rows}


async def set_judged(transaction: Transaction, zone: UnjudgedZone) -> bool:
    """Note that a zone was judged; tells whether nobody else had. Locks its row."""
    rows = await transaction.fetch(
        _SET_JUDGED, zone.event_id, zone.organization_id, zone.zone_id, zone.changes
    )
    return bool(rows)


async def read_zone_page(
    transaction: Transaction, zone: UnjudgedZone, until: int, after: str, *, limit: int
) -> list[UseRecord]:
    """Read passages through a zone, in order of their ids.

    Args:
        transaction: Any.
        zone: Which.
        until: The number in the feed up to which they are read: pages fit together, since none
            has a number so low that was not there when that was the newest.
        after: The last id of the page before; "" for the first page.
        limit: Passages of one page; fewer come at the end.
    """
    rows = await transaction.fetch(
        _READ_PAGE,
        zone.event_id,
        zone.organization_id,
        zone.zone_id,
        until,
        after,
        limit,
    )
    return [read_use(row) for row in rows]
