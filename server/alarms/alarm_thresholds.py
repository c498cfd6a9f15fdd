"""From where on an event's alarms are raised: what is usual, and what may be said instead."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

ALARM_DENIALS_PERCENT: Final = 25
"""Denied of all scans at a gate from which on it alarms, where an event says nothing else."""
ALARM_DENIALS_MIN: Final = 20
"""And so many of them."""
ALARM_FORGED_CODES: Final = 5
ALARM_SILENT_MINUTES: Final = 5
ALARM_ZONE_PERCENT: Final = 90
"""Persons inside, of those who may be."""
ALARM_OVERRIDES_PERCENT: Final = 5
"""Entries against the rules or taken back, of all at a gate."""
ALARM_OVERRIDES_MIN: Final = 5

_Few = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
_Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
_Minutes = Annotated[int, msgspec.Meta(ge=0, le=1_440)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where on an event's alarms are raised; 0 raises none of the kind.

    Attributes:
        double_uses: Undecided double uses.
        denials_percent, denials_min: Denied scans of all at a gate in ten minutes; and so many.
        forged_codes: Codes that nobody of the organization has signed, at a gate in ten minutes.
        silent_minutes: Since a gate that had begun was heard of, while doors are open.
        zone_percent: Persons inside of those who may be.
        overrides_percent, overrides_min: Entries against the rules or taken back of all at a gate
            in half an hour; and so many.
    """

    double_uses: _Few = 1
    denials_percent: _Percent = ALARM_DENIALS_PERCENT
    denials_min: _Few = ALARM_DENIALS_MIN
    forged_codes: _Few = ALARM_FORGED_CODES
    silent_minutes: _Minutes = ALARM_SILENT_MINUTES
    zone_percent: _Percent = ALARM_ZONE_PERCENT
    overrides_percent: _Percent = ALARM_OVERRIDES_PERCENT
    overrides_min: _Few = ALARM_OVERRIDES_MIN
