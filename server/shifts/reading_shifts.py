"""Shifts as an organization's staff read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final, TypeAlias

from sqlalchemy import Select, select

from server.db.unit import Unit
from server.entries.journal_reading import read_drawer_entries, read_without_effect
from server.http.page_cursors import RowOrder
from server.shifts.models import TillShift
from server.shifts.shift_folding import read_fold, read_money
from shared.kernel.id_types import DeviceId, EventId
from shared.sales.shift_totals import ShiftFold

__all__ = ["TillShift"]


Ineffective: TypeAlias = Mapping[tuple[DeviceId, str], tuple[int, int]]
"""By till and shift: how many sales and payouts have no effect, and what they brought."""
SHIFT_ORDER: Final = RowOrder(
    TillShift.opened_at,
    TillShift.device_id,
    TillShift.shift_id,
    is_latest_first=True,
    fields={
        "opened_at": TillShift.opened_at,
        "closed_at": TillShift.closed_at,
        "state": TillShift.state,
        "z_number": TillShift.z_number,
        "device_id": TillShift.device_id,
        "expected_minor": TillShift.expected_minor,
        "counted_minor": TillShift.counted_minor,
    },
)


def select_shifts(
    *, device_id: DeviceId | None, event_id: EventId | None, state: str | None
) -> Select[TillShift]:
    """Ask for shifts: of a till, of those that served an event at their opening, in a state."""
    query = select(TillShift)
    if device_id is not None:
        query = query.where(TillShift.device_id == device_id)
    if event_id is not None:
        query = query.where(TillShift.event_id == event_id)
    return query if state is None else query.where(TillShift.state == state)


async def get_shift(unit: Unit, device_id: DeviceId, shift_id: str) -> TillShift:
    """Return one shift.

    Raises:
        Problem: `not-found`.
    """
    query = select(TillShift).where(
        TillShift.device_id == device_id, TillShift.shift_id == shift_id
    )
    return await unit.get(query, "shift")


async def read_left_before(
    unit: Unit, device_ids: Iterable[DeviceId]
) -> Mapping[tuple[DeviceId, str], int]:
    """Return by till and shift what the one before in its currency left, if that is known."""
    row = TillShift
    query = (
        select(row.device_id, row.shift_id, row.currency, row.closed_at, row.left_minor)
        .where(row.device_id.in_(list(device_ids)))
        .order_by(row.device_id, row.currency, row.opened_seq)
    )
    found = (await unit.session.execute(query)).all()
    return {
        (shift.device_id, shift.shift_id): before.left_minor
        for before, shift in pairwise(found)
        if (before.device_id, before.currency) == (shift.device_id, shift.currency)
        and before.closed_at is not None
    }


async def fold_one(unit: Unit, row: TillShift) -> ShiftFold | None:
    """Fold a shift from its till's entries; None where the opening cannot be read any more."""
    last_seq = row.closed_seq or None
    return read_fold(await read_drawer_entries(unit, row.device_id, row.opened_seq, last_seq))


async def sum_without_effect(
    unit: Unit, device_ids: Iterable[DeviceId], event_id: EventId | None = None
) -> Ineffective:
    """Sum what a drawer has moved and no order knows: nobody has accepted it, or it was dismissed.

    What a till says that was revoked, mostly. It stands in its shift, since the cash has moved; in
    what the event came to it does not.

    Args:
        unit: A reading one.
        device_ids: Of these tills.
        event_id: One event's only.
    """
    found: dict[tuple[DeviceId, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for device_id, encoded in await read_without_effect(unit, device_ids, event_id):
        shift_id, minor = read_money(encoded)
        if minor:
            count, amount = found[device_id, shift_id]
            found[device_id, shift_id] = (count + 1, amount + minor)
    return found
