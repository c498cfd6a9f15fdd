"""Delegating ticket signing to tills, and taking it back: a key, a range of ids, its bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from server.db.ledger_state import is_taken_over
from server.db.unit import Context, Unit, locked
from server.devices.assigning import choose_event
from server.devices.device_of_request import DeviceIdentity
from server.devices.finding_devices import Device, hold_device
from server.devices.schemas import SELLING_ROLES
from server.events.event_states import SELLABLE
from server.events.events_and_dates import get_event_in
from server.homes.first_homes import assign_ranges, circles_of, parts_of_each
from server.keys.organization_keys import TILL, KeyRow, find_till_keys, new_key_row, next_key_id
from server.plans.compiling_plans import read_event_config
from server.problem_answers import Problem
from server.publishing.publisher import Publisher, tell_ended_keys, tell_keyring
from server.ticketing.finding_and_changing_tickets import count_within
from server.tills.allotments import refill, sum_sold_and_lost
from server.tills.stock_grant_document import read_grant
from shared.credential.keyring import IdRange, KeyStatus
from shared.kernel.ed25519 import is_valid
from shared.kernel.id_types import DeviceId, EventId, TicketId
from shared.kernel.same_fields import made_of
from shared.manifest.event_config import EventConfig
from shared.manifest.signed_document import (
    DocumentKind,
    DocumentSigner,
    SignedDocument,
    encode_document,
)
from shared.wire.till_key import TILL_KEY_CONTEXT, AllotmentGrant, TillKeyAnswer, TillKeyRequest
from shared.wire.till_stock import StockGrant

LIMIT_STEP: Final = 32
"""By so much the range of a till's key grows where sales above the size of its stock need it:
each growth is told to all gates. A stolen till has no more than so many ids besides its grant."""
TILL_ID_PREFIX_BITS: Final = 20
"""A till's share of the ticket ids: one of a million prefixes, drawn at random. How many ids of
it count is bounded by what the till was granted."""
TILL_MANUAL_PREFIX_BITS: Final = 13
"""A till's share of the manual codes. The first of them is 1: the server's own codes begin with 0.
2^27 codes are left a till."""
TILL_KEYS_MAX: Final = 32
"""Keys that one till may have had for one event; more are no accident."""


async def delegate_key(
    context: Context,
    publisher: Publisher,
    signer: DocumentSigner,
    device: DeviceIdentity,
    request: TillKeyRequest,
) -> TillKeyAnswer:
    """Delegate a till's key for its event, and refill what it may sell.

    The same key again gets the same range; grants are totals. A till has one live key of an event:
    another one puts an end to the one before, whose listed tickets stay good.

    Raises:
        Problem: `forbidden` for a device that is no till, another event than its own, or a proof
            that does not hold; `device-revoked`; `not-found` for another organization's event;
            `conflict` if the key is in use, or the till had too many.
    """
    public_key = bytes.fromhex(request.public_key)
    proof = bytes.fromhex(request.proof)
    said = request.event_id.encode() + public_key
    if not is_valid(public_key, proof, TILL_KEY_CONTEXT, said):
        raise Problem("forbidden", "The proof is not the key's signature over this event.")
    if public_key == device.public_key:
        raise Problem("forbidden", "The ticket key must be another one than the journal's.")
    async with context.write(device.organization_id) as unit:
        await check_till(unit, device.id, request.event_id)
        otherwise = "tills may not sell for it."
        await get_event_in(unit, request.event_id, SELLABLE, otherwise)
        await choose_event(unit, device.id, request.event_id)
        config = await read_event_config(unit, request.event_id)
        known = await _keys_of(unit, request.event_id, device.id)
        row = next((one for one in known if one.public_key == public_key), None)
        if row is not None and not _is_live(row):
            return _terms(row, None, is_over=True)
        before = None if row is None else (row.id_limit, row.ticket_type_codes)
        ended = [one for one in known if _is_live(one)] if row is None else []
        if row is None:
            row = await _replace(unit, device.id, request.event_id, public_key, known)
            await assign_ranges(unit, config, [(row.key_id, _ids_of(row))])
        await refill(unit, request.event_id, device.id)
        grant = await read_grant(unit, request.event_id, device.id)
        _bound(row, config, grant, await _sold_before(unit, grant))
        if (row.id_limit, row.ticket_type_codes) != before:
            await unit.session.flush()
            await tell_ended_keys(unit, publisher, config, ended)
            grant = await read_grant(
                unit, request.event_id, device.id
            )  # with the key as it is now
    return _terms(row, grant, signer.sign(DocumentKind.GRANT, grant, context.clock.wall()))


async def limit_till_key(
    unit: Unit, publisher: Publisher, grant: StockGrant, *, has_slack: bool = False
) -> None:
    """Bound a till's live key by what it may sell by now, and tell gates where that changes.

    Args:
        unit: A writing one.
        publisher: Tells the gates.
        grant: What it may sell.
        has_slack: It sells above the size of its stock: where the bound must grow, it grows by a
            step, and it is not taken back now.
    """
    config = await read_event_config(unit, grant.event_id)
    sold, has_changed = await _sold_before(unit, grant), False
    for row in await _keys_of(unit, grant.event_id, grant.device_id):
        if not _is_live(row):
            continue
        before = (row.id_limit, row.ticket_type_codes)
        _bound(row, config, grant, sold, has_slack=has_slack)
        has_changed = has_changed or (row.id_limit, row.ticket_type_codes) != before
    if has_changed:
        await unit.session.flush()
        await tell_keyring(unit, publisher, config)


async def is_too_wide(unit: Unit, grant: StockGrant) -> bool:
    """Tell whether a till's live key admits more than the till may sell by now.

    It gave stock back: whoever takes the till away then mints no more than what it still has,
    and a step at most.
    """
    rows = await _keys_of(unit, grant.event_id, grant.device_id, is_locked=False)
    live = [row for row in rows if _is_live(row)]
    if not live:
        return False
    sold = await _sold_before(unit, grant)
    limit = _limit(await read_event_config(unit, grant.event_id), grant, sold)
    return any(row.id_limit is None or row.id_limit > limit + LIMIT_STEP for row in live)


async def recall_keys(unit: Unit, publisher: Publisher, held: StockGrant) -> None:
    """Know the keys again that a till was delegated, and that the ledger has forgotten.

    They are keys of before: what the till's journal says to have been sold on them is good, and
    admits; by their signature alone nobody is let in, and the till draws another. Its id may be
    another's by now, which credentials bear as a hint only; one whose range is stays forgotten.
    """
    device = await hold_device(unit, held.device_id)
    if device.revoked_at is not None or device.role not in SELLING_ROLES:
        return
    config = await read_event_config(unit, held.event_id)
    await next_key_id(unit, held.event_id)  # the series is locked
    taken, recalled = await find_till_keys(unit, held.event_id), list[KeyRow]()
    query = select(KeyRow.public_key).where(
        KeyRow.public_key.in_([one.public_key for one in held.keys])
    )
    known = set((await unit.session.execute(query)).scalars())
    for one in held.keys:
        is_given = any(
            key.id_prefix == one.id_prefix or key.manual_prefix == one.manual_prefix
            for key in (*taken, *recalled)
        )
        if is_given or one.public_key in known:
            continue
        known.add(one.public_key)
        row = new_key_row(unit, one.key_id, TILL, one.public_key, event_id=held.event_id)
        row.status, row.compromised_at = KeyStatus.COMPROMISED, unit.now
        row.id_prefix, row.id_prefix_bits = one.id_prefix, one.id_prefix_bits
        row.manual_prefix, row.manual_prefix_bits = one.manual_prefix, one.manual_prefix_bits
        row.ticket_type_codes = None if one.ticket_type_codes is None else [*one.ticket_type_codes]
        row.id_limit, row.device_id = one.id_limit, held.device_id
        recalled.append(await unit.add(row))
    if recalled:
        await unit.session.flush()
        await assign_ranges(unit, config, [(one.key_id, _ids_of(one)) for one in recalled])
        await tell_ended_keys(unit, publisher, config, recalled)


async def hold_unrevoked(unit: Unit, device_id: DeviceId) -> Device:
    """See that a device is not revoked; it is locked, so that no revocation passes.

    Raises:
        Problem: if it is.
    """
    device = await hold_device(unit, device_id)
    if device.revoked_at is not None:
        raise Problem(
            "device-revoked", f"The device {device_id} has been revoked; ask the organizer."
        )
    return device


async def check_till(unit: Unit, device_id: DeviceId, event_id: EventId) -> None:
    """See that a device is a till of the event now; it is locked, so that no revocation passes.

    Raises:
        Problem: if it is not.
    """
    device = await hold_unrevoked(unit, device_id)
    if device.role not in SELLING_ROLES:
        raise Problem("forbidden", "This device was not enrolled as a till.")
    if device.event_id not in {None, event_id}:
        raise Problem("forbidden", "This till serves another event; let the organizer assign it.")


async def check_not_taken_over(unit: Unit) -> None:
    """See that no other machine gives tills the same stock, and the same money of vouchers.

    Raises:
        Problem: `conflict` where one took over.
    """
    if await unit.find(select(is_taken_over())):
        raise Problem("conflict", "Another machine took over from this server: ask that one.")


async def _keys_of(
    unit: Unit, event_id: EventId, device_id: DeviceId, *, is_locked: bool = True
) -> Sequence[KeyRow]:
    """Return the keys that a till has had for an event, locked as they are now."""
    query = select(KeyRow).where(
        KeyRow.purpose == TILL, KeyRow.event_id == event_id, KeyRow.device_id == device_id
    )
    return await unit.all(locked(query) if is_locked else query)


def _ids_of(row: KeyRow) -> IdRange:
    return IdRange(row.id_prefix, row.id_prefix_bits)


def _is_live(row: KeyRow) -> bool:
    return row.status == KeyStatus.ACTIVE and row.retired_at is None


async def _replace(
    unit: Unit, device_id: DeviceId, event_id: EventId, public_key: bytes, known: Sequence[KeyRow]
) -> KeyRow:
    """Take a till's new key in the place of the one before."""
    if len(known) >= TILL_KEYS_MAX:
        what = "This till has had too many keys for this event; revoke it and enrol it anew."
        raise Problem("conflict", what)
    taken = select(KeyRow.public_key).where(KeyRow.public_key == public_key)
    if await unit.find(taken) is not None:
        raise Problem("conflict", "This key belongs to another event or device; make a new one.")
    for row in known:
        if _is_live(row):
            # Its file is lost, or in other hands: what it has sold was uploaded before.
            row.status, row.compromised_at = KeyStatus.COMPROMISED, unit.now
    return await _add(unit, device_id, event_id, public_key)


async def _add(unit: Unit, device_id: DeviceId, event_id: EventId, public_key: bytes) -> KeyRow:
    # The series is locked: ranges are drawn one after another.
    key_id = await next_key_id(unit, event_id)
    taken = await find_till_keys(unit, event_id)
    row = new_key_row(unit, key_id, TILL, public_key, event_id=event_id)
    row.id_prefix = _draw(unit, TILL_ID_PREFIX_BITS, {key.id_prefix for key in taken})
    row.id_prefix_bits = TILL_ID_PREFIX_BITS
    own = {key.manual_prefix for key in taken}
    row.manual_prefix = _draw(
        unit, TILL_MANUAL_PREFIX_BITS, own, at_least=1 << (TILL_MANUAL_PREFIX_BITS - 1)
    )
    row.manual_prefix_bits = TILL_MANUAL_PREFIX_BITS
    row.device_id = device_id
    return await unit.add(row)


def _draw(unit: Unit, bits: int, taken: set[int], *, at_least: int = 0) -> int:
    """Draw a prefix that is not taken."""
    if len(taken) >= (1 << bits) - at_least:
        raise Problem("conflict", "All of this event’s ticket ranges have been given to tills.")
    while True:
        drawn = int.from_bytes(unit.entropy.random_bytes(4), "big") >> (32 - bits)
        if (found := drawn | at_least) not in taken:
            return found


async def _sold_before(unit: Unit, grant: StockGrant) -> int:
    """Return how much of a till's grant is on tickets of keys that it had before its live one.

    Less what it may have sold unheard of what was taken back: its ids stay good so long.
    """
    _, lost = await sum_sold_and_lost(unit, grant.event_id, grant.device_id)
    return await _booked_before(unit, grant) - lost


async def _booked_before(unit: Unit, grant: StockGrant) -> int:
    if not (total := sum(one.sold for one in grant.types)):
        return 0
    count = 0
    for row in await _keys_of(unit, grant.event_id, grant.device_id, is_locked=False):
        if not _is_live(row):
            ids = _ids_of(row)
            last = TicketId(ids.id_at(0) | (1 << 64 - row.id_prefix_bits) - 1)
            first = TicketId(ids.id_at(0))
            count += await count_within(unit, grant.event_id, first, last)
    return min(count, total)


def _bound(
    row: KeyRow,
    config: EventConfig,
    grant: StockGrant,
    sold_before: int,
    *,
    has_slack: bool = False,
) -> None:
    """Bound a till's key by what it was granted: so many ids, of these types.

    Where its range is parted among homes, each type's homes have their share of the parts.
    """
    limit = _limit(config, grant, sold_before)
    if not has_slack:
        row.id_limit = limit
    elif row.id_limit is None or row.id_limit < limit:
        row.id_limit = _limit(config, grant, sold_before, slack=LIMIT_STEP)
    row.ticket_type_codes = [one.ticket_type_code for one in grant.types]


def _limit(config: EventConfig, grant: StockGrant, sold_before: int, *, slack: int = 0) -> int:
    granted = slack - sold_before + sum(one.granted - one.returned for one in grant.types)
    circles = circles_of(config)
    return -(-granted // parts_of_each(circles)) if circles else granted


def _terms(
    row: KeyRow,
    grant: StockGrant | None,
    signed: SignedDocument | None = None,
    *,
    is_over: bool = False,
) -> TillKeyAnswer:
    types = () if grant is None else grant.types
    return made_of(
        TillKeyAnswer,
        row,
        allotments=tuple(
            # What was returned is told as never granted: older programs know of no returns.
            AllotmentGrant(one.ticket_type_code, one.granted - one.returned)
            for one in types
        ),
        public_key=row.public_key.hex(),
        is_over=is_over,
        grant=b"" if signed is None else encode_document(signed),
    )
