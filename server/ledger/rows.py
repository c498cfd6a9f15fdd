"""The ledger's rows as the hot statements read and write them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec

from server.db.column_types import TICKET_ID_OFFSET
from server.db.hot_path_connections import Row, Transaction
from server.db.hot_path_statements import array_text
from server.feed.rows import append_feed, take_numbers
from server.ledger.ledger_statements import (
    CHANGE_PRESENCE,
    COUNT_PRESENCE,
    INSERT_MARKS,
    INSERT_USES,
    READ_MARKS,
    READ_PRESENCE,
    READ_UNLISTED,
    READ_USES,
    READ_ZONE,
    RECORDED,
    SET_PRESENCE,
    USE_COLUMNS,
)
from server.ledger.uses import MarkRecord, UseRecord
from server.orders.rows import read_makers
from server.ticketing.rows import LOCK_TICKETS, READ_SOLD, READ_VOIDS, ticket_class
from shared.credential.keyring import IdRange
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    EventId,
    OrganizationId,
    TicketId,
    TicketTypeId,
    ZoneId,
)
from shared.kernel.ids import TICKET_ID_COUNT
from shared.kernel.instant import Instant
from shared.manifest.tickets import TicketRow
from shared.wire.feed import Annul

_VALUES: Final = attrgetter(*RECORDED)
_TICKET: Final = RECORDED.index("ticket_id")
_NUMBERS: Final = [n for n, name in enumerate(RECORDED) if USE_COLUMNS[name] == "bigint"]
NO_MARKS: Final = (None,) * len(MarkRecord.__struct_fields__)
"""What stands for the columns of marks where there are none."""


def signed(ticket_ids: Iterable[TicketId]) -> list[int]:
    """Return ticket ids as columns hold them."""
    return [ticket_id - TICKET_ID_OFFSET for ticket_id in ticket_ids]


async def lock_tickets(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    ticket_ids: Iterable[TicketId],
    codes: Mapping[TicketTypeId, int],
) -> dict[TicketId, TicketRow]:
    """Read tickets by id, locked in order of id until the transaction ends.

    Args:
        transaction: A writing one.
        organization_id: Whose.
        event_id: Of which event.
        ticket_ids: Unsigned; unknown ones are left out of the answer.
        codes: The types' numbers by their ids.
    """
    wanted = sorted(signed(set(ticket_ids)))
    if not wanted:
        return {}
    rows = await transaction.fetch(LOCK_TICKETS, event_id, organization_id, wanted)
    return tickets_of(rows, codes)


def tickets_of(
    rows: Iterable[Row], codes: Mapping[TicketTypeId, int]
) -> dict[TicketId, TicketRow]:
    """Turn rows of `ticket` into these, by id; `codes` are the types' numbers by their ids."""
    found = {}
    for signed_id, manual_code, *columns in rows:
        ticket_id = TicketId(signed_id + TICKET_ID_OFFSET)
        facts = ticket_class(columns, codes.get(columns[0], 0))
        found[ticket_id] = TicketRow(ticket_id, facts, manual_code)
    return found


async def record_uses(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    records: Sequence[UseRecord],
) -> int:
    """Number uses, insert them and tell them by the feed; returns the feed's new head."""
    org, count = organization_id, len(records)
    head = await take_numbers(transaction, org, event_id, count)
    for number, record in enumerate(records, head - count + 1):
        record.seq = number
    await insert_uses(transaction, org, event_id, records)
    bodies = [record.item() for record in records]
    await append_feed(transaction, org, event_id, head - count + 1, bodies)
    return head


def use_columns(records: Iterable[UseRecord]) -> list[Any]:
    """Return the values of some uses that claims make by column, as `RECORDED` has them.

    Columns of numbers are `array_text`.
    """
    columns: list[Any] = list(zip(*map(_VALUES, records), strict=True)) or [()] * len(RECORDED)
    columns[_TICKET] = signed(columns[_TICKET])
    for number in _NUMBERS:
        columns[number] = array_text(columns[number])
    return columns


def mark_columns(marks: Iterable[MarkRecord]) -> list[Sequence[Any]]:
    """Return the values of one mark or more by column."""
    return list(zip(*map(msgspec.structs.astuple, marks), strict=True))


async def read_uses(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    ticket_ids: Iterable[TicketId],
    claim_ids: Iterable[ClaimId],
) -> dict[ClaimId, UseRecord]:
    """Read every use of some tickets and every use under some claim ids, by claim id."""
    tickets, claims = signed(ticket_ids), list(claim_ids)
    return uses_of(await transaction.fetch(READ_USES, event_id, organization_id, tickets, claims))


def uses_of(rows: Iterable[Row]) -> dict[ClaimId, UseRecord]:
    """Turn rows of `USE_COLUMNS` into uses, by claim id."""
    return {row[0]: read_use(row) for row in rows}


async def read_zone(
    transaction: Transaction, organization_id: OrganizationId, event_id: EventId, zone_id: ZoneId
) -> dict[int, list[UseRecord]]:
    """Read every passage through a zone, by ticket; for what is rarely asked."""
    by_ticket: dict[int, list[UseRecord]] = {}
    for row in await transaction.fetch(READ_ZONE, event_id, organization_id, zone_id):
        use = read_use(row)
        by_ticket.setdefault(use.ticket_id, []).append(use)
    return by_ticket


async def read_unlisted(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    ids: IdRange,
    after: UseRecord | None,
    *,
    limit: int,
) -> list[UseRecord]:
    """Read who was let in on tickets of a range of which there is no row, a page at a time.

    Args:
        transaction: Any.
        organization_id: Whose.
        event_id: Of which event.
        ids: Which tickets.
        after: The last one of the page before; None for the first page.
        limit: Passages of one page; fewer come at the end.
    """
    first, last = ids.id_at(0), ids.id_at(TICKET_ID_COUNT - 1)
    place = (first, "") if after is None else (after.ticket_id, after.claim_id)
    rows = await transaction.fetch(
        READ_UNLISTED,
        event_id,
        organization_id,
        place[0] - TICKET_ID_OFFSET,
        place[1],
        last - TICKET_ID_OFFSET,
        limit,
    )
    return [read_use(row) for row in rows]


async def read_voids(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    ticket_ids: Iterable[TicketId],
) -> dict[int, tuple[Instant, str]]:
    """Read when some tickets were voided, and their states; of those that were, by id."""
    wanted = signed(ticket_ids)
    if not wanted:
        return {}
    rows = await transaction.fetch(READ_VOIDS, event_id, organization_id, wanted)
    return {row[0] + TICKET_ID_OFFSET: (row[1], row[2]) for row in rows if row[1] is not None}


async def read_sold(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    ticket_ids: Iterable[TicketId],
) -> dict[TicketId, tuple[DeviceId, bytes, int]]:
    """Read device, boot and number of the entries by which tills sold some tickets, by id."""
    wanted = signed(ticket_ids)
    if not wanted:
        return {}
    rows = await transaction.fetch(READ_SOLD, event_id, organization_id, wanted)
    sold = [row for row in rows if row[1] is not None and row[2] is not None]
    tills = await read_makers(transaction, organization_id, event_id, [row[1] for row in sold])
    return {
        TicketId(row[0] + TICKET_ID_OFFSET): (DeviceId(tills[row[1]]), bytes(row[2]), int(row[3]))
        for row in sold
        if row[1] in tills
    }


def read_use(row: Row) -> UseRecord:
    """Turn a row of `USE_COLUMNS` into a use."""
    record = UseRecord(*row)
    record.ticket_id = TicketId(record.ticket_id + TICKET_ID_OFFSET)
    record.is_annulled = bool(record.is_annulled)
    record.is_confirmed = bool(record.is_confirmed)
    return record


async def read_marks(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    claim_ids: Iterable[ClaimId],
) -> dict[str, MarkRecord]:
    """Read the marks of some claim ids."""
    rows = await transaction.fetch(READ_MARKS, event_id, organization_id, list(claim_ids))
    return marks_of(rows)


def marks_of(rows: Iterable[Row]) -> dict[str, MarkRecord]:
    """Turn rows of `claim_mark` into marks, by claim id."""
    return {row[0]: MarkRecord(*row) for row in rows}


async def insert_uses(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    records: Sequence[UseRecord],
) -> None:
    """Insert uses that have their numbers."""
    rows = []
    for record in records:
        claim_id, ticket_id, *values = msgspec.structs.astuple(record)
        rows.append((event_id, organization_id, claim_id, ticket_id - TICKET_ID_OFFSET, *values))
    await transaction.run_many(INSERT_USES, rows)


async def insert_marks(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    marks: Sequence[MarkRecord],
    now: Instant,
) -> None:
    """Insert or replace marks; of several of one claim the last one stands."""
    rows = [
        (event_id, organization_id, m.claim_id, m.device_id, m.why, m.content, m.answer, now)
        for m in {m.claim_id: m for m in marks}.values()
    ]
    await transaction.run_many(INSERT_MARKS, rows)


async def lock_presence(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    zone_ids: Iterable[ZoneId],
) -> dict[ZoneId, int]:
    """Count the persons inside some zones, locked until the transaction ends."""
    wanted = sorted(set(zone_ids))
    if not wanted:
        return {}
    rows = await transaction.fetch(READ_PRESENCE, event_id, organization_id, wanted)
    found = {row[0]: int(row[1]) for row in rows}
    missing = [zone_id for zone_id in wanted if zone_id not in found]
    if missing:
        counted = dict.fromkeys(missing, 0)
        await set_presence(transaction, organization_id, event_id, counted)  # which locks them
        # Who is let in by the plan of before has the counter first, or is decided again.
        await take_numbers(transaction, organization_id, event_id, 0)
        rows = await transaction.fetch(COUNT_PRESENCE, event_id, organization_id, missing)
        counted |= {row[0]: int(row[1]) for row in rows}
        # Kept now: a caller that lets nobody in writes nothing.
        await set_presence(transaction, organization_id, event_id, counted)
        found |= counted
    return found


async def set_presence(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    inside: Mapping[ZoneId, int],
) -> None:
    """Note how many persons are inside zones."""
    rows = [(event_id, organization_id, zone_id, n) for zone_id, n in inside.items()]
    await transaction.run_many(SET_PRESENCE, rows)


async def change_presence(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    inside: Mapping[ZoneId, int],
    changed: Container[ZoneId],
) -> None:
    """Note how many persons are inside zones, of some of which journals have told something."""
    rows = [(event_id, organization_id, zone_id, n) for zone_id, n in inside.items()]
    await transaction.run_many(CHANGE_PRESENCE, [row for row in rows if row[2] in changed])
    await transaction.run_many(SET_PRESENCE, [row for row in rows if row[2] not in changed])


def annul_item(record: UseRecord, *, at: Instant, device_id: DeviceId, why: str) -> Annul:
    """Say as the feed has it that a use no longer counts."""
    return Annul(record.claim_id, record.ticket_id, at, device_id, why)
