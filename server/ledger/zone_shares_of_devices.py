"""Devices' shares of zones' capacity: granted, given back and spent, as the ledger knows them.

Whoever changes a share has the zone's row of presence locked, so that what is free is granted
once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import delete, text

from server.db.hot_path_connections import Row, Transaction
from server.db.hot_path_statements import insertion, statement, updating
from server.db.unit import Unit
from server.ledger.models import ZonePresence, ZoneShare
from server.ledger.uses import UseRecord
from shared.admission.zone_shares import HeldShare, owed_after
from shared.journal.bounds import NUMBER_MAX
from shared.kernel.id_types import DeviceId, EventId, OrganizationId, ZoneId
from shared.kernel.instant import Instant

_READ: Final = statement(
    "SELECT zone_id, device_id, granted, returned, spent FROM zone_share WHERE event_id = $1"
    " AND organization_id = $2 AND zone_id = ANY($3::text[]) AND lost_at IS NULL"
    " ORDER BY zone_id, device_id"
)
_COUNTS: Final = "event_id organization_id zone_id device_id granted returned spent"
_SPEND: Final = insertion(
    ZoneShare,
    _COUNTS,
    "ON CONFLICT (event_id, zone_id, device_id)"
    " DO UPDATE SET spent = zone_share.spent + excluded.spent",
)
_RETURN: Final = insertion(
    ZoneShare,
    _COUNTS,
    "ON CONFLICT (event_id, zone_id, device_id) DO UPDATE SET returned ="
    " CASE WHEN excluded.returned > zone_share.returned THEN excluded.returned"
    " ELSE zone_share.returned END",
)
_GRANT: Final = insertion(
    ZoneShare,
    _COUNTS,
    "ON CONFLICT (event_id, zone_id, device_id) DO UPDATE SET granted = excluded.granted",
)
READ_LOST: Final = statement(
    "SELECT zone_id FROM zone_share WHERE event_id = $1 AND organization_id = $2"
    " AND device_id = $3 AND lost_at IS NOT NULL"
)
READ_INSIDE: Final = statement(
    "SELECT zone_id, inside, kept_until FROM zone_presence WHERE event_id = $1"
    " AND organization_id = $2 AND zone_id = ANY($3::text[])"
)
_KEEP_ROOM: Final = updating(ZonePresence, "event_id zone_id", "kept_until")
_LOSE: Final = text(
    "UPDATE zone_share SET lost_at = :now WHERE event_id = :event_id"
    " AND organization_id = :organization_id AND device_id = :device_id AND lost_at IS NULL"
)

Shares = dict[str, dict[str, HeldShare]]
"""Shares by zone and device."""


async def read_shares(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    zone_ids: Iterable[ZoneId],
) -> Shares:
    """Read the shares of some zones, those of lost devices apart."""
    wanted = sorted(set(zone_ids))
    if not wanted:
        return {}
    return shares_of(wanted, await transaction.fetch(_READ, event_id, organization_id, wanted))


def shares_of(zone_ids: Iterable[ZoneId], rows: Iterable[Row]) -> Shares:
    """Turn rows of some zones' shares into these."""
    found: Shares = {zone_id: {} for zone_id in zone_ids}
    for zone_id, device_id, *counts in rows:
        found[zone_id][device_id] = HeldShare(*(int(count) for count in counts))
    return found


async def post_shares(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    spent: Mapping[tuple[str, str], int],
    returned: Mapping[tuple[str, str], int],
) -> None:
    """Book what journals say of shares; the keys are zone and device."""
    await transaction.run_many(
        _SPEND,
        [(event_id, organization_id, *key, 0, 0, n) for key, n in sorted(spent.items()) if n],
    )
    await transaction.run_many(
        _RETURN,
        [(event_id, organization_id, *key, 0, n, 0) for key, n in sorted(returned.items())],
    )


async def grant_shares(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    device_id: DeviceId,
    totals: Mapping[ZoneId, int],
) -> None:
    """Write down what a device was ever granted, by zone."""
    rows = [
        (event_id, organization_id, zone_id, device_id, total, 0, 0)
        for zone_id, total in sorted(totals.items())
    ]
    await transaction.run_many(_GRANT, rows)


async def keep_places(
    transaction: Transaction, event_id: EventId, zone_ids: Iterable[ZoneId], until: Instant
) -> None:
    """Grant devices nothing of some zones' room until an instant; their presence is locked."""
    await transaction.run_many(_KEEP_ROOM, [(event_id, one, until) for one in sorted(zone_ids)])


async def lose_shares(unit: Unit, event_id: EventId, device_id: DeviceId) -> None:
    """Free what a device that the organizer declared lost still holds."""
    connection = await unit.session.connection()
    await connection.execute(
        _LOSE,
        {
            "event_id": event_id,
            "organization_id": unit.organization_id,
            "device_id": device_id,
            "now": unit.now,
        },
    )


async def stop_counting(unit: Unit, event_id: EventId, zone_id: ZoneId) -> None:
    """Forget how many are inside a zone without a limit; a new limit counts them anew."""
    await unit.session.execute(
        delete(ZonePresence).where(
            ZonePresence.event_id == event_id, ZonePresence.zone_id == zone_id
        )
    )


def owed_by_device(uses: Iterable[UseRecord]) -> dict[tuple[str, str], int]:
    """Return how far one ticket's passages charge devices' shares, by zone and device.

    Args:
        uses: All passages of the ticket; those of one device in the order in which they came.
    """
    found: dict[tuple[str, str], list[UseRecord]] = {}
    for use in uses:
        if use.allotted and not use.is_annulled:
            found.setdefault((use.zone_id, use.device_id), []).append(use)
    for own in found.values():
        own.sort(key=lambda use: use.seq or NUMBER_MAX)  # what is new has none yet, and comes last
    return {
        key: owed_after(use.allotted for use in sorted(own, key=_journal_order(own)))
        for key, own in found.items()
    }


def _journal_order(own: Sequence[UseRecord]) -> Callable[[UseRecord], tuple[int, int, int]]:
    """Order a device's passages as its journal does; what that does not hold yet comes last.

    Boots come in the order in which the first passage of each was heard of.
    """
    boots = {use.boot: n for n, use in reversed(list(enumerate(own))) if use.boot is not None}

    def place(use: UseRecord) -> tuple[int, int, int]:
        if use.boot is None:
            return len(own), 0, use.seq
        return boots[use.boot], use.dseq or 0, use.seq

    return place


def charged(body_allotted: int, count: int, direction: str) -> int:
    """Return what a passage's entry charges or credits; a device's word is bounded by it."""
    if direction == "in":
        return min(max(0, body_allotted), count)
    return max(min(0, body_allotted), -count)
