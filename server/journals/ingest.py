"""Taking in a device's journal: sorted, stored verbatim, and its effects, in one transaction.

The order of locks: the device's journal, tickets by id, zones of limited capacity, the event's
counter. Known entries are told apart before numbers of the feed are taken, so that the feed has
no holes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from server.db.hot_path_connections import Transaction
from server.entries.checking_uploaded_entries import CheckedEntry
from server.entries.rows import (
    insert_entries,
    insert_forks,
    insert_refusals,
    lock_journal,
    read_held,
)
from server.entries.uploaded_chain import FORKED, ChainSorter, HeldBoot, JournalAlarm, Sorted
from server.journals.event_poster import EventPoster
from server.journals.revoked_device_uploads import take_at_once
from server.journals.snapshot_and_postings import Ingest
from server.reconciliation.clock_conflicts import name_clocks
from server.reconciliation.conflicts_and_sides import record_findings
from server.reconciliation.false_devices import name_false_devices
from server.reconciliation.findings import Finding
from server.reconciliation.journal_findings import alarm_finding, name_flaws
from server.reconciliation.passage_records import (
    count_typed_codes,
)
from server.reconciliation.typed_codes import TypedCodes
from server.shifts.booking import book_shifts
from shared.journal.entry import SurrenderBody
from shared.kernel.id_types import EventId
from shared.kernel.ports import Clock


class Ingested(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an upload.

    Attributes:
        boots: All boots of the device as they are held now.
        heads: The new heads of the events whose feeds grew, with the epoch.
        sales: What is stored, or kept as a fork, and waits to be booked.
        moved: Events of which the device has given up tickets.
    """

    sorted: Sorted
    boots: dict[bytes, HeldBoot]
    heads: dict[EventId, tuple[int, int]]
    sales: Sequence[CheckedEntry]
    is_revoked: bool
    moved: Sequence[str] = ()


async def ingest(
    transaction: Transaction, upload: Ingest, entries: Sequence[CheckedEntry], clock: Clock
) -> Ingested:
    """Sort, store and post an upload.

    Args:
        transaction: Where it is stored; nothing of the device was locked by it before.
        upload: What is known of it.
        entries: Its entries, in order.
        clock: The server's, to be held against when a server heard of the device last.

    Raises:
        Outdated: if an event's book is older than the database; nothing was done.
    """
    owner, now = upload.owner, upload.received_at
    is_revoked, enrolled_at, seen_at = await lock_journal(transaction, owner)
    held = await read_held(transaction, owner, entries)
    sorter = ChainSorter(held, is_revoked=is_revoked)
    for checked in entries:
        sorter.take(checked)
    found = sorter.sorted
    at_once = take_at_once(found, is_revoked=is_revoked)
    await insert_entries(
        transaction, owner, found.stored, held.boots.values(), status=at_once.status, now=now
    )
    await insert_forks(transaction, owner, found.forked, is_revoked=is_revoked, now=now)
    await insert_refusals(transaction, owner, found.refused, now)
    is_forked = any(one.kind == FORKED for one in found.alarms)
    found.alarms += await name_clocks(
        transaction,
        owner,
        found.stored,
        held.lasts,
        enrolled_at=enrolled_at,
        seen_at=seen_at,
        received_at=now,
        now=clock.wall(),  # a device may have been heard of while its upload waited for the lock
    )
    found.alarms += await name_false_devices(transaction, owner, found.stored)
    found.alarms.extend(name_flaws([*found.stored, *found.forked]))
    shifts = await book_shifts(transaction, owner, at_once.shifts, now, is_forked=is_forked)
    heads, typed = await _post_events(transaction, upload, at_once.posted, found.alarms, shifts)
    for one in typed:
        await count_typed_codes(transaction, one)
    given_up = {
        one.entry.event_id
        for one in at_once.posted
        if one.entry is not None and isinstance(one.body, SurrenderBody)
    }
    return Ingested(
        sorted=found,
        boots=held.boots,
        heads=heads,
        sales=at_once.sales,
        is_revoked=is_revoked,
        moved=sorted(given_up),
    )


async def _post_events(
    transaction: Transaction,
    upload: Ingest,
    posted: Iterable[CheckedEntry],
    raised: Iterable[JournalAlarm],
    shifts: Mapping[EventId, Sequence[Finding]],
) -> tuple[dict[EventId, tuple[int, int]], list[TypedCodes]]:
    """Post the new entries of each event; events in order, so that uploads cannot deadlock.

    An alarm about an entry of no event of the organization's is shown at the event that the device
    serves.
    """
    groups: dict[str, list[CheckedEntry]] = {}
    for checked in posted:
        if checked.entry is not None and checked.entry.event_id:
            groups.setdefault(checked.entry.event_id, []).append(checked)
    alarms: dict[str, list[JournalAlarm]] = {}
    for alarm in raised:
        entry = alarm.checked.entry
        event_id = "" if entry is None else entry.event_id
        is_known = event_id and upload.book_of(EventId(event_id)) is not None
        alarms.setdefault(event_id if is_known else upload.home_event, []).append(alarm)
    found: dict[str, list[Finding]] = {}
    for event_id, findings in shifts.items():
        is_known = event_id and upload.book_of(EventId(event_id)) is not None
        found.setdefault(event_id if is_known else upload.home_event, []).extend(findings)
    going_on = upload.owner.device_id if upload.goes_on else None
    heads: dict[EventId, tuple[int, int]] = {}
    counted: list[TypedCodes] = []
    for event_id in sorted(groups.keys() | alarms.keys() | found.keys()):
        book = upload.book_of(EventId(event_id)) if event_id else None
        if book is None:
            told = [alarm_finding(one, upload.received_at) for one in alarms.get(event_id, ())]
            await _keep_findings(
                transaction, upload, EventId(event_id), [*told, *found.get(event_id, ())]
            )
            continue
        counted.append(TypedCodes(book.event_id, upload.received_at, going_on=going_on))
        poster = EventPoster(transaction, upload, book, counted[-1])
        head = await poster.post(
            groups.get(event_id, ()), alarms.get(event_id, ()), found=found.get(event_id, ())
        )
        if head is not None:
            heads[EventId(event_id)] = head
    return heads, counted


async def _keep_findings(
    transaction: Transaction, upload: Ingest, event_id: EventId, findings: Sequence[Finding]
) -> None:
    """Record findings that belong to no event; there is no feed to tell them by."""
    await record_findings(
        transaction,
        upload.owner.organization_id,
        event_id,
        findings,
        now=upload.received_at,
        entropy=upload.entropy,
    )
