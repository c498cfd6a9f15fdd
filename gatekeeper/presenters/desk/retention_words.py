"""What the desk says of how long guests' names are kept. Pure."""

from __future__ import annotations

from datetime import datetime

from gatekeeper.organizer.afterwards.retention_client import KeptEvent, Retention
from gatekeeper.wording.texts import TEXTS


def spell_rule(found: Retention) -> str:
    """Say which rule holds."""
    if found.days is None:
        return TEXTS.say("keep.now.off")
    return TEXTS.say("keep.now.on", count=found.days)


def spell_would(found: Retention) -> str:
    """Say that what is shown is no rule yet; or that it would change nothing."""
    if not found.events:
        return TEXTS.say("keep.none")
    return TEXTS.say("keep.would")


def spell_kept(event: KeptEvent, now: datetime) -> tuple[str, str, str]:
    """Say which event it is, how many it names, and when that goes."""
    named = TEXTS.say("keep.named", orders=event.orders, tickets=event.tickets, lists=event.lists)
    if event.waits:
        return (event.name, named, TEXTS.say(f"keep.goes.{event.waits}"))
    if event.goes_now(now):
        return (event.name, named, TEXTS.say("keep.goes.now"))
    return (event.name, named, TEXTS.isolate(event.due_on))


def spell_set(found: Retention) -> str:
    """Say what was set."""
    return TEXTS.say("keep.saved_off" if found.days is None else "keep.saved")
