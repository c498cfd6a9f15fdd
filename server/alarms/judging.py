"""When an alarm stands: what was measured against an event's limits. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from server.alarms.alarm_thresholds import Limits
from shared.kernel.id_types import ZoneId
from shared.kernel.instant import MINUTE, Duration

ALARM_CALM: Final[Duration] = 5 * MINUTE
"""How long what raised an alarm of a rate must be over before the alarm ends."""


class AlarmKind(StrEnum):
    """What an alarm is about."""

    DOUBLE_USE = "double_use"
    MANY_DENIALS = "many_denials"
    FORGED_CODES = "forged_codes"
    GATE_SILENT = "gate_silent"
    ZONE_NEARLY_FULL = "zone_nearly_full"
    MANY_OVERRIDES = "many_overrides"
    EVACUATION = "evacuation"


CALM: Final[Mapping[AlarmKind, Duration]] = {
    AlarmKind.MANY_DENIALS: ALARM_CALM,
    AlarmKind.FORGED_CODES: ALARM_CALM,
    AlarmKind.MANY_OVERRIDES: ALARM_CALM,
    AlarmKind.ZONE_NEARLY_FULL: ALARM_CALM,
}
"""How long what raised an alarm must be over before it ends; at once where nothing is said."""


class GateScans(msgspec.Struct, frozen=True, kw_only=True):
    """What was scanned at a gate lately.

    Attributes:
        admitted, denied: Scans of the last ten minutes; denied ones are not those that were sent
            to a person.
        forged: Of the denied, codes that nobody has signed.
        entered, overrides: Entries of the last half hour, taken back or not; of them those
            against the rules, and those that somebody there has taken back.
    """

    gate_id: str
    admitted: int = 0
    denied: int = 0
    forged: int = 0
    entered: int = 0
    overrides: int = 0


class ZoneFill(msgspec.Struct, frozen=True):
    """How full a zone is whose room is limited."""

    zone_id: str
    inside: int
    capacity: int


class Silence(msgspec.Struct, frozen=True):
    """A gate of which nothing was heard, or a device that stands at none.

    Attributes:
        subject: The gate's id, or the device's.
        minutes: Since the last word of any of its devices.
    """

    subject: str
    minutes: int


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What of an event alarms are judged by.

    Attributes:
        evacuated: Zones of which an evacuation is under way, the return included.
    """

    double_uses: int = 0
    scans: Sequence[GateScans] = ()
    silences: Sequence[Silence] = ()
    zones: Sequence[ZoneFill] = ()
    evacuated: Sequence[ZoneId] = ()


class StandingAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that stands now.

    Attributes:
        subject: A gate, a zone or a device; "" for the event.
        count: What was measured, in the kind's own unit.
        out_of: Of how many; 0 where there is no such number.
    """

    kind: AlarmKind
    subject: str = ""
    count: int
    out_of: int = 0


def judge(measured: Measured, limits: Limits) -> list[StandingAlarm]:
    """Tell which alarms stand; of an evacuation whatever the limits say."""
    found = [
        StandingAlarm(kind=AlarmKind.EVACUATION, subject=zone_id, count=1)
        for zone_id in measured.evacuated
    ]
    if _is_over(measured.double_uses, limits.double_uses):
        found.append(StandingAlarm(kind=AlarmKind.DOUBLE_USE, count=measured.double_uses))
    for one in measured.scans:
        found += _judge_scans(one, limits)
    for silence in measured.silences:
        if _is_over(silence.minutes, limits.silent_minutes):
            subject, minutes = silence.subject, silence.minutes
            found.append(StandingAlarm(kind=AlarmKind.GATE_SILENT, subject=subject, count=minutes))
    for zone in measured.zones:
        if limits.zone_percent and zone.inside * 100 >= zone.capacity * limits.zone_percent:
            found.append(
                StandingAlarm(
                    kind=AlarmKind.ZONE_NEARLY_FULL,
                    subject=zone.zone_id,
                    count=zone.inside,
                    out_of=zone.capacity,
                )
            )
    return found


def is_lifted(kind: AlarmKind, subject: str, measured: Measured, limits: Limits) -> bool:
    """Whether a zone that an alarm is about has no limit any more: it ends before it is calm."""
    if kind is not AlarmKind.ZONE_NEARLY_FULL:
        return False
    return not limits.zone_percent or all(one.zone_id != subject for one in measured.zones)


def _judge_scans(one: GateScans, limits: Limits) -> list[StandingAlarm]:
    found = []
    scans = one.admitted + one.denied
    if _is_part(one.denied, scans, limits.denials_percent, limits.denials_min):
        found.append((AlarmKind.MANY_DENIALS, one.denied, scans))
    if _is_over(one.forged, limits.forged_codes):
        found.append((AlarmKind.FORGED_CODES, one.forged, 0))
    if _is_part(one.overrides, one.entered, limits.overrides_percent, limits.overrides_min):
        found.append((AlarmKind.MANY_OVERRIDES, one.overrides, one.entered))
    return [
        StandingAlarm(kind=kind, subject=one.gate_id, count=count, out_of=out_of)
        for kind, count, out_of in found
    ]


def _is_over(count: int, limit: int) -> bool:
    return limit > 0 and count >= limit


def _is_part(count: int, of: int, percent: int, least: int) -> bool:
    return percent > 0 and count > 0 and count >= least and count * 100 >= of * percent
