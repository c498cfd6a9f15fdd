"""How pauses of entry are told to the organizer."""

from __future__ import annotations

from gatekeeper.organizer.during.pauses_client import PausePlace, Pauses
from gatekeeper.presenters.desk.evacuation_words import spell_missing
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import VENUE_CLOCK


def spell_place(pauses: Pauses, place: PausePlace) -> str:
    """Name a gate, or a zone as what it is here, and say where entry is paused."""
    name = TEXTS.say("pause.zone", name=place.name) if place.is_zone else place.name
    return name if pauses.since(place.place_id) is None else TEXTS.say("pause.cell", name=name)


def spell_pause(pauses: Pauses, place: PausePlace) -> str:
    """Say whether entry is paused at a place, by what, and since when."""
    since = pauses.since(place.place_id)
    if since is not None:
        return TEXTS.say("pause.since", time=VENUE_CLOCK.time(since))
    since = pauses.since(place.zone_id)
    if since is None:
        return TEXTS.say("pause.open")
    zone = next((one.name for one in pauses.places if one.place_id == place.zone_id), "")
    return TEXTS.say("pause.by_zone", zone=zone, time=VENUE_CLOCK.time(since))


def spell_heard(pauses: Pauses, place: PausePlace) -> str:
    """Say which gates have not confirmed how a place stands: somebody has to call them."""
    pause = pauses.at(place.place_id)
    if pause is None:
        return ""
    missing = [one for one in pause.devices if not one.has_heard]
    if pause.until is not None:
        return TEXTS.say("pause.not_resumed", gates=spell_missing(missing))
    if not pause.devices:
        return TEXTS.say("pause.no_gates")
    if not missing:
        return TEXTS.say("pause.all_heard")
    return TEXTS.say("evacuation.not_heard", gates=spell_missing(missing))


def has_unheard(pauses: Pauses, place: PausePlace) -> bool:
    """Whether somebody has to be called about a place."""
    pause = pauses.at(place.place_id)
    return pause is not None and any(not one.has_heard for one in pause.devices)
