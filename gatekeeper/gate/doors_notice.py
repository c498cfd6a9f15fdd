"""Whether a gate serves a date whose doors are not open, so that everybody sees it in time.

It decides nothing: who may come early is for the event's rules to say. But what is scanned days
before by mistake has been used when its holder comes, and a time on paper from before doors is
more likely a slip of whoever keys it in.
"""

from __future__ import annotations

import msgspec

from shared.kernel.instant import Instant
from shared.manifest.event_config import GateConfig, OccurrenceConfig
from shared.manifest.fact_building import EventIndex
from shared.manifest.times_of_dates import EARLY_ARRIVAL, taking_place


class DoorsNotice(msgspec.Struct, frozen=True):
    """The doors of the date that a gate serves are closed now.

    Attributes:
        at: When they open; where none will open any more, when the last date ended.
        is_over: Whether that is past.
    """

    at: Instant
    is_over: bool = False


def notice_of(index: EventIndex, gate: GateConfig, kind: str, now: Instant) -> DoorsNotice | None:
    """Tell when the doors of a gate's date open or when it ended; None while they are open.

    Nothing is told at exits, nor where things are only tried: on a device that is not `live`.

    A date without an end is never over. Of several dates the next one counts.
    """
    if gate.direction == "out" or kind != "live":
        return None
    dates = _dates_at(index, gate)
    if not dates or any(_is_open(date, now) for date in dates):
        return None
    coming = [opens for date in dates if (opens := _opens_at(date)) > now]
    if coming:
        return DoorsNotice(min(coming))
    return DoorsNotice(max(date.ends_at or date.starts_at for date in dates), is_over=True)


def is_before_doors(index: EventIndex, gate: GateConfig, until: Instant) -> bool:
    """Tell whether a gate's doors had opened for none of its dates by an instant.

    Where nobody has said when they open, nobody comes longer before the start than early arrival.
    """
    opened = [
        date.starts_at - EARLY_ARRIVAL if date.doors_at is None else date.doors_at
        for date in _dates_at(index, gate)
    ]
    return bool(opened) and until < min(opened)


def _dates_at(index: EventIndex, gate: GateConfig) -> list[OccurrenceConfig]:
    zone = index.zones.get(gate.zone_id)
    own = None if zone is None else zone.occurrence_id
    return [date for date in taking_place(index.config.occurrences) if own in {None, date.id}]


def _opens_at(date: OccurrenceConfig) -> Instant:
    return date.starts_at if date.doors_at is None else date.doors_at


def _is_open(date: OccurrenceConfig, now: Instant) -> bool:
    return _opens_at(date) <= now and (date.ends_at is None or now <= date.ends_at)
