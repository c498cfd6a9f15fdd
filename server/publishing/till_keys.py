"""Delegating ticket signing to tills: a key, a range of ids, and how many they may sell alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select, update

from server.db.unit import Context, Unit
from server.devices.identity import DeviceIdentity
from server.homes.assigning import assign_ranges
from server.problems import Problem
from server.publishing.keys import (
    TILL,
    find_till_keys,
    new_key_row,
    next_key_id,
    read_keyring,
)
from server.publishing.models import Allotment
from server.publishing.models import SigningKey as KeyRow
from server.publishing.plan import read_event_config
from server.publishing.service import Publisher
from server.sync.feed import append_config
from server.ticketing.inventory import Stock, available, read_stock, take_stock
from server.ticketing.ticket_types import list_ticket_types
from shared.credential.keyring import IdRange
from shared.kernel.ed25519 import is_valid
from shared.wire.enrol import (
    TILL_KEY_CONTEXT,
    AllotmentGrant,
    TillKeyAnswer,
    TillKeyRequest,
)
from shared.wire.feed import ConfigChange

PREFIX_BITS: Final = 20
"""A till's share of the ticket ids: one of a million prefixes, drawn at random."""

MANUAL_BITS: Final = 13
"""The first of them is 1: the server's own codes begin with 0. 2^27 codes are left a till."""

ALLOTMENT: Final = 200
"""Unsold tickets of each type that a till is given, as long as there are so many."""


async def delegate_key(
    context: Context, publisher: Publisher, device: DeviceIdentity, request: TillKeyRequest
) -> TillKeyAnswer:
    """Delegate a till's key for an event, and top up what it may sell.

    The same key again gets the same range; grants are totals.

    Raises:
        Problem: `forbidden` for a device that is no till, or a proof that does not hold;
            `not-found` for another organization's event; `conflict` if the key is in use.
    """
    if device.role not in {"till", "both"}:
        raise Problem("forbidden", "This device was not enrolled as a till.")
    public_key = bytes.fromhex(request.public_key)
    proof = bytes.fromhex(request.proof)
    said = request.event_id.encode() + public_key
    if not is_valid(public_key, proof, TILL_KEY_CONTEXT, said):
        raise Problem("forbidden", "The proof is not the key's signature over this event.")
    if public_key == device.public_key:
        raise Problem("forbidden", "The ticket key must be another one than the journal's.")
    async with context.write(device.organization_id) as unit:
        config = await read_event_config(unit, request.event_id)
        row = await _find(unit, public_key)
        is_new = row is None
        if row is None:
            row = await _add(unit, device, request.event_id, public_key)
        elif row.event_id != request.event_id or row.device_id != device.id:
            raise Problem("conflict", "This key serves another event or device; make a new one.")
        grants = await _top_up(unit, device, request.event_id)
        if is_new:
            ids = IdRange(row.id_prefix, row.id_prefix_bits)
            await assign_ranges(unit, config, [(row.key_id, ids)])
            change = ConfigChange(config, await read_keyring(unit))
            await append_config(unit.session, request.event_id, change, has_new_keys=True)
            publisher.tell(unit, request.event_id)
    return TillKeyAnswer(
        key_id=row.key_id,
        id_prefix=row.id_prefix,
        id_prefix_bits=row.id_prefix_bits,
        manual_prefix=row.manual_prefix,
        manual_prefix_bits=row.manual_prefix_bits,
        allotments=tuple(grants),
    )


async def _find(unit: Unit, public_key: bytes) -> KeyRow | None:
    query = select(KeyRow).where(KeyRow.public_key == public_key)
    row = (await unit.session.execute(query)).scalar_one_or_none()
    if row is not None and row.purpose != TILL:
        raise Problem("conflict", "This key serves another purpose.")
    return row


async def _add(unit: Unit, device: DeviceIdentity, event_id: str, public_key: bytes) -> KeyRow:
    key_id = await next_key_id(unit)  # locks the series: ranges are drawn one after another
    taken = await find_till_keys(unit, event_id)
    row = new_key_row(unit, key_id, TILL, public_key, event_id=event_id)
    row.id_prefix = _draw(unit, PREFIX_BITS, {key.id_prefix for key in taken})
    row.id_prefix_bits = PREFIX_BITS
    own = {key.manual_prefix for key in taken}
    row.manual_prefix = _draw(unit, MANUAL_BITS, own, at_least=1 << (MANUAL_BITS - 1))
    row.manual_prefix_bits = MANUAL_BITS
    row.device_id = device.id
    unit.session.add(row)
    await unit.session.flush()
    return row


def _draw(unit: Unit, bits: int, taken: set[int], *, at_least: int = 0) -> int:
    """Draw a prefix that is not taken."""
    if len(taken) >= (1 << bits) - at_least:
        raise Problem("conflict", "All ranges of this event are given to tills.")
    while True:
        drawn = int.from_bytes(unit.entropy.random_bytes(4), "big") >> (32 - bits)
        if (found := drawn | at_least) not in taken:
            return found


async def _top_up(unit: Unit, device: DeviceIdentity, event_id: str) -> list[AllotmentGrant]:
    """Allot to the till what is missing to `ALLOTMENT` unsold tickets of each type."""
    held = {row.ticket_type_id: row for row in await find_allotments(unit, event_id, device.id)}
    stock = await read_stock(unit, event_id)
    grants = []
    for kind in await list_ticket_types(unit, event_id):
        row = held.get(kind.id)
        if row is None:
            row = Allotment(
                event_id=event_id,
                device_id=device.id,
                ticket_type_id=kind.id,
                organization_id=unit.organization_id,
                granted=0,
                sold=0,
            )
            unit.session.add(row)
        left = available(stock[kind.id])
        wanted = ALLOTMENT - (row.granted - row.sold)
        more = max(0, wanted if left is None else min(wanted, left))
        if more:
            await take_stock(unit, event_id, kind.id, more, into=Stock.ALLOTTED)
            row.granted += more
        grants.append(AllotmentGrant(kind.code, row.granted))
    await unit.session.flush()
    return grants


async def find_allotments(unit: Unit, event_id: str, device_id: str) -> Sequence[Allotment]:
    """Return what a till was given of an event."""
    query = select(Allotment).where(
        Allotment.event_id == event_id, Allotment.device_id == device_id
    )
    return (await unit.session.execute(query)).scalars().all()


async def count_sold(
    unit: Unit, event_id: str, device_id: str, ticket_type_id: str, count: int
) -> int:
    """Count a till's sale against its allotment.

    Returns:
        How many of them were beyond what it was given.
    """
    rows = await find_allotments(unit, event_id, device_id)
    row = next((one for one in rows if one.ticket_type_id == ticket_type_id), None)
    covered = 0 if row is None else max(0, min(count, row.granted - row.sold))
    if covered:
        await unit.session.execute(
            update(Allotment)
            .where(
                Allotment.event_id == event_id,
                Allotment.device_id == device_id,
                Allotment.ticket_type_id == ticket_type_id,
            )
            .values(sold=Allotment.sold + covered)
            .execution_options(synchronize_session="fetch")
        )
    return count - covered
