"""Which devices at a zone's gates have said that they know the newest word on its evacuation.

Who has not is told by radio. A thin scanner need not know: the ledger answers each of its claims.
A device whose gate is not fixed may stand at any, and one that was sent to another zone and was
not heard since still stands where it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import select

from server.db.unit import Unit
from server.devices.places import list_left_unheard
from server.devices.reports import read_report
from server.devices.service import AT_GATES, Device, DeviceReportRow
from server.events.lifecycle import EventProfile
from server.events.service import Event
from server.ledger.known_returns import Told
from server.venues.service import list_gates
from shared.admission.evacuation import EvacuationPhase
from shared.kernel.id_types import DeviceId, GateId
from shared.kernel.instant import Instant
from shared.wire.emptying import take_notice
from shared.wire.feed import EvacuationNotice


class DeviceHearing(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a device knows what was said last.

    Attributes:
        gate_id, gate: Where it stands; None where that is not fixed.
        reported_at: When it last said how it stands; None where it never has.
    """

    device_id: DeviceId
    device: str
    gate_id: GateId | None
    gate: str | None
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
    number: dict[EvacuationNotice, int] = {}
    for one in told:
        held = take_notice(held, one.notice)
        if one.notice in held:
            number.setdefault(one.notice, one.number)
    return {notice: number[notice] for notice in held if notice.phase != EvacuationPhase.OVER}


async def read_reach(
    unit: Unit, event: Event, newest: Mapping[EvacuationNotice, int], epoch: int
) -> list[EvacuationReach]:
    """Tell who has heard of each evacuation, by what devices said of themselves.

    Args:
        unit: Any.
        event: Whose.
        newest: From `find_newest`.
        epoch: The ledger's; what a device had read of an earlier one says nothing.
    """
    if not newest:
        return []
    event_id = event.id
    gates = {gate.id: gate for gate in await list_gates(unit, event_id)}
    left = await list_left_unheard(unit, event_id)
    query = (
        select(Device, DeviceReportRow)
        .outerjoin(DeviceReportRow, DeviceReportRow.device_id == Device.id)
        .where(Device.organization_id == unit.organization_id, Device.event_id == event_id)
        .where(Device.revoked_at.is_(None), Device.role.in_(AT_GATES))
        .where(Device.profile.in_({EventProfile.LIVE, event.profile}))
        .order_by(Device.name, Device.id)
    )
    devices: Sequence[tuple[Device, DeviceReportRow | None]]
    devices = [(row[0], row[1]) for row in (await unit.session.execute(query)).all()]
    found = []
    for notice, number in newest.items():
        hearings = []
        for device, row in devices:
            stood = [one for one in (device.gate_id, *left.get(device.id, ())) if one is not None]
            at = (gates[one] for one in stood if one in gates)
            gate = next((one for one in at if one.zone_id == notice.zone_id), None)
            if gate is None and device.gate_id is not None:
                continue
            report = None if row is None or row.event_id != event_id else read_report(row)
            has_heard = report is not None and report.epoch == epoch and report.cursor >= number
            hearings.append(
                DeviceHearing(
                    device_id=device.id,
                    device=device.name,
                    gate_id=None if gate is None else gate.id,
                    gate=None if gate is None else gate.name,
                    has_heard=has_heard,
                    reported_at=None if row is None else row.reported_at,
                )
            )
        found.append(EvacuationReach(notice=notice, devices=hearings))
    return found
