"""What tills may sell on their own: given out of the stock, sold, and taken back.

All counts are totals that never fall: granted, returned, sold. What is out is what was granted and
neither sold nor returned; it stands in the stock as allotted. So no order of requests, and no
request that comes twice, gives or frees anything twice. Whoever changes a till's rows has them
locked, in order of the types' ids, and takes of the stock afterwards.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Select, func, select, text

from server.db.unit import Unit, locked
from server.devices.finding_devices import Device, get_device
from server.devices.schemas import SELLING_ROLES
from server.problem_answers import Problem, wrong_field
from server.ticketing.finding_and_changing_tickets import TicketType
from server.ticketing.inventory import Stock, available, move_stock, read_stock, take_stock
from server.ticketing.ticket_types import list_ticket_types
from server.tills.models import Allotment, TillGrant
from server.tills.price_allotments import (
    add_prices,
    believe_prices,
    hold_prices,
    prices_run_low,
    refill_prices,
    release_prices,
    take_prices_back,
)
from server.tills.schemas import MaybeSold
from server.tills.till_stock_sizes import ALLOTMENT, ALLOTMENT_SHARE, LOW_MARK_PART, TAP_MAX
from shared.kernel.id_types import DeviceId, EventId, TicketTypeId
from shared.kernel.instant import Instant
from shared.wire.till_stock import GrantedCount, GrantedType

_FIRST: Final = text(
    "INSERT INTO allotment"
    " (event_id, device_id, ticket_type_id, organization_id, granted, sold, returned)"
    " VALUES (:event_id, :device_id, :ticket_type_id, :organization_id, 0, 0, 0)"
    " ON CONFLICT (event_id, device_id, ticket_type_id) DO NOTHING"
)
_CHANGED: Final = text(
    "INSERT INTO till_grant (event_id, device_id, organization_id, serial, returns_at_close)"
    " VALUES (:event_id, :device_id, :organization_id, 1, :yes)"
    " ON CONFLICT (event_id, device_id) DO UPDATE SET serial = till_grant.serial + 1"
)


_NONE: Final[Mapping[str, int]] = {}


class Unheard(msgspec.Struct, frozen=True):
    """What a till may have sold that nobody has heard of: tickets by type, uses by price's id."""

    types: list[MaybeSold]
    uses: Mapping[str, int]


# ---------------------------------------------------------------- giving


async def get_till(unit: Unit, event_id: EventId, device_id: DeviceId) -> Device:
    """Return a device that may be given something to sell at an event.

    Raises:
        Problem: `not-found`, or a wrong field if it is no till, or one of another event.
    """
    device = await get_device(unit, device_id)
    if device.role not in SELLING_ROLES or device.revoked_at is not None:
        raise wrong_field("device_id", "is no till, or is revoked")
    if device.event_id not in {None, event_id}:
        raise wrong_field("device_id", "is a till of another event; assign it first")
    return device


async def refill(
    unit: Unit, event_id: EventId, device_id: DeviceId, *, only_low: bool = False
) -> bool:
    """Allot to a till what is missing to its size of each type that is sold at tills.

    Args:
        unit: A writing one.
        event_id: Of which event.
        device_id: The till.
        only_low: Leave types alone of which more are unsold than their low mark.

    Returns:
        Whether anything was given.
    """
    kinds = await list_ticket_types(unit, event_id)
    held = {one.ticket_type_id: one for one in await _rows(unit, event_id, device_id, kinds)}
    stock = await read_stock(unit, event_id)
    has_changed = False
    for kind in sorted(kinds, key=lambda kind: kind.id):
        row = held[kind.id]
        if not is_on_sale(kind, unit.now):
            continue
        size = size_of(row, available(stock[kind.id]))
        if row.unsold < size and not (only_low and row.unsold > _low_mark(row, size)):
            more = await _take(unit, row, size - row.unsold, available(stock[kind.id]))
            has_changed = has_changed or more > 0
    if await refill_prices(unit, event_id, device_id, only_low=only_low):
        has_changed = True
    if has_changed:
        await note_change(unit, event_id, device_id)
    return has_changed


async def runs_low(unit: Unit, event_id: EventId, device_id: DeviceId) -> bool:
    """Tell whether a till is to be refilled, and there is something to refill it with."""
    held = {row.ticket_type_id: row for row in await find_allotments(unit, event_id, device_id)}
    stock = await read_stock(unit, event_id)
    for kind in await list_ticket_types(unit, event_id):
        left = available(stock[kind.id])
        if left == 0 or not is_on_sale(kind, unit.now):
            continue
        row = held.get(kind.id)
        if row is None:
            return True
        size = size_of(row, left)
        if row.unsold < size and row.unsold <= _low_mark(row, size):
            return True
    return await prices_run_low(unit, event_id, device_id)


async def add(
    unit: Unit,
    event_id: EventId,
    device_id: DeviceId,
    wanted: Mapping[int, int],
    prices: Mapping[str, int],
) -> bool:
    """Raise a till's totals of some types, all or nothing, for a sale that it is making.

    Args:
        unit: A writing one.
        event_id: Of which event.
        device_id: The till.
        wanted: Totals by code of the type; one that is reached already asks for nothing.
        prices: Totals by id of the counted price, likewise.

    Returns:
        Whether anything was given.

    Raises:
        Problem: `sold-out` if fewer are left; `conflict` for more than one sale may want.
    """
    kinds = await list_ticket_types(unit, event_id)
    held = {one.ticket_type_id: one for one in await _rows(unit, event_id, device_id, kinds)}
    has_changed = False
    for kind in sorted(kinds, key=lambda kind: kind.id):
        row = held[kind.id]
        more = wanted.get(kind.code, 0) - row.granted
        if more <= 0:
            continue
        if not is_on_sale(kind, unit.now):
            raise Problem("sold-out", f"{kind.name} is not on sale now.")
        size = ALLOTMENT if row.size is None else row.size
        if more > TAP_MAX or row.unsold + more > size + TAP_MAX:
            what = f"A till may ask for {TAP_MAX} tickets above the size of its stock at most."
            raise Problem("conflict", what)
        await take_stock(unit, event_id, kind.id, more, into=Stock.ALLOTTED)
        row.granted += more
        has_changed = True
    await unit.session.flush()
    if await add_prices(unit, event_id, device_id, prices):
        has_changed = True
    if has_changed:
        await note_change(unit, event_id, device_id)
    return has_changed


async def believe(
    unit: Unit,
    event_id: EventId,
    device_id: DeviceId,
    types: Mapping[int, GrantedType],
    prices: Mapping[str, GrantedCount],
) -> bool:
    """Take for granted what a till proves to have been granted, and for returned what was.

    What somebody else has by now, and what the ledger does not know to be returned, counts as
    taken back without the till's word: it may have been sold before, and that comes later.
    """
    kinds = await list_ticket_types(unit, event_id)
    held = {one.ticket_type_id: one for one in await _rows(unit, event_id, device_id, kinds)}
    stock = await read_stock(unit, event_id)
    has_changed = False
    for kind in sorted(kinds, key=lambda kind: kind.id):
        row = held[kind.id]
        said = types.get(kind.code)
        if said is not None and await _believe(unit, row, said, available(stock[kind.id])):
            has_changed = True
    if await believe_prices(unit, event_id, device_id, prices):
        has_changed = True
    if has_changed:
        await note_change(unit, event_id, device_id)
    return has_changed


async def _believe(unit: Unit, row: Allotment, said: GrantedType, left: int | None) -> bool:
    missing = max(0, said.granted - row.granted)
    unknown = max(0, said.returned - row.returned)
    taken = await _take(unit, row, missing - min(missing, unknown), left)
    row.granted += missing - taken
    row.returned += missing - taken
    row.lost += missing - taken
    freed = max(0, min(said.returned - row.returned, row.unsold))
    if freed:
        row.lost += freed
        await _free(unit, row, freed)
    return bool(missing or freed)


async def _take(unit: Unit, row: Allotment, wanted: int, left: int | None) -> int:
    """Give a till up to so many tickets of a type more; returns how many."""
    more = wanted if left is None else min(wanted, max(0, left))
    if more <= 0:
        return 0
    with contextlib.suppress(Problem):  # somebody has bought them meanwhile
        await take_stock(unit, row.event_id, row.ticket_type_id, more, into=Stock.ALLOTTED)
        row.granted += more
        await unit.session.flush()
        return more
    return 0


def is_on_sale(kind: TicketType, now: Instant) -> bool:
    """Tell whether the sale of a type has not ended; stock is given before it begins, too."""
    return kind.sales_until is None or now <= kind.sales_until


def size_of(row: Allotment, left: int | None) -> int:
    """Return how many unsold tickets of a type a till is to hold.

    Args:
        row: What it holds.
        left: How many nobody has; None without a limit.
    """
    if row.size is not None:
        return row.size
    if left is None:
        return ALLOTMENT
    fair = max(1, (left + row.unsold) // ALLOTMENT_SHARE)
    return min(ALLOTMENT, fair, left + row.unsold)


def _low_mark(row: Allotment, size: int) -> int:
    return size // LOW_MARK_PART if row.low_mark is None else min(row.low_mark, size)


# ---------------------------------------------------------------- selling


async def count_sold(
    unit: Unit,
    event_id: EventId,
    device_id: DeviceId,
    ticket_type_id: TicketTypeId,
    count: int,
    *,
    disputed: int,
) -> int:
    """Count a till's sale against its allotment.

    What it had been given, and was taken back without its word, counts as given once more and
    sold: the till counts it as sold, too, and would have less of what it is given next.

    Args:
        unit: A writing one.
        event_id: Of which event.
        device_id: The till.
        ticket_type_id: Of which type.
        count: How many tickets.
        disputed: Those of them that it had no right to sell: by these it was given nothing.

    Returns:
        How many of them were beyond what it was given.
    """
    rows = await hold_allotments(unit, event_id, device_id)
    row = next((one for one in rows if one.ticket_type_id == ticket_type_id), None)
    if row is None:
        return count
    covered = max(0, min(count, row.unsold))
    found = min(count - covered, count - disputed, row.lost)
    row.sold += covered + found
    row.granted += found
    row.lost -= found
    await unit.session.flush()
    if found:
        await note_change(unit, event_id, device_id)
    return count - covered


# ---------------------------------------------------------------- taking back


async def take_back(
    unit: Unit,
    event_id: EventId,
    device_id: DeviceId,
    totals: Mapping[int, int],
    prices: Mapping[str, int] = _NONE,
) -> bool:
    """Free what a till has signed to give back, by its running totals.

    Args:
        unit: A writing one.
        event_id: Of which event.
        device_id: The till.
        totals: Ever given back, by code of the type. What was told before frees nothing again;
            more than is out is not believed.
        prices: Likewise, by id of the counted price.

    Returns:
        Whether anything was freed.
    """
    kinds = {kind.id: kind for kind in await list_ticket_types(unit, event_id)}
    has_changed = False
    for row in await hold_allotments(unit, event_id, device_id):
        kind = kinds.get(row.ticket_type_id)
        if kind is None:
            continue
        freed = min(totals.get(kind.code, 0) - row.returned, row.unsold)
        if freed > 0:
            await _free(unit, row, freed)
            has_changed = True
    if await take_prices_back(unit, event_id, device_id, prices):
        has_changed = True
    if has_changed:
        await note_change(unit, event_id, device_id)
    return has_changed


async def release_allotments(unit: Unit, event_id: EventId, device_id: DeviceId) -> Unheard:
    """Free all that a till has not sold, without its word: it was revoked or declared lost.

    Returns:
        What it may have sold unheard, whenever that was freed; such a sale that comes later is
        extra.
    """
    kinds = {kind.id: kind for kind in await list_ticket_types(unit, event_id)}
    rows = await hold_allotments(unit, event_id, device_id)
    prices = await hold_prices(unit, event_id, device_id)
    if any(row.unsold for row in rows) or any(row.unused for row in prices):
        for row in rows:
            if unsold := row.unsold:
                row.lost += unsold
                await _free(unit, row, unsold)
        await release_prices(unit, event_id, device_id, prices)
        await note_change(unit, event_id, device_id)
    found = [
        MaybeSold(kind.id, kind.code, kind.name, row.lost)
        for row in rows
        if row.lost and (kind := kinds.get(row.ticket_type_id)) is not None
    ]
    return Unheard(found, {row.price_id: row.lost for row in prices if row.lost})


async def _free(unit: Unit, row: Allotment, count: int) -> None:
    row.returned += count
    await unit.session.flush()
    kind = row.ticket_type_id
    await move_stock(unit, row.event_id, kind, count, out_of=Stock.ALLOTTED, into=None)


# ---------------------------------------------------------------- rows


async def hold_allotments(
    unit: Unit, event_id: EventId, device_id: DeviceId
) -> Sequence[Allotment]:
    """Return what a till was given of an event, as it is now, locked until the commit."""
    return await unit.all(locked(_query(event_id, device_id)))


async def find_allotments(
    unit: Unit, event_id: EventId, device_id: DeviceId
) -> Sequence[Allotment]:
    """Return what a till was given of an event, in order of the types' ids."""
    return await unit.all(_query(event_id, device_id))


def _query(event_id: EventId, device_id: DeviceId) -> Select[Allotment]:
    return (
        select(Allotment)
        .where(Allotment.event_id == event_id, Allotment.device_id == device_id)
        .order_by(Allotment.ticket_type_id)
    )


async def sum_sold_and_lost(unit: Unit, event_id: EventId, device_id: DeviceId) -> tuple[int, int]:
    """Return how much of a till's grant its booked sales have taken, and how much is lost."""
    query = select(
        func.coalesce(func.sum(Allotment.sold), 0), func.coalesce(func.sum(Allotment.lost), 0)
    ).where(Allotment.event_id == event_id, Allotment.device_id == device_id)
    sold, lost = (await unit.session.execute(query)).one()
    return int(sold), int(lost)


async def list_events_of(unit: Unit, device_id: DeviceId) -> Sequence[str]:
    """Return the events of which a till was given anything, in order of id."""
    query = select(Allotment.event_id).where(Allotment.device_id == device_id).distinct()
    return sorted(await unit.all(query))


async def note_change(unit: Unit, event_id: EventId, device_id: DeviceId) -> None:
    """Let a till's grant be a newer one."""
    what = {
        "event_id": event_id,
        "device_id": device_id,
        "organization_id": unit.organization_id,
        "yes": True,
    }
    await (await unit.session.connection()).execute(_CHANGED, what)


async def find_grant(unit: Unit, event_id: EventId, device_id: DeviceId) -> TillGrant | None:
    """Return a till's grant as a whole; None before anything was given."""
    query = (
        select(TillGrant)
        .where(TillGrant.event_id == event_id, TillGrant.device_id == device_id)
        .execution_options(populate_existing=True)
    )
    return await unit.find(query)


async def hold_rows(unit: Unit, event_id: EventId, device_id: DeviceId) -> Sequence[Allotment]:
    """Return a till's rows of all types of an event, made where they were missing, locked."""
    return await _rows(unit, event_id, device_id, await list_ticket_types(unit, event_id))


async def _rows(
    unit: Unit, event_id: EventId, device_id: DeviceId, kinds: Sequence[TicketType]
) -> Sequence[Allotment]:
    connection = await unit.session.connection()
    for kind in sorted(kinds, key=lambda kind: kind.id):
        first = {
            "event_id": event_id,
            "device_id": device_id,
            "ticket_type_id": kind.id,
            "organization_id": unit.organization_id,
        }
        await connection.execute(_FIRST, first)
    return await hold_allotments(unit, event_id, device_id)
