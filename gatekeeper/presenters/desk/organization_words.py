"""What the desk says of an organization's own facts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gatekeeper.organizer.server_api import Refused
from gatekeeper.presenters.desk.plan_words import ClashWords
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_stamp
from gatekeeper.wording.wall_clocks import find_zone


def spell_clock(zone: str, now: datetime) -> str:
    """Say what a zone's clock shows now, and how far it is from UTC."""
    known = find_zone(zone)
    if known is None:
        return TEXTS.say("organization.flaw.timezone")
    shown = now.astimezone(known)
    away = f"{shown:%z}"
    return TEXTS.say("organization.now", time=f"{spell_stamp(shown)} (UTC{away[:3]}:{away[3:5]})")


def words_of_organization() -> ClashWords:
    """Return how an organization's fields are said."""
    return ClashWords(
        lambda path: TEXTS.say(f"organization.{path}"),
        lambda _path, value: _flat(value) or TEXTS.say("desk.plan.none"),
    )


def spell_organization_refusal(fault: Refused) -> str:
    """Say what the server refused."""
    fields = {one.field for one in fault.fields}
    for field in ("timezone", "currency", "name"):
        if field in fields:
            return TEXTS.say(f"organization.flaw.{field}")
    return spell_fault(fault)


def _flat(value: Any) -> str:
    return ", ".join(str(value).splitlines())
