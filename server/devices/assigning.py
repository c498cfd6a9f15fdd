"""What a device serves: chosen once by itself where nobody has said, else by the organizer."""

from __future__ import annotations

from typing import Final, Protocol

import msgspec
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.unit import Unit
from server.devices.finding_devices import SCANNER, get_device
from server.devices.models import Device
from server.devices.schemas import AssignmentBody
from server.events.event_states import REACHABLE, EventProfile
from server.events.events_and_dates import get_event, get_event_in
from server.problem_answers import Problem, not_found, wrong_field
from server.venues_and_gates.venues_zones_and_gates import get_gate
from shared.kernel.id_types import DeviceId, EventId, GateId, OrganizationId
from shared.kernel.instant import Instant

_KEEP_PLACE: Final = text(
    "INSERT INTO device_place (device_id, event_id, gate_id, organization_id, since)"
    " VALUES (:device_id, :event_id, :gate_id, :organization_id, :since)"
    # It may have been there before, and may be assigned twice at once.
    " ON CONFLICT DO NOTHING"
)
OTHERWISE: Final = "no device serves it. One without an event can still send its journal."


class _Stationed(Protocol):
    """A device, as its row has it or as its requests are let in by it."""

    @property
    def organization_id(self) -> OrganizationId: ...
    @property
    def id(self) -> DeviceId: ...
    @property
    def event_id(self) -> EventId | None: ...
    @property
    def gate_id(self) -> GateId | None: ...


class Placement(msgspec.Struct, frozen=True, array_like=True):
    """That a device was assigned to an event and one of its gates, each "" where left open."""

    organization_id: OrganizationId
    device_id: DeviceId
    event_id: EventId
    gate_id: GateId


def placement_of(device: _Stationed) -> Placement:
    """Return where a device is assigned to now."""
    event_id, gate_id = device.event_id or EventId(""), device.gate_id or GateId("")
    return Placement(device.organization_id, device.id, event_id, gate_id)


def check_profile(profile: str, of_event: str) -> None:
    """Refuse a device for tests or rehearsals that would serve an event of another profile.

    It decides by times of its caller's: it must spend no real ticket.

    Raises:
        Problem: `conflict`.
    """
    if profile not in {EventProfile.LIVE, of_event}:
        raise Problem("conflict", f"A {profile} device serves {profile} events only.")


async def choose_event(unit: Unit, device_id: DeviceId, event_id: EventId) -> None:
    """Let a device that serves no event yet serve one, for good.

    Raises:
        Problem: `not-found` if the organization has no such event; `conflict` if it is off, or
            nobody has approved it, or it is of another profile.
    """
    if "\0" in event_id:
        raise not_found("event")  # PostgreSQL cannot be asked for it
    event = await get_event_in(unit, event_id, REACHABLE, OTHERWISE)
    query = select(Device).where(
        Device.id == device_id, Device.event_id.is_(None), Device.revoked_at.is_(None)
    )
    device = await unit.find(query.with_for_update())
    if device is not None:  # else it has chosen at another worker, or was assigned
        check_profile(device.profile, event.profile)
        device.event_id = event_id
        await unit.session.flush()
        await note_place(unit.session, device, unit.now)


async def note_place(session: AsyncSession, device: Device, now: Instant) -> None:
    """Keep where a device is assigned to now: what it records there counts, also later."""
    await keep_placement(session, placement_of(device), now)


async def keep_placement(session: AsyncSession, place: Placement, now: Instant) -> None:
    """Keep where a device was assigned to, if that is not known."""
    connection = await session.connection()
    await connection.execute(_KEEP_PLACE, msgspec.structs.asdict(place) | {"since": now})


async def check_reachable(unit: Unit, assignment: AssignmentBody, profile: str) -> None:
    """Refuse an event that is off, that nobody has approved yet, or of another profile."""
    if assignment.event_id is not None:
        event = await get_event_in(unit, assignment.event_id, REACHABLE, OTHERWISE)
        check_profile(profile, event.profile)


async def check_assignment(unit: Unit, assignment: AssignmentBody) -> None:
    """Refuse an event or gate that is not the organization's.

    Raises:
        Problem: naming the field.
    """
    if assignment.role == SCANNER and assignment.gate_id is None:
        raise wrong_field("gate_id", "is needed: a scanner claims at one gate's zone")
    if assignment.event_id is None:
        if assignment.gate_id is not None:
            raise wrong_field("event_id", "is needed with gate_id")
        return
    try:
        await get_event(unit, assignment.event_id)
    except Problem:
        raise wrong_field("event_id", "is not an event of this organization") from None
    if assignment.gate_id is not None:
        try:
            await get_gate(unit, assignment.event_id, assignment.gate_id)
        except Problem:
            raise wrong_field("gate_id", "is not a gate of this event") from None


async def assign_device(unit: Unit, device_id: DeviceId, assignment: AssignmentBody) -> Device:
    """Change what a device is for.

    Raises:
        Problem: `not-found`, or a wrong event or gate.
    """
    await check_assignment(unit, assignment)
    device = await get_device(unit, device_id)
    await check_reachable(unit, assignment, device.profile)
    if (device.event_id, device.gate_id) != (assignment.event_id, assignment.gate_id):
        device.place_revision += 1
    device.role = assignment.role
    device.event_id = assignment.event_id
    device.gate_id = assignment.gate_id
    device.admissions_per_minute = assignment.admissions_per_minute
    await unit.session.flush()
    await note_place(unit.session, device, unit.now)
    return device
