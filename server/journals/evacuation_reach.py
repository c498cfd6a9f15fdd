"""Which devices at a zone's gates have said that they know the newest word on its evacuation.

Who has not is told by radio. A thin scanner need not know: the ledger answers each of its claims.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import select

from server.db.unit import Unit
from server.devices.reports import read_report
from server.devices.service import AT_GATES, Device, DeviceReportRow
from server.ledger.known_returns import Told
from server.venues.service import list_gates
from shared.admission.evacuation import EvacuationPhase
from shared.kernel.id_types import DeviceId, EventId, GateId
from shared.kernel.instant import Instant
from shared.wire.emptying import take_notice
from shared.wire.feed import EvacuationNotice


class DeviceHearing(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a device knows what was said last.

    Attributes:
        reported_at: When it last said how it stands; None where it never has.
    """

    device_id: DeviceId
    device: str
    gate_id: GateId
    gate: str
    has_heard: bool
    reported_at: Instant | None


class EvacuationReach(msgspec.Struct, frozen=True, kw_only=True):
    """An evacuation, its newest word, and who has heard that."""

    notice: EvacuationNotice
    devices: Sequence[DeviceHearing]


def find_newest(told: Sequence[Told]) -> Mapping[EvacuationNotice, int]:
    """Return the newest word on each evacuation that is not over, by its number in the feed.

    Args:
        told: What the gates were told, in order.
    """
    held: tuple[EvacuationNotice, ...] = ()
    number: dict[str, int] = {}
    for one in told:
        held = take_notice(held, one.notice)
        if one.notice in held:
            number[one.notice.evacuation_id] = one.number
    return {
        notice: number[notice.evacuation_id]
        for notice in held
        if notice.phase != EvacuationPhase.OVER
    }


async def read_reach(
    unit: Unit, event_id: EventId, newest: Mapping[EvacuationNotice, int], epoch: int
) -> list[EvacuationReach]:
    """Tell who has heard of each evacuation, by what devices said of themselves.

    Args:
        unit: Any.
        event_id: The event.
        newest: From `find_newest`.
        epoch: The ledger's; what a device had read of an earlier one says nothing.
    """
    if not newest:
        return []
    gates = {gate.id: gate for gate in await list_gates(unit, event_id)}
    query = (
        select(Device, DeviceReportRow)
        .outerjoin(DeviceReportRow, DeviceReportRow.device_id == Device.id)
        .where(Device.organization_id == unit.organization_id, Device.event_id == event_id)
        .where(Device.revoked_at.is_(None), Device.profile == "live")
        .order_by(Device.name, Device.id)
    )
    devices: Sequence[tuple[Device, DeviceReportRow | None]]
    devices = [(row[0], row[1]) for row in (await unit.session.execute(query)).all()]
    found = []
    for notice, number in newest.items():
        hearings = []
        for device, row in devices:
            gate = gates.get(device.gate_id) if device.gate_id is not None else None
            if gate is None or gate.zone_id != notice.zone_id or device.role not in AT_GATES:
                continue
            report = None if row is None or row.event_id != event_id else read_report(row)
            has_heard = report is not None and report.epoch == epoch and report.cursor >= number
            hearings.append(
                DeviceHearing(
                    device_id=device.id,
                    device=device.name,
                    gate_id=gate.id,
                    gate=gate.name,
                    has_heard=has_heard,
                    reported_at=None if row is None else row.reported_at,
                )
            )
        found.append(EvacuationReach(notice=notice, devices=hearings))
    return found
