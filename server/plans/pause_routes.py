"""Pausing entry at a gate or a zone, and resuming it: one press, and gates hear it at once."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Units
from server.http.logs import log
from server.http.schema import answer_of
from server.plans.schemas import PauseAnswer
from server.plans.telling_pauses import PauseReach, Pauses
from server.venues.place_pauses import set_pause
from server.venues.service import Gate, Zone, get_gate, get_zone
from shared.kernel import ids
from shared.kernel.id_types import EventId, GateId, OrganizationId, ZoneId

EVENT: Final = "/organizations/{organization_id:str}/events/{event_id:str}"
ZONE: Final = EVENT + "/zones/{zone_id:str}/pause"
GATE: Final = EVENT + "/gates/{gate_id:str}/pause"
READ: Final = requires(Role.READER, "venues:read")
WRITE: Final = requires(Role.MANAGER, "venues:write")


@get(EVENT + "/pauses", tags=["venues"], guards=[READ])
async def list_pauses(
    request: Request[Any, Any, Any],
    organization_id: FromPath[OrganizationId],
    event_id: FromPath[EventId],
) -> list[PauseAnswer]:
    """Say where entry is paused, and which devices have heard of it, or not yet of its end."""
    pauses: Pauses = request.app.state["pauses"]
    return [_answer(one) for one in await pauses.read(organization_id, event_id)]


@put(GATE, status_code=204, tags=["venues"], guards=[WRITE])
async def pause_gate(
    request: Request[Any, Any, Any],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    gate_id: FromPath[GateId],
) -> None:
    """Let nobody in at a gate until it is resumed; exits pass, and nothing is counted by it."""
    async with units.write() as unit:
        place = await get_gate(unit, event_id, gate_id)
        await set_pause(unit, event_id, place.id, is_paused=True)
    await _tell(request, place, "entry.paused")


@delete(GATE, status_code=204, tags=["venues"], guards=[WRITE])
async def resume_gate(
    request: Request[Any, Any, Any],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    gate_id: FromPath[GateId],
) -> None:
    """Let holders in at a gate again; one whose zone is paused stays so."""
    async with units.write() as unit:
        place = await get_gate(unit, event_id, gate_id)
        await set_pause(unit, event_id, place.id, is_paused=False)
    await _tell(request, place, "entry.resumed")


@put(ZONE, status_code=204, tags=["venues"], guards=[WRITE])
async def pause_zone(
    request: Request[Any, Any, Any],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    zone_id: FromPath[ZoneId],
) -> None:
    """Let nobody in at any gate of a zone until it is resumed; exits pass."""
    async with units.write() as unit:
        place = await get_zone(unit, event_id, zone_id)
        await set_pause(unit, event_id, place.id, is_paused=True)
    await _tell(request, place, "entry.paused")


@delete(ZONE, status_code=204, tags=["venues"], guards=[WRITE])
async def resume_zone(
    request: Request[Any, Any, Any],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    zone_id: FromPath[ZoneId],
) -> None:
    """Let holders into a zone again; a gate of it that is paused itself stays so."""
    async with units.write() as unit:
        place = await get_zone(unit, event_id, zone_id)
        await set_pause(unit, event_id, place.id, is_paused=False)
    await _tell(request, place, "entry.resumed")


async def _tell(request: Request[Any, Any, Any], place: Gate | Zone, said: str) -> None:
    """Tell the gates what was committed, also by an earlier request that broke off."""
    pauses: Pauses = request.app.state["pauses"]
    await pauses.tell(place.organization_id, place.event_id)
    log().info(said, event_id=place.event_id, place_id=place.id)


def _answer(one: PauseReach) -> PauseAnswer:
    is_zone = one.place_id.startswith(f"{ids.ZONE}_")
    return answer_of(
        PauseAnswer,
        one,
        gate_id=None if is_zone else one.place_id,
        zone_id=one.place_id if is_zone else None,
    )
