"""Pausing entry at a gate or a zone, and resuming it: one press, and gates hear it at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Unit, Units
from server.http.body_and_answer_types import answer_of
from server.http.logs import log
from server.plans.schemas import PauseAnswer
from server.plans.telling_pauses import PauseReach, Pauses
from server.venues_and_gates.place_pauses import set_pause
from server.venues_and_gates.venues_zones_and_gates import Gate, Zone, get_gate, get_zone
from shared.kernel import ids
from shared.kernel.id_types import EventId, GateId, OrganizationId, ZoneId

EVENT: Final = "/organizations/{organization_id:str}/events/{event_id:str}"
ZONE: Final = EVENT + "/zones/{zone_id:str}/pause"
GATE: Final = EVENT + "/gates/{gate_id:str}/pause"
READ: Final = requires(Role.READER, "venues:read")
WRITE: Final = requires(Role.MANAGER, "venues:write")


@get(EVENT + "/pauses", tags=["venues"], guards=[READ])
async def list_pauses(
    pauses: NamedDependency[Pauses],
    organization_id: FromPath[OrganizationId],
    event_id: FromPath[EventId],
) -> list[PauseAnswer]:
    """Say where entry is paused, and which devices have heard of it, or not yet of its end."""
    return [_answer(one) for one in await pauses.read(organization_id, event_id)]


@put(GATE, status_code=204, tags=["venues"], guards=[WRITE])
async def pause_gate(
    pauses: NamedDependency[Pauses],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    gate_id: FromPath[GateId],
) -> None:
    """Let nobody in at a gate until it is resumed; exits pass, and nothing is counted by it."""
    await _pause(
        pauses, units, partial(get_gate, event_id=event_id, gate_id=gate_id), is_paused=True
    )


@delete(GATE, status_code=204, tags=["venues"], guards=[WRITE])
async def resume_gate(
    pauses: NamedDependency[Pauses],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    gate_id: FromPath[GateId],
) -> None:
    """Let holders in at a gate again; one whose zone is paused stays so."""
    await _pause(
        pauses, units, partial(get_gate, event_id=event_id, gate_id=gate_id), is_paused=False
    )


@put(ZONE, status_code=204, tags=["venues"], guards=[WRITE])
async def pause_zone(
    pauses: NamedDependency[Pauses],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    zone_id: FromPath[ZoneId],
) -> None:
    """Let nobody in at any gate of a zone until it is resumed; exits pass."""
    await _pause(
        pauses, units, partial(get_zone, event_id=event_id, zone_id=zone_id), is_paused=True
    )


@delete(ZONE, status_code=204, tags=["venues"], guards=[WRITE])
async def resume_zone(
    pauses: NamedDependency[Pauses],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    zone_id: FromPath[ZoneId],
) -> None:
    """Let holders into a zone again; a gate of it that is paused itself stays so."""
    await _pause(
        pauses, units, partial(get_zone, event_id=event_id, zone_id=zone_id), is_paused=False
    )


async def _pause(
    pauses: Pauses,
    units: Units,
    find: Callable[[Unit], Awaitable[Gate | Zone]],
    *,
    is_paused: bool,
) -> None:
    async with units.write() as unit:
        place = await find(unit)
        await set_pause(unit, place.event_id, place.id, is_paused=is_paused)
    # Told is what was committed, also by an earlier request that broke off.
    await pauses.tell(place.organization_id, place.event_id)
    said = "entry.paused" if is_paused else "entry.resumed"
    log().info(said, event_id=place.event_id, place_id=place.id)


def _answer(one: PauseReach) -> PauseAnswer:
    is_zone = one.place_id.startswith(f"{ids.ZONE}_")
    return answer_of(
        PauseAnswer,
        one,
        gate_id=None if is_zone else one.place_id,
        zone_id=one.place_id if is_zone else None,
    )
