"""The journals as other domains read them: entries by place, boots, spans, forks, refusals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import and_, false, func, or_, select, tuple_

from server.db.unit import Unit
from server.entries.checking_uploaded_entries import corrected_time
from server.entries.models import (
    JournalBoot,
    JournalEntry,
    JournalFork,
    JournalRefusal,
    JournalSpan,
)
from server.entries.rows import DISMISSED, UNCONFIRMED, Place
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import Entry, EntryKind
from shared.journal.sale_body import SaleBody
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId, EventId, TicketId
from shared.kernel.instant import Instant

__all__ = ["JournalBoot", "JournalEntry", "JournalFork", "JournalRefusal", "JournalSpan"]

PENDING: Final = "pending"
"""The effect of what is yet to be booked."""
_AT_ONCE: Final = 200
_BOOTS_BACK: Final = 10
_ENTRIES_BACK: Final = 50
_DSEQ_MAX: Final = (1 << 62) - 1


async def read_entries(unit: Unit, places: Iterable[Place]) -> Sequence[JournalEntry]:
    """Return the entries that are held at some places, in the order of their chains."""
    wanted = sorted(set(places))
    found: list[JournalEntry] = []
    for first in range(0, len(wanted), _AT_ONCE):
        some = wanted[first : first + _AT_ONCE]
        query = select(JournalEntry).where(
            tuple_(JournalEntry.device_id, JournalEntry.boot, JournalEntry.dseq).in_(some)
        )
        found += await unit.all(query)
    return sorted(found, key=lambda row: (row.device_id, row.boot, row.dseq))


async def read_boot_entries(
    unit: Unit, device_id: DeviceId, boot: bytes, *, after: int, until: int, limit: int
) -> Sequence[JournalEntry]:
    """Return up to `limit` entries of a boot after one number and up to another."""
    query = (
        select(JournalEntry)
        .where(
            JournalEntry.device_id == device_id,
            JournalEntry.boot == boot,
            JournalEntry.dseq > after,
            JournalEntry.dseq <= until,
        )
        .order_by(JournalEntry.dseq)
        .limit(limit)
    )
    return await unit.all(query)


async def read_drawer_entries(
    unit: Unit, device_id: DeviceId, first_seq: int, last_seq: int | None
) -> Sequence[bytes]:
    """Return what a till's entries say of its drawer, from one number to another or to the end.

    Also those that wait for a person: whatever they may do, the cash has left the drawer.
    """
    query = (
        select(JournalEntry.entry)
        .where(
            JournalEntry.device_id == device_id,
            JournalEntry.kind.in_(("shift", "sale", "withdrawal")),
            JournalEntry.seq >= first_seq,
        )
        .order_by(JournalEntry.seq)
    )
    if last_seq is not None:
        query = query.where(JournalEntry.seq <= last_seq)
    return await unit.all(query)


async def read_without_effect(
    unit: Unit, device_ids: Iterable[DeviceId], event_id: EventId | None
) -> Sequence[tuple[DeviceId, bytes]]:
    """Return sales and withdrawals that nobody has accepted, or somebody has dismissed.

    Args:
        unit: A reading one.
        device_ids: Whose; a gate's journal, which is long, holds none.
        event_id: One event's only.

    Returns:
        Of each its device, and its signed bytes.
    """
    query = select(JournalEntry.device_id, JournalEntry.entry).where(
        JournalEntry.device_id.in_(sorted(set(device_ids))),
        JournalEntry.kind.in_(("sale", "withdrawal")),
        JournalEntry.status.in_((UNCONFIRMED, DISMISSED)),
    )
    if event_id is not None:
        query = query.where(JournalEntry.event_id == event_id)
    return [(row[0], row[1]) for row in (await unit.session.execute(query)).all()]


async def read_unbooked_sales(
    unit: Unit, device_ids: Iterable[DeviceId], event_id: EventId, limit: int
) -> Sequence[bytes]:
    """Return the newest sales of some devices that are here and not booked yet."""
    query = (
        select(JournalEntry.entry)
        .where(
            JournalEntry.effect == PENDING,
            JournalEntry.kind == EntryKind.SALE,
            JournalEntry.event_id == event_id,
            JournalEntry.device_id.in_(sorted(set(device_ids))),
        )
        .order_by(JournalEntry.received_at.desc(), JournalEntry.seq.desc())
        .limit(limit)
    )
    return await unit.all(query)


async def read_shift_acts(unit: Unit, device_id: DeviceId) -> Sequence[bytes]:
    """Return what was done at a till's drawer besides sales, in order."""
    query = (
        select(JournalEntry.entry)
        .where(JournalEntry.device_id == device_id, JournalEntry.kind == EntryKind.SHIFT)
        .order_by(JournalEntry.seq)
    )
    return await unit.all(query)


async def find_sale_time(
    unit: Unit, device_id: DeviceId, event_id: EventId, sale_id: str
) -> Instant | None:
    """Return when a till has sold something, as its entry says; None for no such entry."""
    query = (
        select(JournalEntry.seq, JournalEntry.entry, JournalEntry.received_at)
        .where(
            JournalEntry.device_id == device_id,
            JournalEntry.event_id == event_id,
            JournalEntry.kind == EntryKind.SALE,
        )
        .order_by(JournalEntry.seq.desc())
        .limit(_AT_ONCE)
    )
    before: int | None = None
    while True:
        page = query if before is None else query.where(JournalEntry.seq < before)
        rows = (await unit.session.execute(page)).all()
        for row in rows:
            entry = decode_entry(row.entry)
            try:
                body = decode_body(entry)
            except Malformed:
                continue  # stored and named as out of bounds: it sold nothing
            if isinstance(body, SaleBody) and body.sale_id == sale_id:
                return corrected_time(entry, row.received_at)[0]
        if not rows:
            return None
        before = rows[-1].seq


async def is_sale_unbooked(unit: Unit, device_id: DeviceId, ticket_id: TicketId) -> bool:
    """Tell whether a till has brought the sale of a ticket, and it is still to be booked."""
    query = select(JournalEntry.entry).where(
        JournalEntry.effect == PENDING,
        JournalEntry.device_id == device_id,
        JournalEntry.kind == EntryKind.SALE,
    )
    for entry in (await unit.session.execute(query)).scalars():
        body = decode_body(decode_entry(entry))
        if isinstance(body, SaleBody) and any(one.ticket_id == ticket_id for one in body.tickets):
            return True
    return False


async def find_proven_since(unit: Unit, entry: Entry) -> Instant:
    """Return the earliest at which an entry of an unknown clock may have been recorded.

    It follows all that its journal holds before it: by the last entry of which the bound is known,
    and by as much as the device has measured since, whatever its clock says. Only the newest
    entries of each of its newest boots are looked at; 0 where none of them tells.
    """
    boot, until = entry.boot, entry.dseq - 1
    for _ in range(_BOOTS_BACK):
        query = (
            select(JournalEntry)
            .where(
                JournalEntry.device_id == entry.device_id,
                JournalEntry.boot == boot,
                JournalEntry.dseq <= until,
            )
            .order_by(JournalEntry.dseq.desc())
            .limit(_ENTRIES_BACK)
        )
        for row in await unit.all(query):
            earlier = decode_entry(row.entry)
            at, error = corrected_time(earlier, row.received_at)
            if error is not None:
                measured = earlier.monotonic if boot == entry.boot else 0
                return Instant(max(0, at - error + max(0, entry.monotonic - measured)))
        before = select(JournalBoot.previous_boot).where(
            JournalBoot.device_id == entry.device_id, JournalBoot.boot == boot
        )
        boot, until = await unit.find(before) or b"", _DSEQ_MAX
        if not boot:
            break
    return Instant(0)


async def read_spans(unit: Unit, event_id: EventId) -> Sequence[JournalSpan]:
    """Return what each boot of each device holds of an event."""
    query = (
        select(JournalSpan)
        .where(JournalSpan.event_id == event_id)
        .order_by(JournalSpan.device_id, JournalSpan.boot)
    )
    return await unit.all(query)


async def read_boots(unit: Unit, device_ids: Sequence[DeviceId]) -> Sequence[JournalBoot]:
    """Return the boots of devices, in the order in which each device's arrived."""
    query = (
        select(JournalBoot)
        .where(JournalBoot.device_id.in_(device_ids))
        .order_by(JournalBoot.device_id, JournalBoot.number)
    )
    return await unit.all(query)


async def read_forks(
    unit: Unit, device_ids: Sequence[DeviceId], places: Iterable[Place] | None = None
) -> Sequence[JournalFork]:
    """Return the forked entries of devices, or those at some places only."""
    query = select(JournalFork).where(JournalFork.device_id.in_(device_ids))
    if places is not None:
        where = [
            and_(
                JournalFork.device_id == device_id,
                JournalFork.boot == boot,
                JournalFork.dseq == dseq,
            )
            for device_id, boot, dseq in sorted(set(places))[:_AT_ONCE]
        ]
        query = query.where(or_(false(), *where))
    query = query.order_by(JournalFork.device_id, JournalFork.boot, JournalFork.dseq)
    return await unit.all(query)


async def list_refusals(unit: Unit, device_id: DeviceId, limit: int) -> Sequence[JournalRefusal]:
    """Return what a device sent and nobody could take, the latest first."""
    query = (
        select(JournalRefusal)
        .where(JournalRefusal.device_id == device_id)
        .order_by(JournalRefusal.received_at.desc(), JournalRefusal.hash)
        .limit(limit)
    )
    return await unit.all(query)


async def count_by_device(
    unit: Unit, device_ids: Sequence[DeviceId]
) -> dict[str, tuple[int, int, int, Instant | None]]:
    """Count each device's refused, forked and unconfirmed entries.

    Returns:
        Refused, forked, unconfirmed, and when the last refused one came.
    """
    refused = dict.fromkeys(device_ids, 0)
    last: dict[str, Instant | None] = dict.fromkeys(device_ids)
    query = (
        select(JournalRefusal.device_id, func.count(), func.max(JournalRefusal.received_at))
        .where(JournalRefusal.device_id.in_(device_ids))
        .group_by(JournalRefusal.device_id)
    )
    for device_id, count, at in await unit.session.execute(query):
        refused[device_id], last[device_id] = count, at
    forks = (
        select(JournalFork.device_id, func.count())
        .where(JournalFork.device_id.in_(device_ids))
        .group_by(JournalFork.device_id)
    )
    forked = {row[0]: row[1] for row in await unit.session.execute(forks)}
    waiting = (
        select(JournalEntry.device_id, func.count())
        .where(JournalEntry.device_id.in_(device_ids), JournalEntry.status == "unconfirmed")
        .group_by(JournalEntry.device_id)
    )
    unconfirmed = {row[0]: row[1] for row in await unit.session.execute(waiting)}
    return {
        one: (refused[one], forked.get(one, 0), unconfirmed.get(one, 0), last[one])
        for one in device_ids
    }
