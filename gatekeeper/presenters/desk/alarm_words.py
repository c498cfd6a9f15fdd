"""What the desk says of alarms: what each is about, since when, and who sees to it."""

from __future__ import annotations

from typing import Final

from gatekeeper.organizer.during.alarms_client import DeskAlarm, PastAlarm
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import VENUE_CLOCK

KNOWN: Final = (
    "double_use",
    "many_denials",
    "forged_codes",
    "gate_silent",
    "zone_nearly_full",
    "many_overrides",
    "evacuation",
)
"""Kinds that the desk has words for; of others it shows the server's own."""


def spell_alarm(alarm: DeskAlarm | PastAlarm) -> tuple[str, str]:
    """Say what an alarm is about, and what to do."""
    if alarm.kind not in KNOWN:
        return alarm.what, ""
    values = {"place": alarm.place, "count": alarm.count, "of": alarm.out_of}
    return TEXTS.say(f"alarm.{alarm.kind}", **values), TEXTS.say(f"alarm.{alarm.kind}.advice")


def spell_past(alarm: PastAlarm) -> tuple[str, str, str, str]:
    """Say an alarm of the list: when, what, until when, and who saw to it."""
    over = TEXTS.say("alarms.stands")
    if alarm.ended_at is not None:
        over = VENUE_CLOCK.stamp(alarm.ended_at)
    who = TEXTS.say("alarms.nobody")
    if alarm.seen_by is not None:
        at = "" if alarm.seen_at is None else VENUE_CLOCK.stamp(alarm.seen_at)
        who = TEXTS.beside(alarm.seen_by, at, alarm.note)
    return VENUE_CLOCK.stamp(alarm.raised_at), spell_alarm(alarm)[0], over, who
