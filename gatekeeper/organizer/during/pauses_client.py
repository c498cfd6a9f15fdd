"""Pauses of entry as the organizer orders them, and which gates have heard of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from gatekeeper.organizer.date_on_now_or_next import date_facts, next_date
from gatekeeper.organizer.during.evacuations_client import GateHearing
from gatekeeper.organizer.server_api import UNTAGGED, EventSite, ServerApi
from gatekeeper.wording.names_in_order import by_number


class PausePlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where entry can be paused: a gate, or a zone with all its gates.

    Attributes:
        zone_id: The gate's; "" for a zone.
    """

    place_id: str
    name: str
    zone_id: str = ""

    @property
    def is_zone(self) -> bool:
        """Whether it is a zone."""
        return not self.zone_id

    @property
    def path(self) -> str:
        """Its own, below the event's."""
        return f"/{'zones' if self.is_zone else 'gates'}/{self.place_id}/pause"


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """A pause, or the end of one that not all gates have heard of, and who has.

    Attributes:
        gate_id, zone_id: Where: one of the two.
        until: When it was resumed; None while it lasts.
        devices: Those at its gates; after its end those alone that have not heard of that.
    """

    gate_id: str | None
    zone_id: str | None
    since: datetime
    until: datetime | None
    devices: tuple[GateHearing, ...]

    @property
    def place_id(self) -> str:
        """Where it is."""
        return self.gate_id or self.zone_id or ""


class Pauses(msgspec.Struct, frozen=True):
    """An event's places, and where entry is paused, or was.

    Attributes:
        places: Zones before gates; those of the date that is on or comes next before others.
    """

    places: tuple[PausePlace, ...]
    found: tuple[Pause, ...]

    def at(self, place_id: str) -> Pause | None:
        """Return what is known of a place's own pause; None for nothing."""
        return next((one for one in self.found if one.place_id == place_id), None)

    @property
    def paused_gates(self) -> dict[str, datetime]:
        """Since when nobody comes in at a gate, by itself or with its zone, by its id."""
        gates = [one for one in self.places if not one.is_zone]
        since = {one.place_id: self.since(one.place_id, one.zone_id) for one in gates}
        return {one: at for one, at in since.items() if at is not None}

    def since(self, *place_ids: str) -> datetime | None:
        """Return since when entry is paused at any of some places; None if it is not."""
        lasting = (one for one in self.found if one.until is None)
        return min((one.since for one in lasting if one.place_id in place_ids), default=None)


_DECODE: Final = msgspec.json.Decoder(tuple[Pause, ...]).decode


async def read_pauses(
    api: ServerApi, site: EventSite, plan: Mapping[str, Any] | None = None
) -> Pauses:
    """Read an event's places, and where entry is paused.

    Args:
        api: Somebody signed in.
        site: The event.
        plan: Its zones and gates, where they were read already.

    Raises:
        Refused: if the event is gone.
    """
    plan = plan or await api.get(f"{site.path}/plan")
    dates = await api.get(f"{site.path}/occurrences")
    found = _DECODE(await api.get_bytes(f"{site.path}/pauses"))
    zones = [PausePlace(place_id=one["id"], name=one["name"]) for one in plan["zones"]]
    gates = [
        PausePlace(place_id=one["id"], name=one["name"], zone_id=one["zone_id"])
        for one in sorted(plan["gates"], key=lambda gate: by_number(str(gate["name"])))
    ]
    others = _zones_of_others(plan, dates, api.server_time)
    places = sorted((*zones, *gates), key=lambda one: (one.zone_id or one.place_id) in others)
    return Pauses(tuple(places), found)


def _zones_of_others(
    plan: Mapping[str, Any], dates: Iterable[Mapping[str, Any]], now: datetime | None
) -> frozenset[str]:
    """Name the zones that serve a date which is not the next one: nobody pauses them by chance."""
    if now is None:
        return frozenset()
    date = next_date(tuple(date_facts(one) for one in dates if one["cancelled_at"] is None), now)
    own = {None} if date is None else {None, date.id}
    return frozenset(one["id"] for one in plan["zones"] if one["occurrence_id"] not in own)


async def say_pause(
    api: ServerApi, site: EventSite, place: PausePlace, *, is_paused: bool
) -> None:
    """Pause entry at a place, or resume it; said twice it is said once.

    Raises:
        Refused: if this needs a manager, or the place is gone.
    """
    if is_paused:
        await api.put(site.path + place.path, {}, UNTAGGED)
    else:
        await api.delete(site.path + place.path, UNTAGGED)
