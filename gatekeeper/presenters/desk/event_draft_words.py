"""What the desk says of a draft's flaws, and of its hours where clocks change."""

from __future__ import annotations

from datetime import datetime, tzinfo

from gatekeeper.organizer.prepare.event_draft import DraftFlaw, to_utc
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_apart, spell_stamp
from shared.admission.local_time import spell_twice


def spell_flaw(flaw: DraftFlaw) -> str:
    """Say what is wrong with a draft, with the row's number."""
    said = TEXTS.say(f"desk.flaw.{flaw.flaw}")
    if flaw.field == "event":
        return TEXTS.say("desk.flaw.event", said=said)
    if flaw.row is None:
        return said
    return TEXTS.say("desk.flaw.row", row=flaw.row + 1, said=said)


def spell_shift(local: datetime, zone: tzinfo) -> str:
    """Say of a time by a venue's clock which of two is meant, or that the clock skips it.

    Returns:
        "" for a time that comes once, as nearly all do.
    """
    try:
        moment = to_utc(local, zone)
    except OverflowError:
        return ""
    if moment is None:
        return TEXTS.say("moving.no_such_time", time=TEXTS.isolate(spell_stamp(local)))
    if spell_twice(moment.astimezone(zone)):
        return TEXTS.say("desk.plan.shown_twice", time=spell_apart(moment, zone))
    return ""


def is_shown_twice(local: datetime, zone: tzinfo) -> bool:
    """Whether a venue's clock shows a time twice, because it goes back over it."""
    try:
        moment = to_utc(local, zone)
    except OverflowError:
        return False
    return moment is not None and bool(spell_twice(moment.astimezone(zone)))
