"""What the page of who did what says. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import shorten
from typing import Final

from gatekeeper.organizer.afterwards.audit_client import (
    OPERATOR,
    AuditFacts,
    AuditLine,
    count_lines,
)
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_stamp
from gatekeeper.wording.wall_clocks import zone_named
from shared.field_limits import AUDIT_LINES_MAX

_GONE: Final = {"us_": "member", "ak_": "key"}
"""What was gone to by an id, by what ids begin with."""
_NAMED_MAX: Final = 60
_ROOT = "/api/v1/organizations/{organization_id}"


def spell_act(line: AuditLine) -> str:
    """Say in plain words what was done; of what has none, by which request."""
    act, thing = line.act
    if not act:
        return spell_request(line)
    named = TEXTS.say(f"audit.thing.{thing}") if thing else ""
    return TEXTS.say(f"audit.act.{act}", thing=named) if thing else TEXTS.say(f"audit.act.{act}")


def spell_request(line: AuditLine) -> str:
    """Name the request by its method and route, from left to right everywhere."""
    path = line.route.removeprefix(_ROOT) or "/"
    return f"\u2066{line.method} {path}\u2069"


def spell_audit_line(
    line: AuditLine, facts: AuditFacts, names: Mapping[str, str]
) -> tuple[str, str, str, str, str]:
    """Say when, who, what, at which event and of which thing: its name and its id."""
    at = spell_stamp(line.at.astimezone(zone_named(facts.zone)), has_seconds=True)
    event = line.target("event_id")
    at_machine = TEXTS.say("audit.operator") if line.actor == OPERATOR else ""
    by = line.by or at_machine or _name_person(line.actor, facts)
    return (
        TEXTS.isolate(at),
        by or TEXTS.say("audit.nobody"),
        spell_act(line),
        facts.events.get(event, event),
        _name_thing(line, facts, names),
    )


def _name_thing(line: AuditLine, facts: AuditFacts, names: Mapping[str, str]) -> str:
    one = line.last_target
    if one not in names:
        return _name_person(one, facts)
    if one == line.target("order_id"):
        return TEXTS.beside(TEXTS.say("orders.name", number=names[one]), one)
    if one == line.target("ticket_id"):
        return TEXTS.beside(TEXTS.say("orders.ticket", code=names[one]), one)
    return TEXTS.beside(shorten(names[one], _NAMED_MAX, placeholder="…"), one)


def _name_person(one: str, facts: AuditFacts) -> str:
    """Name a member or an API key by the id, and one that is gone by what it was."""
    if one in facts.people:
        return facts.people[one]
    kind = next((kind for start, kind in _GONE.items() if one.startswith(start)), "")
    return TEXTS.say(f"audit.former.{kind}") if kind else one


def spell_shown(count: int, *, is_more: bool) -> str:
    """Say how many lines are shown, and whether there are earlier ones."""
    if not count:
        return TEXTS.say("audit.none")
    return TEXTS.say("audit.shown_more" if is_more else "audit.shown", count=count)


def spell_audit_saved(file: bytes, name: str) -> str:
    """Say that a file was saved, and whether it is cut off."""
    if count_lines(file) >= AUDIT_LINES_MAX:
        return TEXTS.say("audit.cut", name=name, count=AUDIT_LINES_MAX)
    return TEXTS.say("lists.saved", name=name)
