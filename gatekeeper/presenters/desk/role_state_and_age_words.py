"""What the desk says of an event's state, of roles, and of when devices were heard."""

from __future__ import annotations

from datetime import datetime

from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_ago
from shared.kernel.instant import Duration


def spell_state(state: str) -> str:
    """Say an event's state."""
    return TEXTS.say(f"desk.state.{state}")


def spell_role(role: str) -> str:
    """Say what a device or a person is."""
    return TEXTS.say(f"desk.role.{role}")


def spell_heard(heard_at: datetime | None, now: datetime) -> str:
    """Say when a device was in touch last."""
    if heard_at is None:
        return TEXTS.say("desk.devices.never")
    return spell_ago(age_of(heard_at, now), TEXTS)


def age_of(moment: datetime, now: datetime) -> Duration:
    """Return how long ago a moment was; 0 for one to come."""
    seconds = max(0.0, (now - moment).total_seconds())
    return Duration(int(seconds * 1_000_000))
