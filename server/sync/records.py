"""The ledger's rows as the hot statements read and write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from server.db.driver import Row, Transaction, insertion, statement, updating
from server.db.types import TICKET_ID_OFFSET
from shared.admission.facts import Direction
from shared.kernel.instant import Duration, Instant
from shared.manifest.facts import UseFact
from shared.manifest.tickets import TicketClass, TicketRow
from shared.wire.feed import Annul, ItemBody, Use, encode_item_body

_DIRECTIONS: Final = {"in": Direction.IN, "out": Direction.OUT}


class UseRecord(msgspec.Struct):
    """A row of `ticket_use`; `ticket_id` is the unsigned one."""

    claim_id: str
    ticket_id: int
    zone_id: str
    occurrence_id: str
    direction: str
    at: Instant
    at_error: Duration | None
    count: int
    gate_id: str
    device_id: str
    mode: str
    reason: str
    is_annulled: bool
    is_confirmed: bool
    source: str
    boot: bytes | None
    dseq: int | None
    seq: int
    epoch: int
    content: bytes | None
    remaining: int | None

    def fact(self) -> UseFact:
        """Say the use as the decision sees it."""
        return UseFact(
            claim_id=self.claim_id,
            zone_id=self.zone_id,
            direction=_DIRECTIONS[self.direction],
            at=self.at,
            count=self.count,
            annulled=self.is_annulled,
        )

    def item(self) -> Use:
        """Say the use as the feed has it."""
        return Use(
            self.claim_id,
            self.ticket_id,
            self.zone_id,
            self.direction,
            self.at,
            self.at_error,
            self.count,
            self.gate_id,
            self.device_id,
            self.mode,
            self.reason,
        )


class MarkRecord(msgspec.Struct):
    """A row of `claim_mark`."""

    claim_id: str
    device_id: str
    why: str
    content: bytes | None
    answer: bytes | None


class Status(msgspec.Struct, frozen=True):
    """Where the ledger and an event stand, read inside the transaction that decides.

    Attributes:
        revoked: Those of the asking devices that are revoked.
        awaits_devices: Devices of the event have still to offer their journals again.
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


READ_STATUS: Final = statement(
    "SELECT l.epoch, l.open, e.plan_version, coalesce(f.keyring_version, 0),"
    " coalesce(f.seq, 0), coalesce(f.manifest_sequence, 0), coalesce(f.plan_version, 0),"
    " (SELECT string_agg(d.id, ',') FROM device d WHERE d.id = ANY($3::text[])"
    " AND d.organization_id = $2 AND d.revoked_at IS NOT NULL),"
    " EXISTS (SELECT 1 FROM reoffer r WHERE r.epoch = l.epoch AND r.organization_id = $2"
    " AND r.event_id IN ($1, '') AND r.done_at IS NULL)"
    " FROM ledger l CROSS JOIN event e LEFT JOIN event_feed f ON f.event_id = e.id"
    " WHERE e.id = $1 AND e.organization_id = $2"
)
_TICKET_COLUMNS: Final = (
    "ticket_id, ticket_type_id, occurrence_id, variant, state, blocked, generation,"
    " valid_from, valid_until, persons, home_device_id, manual_code"
)
LOCK_TICKETS: Final = statement(
    f"SELECT {_TICKET_COLUMNS} FROM ticket WHERE event_id = $1 AND organization_id = $2"  # noqa: S608 - our own columns
    " AND ticket_id = ANY($3::bigint[]) ORDER BY ticket_id FOR NO KEY UPDATE"
)
FIND_MANUAL: Final = statement(
    "SELECT ticket_id, manual_code FROM ticket WHERE event_id = $1 AND organization_id = $2"
    " AND manual_code = ANY($3::bigint[])"
)
USE_COLUMNS: Final = {
    "claim_id": "text",
    "ticket_id": "bigint",
    "zone_id": "text",
    "occurrence_id": "text",
    "direction": "text",
    "at": "bigint",
    "at_error": "bigint",
    "count": "bigint",
    "gate_id": "text",
    "device_id": "text",
    "mode": "text",
    "reason": "text",
    "is_annulled": "boolean",
    "is_confirmed": "boolean",
    "source": "text",
    "boot": "bytea",
    "dseq": "bigint",
    "seq": "bigint",
    "epoch": "bigint",
    "content": "bytea",
    "remaining": "bigint",
}
_OF_EVENT: Final = {"event_id": "text", "organization_id": "text"}
_USES: Final = ", ".join(USE_COLUMNS)
READ_USES: Final = statement(
    f"SELECT {_USES} FROM ticket_use WHERE event_id = $1 AND organization_id = $2"  # noqa: S608 - our own columns
    " AND ticket_id = ANY($3::bigint[])"
    f" UNION ALL SELECT {_USES} FROM ticket_use WHERE event_id = $1 AND organization_id = $2"
    " AND claim_id = ANY($4::text[])"
)
READ_MARKS: Final = statement(
    "SELECT claim_id, device_id, why, content, answer FROM claim_mark"
    " WHERE event_id = $1 AND organization_id = $2 AND claim_id = ANY($3::text[])"
)
TAKE_NUMBERS: Final = statement(
    "INSERT INTO event_feed (event_id, organization_id, seq, is_active, first_use_seq,"
    " manifest_sequence, keyring_version, plan_version)"
    " VALUES ($1, $2, $3::bigint, false, 1, 0, 0, 0)"
    " ON CONFLICT (event_id) DO UPDATE SET seq = event_feed.seq + $3::bigint,"
    " first_use_seq = coalesce(event_feed.first_use_seq, event_feed.seq + 1)"
    " RETURNING seq"
)
INSERT_USES: Final = insertion("ticket_use", _OF_EVENT | USE_COLUMNS)
INSERT_FEED: Final = insertion(
    "feed",
    {
        "event_id": "text",
        "organization_id": "text",
        "seq": "bigint",
        "kind": "text",
        "body": "bytea",
    },
)
INSERT_MARKS: Final = insertion(
    "claim_mark",
    _OF_EVENT
    | {
        "claim_id": "text",
        "device_id": "text",
        "why": "text",
        "content": "bytea",
        "answer": "bytea",
        "marked_at": "bigint",
    },
    "ON CONFLICT (event_id, claim_id) DO UPDATE SET device_id = excluded.device_id,"
    " why = excluded.why, content = excluded.content, answer = excluded.answer,"
    " marked_at = excluded.marked_at",
)
CONFIRM_USES: Final = updating(
    "ticket_use",
    {"event_id": "text", "claim_id": "text"},
    {"boot": "bytea", "dseq": "bigint", "is_confirmed": "boolean"},
)
ANNUL_USES: Final = updating(
    "ticket_use", {"event_id": "text", "claim_id": "text"}, {"is_annulled": "boolean"}
)
READ_PRESENCE: Final = statement(
    "SELECT zone_id, inside FROM zone_presence WHERE event_id = $1 AND organization_id = $2"
    " AND zone_id = ANY($3::text[]) ORDER BY zone_id FOR UPDATE"
)
COUNT_PRESENCE: Final = statement(
    "SELECT zone_id, CAST(coalesce(sum(CASE direction WHEN 'in' THEN count ELSE -count END), 0)"
    " AS bigint) FROM ticket_use WHERE event_id = $1 AND organization_id = $2"
    " AND zone_id = ANY($3::text[]) AND NOT is_annulled GROUP BY zone_id"
)
SET_PRESENCE: Final = insertion(
    "zone_presence",
    _OF_EVENT | {"zone_id": "text", "inside": "bigint"},
    "ON CONFLICT (event_id, zone_id) DO UPDATE SET inside = excluded.inside",
)


async def read_status(
    transaction: Transaction, organization_id: str, event_id: str, device_ids: Iterable[str]
) -> Status | None:
    """Read where things stand; None if the organization has no such event."""
    rows = await transaction.fetch(READ_STATUS, event_id, organization_id, list(device_ids))
    if not rows:
        return None
    epoch, is_open, plan, keyring, seq, manifest, told, revoked, awaits = rows[0]
    return Status(
        epoch,
        bool(is_open),
        plan,
        keyring,
        seq,
        manifest,
        told,
        frozenset(revoked.split(",")) if revoked else frozenset(),
        bool(awaits),
    )


async def lock_tickets(
    transaction: Transaction,
    organization_id: str,
    event_id: str,
    ticket_ids: Iterable[int],
    codes: Mapping[str, int],
) -> dict[int, TicketRow]:
    """Read tickets by id, locked in order of id until the transaction ends.

    Args:
        transaction: A writing one.
        organization_id: Whose.
        event_id: Of which event.
        ticket_ids: Unsigned; unknown ones are left out of the answer.
        codes: The types' numbers by their ids.
    """
    wanted = sorted({ticket_id - TICKET_ID_OFFSET for ticket_id in ticket_ids})
    if not wanted:
        return {}
    rows = await transaction.fetch(LOCK_TICKETS, event_id, organization_id, wanted)
    return {row[0] + TICKET_ID_OFFSET: ticket_row(row, codes) for row in rows}


def ticket_row(row: Row, codes: Mapping[str, int]) -> TicketRow:
    """Turn a row of `ticket` into what gates know of a ticket."""
    (signed, kind, occurrence, variant, state, blocked, generation) = row[:7]
    valid_from, valid_until, persons, home, manual_code = row[7:12]
    return TicketRow(
        signed + TICKET_ID_OFFSET,
        TicketClass(
            codes.get(kind, 0),
            state,
            occurrence,
            variant,
            bool(blocked),
            generation,
            valid_from,
            valid_until,
            persons,
            home,
        ),
        manual_code,
    )


async def read_uses(
    transaction: Transaction,
    organization_id: str,
    event_id: str,
    ticket_ids: Iterable[int],
    claim_ids: Iterable[str],
) -> dict[str, UseRecord]:
    """Read every use of some tickets and every use under some claim ids, by claim id."""
    signed = [ticket_id - TICKET_ID_OFFSET for ticket_id in ticket_ids]
    rows = await transaction.fetch(READ_USES, event_id, organization_id, signed, list(claim_ids))
    return {row[0]: _use_record(row) for row in rows}


def _use_record(row: Row) -> UseRecord:
    record = UseRecord(*row)
    record.ticket_id += TICKET_ID_OFFSET
    record.is_annulled = bool(record.is_annulled)
    record.is_confirmed = bool(record.is_confirmed)
    return record


async def read_marks(
    transaction: Transaction, organization_id: str, event_id: str, claim_ids: Iterable[str]
) -> dict[str, MarkRecord]:
    """Read the marks of some claim ids."""
    rows = await transaction.fetch(READ_MARKS, event_id, organization_id, list(claim_ids))
    return {row[0]: MarkRecord(*row) for row in rows}


async def take_numbers(
    transaction: Transaction, organization_id: str, event_id: str, count: int
) -> int:
    """Take `count` numbers of the feed, the last lock of the transaction; returns the last."""
    rows = await transaction.fetch(TAKE_NUMBERS, event_id, organization_id, count)
    return int(rows[0][0])


async def insert_uses(
    transaction: Transaction, organization_id: str, event_id: str, records: Sequence[UseRecord]
) -> None:
    """Insert uses that have their numbers."""
    rows = []
    for record in records:
        values: list[Any] = list(msgspec.structs.astuple(record))
        values[1] -= TICKET_ID_OFFSET
        rows.append((event_id, organization_id, *values))
    await transaction.run_many(INSERT_USES, rows)


async def append_feed(
    transaction: Transaction,
    organization_id: str,
    event_id: str,
    first: int,
    bodies: Iterable[ItemBody],
) -> None:
    """Append items that have their numbers, from `first` on."""
    rows = []
    for number, body in enumerate(bodies, first):
        kind, encoded = encode_item_body(body)
        rows.append((event_id, organization_id, number, kind.value, encoded))
    await transaction.run_many(INSERT_FEED, rows)


async def insert_marks(
    transaction: Transaction,
    organization_id: str,
    event_id: str,
    marks: Sequence[MarkRecord],
    now: Instant,
) -> None:
    """Insert or replace marks."""
    rows = [
        (event_id, organization_id, m.claim_id, m.device_id, m.why, m.content, m.answer, now)
        for m in marks
    ]
    await transaction.run_many(INSERT_MARKS, rows)


async def lock_presence(
    transaction: Transaction, organization_id: str, event_id: str, zone_ids: Iterable[str]
) -> dict[str, int]:
    """Count the persons inside some zones, locked until the transaction ends."""
    wanted = sorted(set(zone_ids))
    if not wanted:
        return {}
    rows = await transaction.fetch(READ_PRESENCE, event_id, organization_id, wanted)
    found = {row[0]: int(row[1]) for row in rows}
    missing = [zone_id for zone_id in wanted if zone_id not in found]
    if missing:
        await set_presence(transaction, organization_id, event_id, dict.fromkeys(missing, 0))
        rows = await transaction.fetch(COUNT_PRESENCE, event_id, organization_id, missing)
        found |= dict.fromkeys(missing, 0) | {row[0]: int(row[1]) for row in rows}
    return found


async def set_presence(
    transaction: Transaction, organization_id: str, event_id: str, inside: Mapping[str, int]
) -> None:
    """Note how many persons are inside zones."""
    rows = [(event_id, organization_id, zone_id, n) for zone_id, n in inside.items()]
    await transaction.run_many(SET_PRESENCE, rows)


def annul_item(record: UseRecord, *, at: Instant, device_id: str, why: str) -> Annul:
    """Say as the feed has it that a use no longer counts."""
    return Annul(record.claim_id, record.ticket_id, at, device_id, why)
