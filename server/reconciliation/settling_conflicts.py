"""Conflicts as people see and settle them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Select, func, select

from server.db.unit import Unit, locked
from server.http.page_cursors import RowOrder
from server.reconciliation.models import Conflict, ConflictDisposition, ConflictSide
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import Body
from shared.kernel.errors import Malformed
from shared.kernel.id_types import ConflictId, DeviceId, EventId

__all__ = ["Conflict", "ConflictDisposition", "ConflictSide"]
"""The rows that other domains read."""


CONFLICT_ORDER: Final = RowOrder(
    Conflict.id,
    fields={
        "kind": Conflict.kind,
        "opened_at": Conflict.opened_at,
        "updated_at": Conflict.updated_at,
        "disposition": Conflict.disposition,
        "disposed_at": Conflict.disposed_at,
    },
)


def select_conflicts(
    event_id: EventId, *, kind: str | None, is_open: bool | None
) -> Select[Conflict]:
    """Ask for an event's conflicts: of a kind, open or settled."""
    query = select(Conflict).where(Conflict.event_id == event_id)
    if kind is not None:
        query = query.where(Conflict.kind == kind)
    if is_open is not None:
        query = query.where((Conflict.disposition == "") == is_open)
    return query


async def list_conflicts(
    unit: Unit,
    event_id: EventId,
    *,
    limit: int,
    after: str | None,
) -> Sequence[Conflict]:
    """Return up to `limit + 1` conflicts in order of id, after one id."""
    query = (
        select(Conflict)
        .where(Conflict.event_id == event_id, Conflict.id > (after or ""))
        .order_by(Conflict.id)
        .limit(limit + 1)
    )
    return await unit.all(query)


async def get_conflict(unit: Unit, event_id: EventId, conflict_id: ConflictId) -> Conflict:
    """Return a conflict.

    Raises:
        Problem: `not-found`.
    """
    query = select(Conflict).where(Conflict.event_id == event_id, Conflict.id == conflict_id)
    return await unit.get(query, "conflict")


async def count_open_about(unit: Unit, device_ids: Sequence[DeviceId]) -> dict[str, int]:
    """Count the open conflicts that are about devices themselves: forks, damage, clocks."""
    query = (
        select(Conflict.device_id, func.count())
        .where(Conflict.device_id.in_(device_ids), Conflict.disposition == "")
        .group_by(Conflict.device_id)
    )
    return {row[0]: row[1] for row in await unit.session.execute(query)}


async def read_sides(
    unit: Unit, event_id: EventId, conflict_ids: Sequence[str]
) -> Mapping[str, list[ConflictSide]]:
    """Return the sides of conflicts, the earliest of each first."""
    query = (
        select(ConflictSide)
        .where(ConflictSide.event_id == event_id, ConflictSide.conflict_id.in_(conflict_ids))
        .order_by(ConflictSide.at, ConflictSide.side)
    )
    found: dict[str, list[ConflictSide]] = {one: [] for one in conflict_ids}
    for side in await unit.all(query):
        found[side.conflict_id].append(side)
    return found


def read_side_body(side: ConflictSide) -> Body | None:
    """Return what a side's entry says; None without one that says anything."""
    try:
        return None if side.entry is None else decode_body(decode_entry(side.entry))
    except Malformed:
        return None  # an entry that was kept for its place in the chain


async def read_dispositions(
    unit: Unit, event_id: EventId, conflict_ids: Sequence[str]
) -> Mapping[str, list[ConflictDisposition]]:
    """Return what was decided about conflicts, each time, the earliest of each first."""
    query = (
        select(ConflictDisposition)
        .where(
            ConflictDisposition.event_id == event_id,
            ConflictDisposition.conflict_id.in_(conflict_ids),
        )
        .order_by(ConflictDisposition.number)
    )
    found: dict[str, list[ConflictDisposition]] = {one: [] for one in conflict_ids}
    for said in await unit.all(query):
        found[said.conflict_id].append(said)
    return found


async def settle_conflict(
    unit: Unit,
    event_id: EventId,
    conflict_id: ConflictId,
    *,
    disposition: str,
    note: str,
    actor: str,
) -> Conflict:
    """Note what people decided; deciding anew is another word beside the one before.

    Raises:
        Problem: `not-found`.
    """
    query = select(Conflict).where(Conflict.event_id == event_id, Conflict.id == conflict_id)
    query = locked(query)
    conflict = await unit.get(query, "conflict")
    conflict.disposition = disposition
    conflict.note = note
    conflict.disposed_by = actor
    conflict.disposed_at = unit.now
    conflict.updated_at = unit.now
    numbers = select(func.max(ConflictDisposition.number)).where(
        ConflictDisposition.event_id == event_id,
        ConflictDisposition.conflict_id == conflict_id,
    )
    await unit.add(
        ConflictDisposition(
            conflict_id=conflict_id,
            number=((await unit.session.execute(numbers)).scalar_one() or 0) + 1,
            event_id=event_id,
            disposition=disposition,
            said_by=actor,
            said_at=unit.now,
            note=note,
        )
    )
    return conflict
