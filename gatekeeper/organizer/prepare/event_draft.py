"""An event as an organizer drafts it, and what cannot be meant in it. Pure.

Its form, and what that begins with: `gatekeeper/ui/organizer/prepare/new_event_page.py`.

Times are written as the venue's clock shows them; they become instants by the venue's zone.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from gatekeeper.wording.wall_clocks import find_zone
from shared.field_limits import NAME_SIZE_MAX

DRAFT_ROWS_MAX: Final = 200
"""Dates, zones or types of an event that is drafted in one form."""


class DateDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A date of the event.

    Attributes:
        name: As gates and tickets call it.
        doors: When the doors open, by the venue's clock; of a time that it shows twice, `fold`
            says which.
        starts, ends: Of what is played.
    """

    name: str
    doors: datetime
    starts: datetime
    ends: datetime


MAY_RETURN: Final = True
"""Unless the organizer says otherwise, who has left a zone may come back."""


class ZoneDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the venue that people enter.

    Attributes:
        name: As signs call it.
        capacity: The most that may be inside; None for no limit.
        gates: The names of its gates.
        may_return: Whether who has left may come back.
    """

    name: str
    gates: tuple[str, ...]
    capacity: int | None = None
    may_return: bool = MAY_RETURN


class TypeDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of ticket.

    Attributes:
        name: As it is sold.
        price_minor: In minor units.
        quantity: The most that may be sold; None for no limit.
        date: Number of the date that it admits to, from 0; None for every date.
        zones: Numbers of the zones that it opens, from 0; empty for all.
    """

    name: str
    price_minor: int
    quantity: int | None = None
    date: int | None = None
    zones: tuple[int, ...] = ()


class EventDraft(msgspec.Struct, frozen=True, kw_only=True):
    """All that is needed for gates to open.

    Attributes:
        name: The event's.
        timezone: The venue's, as the IANA database has it.
        currency: Its three letters.
        names_at_gates: Whether stewards see whose ticket it is.
        stewards: Names of those who may look guests up and decide at gates.
    """

    name: str
    timezone: str
    currency: str
    dates: tuple[DateDraft, ...]
    zones: tuple[ZoneDraft, ...]
    types: tuple[TypeDraft, ...]
    supervisors: tuple[str, ...] = ()
    names_at_gates: bool = False


class FlawKind(StrEnum):
    """What in a new event's draft cannot be meant so."""

    NO_NAME = "no_name"
    LONG_NAME = "long_name"
    SAME_NAME = "same_name"
    NO_ZONE_TIME = "no_zone_time"
    NO_DATE = "no_date"
    NO_ZONE = "no_zone"
    NO_GATE = "no_gate"
    SAME_GATE = "same_gate"
    LONG_GATE = "long_gate"
    NO_TYPE = "no_type"
    TOO_MANY = "too_many"
    DOORS_LATE = "doors_late"
    ENDS_EARLY = "ends_early"
    NO_SUCH_TIME = "no_such_time"
    BEYOND = "beyond"


class DraftFlaw(msgspec.Struct, frozen=True):
    """One flaw, and where it is.

    Attributes:
        flaw: What is wrong.
        field: Of `event`, `dates`, `zones`, `types` or `supervisors`.
        row: Number of the row, from 0; None for the whole.
    """

    flaw: FlawKind
    field: str
    row: int | None = None


def find_flaws(draft: EventDraft) -> tuple[DraftFlaw, ...]:
    """Return all that is wrong with a draft, in the order of its fields."""
    found = [*_name_flaws("event", (draft.name,))]
    zone = find_zone(draft.timezone)
    if zone is None:
        found.append(DraftFlaw(FlawKind.NO_ZONE_TIME, "event"))
    found += _count_flaws(draft)
    for row, date in enumerate(draft.dates):
        found += (DraftFlaw(flaw, "dates", row) for flaw in _date_flaws(date, zone))
    for row, area in enumerate(draft.zones):
        if not area.gates:
            found.append(DraftFlaw(FlawKind.NO_GATE, "zones", row))
    found += _name_flaws("dates", tuple(date.name for date in draft.dates))
    found += _name_flaws("zones", tuple(area.name for area in draft.zones))
    found += _gate_flaws(draft.zones)
    found += _name_flaws("types", tuple(kind.name for kind in draft.types))
    found += _name_flaws("supervisors", draft.supervisors)
    return tuple(found)


def to_utc(local: datetime, zone: tzinfo) -> datetime | None:
    """Return the moment at which a venue's clock shows a time.

    Of a time that is shown twice, when clocks go back, `fold` says which (PEP 495).

    Returns:
        None for a time that the clock never shows, since it is put forward over it.
    """
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    shown = moment.astimezone(zone).replace(tzinfo=None)
    return moment if shown == local.replace(tzinfo=None, fold=0) else None


def _count_flaws(draft: EventDraft) -> list[DraftFlaw]:
    wanted = (
        (FlawKind.NO_DATE, "dates", len(draft.dates)),
        (FlawKind.NO_ZONE, "zones", len(draft.zones)),
        (FlawKind.NO_TYPE, "types", len(draft.types)),
    )
    found = [DraftFlaw(flaw, field) for flaw, field, count in wanted if not count]
    found += [
        DraftFlaw(FlawKind.TOO_MANY, field) for _, field, count in wanted if count > DRAFT_ROWS_MAX
    ]
    return found


def _date_flaws(date: DateDraft, zone: ZoneInfo | None) -> list[FlawKind]:
    found = []
    doors, starts, ends = date.doors, date.starts, date.ends
    if zone is not None:
        try:
            moments = [to_utc(local, zone) for local in (doors, starts, ends)]
        except OverflowError:
            found.append(FlawKind.BEYOND)
        else:
            known = [one for one in moments if one is not None]
            if len(known) < len(moments):
                found.append(FlawKind.NO_SUCH_TIME)
            else:
                doors, starts, ends = known
    if doors > starts:
        found.append(FlawKind.DOORS_LATE)
    if ends <= starts:
        found.append(FlawKind.ENDS_EARLY)
    return found


def _name_flaws(field: str, names: tuple[str, ...]) -> list[DraftFlaw]:
    found: list[DraftFlaw] = []
    seen: set[str] = set()
    for row, name in enumerate(names):
        key = name.strip().casefold()
        if not key:
            found.append(DraftFlaw(FlawKind.NO_NAME, field, row))
        elif len(name) > NAME_SIZE_MAX:
            found.append(DraftFlaw(FlawKind.LONG_NAME, field, row))
        elif key in seen:
            found.append(DraftFlaw(FlawKind.SAME_NAME, field, row))
        seen.add(key)
    return found


def _gate_flaws(zones: tuple[ZoneDraft, ...]) -> list[DraftFlaw]:
    """Find gates of one name, also of different zones: a steward is sent to a name."""
    found: list[DraftFlaw] = []
    seen: set[str] = set()
    for row, area in enumerate(zones):
        keys = [name.strip().casefold() for name in area.gates]
        if not all(keys):
            found.append(DraftFlaw(FlawKind.NO_GATE, "zones", row))
        if len(set(keys)) < len(keys) or seen & set(keys):
            found.append(DraftFlaw(FlawKind.SAME_GATE, "zones", row))
        if any(len(key) > NAME_SIZE_MAX for key in keys):
            found.append(DraftFlaw(FlawKind.LONG_GATE, "zones", row))
        seen |= set(keys)
    return found
