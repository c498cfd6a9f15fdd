"""What contradicted itself, and which devices behaved on the venue's network as no gate does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from server.db.unit import Unit
from server.devices.models import Device
from server.reconciliation.findings import ConflictKind
from server.reconciliation.models import Conflict, ConflictSide
from server.reports.schemas import Rows
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant

REPORT_FALSE_DEVICES_MAX: Final = 1_000
"""Lines of devices that behaved as no gate does, one for each device that noticed it."""

CONFLICT_COLUMNS: Final = "kind disposition count"
FALSE_DEVICE_COLUMNS: Final = "device noticed_by first last notes decided"


async def count_conflicts(unit: Unit, event_id: EventId) -> Rows:
    """Count what could not all stand, by what was decided."""
    query = (
        select(Conflict.kind, Conflict.disposition, func.count())
        .where(Conflict.event_id == event_id)
        .group_by(Conflict.kind, Conflict.disposition)
        .order_by(Conflict.kind, Conflict.disposition)
    )
    return [(row[0], row[1] or "open", row[2]) for row in await unit.session.execute(query)]


async def list_false_devices(
    unit: Unit, event_id: EventId, spell_time: Callable[[Instant], str]
) -> Rows:
    """List each by each device that noticed it, the first noticed first."""
    about, by = aliased(Device), aliased(Device)
    first = func.min(ConflictSide.at)
    query = (
        select(
            about.name,
            by.name,
            first,
            func.max(ConflictSide.at),
            func.count(),
            Conflict.disposition,
        )
        .join(
            ConflictSide,
            (ConflictSide.event_id == Conflict.event_id)
            & (ConflictSide.conflict_id == Conflict.id),
        )
        .join(about, about.id == Conflict.device_id)
        .join(by, by.id == ConflictSide.device_id)
        .where(Conflict.event_id == event_id, Conflict.kind == ConflictKind.FALSE_PEER)
        .group_by(about.id, about.name, by.id, by.name, Conflict.disposition)
        .order_by(first, about.id, by.id)
        .limit(REPORT_FALSE_DEVICES_MAX)
    )
    return [
        (
            device,
            noticed_by,
            spell_time(Instant(since)),
            spell_time(Instant(last)),
            count,
            said or "open",
        )
        for device, noticed_by, since, last, count, said in await unit.session.execute(query)
    ]
