"""Reading what a device's passages are judged by, and letting doubted ones wait for a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from server.db.column_types import TICKET_ID_OFFSET
from server.db.hot_path_connections import Transaction
from server.db.rate_limit_over_workers import (
    CLOCKS_APART,
    COUNT,
    GOING_ON,
    READ_COUNTERS,
    REMEMBERED,
)
from server.devices.rows import read_device_places, read_keys, read_paces
from server.entries.checking_uploaded_entries import CheckedEntry
from server.entries.rows import LET_WAIT, UNCONFIRMED
from server.ledger.uses import GIFT, UseRecord
from server.plans.event_book import EventBook
from server.reconciliation.passage_rights import Asker, AssignedPlace, Doubt, Rights, told_of
from server.reconciliation.typed_codes import TypedCodes, TypingPace
from server.ticketing.rows import READ_DIGESTS
from server.ticketing.withdrawals import WithdrawalRecord
from shared.admission.pace import PaceLimit
from shared.journal.entry import Body, DispositionBody, GiveBody, ScanBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import ClaimId, DeviceId, OrganizationId, TicketId
from shared.kernel.instant import MINUTE, Duration, Instant
from shared.manifest.seen_codes import ReadCodes, SeenForm, form_of
from shared.manifest.tickets import TicketRow

PASSAGES_OF_A_TICKET: Final = 64
"""So many that a device tells of on one ticket count as they come; more count at its pace."""
UPLOAD_GOES_ON: Final[Duration] = 10 * MINUTE
"""So long after a part of a journal the next one counts as brought with it."""


def is_signed(body: Body | None) -> bool:
    """Whether a body may bear a badge's signature, so that one must know whose badges sign."""
    if isinstance(body, GiveBody):
        return body.proof is not None and bool(body.proof.signature)
    return isinstance(body, ScanBody | DispositionBody) and bool(body.signature)


async def read_rights(
    transaction: Transaction,
    book: EventBook,
    device_id: DeviceId,
    entries: Sequence[CheckedEntry],
    tickets: Mapping[TicketId, TicketRow],
    uses: Mapping[ClaimId, UseRecord],
    again: Collection[TicketId],
    checked: ReadCodes,
) -> Rights:
    """Read where a device may say that people passed, and what proves imported codes.

    Of devices in whose names it says that it gave entries away, their keys and places as well.
    Nothing is read where the ledger has granted all of a batch's passages, nothing was given away,
    and no tickets are looked at `again`.
    """
    alone = [
        body
        for body in (one.body for one in entries)
        if isinstance(body, ScanBody)
        and body.verdict == "admit"
        and not _is_granted(body, uses.get(body.claim_id), device_id)
    ]
    gifts = [body for body in (one.body for one in entries) if isinstance(body, GiveBody)]
    if not alone and not again and not gifts:
        return Rights(checked=checked)
    org = book.organization_id
    places = await _read_places(transaction, org, device_id) if alone else None
    keys = await read_keys(transaction, org, {body.device_id for body in gifts})
    askers = {one: Asker(key, await _read_places(transaction, org, one)) for one, key in keys}
    named = [*(body.ticket_id or TicketId(0) for body in alone), *again]
    named += [body.ticket_id for body in gifts]
    found = (tickets.get(ticket_id) for ticket_id in named)
    imported = {row.ticket_id for row in found if row is not None and row.facts.is_imported}
    digests: dict[int, bytes] = {}
    if imported:
        ids = sorted(ticket_id - TICKET_ID_OFFSET for ticket_id in imported)
        kept = await transaction.fetch(READ_DIGESTS, book.event_id, book.organization_id, ids)
        digests = {row[0] + TICKET_ID_OFFSET: bytes(row[1]) for row in kept}
    return Rights(places, askers, digests, checked=checked)


async def _read_places(
    transaction: Transaction, organization_id: OrganizationId, device_id: DeviceId
) -> list[AssignedPlace]:
    rows = await read_device_places(transaction, organization_id, device_id)
    return [AssignedPlace(*row) for row in rows]


def with_former_codes(
    rights: Rights, withdrawals: Mapping[TicketId, Sequence[WithdrawalRecord]]
) -> Rights:
    """Add what proves that somebody has read a manual code that is replaced by now."""
    former = {ticket_id: former_codes(made) for ticket_id, made in withdrawals.items()}
    return msgspec.structs.replace(rights, former_codes=former)


def former_codes(withdrawals: Iterable[WithdrawalRecord]) -> dict[int, int]:
    """Return the last generation of each manual code that a ticket's withdrawals have replaced.

    There are no more than generations.
    """
    return {
        one.manual_code: one.becomes - 1
        for one in withdrawals
        if one.manual_code is not None and one.becomes is not None
    }


def _is_granted(body: ScanBody, known: UseRecord | None, device_id: DeviceId) -> bool:
    """Whether a passage is surely one that the ledger knows, and no other under its id."""
    return (
        known is not None
        and not known.is_annulled
        and known.device_id == device_id
        and (known.ticket_id, known.zone_id) == (body.ticket_id, body.zone_id)
        and (known.count, known.direction) == (body.count, body.direction)
    )


async def read_typed_codes(
    transaction: Transaction,
    book: EventBook,
    typed: TypedCodes,
    device_id: DeviceId,
    entries: Sequence[CheckedEntry],
    uses: Mapping[ClaimId, UseRecord] | None = None,
) -> None:
    """Read how many passages by manual codes count, of those in whose names entries tell of some.

    Nothing is read where none does. Where places are limited, any passage may count that the
    ledger has not granted (`uses`); and on a ticket of which many are told, each.
    """
    is_limited = any(zone.capacity is not None for zone in book.index.zones.values())
    told = told_of(device_id, (uses or {}).values())
    admitted = (one.body for one in entries if isinstance(one.body, ScanBody))
    told.update(body.ticket_id for body in admitted if body.ticket_id is not None)
    is_often = max(told.values(), default=0) > PASSAGES_OF_A_TICKET
    named = {
        _brought_by(one.body, device_id)
        for one in entries
        if _may_count(one.body) or (is_limited and _is_new(one.body, uses or {}, device_id))
    }
    named |= {device_id} if is_often or typed.going_on else set()
    await read_typing_paces(transaction, book, typed, [one for one in named if one])
    if typed.going_on:
        typed.taken[typed.going_on] += 0  # where its counter stands is kept in any case


def _is_new(body: Body | None, uses: Mapping[ClaimId, UseRecord], device_id: DeviceId) -> bool:
    """Whether a body may tell of somebody who came in and whom the ledger did not let in."""
    if not isinstance(body, ScanBody) or (body.verdict, body.direction) != ("admit", "in"):
        return isinstance(body, GiveBody)
    known = uses.get(body.claim_id)
    is_given = known is not None and known.source == GIFT and not known.is_confirmed
    return is_given or not _is_granted(body, known, device_id)


async def read_typing_paces(
    transaction: Transaction,
    book: EventBook,
    typed: TypedCodes,
    device_ids: Iterable[DeviceId],
) -> None:
    """Read how much by manual codes counts of devices that are not known yet.

    What is brought in parts counts as if it had come at once: the device is heard of between two.
    """
    wanted = [one for one in device_ids if one not in typed.paces]
    if not wanted:
        return
    keys = [key for one in wanted for key in (_counter(typed, one), _going_on(typed, one))]
    counters = await transaction.fetch(READ_COUNTERS, keys, typed.now)
    counted = {str(key): Instant(tat) for key, tat in counters}
    for one, per_minute, heard_at in await read_paces(transaction, book.organization_id, wanted):
        at = counted.get(_counter(typed, one), Instant(0))
        begun = Instant(max(heard_at, at)) if at <= typed.now else Instant(heard_at)
        since = book.open_times.since(begun, typed.now)
        ends = counted.get(_going_on(typed, one), Instant(0))
        if 0 < at <= typed.now and 0 <= ends - typed.now <= UPLOAD_GOES_ON + CLOCKS_APART:
            # For how long doors were open before the last part the counter says already.
            part_at = min(Instant(ends - UPLOAD_GOES_ON), typed.now)
            closed = Duration(book.open_times.since(part_at, typed.now) - part_at)
            since = Instant(at + closed)
        typed.paces[one] = TypingPace(PaceLimit(per_minute), since, at)


def _counter(typed: TypedCodes, device_id: DeviceId) -> str:
    return f"{REMEMBERED}{device_id}:{typed.event_id}"


def _going_on(typed: TypedCodes, device_id: DeviceId) -> str:
    return f"{GOING_ON}{device_id}:{typed.event_id}"


def _brought_by(body: Body | None, device_id: DeviceId) -> DeviceId:
    """Return the device in whose name a body tells of what may count."""
    return body.device_id if isinstance(body, GiveBody) else device_id


def _may_count(body: Body | None) -> bool:
    """Whether a body tells of what may count, wherever that was."""
    if isinstance(body, ScanBody):
        is_bare = body.key_id is None or form_of(body.seen) is SeenForm.MANUAL
        return body.verdict == "admit" and (is_bare or body.count > 1)
    if isinstance(body, GiveBody):
        seen = b"" if body.proof is None else body.proof.seen
        return form_of(seen) is SeenForm.MANUAL or body.count > 1
    return isinstance(body, WithdrawalBody) and form_of(body.seen) is SeenForm.MANUAL


async def count_typed_codes(transaction: Transaction, typed: TypedCodes) -> None:
    """Keep how many passages by manual codes have counted.

    At the end of an upload: counters are the last rows that it locks, in one order.
    """
    for device_id, pace in typed.counted().items():
        moved = pace.moved(typed.taken[device_id])
        since = pace.since(typed.now)
        ahead = Duration(typed.now - since + pace.window)
        await transaction.fetch(COUNT, _counter(typed, device_id), since, moved, ahead, typed.now)
        if device_id == typed.going_on:
            until, none = Instant(typed.now + UPLOAD_GOES_ON), Duration(0)
            going_on = _going_on(typed, device_id)
            await transaction.fetch(COUNT, going_on, until, none, none, typed.now)


async def let_wait(
    transaction: Transaction, doubted: Sequence[tuple[Doubt, CheckedEntry]]
) -> None:
    """Let passages without effect wait for a person, who may accept them all the same.

    They may be of several devices: a sale that comes shows who had not read its tickets' codes.
    """
    entries = [(checked.entry, checked.hash) for _, checked in doubted]
    places = [
        (one.device_id, one.boot, one.dseq, seal) for one, seal in entries if one is not None
    ]
    await transaction.run_many(LET_WAIT, [(*place, UNCONFIRMED) for place in places])
