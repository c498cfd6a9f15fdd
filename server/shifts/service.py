"""Shifts as an organization's staff read them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, tuple_

from server.db.unit import Unit
from server.entries.reading import read_drawer_entries
from server.problems import not_found
from server.shifts.models import TillShift
from server.shifts.reading import read_fold
from shared.kernel.id_types import DeviceId
from shared.sales.shift import ShiftFold

__all__ = ["TillShift"]


async def list_shifts(
    unit: Unit, *, device_id: DeviceId | None, limit: int, after: tuple[int, str, str] | None
) -> Sequence[TillShift]:
    """Return up to `limit + 1` shifts, the newest first."""
    place = (TillShift.opened_at, TillShift.device_id, TillShift.shift_id)
    query = select(TillShift).order_by(*(column.desc() for column in place)).limit(limit + 1)
    if device_id is not None:
        query = query.where(TillShift.device_id == device_id)
    if after is not None:
        query = query.where(tuple_(*place) < after)
    return (await unit.session.execute(query)).scalars().all()


async def get_shift(unit: Unit, device_id: DeviceId, shift_id: str) -> TillShift:
    """Return one shift.

    Raises:
        Problem: `not-found`.
    """
    query = select(TillShift).where(
        TillShift.device_id == device_id, TillShift.shift_id == shift_id
    )
    found = (await unit.session.execute(query)).scalar_one_or_none()
    if found is None:
        raise not_found("shift")
    return found


async def fold_one(unit: Unit, row: TillShift) -> ShiftFold | None:
    """Fold a shift from its till's entries; None where the opening cannot be read any more."""
    last_seq = row.closed_seq or None
    return read_fold(await read_drawer_entries(unit, row.device_id, row.opened_seq, last_seq))
