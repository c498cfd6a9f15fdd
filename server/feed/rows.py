"""A feed's counter and items, and where ledger and event stand, as hot statements see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from server.db.hot_path_connections import Driver, Row, Transaction
from server.db.hot_path_statements import insertion, lookup, statement, updating
from server.feed.evacuated_zones import Stops, read_stops
from server.feed.models import FeedRow
from shared.kernel.id_types import DeviceId, EventId, OrganizationId
from shared.wire.claim import SeenItem
from shared.wire.feed import ItemBody, encode_item_body

READ_STATUS: Final = statement(
    # A device has shown that this organization's word was forgotten: closed for it alone.
    "SELECT l.epoch, l.open AND NOT EXISTS (SELECT 1 FROM ledger_alarm a"
    " WHERE a.epoch = l.epoch AND a.organization_id = $2), e.plan_version,"
    " coalesce(f.keyring_version, 0),"
    " coalesce(f.seq, 0), coalesce(f.manifest_sequence, 0), coalesce(f.plan_version, 0),"
    " (SELECT string_agg(d.id, ',') FROM device d WHERE d.id = ANY($3::text[])"
    # Joined to nothing, so that devices are found by their ids and not by the organization.
    " AND d.organization_id || '' = $2 AND d.revoked_at IS NOT NULL),"
    " EXISTS (SELECT 1 FROM reoffer r WHERE r.epoch = l.epoch AND r.organization_id = $2"
    " AND r.event_id IN ($1, '') AND r.done_at IS NULL"
    # Whose word takes no effect is not waited for.
    " AND EXISTS (SELECT 1 FROM device w WHERE w.id = r.device_id AND w.revoked_at IS NULL)),"
    " coalesce(f.stopped, ''), coalesce(f.emptied, '')"
    " FROM ledger l CROSS JOIN event e LEFT JOIN event_feed f ON f.event_id = e.id"
    " WHERE e.id = $1 AND e.organization_id = $2"
)
IS_PLAN_OF: Final = (
    "EXISTS (SELECT 1 FROM event WHERE id = $1 AND organization_id = $2 AND plan_version = $8)"
)
"""What of an event may not become another while a claim is decided, besides its feed's counter."""

STATUS_SIZE: Final = 11
"""How many columns `READ_STATUS` gives."""
READ_VIEW: Final = statement(
    "SELECT l.epoch, l.open, coalesce(f.seq, 0),"
    " EXISTS (SELECT 1 FROM ledger_alarm a WHERE a.epoch = l.epoch AND a.organization_id = $4),"
    " (SELECT coalesce(r.asked_at, 0) FROM reoffer r WHERE r.epoch = l.epoch"
    " AND r.device_id = $2 AND r.done_at IS NULL),"
    " coalesce((SELECT i.lot FROM feed i WHERE i.event_id = $1 AND i.seq = $3), 0)"
    " FROM ledger l LEFT JOIN event_feed f ON f.event_id = $1"
)
"""What an exchange presents against what the ledger holds: the epoch, the event's head, whether
the device has still to offer its journal, and what was drawn with the head that it has seen."""

READ_LOTS: Final = lookup("feed", "seq, lot", "seq", "bigint", given=3)
LOTS_AS_ROWS: Final = lookup("feed", "ROW(seq, lot)", "seq", "bigint", given=6).postgres
"""A part of the one reading in `claims/claim_statements.py`, whose sixth parameter has them."""

TAKE_NUMBERS: Final = statement(
    "INSERT INTO event_feed (event_id, organization_id, seq, is_active, first_use_seq,"
    " manifest_sequence, keyring_version, plan_version)"
    " VALUES ($1, $2, $3::bigint, false, 1, 0, 0, 0)"
    " ON CONFLICT (event_id) DO UPDATE SET seq = event_feed.seq + $3::bigint,"
    " first_use_seq = coalesce(event_feed.first_use_seq, event_feed.seq + 1)"
    " RETURNING seq"
)
READ_HEAD: Final = statement(
    "SELECT seq FROM event_feed WHERE event_id = $1 AND organization_id = $2"
)
INSERT_FEED: Final = insertion(FeedRow, "event_id organization_id seq kind body")
_VOID: Final = updating(FeedRow, "event_id seq", "kind body")
_KEEP: Final = updating(FeedRow, "event_id seq", "subject")


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Where the ledger and an event stand, read inside the transaction that decides.

    Attributes:
        revoked: Those of the asking devices that are revoked.
        awaits_devices: Devices of the event have still to offer their journals again.
        lots: Of the feed's items that the claims name as seen, by number.
        stops: Which zones are being evacuated, or were.
    """

    epoch: int
    is_open: bool
    plan_version: int
    keyring_version: int
    seq: int
    manifest_sequence: int
    told_plan: int
    revoked: frozenset[str]
    awaits_devices: bool
    lots: Mapping[int, int] = {}
    stops: Stops = Stops()

    def has_forgotten(self, seen: SeenItem | None) -> bool:
        """Tell whether the feed holds another item, or none, where a device has seen one."""
        if seen is None or seen.epoch < self.epoch:
            return False
        return seen.epoch > self.epoch or self.lots.get(seen.sequence) != seen.lot


async def read_status(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    device_ids: Iterable[DeviceId],
) -> Status | None:
    """Read where things stand; None if the organization has no such event."""
    rows = await transaction.fetch(READ_STATUS, event_id, organization_id, list(device_ids))
    return status_of(rows[0]) if rows else None


async def look_at_status(
    driver: Driver, organization_id: OrganizationId, event_id: EventId
) -> Status | None:
    """Read where things stand, by itself: nothing is decided in a transaction."""
    rows = await driver.run_alone(organization_id, READ_STATUS, event_id, organization_id, [])
    return status_of(rows[0]) if rows else None


def status_of(row: Row) -> Status:
    """Turn a row that begins as `READ_STATUS` does into a status."""
    epoch, is_open, plan, keyring, seq, manifest, told, revoked, awaits, *stops = row[:STATUS_SIZE]
    return Status(
        epoch=epoch,
        is_open=bool(is_open),
        plan_version=plan,
        keyring_version=keyring,
        seq=seq,
        manifest_sequence=manifest,
        told_plan=told,
        revoked=frozenset(revoked.split(",")) if revoked else frozenset(),
        awaits_devices=bool(awaits),
        stops=read_stops(*stops),
    )


async def read_head(
    transaction: Transaction, organization_id: OrganizationId, event_id: EventId
) -> int:
    """Read the newest number of an event's feed; 0 before there is any."""
    rows = await transaction.fetch(READ_HEAD, event_id, organization_id)
    return int(rows[0][0]) if rows else 0


async def read_lots(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    sequences: Iterable[int],
) -> dict[int, int]:
    """Read what was drawn with some items of a feed, by number."""
    rows = await transaction.fetch(READ_LOTS, event_id, organization_id, list(sequences))
    return {row[0]: row[1] for row in rows}


async def take_numbers(
    transaction: Transaction, organization_id: OrganizationId, event_id: EventId, count: int
) -> int:
    """Take `count` numbers of the feed, the last lock of the transaction; returns the last."""
    rows = await transaction.fetch(TAKE_NUMBERS, event_id, organization_id, count)
    return int(rows[0][0])


async def append_feed(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    first: int,
    bodies: Iterable[ItemBody],
) -> None:
    """Append items that have their numbers, from `first` on."""
    rows = []
    for number, body in enumerate(bodies, first):
        kind, encoded = encode_item_body(body)
        rows.append((event_id, organization_id, number, kind.value, encoded))
    await transaction.run_many(INSERT_FEED, rows)


async def tell(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    bodies: Sequence[ItemBody],
) -> int | None:
    """Number items and append them; returns the feed's new head, None if there was nothing."""
    if not bodies:
        return None
    head = await take_numbers(transaction, organization_id, event_id, len(bodies))
    await append_feed(transaction, organization_id, event_id, head - len(bodies) + 1, bodies)
    return head


async def void_items(
    transaction: Transaction, event_id: EventId, sequences: Iterable[int]
) -> None:
    """Let some items of a feed say nothing any more to who reads them later."""
    await transaction.run_many(_VOID, [(event_id, seq, "void", b"") for seq in sequences])


async def name_subjects(
    transaction: Transaction, event_id: EventId, subjects: Mapping[int, int]
) -> None:
    """Say of items, by number, what they are about: a newer one of it voids them."""
    await transaction.run_many(_KEEP, [(event_id, *item) for item in subjects.items()])
