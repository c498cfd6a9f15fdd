"""Which devices at gates have said that they know the newest word, by their own reports.

Who has not is told by radio. A thin scanner need not know: the ledger answers each of its claims.
A device whose gate is not fixed may stand at any, and one that was sent to another gate and was
not heard since still stands where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec
from sqlalchemy import select

from server.db.unit import Unit
from server.devices.device_reports import read_report
from server.devices.finding_devices import AT_GATES
from server.devices.home_places import HEARD_WITHIN, list_left_unheard
from server.devices.models import Device, DeviceReportRow
from server.devices.schemas import HearingAnswer
from server.events.event_states import EventProfile
from server.events.events_and_dates import Event
from server.http.body_and_answer_types import answer_of
from server.venues_and_gates.venues_zones_and_gates import Gate, list_gates
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import Instant
from shared.wire.device_report import DeviceReport


class StandingDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device that decides at gates, and what it said of itself last.

    Attributes:
        gates: Where it stands, or may still stand; empty where its gate is not fixed.
        is_fixed: Whether it stands at these alone.
        seen_at: When it was last heard of, or enrolled, to within `HEARD_WITHIN`.
        report: None where it has said nothing of this event.
        reported_at: When it last said how it stands; None where it never has.
        now: The server's time.
    """

    device_id: DeviceId
    device: str
    gates: Sequence[Gate]
    is_fixed: bool
    now: Instant
    seen_at: Instant
    report: DeviceReport | None
    reported_at: Instant | None

    @property
    def has_left(self) -> bool:
        """Whether the last that it said is that it closes: nobody stands before it."""
        if self.report is None or self.reported_at is None:
            return False
        return self.report.is_leaving and self.seen_at - self.reported_at <= HEARD_WITHIN

    def was_heard_since(self, instant: Instant) -> bool:
        """Whether it was in touch after an instant: it may know what it has not said it knows.

        An instant that is still to come was noted by a clock that was wrong: nobody can tell.
        """
        return self.seen_at + HEARD_WITHIN >= instant or instant > self.now


async def read_standing(unit: Unit, event: Event) -> list[StandingDevice]:
    """Return the devices that decide at an event's gates and are not revoked, by name."""
    gates = {gate.id: gate for gate in await list_gates(unit, event.id)}
    left = await list_left_unheard(unit, event.id)
    query = (
        select(Device, DeviceReportRow)
        .outerjoin(DeviceReportRow, DeviceReportRow.device_id == Device.id)
        .where(Device.organization_id == unit.organization_id, Device.event_id == event.id)
        .where(Device.revoked_at.is_(None), Device.role.in_(AT_GATES))
        .where(Device.profile.in_({EventProfile.LIVE, event.profile}))
        .order_by(Device.name, Device.id)
    )
    devices: Sequence[tuple[Device, DeviceReportRow | None]]
    devices = [(row[0], row[1]) for row in (await unit.session.execute(query)).all()]
    found = []
    for device, row in devices:
        stood = [one for one in (device.gate_id, *left.get(device.id, ())) if one is not None]
        found.append(
            StandingDevice(
                device_id=device.id,
                device=device.name,
                gates=[gates[one] for one in stood if one in gates],
                is_fixed=device.gate_id is not None,
                now=unit.now,
                seen_at=device.enrolled_at if device.last_seen_at is None else device.last_seen_at,
                report=None if row is None or row.event_id != event.id else read_report(row),
                reported_at=None if row is None else row.reported_at,
            )
        )
    return found


def judge_hearing(
    devices: Iterable[StandingDevice],
    places: frozenset[str],
    epoch: int,
    knows: Callable[[DeviceReport], bool],
) -> list[HearingAnswer]:
    """Tell of each device that may stand at some places whether it knows something.

    Args:
        devices: From `read_standing`.
        places: Gates, or zones by any of whose gates it is.
        epoch: The ledger's; what a device had read of an earlier one says nothing.
        knows: Whether a report of this epoch says so.
    """
    found = []
    for one in devices:
        at = (gate for gate in one.gates if not places.isdisjoint({gate.id, gate.zone_id}))
        gate = next(at, None)
        if gate is None and one.is_fixed:
            continue
        found.append(
            answer_of(
                HearingAnswer,
                one,
                gate_id=None if gate is None else gate.id,
                gate=None if gate is None else gate.name,
                has_heard=one.report is not None
                and one.report.epoch == epoch
                and knows(one.report),
            )
        )
    return found
