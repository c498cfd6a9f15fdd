"""Counted prices that tills may sell at on their own: quantity tiers and limited promotions.

As with tickets (`server/tills/allotments.py`), all counts are totals that never fall. What is out
is taken of the event's counts beforehand, so that tills and the server never use more than there
is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Select, select, text

from server.db.unit import Unit, locked
from server.problem_answers import Problem
from server.ticketing.event_price_plan import (
    give_price_counts,
    limits_of,
    read_left,
    read_price_plan,
    take_price_counts,
)
from server.tills.models import PriceAllotment
from server.tills.till_stock_sizes import ALLOTMENT, ALLOTMENT_SHARE
from shared.kernel.id_types import DeviceId, EventId
from shared.wire.till_stock import GrantedCount


class Beyond(msgspec.Struct, frozen=True):
    """What a till's sale used of counted prices beyond what it has of them.

    Attributes:
        never_given: It was not given so many.
        missing: It was, and the ledger gave them to others when it took the till for lost, or had
            forgotten; nobody has any left.
    """

    never_given: int = 0
    missing: int = 0


_FIRST: Final = text(
    "INSERT INTO price_allotment"
    " (event_id, device_id, price_id, organization_id, granted, used, returned)"
    " VALUES (:event_id, :device_id, :price_id, :organization_id, 0, 0, 0)"
    " ON CONFLICT (event_id, device_id, price_id) DO NOTHING"
)


async def refill_prices(
    unit: Unit, event_id: EventId, device_id: DeviceId, *, only_low: bool
) -> bool:
    """Give a till its share of each counted price; tells whether anything was given."""
    plan = await read_price_plan(unit, event_id)
    limits = limits_of(plan)
    if not limits:
        return False
    left = await read_left(unit, event_id, plan)
    held = await _hold(unit, event_id, device_id, limits)
    has_changed = False
    for price_id, row in sorted(held.items()):
        if price_id not in limits:
            continue
        size = _size_of(row, left[price_id])
        more = min(size - row.unused, left[price_id])
        if more <= 0 or (only_low and row.unused > size // 2):
            continue
        if await _take(unit, row, more, limits):
            has_changed = True
    await unit.session.flush()
    return has_changed


async def believe_prices(
    unit: Unit, event_id: EventId, device_id: DeviceId, counts: Mapping[str, GrantedCount]
) -> bool:
    """Take for granted what a till proves to have been granted, and for returned what was.

    What is not left of it somebody else has: it counts as returned, and its till hears so.
    """
    plan = await read_price_plan(unit, event_id)
    limits = limits_of(plan)
    known = {price_id: said for price_id, said in counts.items() if price_id in limits}
    if not known:
        return False
    left = await read_left(unit, event_id, plan)
    held = await _hold(unit, event_id, device_id, known)
    has_changed = False
    for price_id, said in sorted(known.items()):
        row = held[price_id]
        missing = said.granted - row.granted
        if missing <= 0:
            continue
        more = min(missing, left[price_id])
        if not more or await _take(unit, row, more, limits):
            row.granted += missing - more
            row.returned += missing - more
            has_changed = True
    returned = {price_id: said.returned for price_id, said in known.items()}
    return await take_prices_back(unit, event_id, device_id, returned) or has_changed


async def _take(unit: Unit, row: PriceAllotment, more: int, limits: Mapping[str, int]) -> bool:
    """Give a till so many uses more; tells whether they were still there."""
    with contextlib.suppress(Problem):  # somebody has taken them meanwhile
        await take_price_counts(unit, row.event_id, {row.price_id: more}, limits)
        _give(row, more)
        return True
    return False


async def prices_run_low(unit: Unit, event_id: EventId, device_id: DeviceId) -> bool:
    """Tell whether a till is to be refilled with counted prices."""
    plan = await read_price_plan(unit, event_id)
    limits = limits_of(plan)
    if not limits:
        return False
    left = await read_left(unit, event_id, plan)
    held = {row.price_id: row for row in await find_price_allotments(unit, event_id, device_id)}
    for price_id in limits:
        row = held.get(price_id)
        if left[price_id] == 0:
            continue
        if row is None or row.unused <= _size_of(row, left[price_id]) // 2:
            return True
    return False


async def add_prices(
    unit: Unit, event_id: EventId, device_id: DeviceId, wanted: Mapping[str, int]
) -> bool:
    """Raise a till's totals of some counted prices by one use at most, for a sale.

    Raises:
        Problem: `conflict` if none is left, or more than one sale uses is asked for.
    """
    if not wanted:
        return False
    limits = limits_of(await read_price_plan(unit, event_id))
    known = {price_id: total for price_id, total in wanted.items() if price_id in limits}
    held = await _hold(unit, event_id, device_id, known)
    has_changed = False
    for price_id, total in sorted(known.items()):
        row = held[price_id]
        more = total - row.granted
        if more <= 0:
            continue
        if more > 1 or row.unused > _size_of(row, 0) + 1:
            raise Problem("conflict", "A sale uses a counted price once; ask for one more.")
        await take_price_counts(unit, event_id, {price_id: more}, limits)
        _give(row, more)
        has_changed = True
    await unit.session.flush()
    return has_changed


async def count_used(
    unit: Unit, event_id: EventId, device_id: DeviceId, uses: Mapping[str, int]
) -> Beyond:
    """Count what a till's sale used against what it was given.

    What is beyond that is taken of what is left, as far as that goes, and counts as given and
    used: the till counts it as used, too, and would have less of what it is given next.
    """
    if not uses:
        return Beyond()
    held = {row.price_id: row for row in await hold_prices(unit, event_id, device_id)}
    beyond: dict[str, int] = {}
    never_given = missing = 0
    for price_id, count in sorted(uses.items()):
        row = held.get(price_id)
        covered = 0 if row is None else max(0, min(count, row.unused))
        if row is not None:
            row.used += count
            row.granted += count - covered
        if count > covered:
            beyond[price_id] = count - covered
    await unit.session.flush()
    if not beyond:
        return Beyond()
    plan = await read_price_plan(unit, event_id)
    limits, left = limits_of(plan), await read_left(unit, event_id, plan)
    for price_id, count in sorted(beyond.items()):
        there = min(count, left.get(price_id, 0))
        if there:
            with contextlib.suppress(Problem):  # somebody has taken them meanwhile
                await take_price_counts(unit, event_id, {price_id: there}, limits)
        row = held.get(price_id)
        if row is None or count > row.returned:
            never_given += count
        else:
            missing += count - there
    return Beyond(never_given, missing)


async def take_prices_back(
    unit: Unit, event_id: EventId, device_id: DeviceId, totals: Mapping[str, int]
) -> bool:
    """Free what a till has signed to give back, by its totals; tells whether anything was."""
    if not totals:
        return False
    freed: dict[str, int] = {}
    for row in await hold_prices(unit, event_id, device_id):
        count = min(totals.get(row.price_id, 0) - row.returned, row.unused)
        if count > 0:
            row.returned += count
            freed[row.price_id] = count
    await unit.session.flush()
    await give_price_counts(unit, event_id, freed)
    return bool(freed)


async def release_prices(
    unit: Unit, event_id: EventId, device_id: DeviceId, rows: Sequence[PriceAllotment]
) -> None:
    """Free all that a till has not used, without its word: it was revoked or declared lost.

    Args:
        unit: A writing one.
        event_id: Of which event.
        device_id: The till.
        rows: What it was given, locked; they say from here on what it may have used unheard.
    """
    for row in rows:
        row.lost = row.unused
    totals = {row.price_id: row.returned + row.unused for row in rows}
    await take_prices_back(unit, event_id, device_id, totals)


async def find_price_allotments(
    unit: Unit, event_id: EventId, device_id: DeviceId
) -> Sequence[PriceAllotment]:
    """Return what a till was given of counted prices, in order of id."""
    return await unit.all(_query(event_id, device_id))


async def granted_counts(
    unit: Unit, event_id: EventId, device_id: DeviceId, *, is_selling: bool
) -> tuple[GrantedCount, ...]:
    """Say what a till has of counted prices as its grant does."""
    return tuple(
        GrantedCount(
            id=row.price_id,
            granted=row.granted,
            returned=row.returned,
            used=row.used,
            size=max(_size_of(row, 0), row.unused) if is_selling else 0,
        )
        for row in await find_price_allotments(unit, event_id, device_id)
    )


def _give(row: PriceAllotment, more: int) -> None:
    row.granted += more
    row.lost = 0


def _size_of(row: PriceAllotment, left: int) -> int:
    """Return how many unused ones a till is to hold: at most a share of what is there."""
    there = left + row.unused
    return min(ALLOTMENT, max(1, there // ALLOTMENT_SHARE), there)


async def _hold(
    unit: Unit, event_id: EventId, device_id: DeviceId, names: Iterable[str]
) -> dict[str, PriceAllotment]:
    connection = await unit.session.connection()
    for name in sorted(names):
        first = {
            "event_id": event_id,
            "device_id": device_id,
            "price_id": name,
            "organization_id": unit.organization_id,
        }
        await connection.execute(_FIRST, first)
    return {row.price_id: row for row in await hold_prices(unit, event_id, device_id)}


async def hold_prices(
    unit: Unit, event_id: EventId, device_id: DeviceId
) -> Sequence[PriceAllotment]:
    """Return what a till was given of counted prices, as it is now, locked until the commit."""
    return await unit.all(locked(_query(event_id, device_id)))


def _query(event_id: EventId, device_id: DeviceId) -> Select[PriceAllotment]:
    return (
        select(PriceAllotment)
        .where(PriceAllotment.event_id == event_id, PriceAllotment.device_id == device_id)
        .order_by(PriceAllotment.price_id)
    )
