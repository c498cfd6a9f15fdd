"""Evacuations as the organizer orders them, and which gates have heard of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from gatekeeper.organizer.server_api import EventSite, ServerApi


class EvacuationAct(StrEnum):
    """What the organizer says of a zone."""

    STOP = "stop"
    RETURN = "return"
    OVER = "over"
    ANNUL = "annul"
    """A false alarm: nobody had to leave."""


class GateHearing(msgspec.Struct, frozen=True):
    """A device at a gate of the zone, and whether it knows the newest word.

    Attributes:
        gate: None where that is not fixed: it may stand at any.
    """

    device: str
    gate: str | None
    has_heard: bool


class EvacuationUnderWay(msgspec.Struct, frozen=True):
    """An evacuation, its newest word, and who has heard that.

    Attributes:
        phase: `stop` or `return`; `over` while there are gates that still let nobody in.
    """

    evacuation_id: str
    zone_id: str
    phase: str
    begun_at: datetime
    devices: tuple[GateHearing, ...]


_DECODE = msgspec.json.Decoder(tuple[EvacuationUnderWay, ...]).decode


async def read_evacuations(api: ServerApi, site: EventSite) -> tuple[EvacuationUnderWay, ...]:
    """Read which evacuations of an event are under way.

    Raises:
        Refused: if the event is gone.
    """
    return _DECODE(await api.get_bytes(f"{site.path}/evacuations/reach"))


def find_evacuation(
    found: Sequence[EvacuationUnderWay], zone_id: str
) -> EvacuationUnderWay | None:
    """Return what holds in a zone now, the latest of several; None for nothing."""
    here = [one for one in found if one.zone_id == zone_id and one.phase != EvacuationAct.OVER]
    return max(here, key=lambda one: (one.phase == EvacuationAct.STOP, one.begun_at), default=None)


def list_shut(found: Sequence[EvacuationUnderWay], zone_id: str) -> list[GateHearing]:
    """List the devices that let nobody into a zone by an evacuation that is over."""
    over = (one for one in found if one.zone_id == zone_id and one.phase == EvacuationAct.OVER)
    return [device for one in over for device in one.devices]


async def say_evacuation(
    api: ServerApi,
    site: EventSite,
    act: EvacuationAct,
    zone_id: str,
    password: str,
    under_way: EvacuationUnderWay | None,
) -> None:
    """Evacuate a zone, or go on with what is under way there.

    Args:
        api: Somebody signed in, a manager.
        site: The event.
        act: What is said.
        zone_id: Of which zone.
        password: Of whoever is signed in.
        under_way: Which evacuation goes on; None to begin one.

    Raises:
        Refused: if the password is another one, this needs a manager, or it is over by now.
    """
    goes_on = None if act is EvacuationAct.STOP else under_way
    named = {"zone_id": zone_id, "evacuation_id": goes_on and goes_on.evacuation_id}
    if act is EvacuationAct.ANNUL:
        await api.post(f"{site.path}/evacuations/rulings", named | {"ruling": act.value})
        return
    said = {"phase": act.value, "password": password}
    await api.post(f"{site.path}/evacuations", named | said)
