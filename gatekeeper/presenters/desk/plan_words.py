"""What the desk says of a plan's things, their fields, what became of them, and rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from gatekeeper.organizer.merging_edits import Clash, flatten
from gatekeeper.organizer.prepare.guest_list_terms import find_list_flaws
from gatekeeper.organizer.prepare.plan_client import EventPlan, Freeze, PlanItem, PlanKind
from gatekeeper.organizer.prepare.plan_fields import FieldSpec, Shape, find_spec
from gatekeeper.organizer.prepare.refund_rules import terms_for
from gatekeeper.organizer.prepare.simple_rules import rows_of
from gatekeeper.organizer.prepare.ticket_trial_client import TrialAnswer
from gatekeeper.presenters.desk.refund_words import spell_short
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_stamp
from gatekeeper.wording.wall_clocks import VENUE_CLOCK, WallClock, find_zone, zone_named
from shared.kernel.money import Money

_SAME_WORDS = {"occurrence_id": "date", "zone_id": "zone"}


def spell_kind(kind: PlanKind) -> str:
    """Say what a thing is."""
    return TEXTS.say(f"desk.plan.kind.{kind}")


def spell_field(path: str, kind: PlanKind) -> str:
    """Say what a field is; one that only the API sets is called as there."""
    if find_spec(kind, path) is None:
        return path
    name = _SAME_WORDS.get(path, path.rpartition(".")[2])
    return TEXTS.say(f"desk.plan.field.{name}")


def spell_choice(path: str, value: str | None) -> str:
    """Say one of the values that a field may have."""
    return TEXTS.say(f"desk.plan.{path.rpartition('.')[2]}.{value or 'as_event'}")


def spell_value(kind: PlanKind, path: str, value: Any, plan: EventPlan) -> str:
    """Say what a field holds."""
    spec = find_spec(kind, path)
    if spec is None:
        return "–" if value is None else str(value)
    said = _SPELLERS.get(spec.shape, _plain)
    return said(spec, value, plan)


def spell_list_flaws(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what keeps a type from being the guest list that it shall be; nothing of another."""
    return tuple(
        TEXTS.about(spell_field(path, PlanKind.TYPE), TEXTS.say(f"guestlist.flaw.{why}"))
        for path, why in find_list_flaws(flatten(fields))
    )


class ClashWords(msgspec.Struct, frozen=True):
    """How the fields of a clash are said.

    Attributes:
        name: What a field is called, by its path.
        value: What one holds, by its path and its value.
    """

    name: Callable[[str], str]
    value: Callable[[str, Any], str]


def words_of_plan(kind: PlanKind, plan: EventPlan) -> ClashWords:
    """Return how the fields of a plan's things are said."""
    return ClashWords(
        lambda path: spell_field(path, kind),
        lambda path, value: spell_value(kind, path, value, plan),
    )


def words_of_members() -> ClashWords:
    """Return how a member's fields are said."""
    return ClashWords(
        lambda _path: TEXTS.say("safe.members.role"),
        lambda _path, value: TEXTS.say(f"safe.role.{value}"),
    )


def words_of_seats() -> ClashWords:
    """Return how a seat map is said, as a whole: by how many seats it has."""
    return ClashWords(
        lambda _path: TEXTS.say("desk.page.seats"),
        lambda _path, value: TEXTS.say("freeze.seats", count=value),
    )


def spell_clash(clash: Clash, clock: WallClock = VENUE_CLOCK) -> str:
    """Say who changed a thing meanwhile, and when; the organization's clock if no event's."""
    by = clash.by or TEXTS.say("desk.plan.somebody")
    if clash.at is None:
        return TEXTS.say("desk.plan.clash_once", by=by)
    return TEXTS.say("desk.plan.clash", by=by, time=clock.stamp(clash.at))


def spell_standing(plan: EventPlan) -> str:
    """Say what the event's state still allows."""
    if plan.is_editable:
        is_sold = plan.state in {"published", "active"}
        return TEXTS.say("desk.plan.open_sold" if is_sold else "desk.plan.open")
    return TEXTS.say("desk.plan.fixed", state=TEXTS.say(f"desk.state.{plan.state}"))


def spell_freeze(freeze: Freeze, timezone: str) -> str:
    """Say what is locked since when, or who lifted that and why; "" where neither is."""
    zone = zone_named(timezone)
    if freeze.since is not None:
        return TEXTS.say("freeze.locked", time=spell_stamp(freeze.since.astimezone(zone)))
    lift = freeze.lifted
    if lift is None:
        return ""
    by = lift.by or TEXTS.say("desk.plan.somebody")
    time = spell_stamp(lift.at.astimezone(zone))
    return TEXTS.say("freeze.lifted", by=by, time=time, reason=lift.reason)


def spell_rule(rule: Any) -> str:
    """Say a rule in words: one line for each condition, all of which must hold."""
    if rule is None:
        return TEXTS.say("desk.plan.rule.none")
    rows = rows_of(rule)
    if rows is None:
        return TEXTS.say("desk.plan.rule.deep")
    lines = [TEXTS.say(f"desk.plan.rule.said.{row.condition}", value=row.value) for row in rows]
    return "\n".join(lines)


def spell_found(found: TrialAnswer) -> str:
    """Say what a gate would decide, and why; first what keeps everybody out there now."""
    said = TEXTS.say(f"desk.trial.{found.verdict}")
    said = f"{said}. {TEXTS.say(f'reason.{found.reason}.meaning')}"
    if found.is_evacuated:
        return f"{TEXTS.say('evacuation.meaning')} {TEXTS.say('desk.trial.later', found=said)}"
    if found.paused_at is not None:
        since = TEXTS.say("pause.since", time=VENUE_CLOCK.time(found.paused_at))
        return f"{since}. {TEXTS.say('desk.trial.later', found=said)}"
    return said


def spell_tree(thing: PlanItem) -> str:
    """Say a thing in the list."""
    return thing.name or spell_kind(thing.kind)


def spell_time(text: str | None, timezone: str) -> str:
    """Say a moment by the event's clock; "–" for none."""
    zone = find_zone(timezone)
    if text is None or zone is None:
        return "–"
    return spell_stamp(datetime.fromisoformat(text).astimezone(zone))


def _plain(_spec: FieldSpec, value: Any, _plan: EventPlan) -> str:
    return "–" if value in (None, "") else str(value)


def _one_of(spec: FieldSpec, value: Any, plan: EventPlan) -> str:
    if value is None:
        return TEXTS.say(f"desk.plan.every.{spec.of}")
    found = plan.find(value)
    return value if found is None else found.name


def _many(spec: FieldSpec, value: Any, plan: EventPlan) -> str:
    if value is None:
        return TEXTS.say(f"desk.plan.every.{spec.of}")
    return TEXTS.list(_one_of(spec, one, plan) for one in value) or TEXTS.say("desk.plan.none")


def _tiers(_spec: FieldSpec, value: Any, plan: EventPlan) -> str:
    tiers: list[Mapping[str, Any]] = value or []
    said = (
        f"{one['name']} {TEXTS.money(Money(one['price_minor'], plan.currency))}" for one in tiers
    )
    return TEXTS.list(said) or "–"


def _host(_spec: FieldSpec, value: Any, _plan: EventPlan) -> str:
    if value is None:
        return TEXTS.say("guestlist.none")
    return TEXTS.say("guestlist.said", host=value["host"], count=value["plus_max"])


def _questions(_spec: FieldSpec, value: Any, _plan: EventPlan) -> str:
    asked: list[Mapping[str, Any]] = value or []
    lines = (
        TEXTS.say("doorq.said", question=one["text"], answers=" / ".join(one["answers"]))
        for one in asked
    )
    return "\n".join(lines) or TEXTS.say("doorq.none")


_SPELLERS: Final[Mapping[Shape, Callable[[FieldSpec, Any, EventPlan], str]]] = {
    Shape.LIMIT: lambda _spec, value, _plan: (
        TEXTS.say("desk.draft.no_limit") if value is None else TEXTS.number(value)
    ),
    Shape.PRICE: lambda _spec, value, plan: TEXTS.money(Money(value or 0, plan.currency)),
    Shape.PERCENT: lambda _spec, value, _plan: TEXTS.percent(value or 0),
    Shape.YES: lambda _spec, value, _plan: TEXTS.say("desk.plan.yes" if value else "desk.plan.no"),
    Shape.MOMENT: lambda _spec, value, plan: spell_time(value, plan.timezone),
    Shape.CHOICE: lambda spec, value, _plan: spell_choice(spec.path, value),
    Shape.ONE_OF: _one_of,
    Shape.MANY: _many,
    Shape.RULE: lambda _spec, value, _plan: spell_rule(value),
    Shape.TIERS: _tiers,
    Shape.REFUNDS: lambda _spec, value, plan: spell_short(value or [], terms_for(plan)),
    Shape.COUNTRY: lambda _spec, value, _plan: (
        TEXTS.say("refunds.country.usual") if value is None else TEXTS.country(value)
    ),
    Shape.HOST: _host,
    Shape.QUESTIONS: _questions,
}
