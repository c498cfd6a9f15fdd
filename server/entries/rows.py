"""The journals' rows as the hot statements read and write them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from server.db.hot_path_connections import Row, Transaction, run_together
from server.db.hot_path_statements import Statement, insertion, statement, updating
from server.devices.rows import lock_device
from server.entries.checking_uploaded_entries import CheckedEntry
from server.entries.models import (
    JournalBoot,
    JournalEntry,
    JournalFork,
    JournalRefusal,
    JournalRuling,
    JournalSpan,
)
from server.entries.uploaded_chain import HeldBoot, HeldJournal
from server.tallies.counts_of_entries import EntryCount, count_of
from server.tallies.rows import note_entries
from shared.journal.chain import SignedEntry, decode_body, decode_entry
from shared.journal.claim_ids import derive_claim_id
from shared.journal.entry import SALE_GIVEN_UP, Body, BootBody, NoteBody
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftAct, ShiftBody
from shared.journal.stock_return_body import StockReturnBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import DeviceId, OrganizationId
from shared.kernel.instant import Instant

_BOOKED: Final = (SaleBody, WithdrawalBody, StockReturnBody)
_BOOKED_OF_FORKS: Final = (SaleBody, WithdrawalBody)


def is_booked(body: Body | None) -> bool:
    """Tell whether what an entry says is stored with a note that it is yet to be booked."""
    is_move = isinstance(body, ShiftBody) and body.act == ShiftAct.TENDER_MOVED
    is_given_up = isinstance(body, NoteBody) and body.topic == SALE_GIVEN_UP
    return is_move or is_given_up or isinstance(body, _BOOKED)


def is_booked_of_fork(body: Body | None) -> bool:
    """Tell the same of a forked entry: its money was taken or paid out, beside that of the other.

    What else it says of drawer and stock is the other's to say.
    """
    return isinstance(body, _BOOKED_OF_FORKS)


Place = tuple[DeviceId, bytes, int]
"""An entry's device, boot and number."""

READ_BOOTS: Final = statement(
    "SELECT EXISTS (SELECT 1 FROM journal_fork f WHERE f.device_id = $1"
    " AND f.organization_id = $2), boot, number, previous_boot, dseq, head,"
    " CASE WHEN boot = $3 THEN (SELECT e.entry FROM journal_entry e WHERE e.device_id = $1"
    " AND e.organization_id = $2 AND e.boot = $3 AND e.dseq = journal_boot.dseq) END,"
    " CASE WHEN boot = $3 THEN (SELECT e.signature FROM journal_entry e WHERE e.device_id = $1"
    " AND e.organization_id = $2 AND e.boot = $3 AND e.dseq = journal_boot.dseq) END"
    " FROM journal_boot WHERE device_id = $1 AND organization_id = $2"
)
"""With the last entry of one of them: nearly each upload goes on with one boot."""
READ_HASHES: Final = statement(
    "SELECT dseq, hash FROM journal_entry WHERE device_id = $1 AND organization_id = $2"
    " AND boot = $3 AND dseq = ANY($4::bigint[])"
)
READ_FORKS: Final = statement(
    "SELECT dseq, hash FROM journal_fork WHERE device_id = $1 AND organization_id = $2"
    " AND boot = $3 AND dseq = ANY($4::bigint[])"
)
READ_SIGNED: Final = statement(
    "SELECT device_id, boot, dseq, entry, signature, received_at, 0"
    " FROM journal_entry WHERE device_id = $2 AND organization_id = $1 AND boot = $3 AND dseq = $4"
    " UNION ALL SELECT device_id, boot, dseq, entry, signature, received_at, 1"
    " FROM journal_fork WHERE device_id = $2 AND organization_id = $1 AND boot = $3 AND dseq = $4"
)
# Each is a look-up of its own, fenced off; see `server.db.hot_path_statements.lookup`.
READ_SIGNED_MANY: Final = Statement(
    "SELECT found.* FROM unnest($2::text[], $3::bytea[], $4::bigint[])"
    " AS wanted (device_id, boot, dseq) CROSS JOIN LATERAL"
    " (SELECT device_id, boot, dseq, entry, signature, received_at, 0 FROM journal_entry"
    " WHERE device_id = wanted.device_id AND boot = wanted.boot AND dseq = wanted.dseq"
    " AND organization_id = $1 UNION ALL"
    " SELECT device_id, boot, dseq, entry, signature, received_at, 1 FROM journal_fork"
    " WHERE device_id = wanted.device_id AND boot = wanted.boot AND dseq = wanted.dseq"
    " AND organization_id = $1 OFFSET 0) found",
    "",
)
READ_DRAWER: Final = statement(
    "SELECT entry FROM journal_entry WHERE device_id = $1 AND organization_id = $2"
    " AND kind IN ('shift', 'sale', 'withdrawal') AND seq BETWEEN $3 AND $4 ORDER BY seq"
)
READ_BOOTS_OF: Final = statement(
    "SELECT device_id, boot, dseq FROM journal_boot"
    " WHERE device_id = ANY($1::text[]) AND organization_id = $2 ORDER BY device_id, number"
)
READ_WAITING: Final = statement(
    "SELECT e.boot, e.dseq, e.entry, e.signature, e.received_at FROM journal_entry e"
    " JOIN journal_boot b ON b.device_id = e.device_id AND b.boot = e.boot"
    " WHERE e.device_id = $1 AND e.organization_id = $2 AND e.status = 'unconfirmed'"
    " ORDER BY b.number, e.dseq LIMIT $3::bigint"
)
READ_WAITING_ONE: Final = statement(
    "SELECT boot, dseq, entry, signature, received_at FROM journal_entry"
    " WHERE device_id = $1 AND organization_id = $2 AND status = 'unconfirmed'"
    " AND boot = $3::bytea AND dseq = $4::bigint"
)
READ_WAITING_ACTS: Final = statement(
    "SELECT e.boot, e.dseq FROM journal_entry e"
    " JOIN journal_boot b ON b.device_id = e.device_id AND b.boot = e.boot"
    " WHERE e.device_id = $1 AND e.organization_id = $2 AND e.status = 'unconfirmed'"
    " AND e.kind = 'shift' ORDER BY b.number, e.dseq LIMIT $3::bigint"
)
"""The first acts at a drawer that wait."""
COUNT_WAITING: Final = statement(
    "SELECT count(*) FROM journal_entry WHERE device_id = $1 AND organization_id = $2"
    " AND status = 'unconfirmed'"
)
INSERT_ENTRIES: Final = insertion(
    JournalEntry,
    "device_id boot dseq organization_id event_id seq kind entry signature hash status effect"
    " received_at",
)
INSERT_FORKS: Final = insertion(
    JournalFork,
    "device_id boot dseq hash organization_id event_id entry signature received_at effect",
    "ON CONFLICT DO NOTHING",
)
INSERT_REFUSALS: Final = insertion(
    JournalRefusal, "device_id hash organization_id problem received_at", "ON CONFLICT DO NOTHING"
)
SET_BOOTS: Final = insertion(
    JournalBoot,
    "device_id boot organization_id number previous_boot dseq head",
    "ON CONFLICT (device_id, boot) DO UPDATE SET dseq = excluded.dseq, head = excluded.head",
)
ADD_SPANS: Final = insertion(
    JournalSpan,
    "event_id device_id boot organization_id entries last_dseq last_received_at",
    "ON CONFLICT (event_id, device_id, boot) DO UPDATE SET"
    " entries = journal_span.entries + excluded.entries, last_dseq = excluded.last_dseq,"
    " last_received_at = excluded.last_received_at",
)
UNCONFIRMED: Final = "unconfirmed"
"""The status of what takes no effect before a person has ruled on it."""
ACCEPTED: Final = "accepted"
"""And after: it took effect."""
DISMISSED: Final = "dismissed"
"""Or: it takes none for good."""

LET_WAIT: Final = updating(JournalEntry, "device_id boot dseq hash", "status")
"""By its hash as well: where a journal is forked, another entry stands at its place."""
SET_STATUS: Final = updating(JournalEntry, "device_id boot dseq", "status effect")
ADD_RULINGS: Final = insertion(
    JournalRuling,
    "device_id boot dseq organization_id event_id ruling ruled_by ruled_at note",
)


class JournalOwner(msgspec.Struct, frozen=True):
    """The device whose journal it is, and its organization."""

    organization_id: OrganizationId
    device_id: DeviceId


async def lock_journal(
    transaction: Transaction, owner: JournalOwner
) -> tuple[bool, Instant, Instant]:
    """Lock a device's journal against another upload.

    Returns:
        Whether the device is revoked, when it was enrolled, and when it was heard last: then, if
        it was not heard yet.
    """
    row = await lock_device(transaction, owner.organization_id, owner.device_id)
    if row is None:
        return True, Instant(0), Instant(0)
    revoked_at, enrolled_at, seen_at = row
    return revoked_at is not None, Instant(enrolled_at), Instant(seen_at or enrolled_at)


async def read_held(
    transaction: Transaction, owner: JournalOwner, entries: Sequence[CheckedEntry]
) -> HeldJournal:
    """Read what an upload has to be compared with.

    Of entries and forks only those that bear a number that was sent, or follow one: numbers far
    apart, or a journal that was forked at length, make nobody read all of it.
    """
    who = (owner.device_id, owner.organization_id)
    numbers = _numbers_sent(entries)
    first = next(iter(numbers), b"")
    rows = await transaction.fetch(READ_BOOTS, *who, first)
    boots = {row[1]: HeldBoot(*row[1:6]) for row in rows}
    has_forks = any(row[0] for row in rows)
    lasts = {row[1]: SignedEntry(*row[6:]) for row in rows if row[6] is not None}
    forks: dict[tuple[bytes, int], set[bytes]] = {}
    hashes: dict[tuple[bytes, int], bytes] = {}
    for boot, sent in numbers.items():
        if boot not in boots:
            continue
        if boot != first:
            at = (boot, boots[boot].dseq)
            found = await read_signed(transaction, owner.organization_id, [(owner.device_id, *at)])
            lasts |= {boot: one for (_, boot, _), one in found.items()}
        held = [number for number in sorted(sent) if number <= boots[boot].dseq]
        if held:
            same = await transaction.fetch(READ_HASHES, *who, boot, held)
            hashes |= {(boot, row[0]): row[1] for row in same}
    for boot, near in _numbers_near(entries, numbers).items() if has_forks else ():
        for dseq, digest in await transaction.fetch(READ_FORKS, *who, boot, sorted(near)):
            forks.setdefault((boot, dseq), set()).add(digest)
    return HeldJournal(boots, hashes, forks, lasts)


def _numbers_near(
    entries: Iterable[CheckedEntry], sent: Mapping[bytes, set[int]]
) -> dict[bytes, set[int]]:
    """Tell which numbers of each boot were sent, and which these follow."""
    near = {boot: found | {number - 1 for number in found} for boot, found in sent.items()}
    for checked in entries:
        if isinstance(checked.body, BootBody) and not checked.problem:
            near.setdefault(checked.body.previous_boot, set()).add(checked.body.previous_dseq)
    return near


def _numbers_sent(entries: Iterable[CheckedEntry]) -> dict[bytes, set[int]]:
    """Tell which numbers were sent of each boot."""
    numbers: dict[bytes, set[int]] = {}
    for checked in entries:
        if checked.entry is not None and not checked.problem:
            numbers.setdefault(checked.entry.boot, set()).add(checked.entry.dseq)
    return numbers


async def read_boots_of(
    transaction: Transaction, organization_id: OrganizationId, device_ids: Sequence[DeviceId]
) -> Sequence[Row]:
    """Read how far each boot of some devices is held: device, boot, number of the last entry."""
    return await transaction.fetch(READ_BOOTS_OF, list(device_ids), organization_id)


async def read_drawer(
    transaction: Transaction, owner: JournalOwner, first_seq: int, last_seq: int
) -> list[bytes]:
    """Read what a till's entries say of its drawer between two numbers, both included.

    Also those that wait for a person: whatever they may do, the cash has left the drawer.
    """
    who = (owner.device_id, owner.organization_id)
    rows = await transaction.fetch(READ_DRAWER, *who, first_seq, last_seq)
    return [bytes(row[0]) for row in rows]


async def insert_entries(
    transaction: Transaction,
    owner: JournalOwner,
    entries: Sequence[CheckedEntry],
    boots: Iterable[HeldBoot],
    *,
    status: str,
    now: Instant,
) -> None:
    """Store new entries as they came, with their signatures, and how far boots are held now."""
    rows = []
    noted: list[EntryCount] = []
    spans: dict[tuple[str, bytes], tuple[int, int]] = {}
    for checked in entries:
        entry = checked.as_entry
        if entry.event_id:
            count, _ = spans.get((entry.event_id, entry.boot), (0, 0))
            spans[entry.event_id, entry.boot] = (count + 1, entry.dseq)
        if (one := count_of(entry, checked.body)) is not None:
            noted.append(one)
        has_sale = is_booked(checked.body) and status == "stored"
        rows.append(
            (
                owner.device_id,
                entry.boot,
                entry.dseq,
                owner.organization_id,
                entry.event_id,
                entry.seq,
                entry.kind,
                checked.signed.entry,
                checked.signed.signature,
                checked.hash,
                status,
                "pending" if has_sale else "none",
                now,
            )
        )
    held = [
        (event_id, owner.device_id, boot, owner.organization_id, count, last, now)
        for (event_id, boot), (count, last) in sorted(spans.items())
    ]
    await run_together(
        transaction,
        (INSERT_ENTRIES, rows),
        (ADD_SPANS, held),
        (SET_BOOTS, _rows_of_boots(owner, boots)),
    )
    await note_entries(transaction, owner.organization_id, noted)


def _rows_of_boots(owner: JournalOwner, boots: Iterable[HeldBoot]) -> list[Row]:
    """Return the rows of boots that are held further now."""
    return [
        (
            owner.device_id,
            state.boot,
            owner.organization_id,
            state.number,
            state.previous_boot,
            state.dseq,
            state.head,
        )
        for state in boots
        if state.is_changed
    ]


async def insert_forks(
    transaction: Transaction,
    owner: JournalOwner,
    entries: Iterable[CheckedEntry],
    *,
    is_revoked: bool,
    now: Instant,
) -> None:
    """Keep forked entries as evidence; money that they moved is yet to be booked."""
    rows = []
    for checked in entries:
        entry = checked.as_entry
        rows.append(
            (
                owner.device_id,
                entry.boot,
                entry.dseq,
                checked.hash,
                owner.organization_id,
                entry.event_id,
                checked.signed.entry,
                checked.signed.signature,
                now,
                "none" if is_revoked or not is_booked_of_fork(checked.body) else "pending",
            )
        )
    await transaction.run_many(INSERT_FORKS, rows)


async def insert_refusals(
    transaction: Transaction, owner: JournalOwner, entries: Iterable[CheckedEntry], now: Instant
) -> None:
    """Note what was refused, and why."""
    rows = [
        (owner.device_id, checked.hash, owner.organization_id, checked.problem, now)
        for checked in entries
    ]
    await transaction.run_many(INSERT_REFUSALS, rows)


class Received(msgspec.Struct, frozen=True):
    """A signed entry that is held, and when it came."""

    signed: SignedEntry
    at: Instant
    is_forked: bool


async def read_signed(
    transaction: Transaction, organization_id: OrganizationId, places: Sequence[Place]
) -> dict[Place, SignedEntry]:
    """Read entries with their signatures by device, boot and number; those that are held.

    Of a forked journal those that were there first; see `read_told`.
    """
    found = await read_received(transaction, organization_id, places)
    return {
        place: one.signed for place, held in found.items() for one in held if not one.is_forked
    }


async def read_told(
    transaction: Transaction, organization_id: OrganizationId, places: Mapping[str, Place]
) -> dict[str, SignedEntry]:
    """Read the entries that told of passages, by claim id, also where a fork stands at a place.

    Args:
        transaction: A reading one.
        organization_id: Whose.
        places: Where each was told of.
    """
    found = await read_received(transaction, organization_id, list(places.values()))
    told: dict[str, SignedEntry] = {}
    for claim_id, place in places.items():
        held = [one.signed for one in found.get(place, ())]
        if len(held) > 1:
            held = [one for one in held if claim_id in _names_of(one)]
        if held:
            told[claim_id] = held[0]
    return told


def _names_of(signed: SignedEntry) -> set[str]:
    """Return the ids under which the ledger may know what an entry tells."""
    with contextlib.suppress(BadInput):
        body = decode_body(decode_entry(signed.entry))
        return {getattr(body, "claim_id", ""), derive_claim_id(signed.hash)}
    return set()  # it was kept for its place in the chain


async def read_received(
    transaction: Transaction, organization_id: OrganizationId, places: Sequence[Place]
) -> dict[Place, list[Received]]:
    """Read all that stands at some places, forked entries too, and when each was received."""
    if not places:
        return {}
    if transaction.has_round_trips:
        columns = [list(column) for column in zip(*places, strict=True)]
        rows = await transaction.fetch(READ_SIGNED_MANY, organization_id, *columns)
    else:
        rows = [
            row
            for place in places
            for row in await transaction.fetch(READ_SIGNED, organization_id, *place)
        ]
    found: dict[Place, list[Received]] = {}
    for row in rows:
        one = Received(SignedEntry(row[3], row[4]), Instant(row[5]), is_forked=bool(row[6]))
        found.setdefault((row[0], bytes(row[1]), row[2]), []).append(one)
    return found
