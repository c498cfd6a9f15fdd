"""What a supervisor can do about an evacuation, its line in the bar, and who may be inside."""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from gatekeeper.gate.answer import LaneStatus
from gatekeeper.presenters.page_items import Option, Row
from gatekeeper.presenters.ticket_naming import UNKNOWN, tail_of
from gatekeeper.supervisor.shown_to_supervisors import InsideList, SilentGate
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_age, spell_time
from shared.admission.evacuation import EvacuationPhase
from shared.kernel.instant import Instant

INSIDE_SHOWN_MAX: Final = 100
"""Tickets of a zone that is emptied, whose holders are thought to be inside."""

INSIDE: Final = "inside"
NOT_NOW: Final = "not_now"


def evacuation_options(status: LaneStatus | None) -> list[Option]:
    """Return what can be done about an evacuation now; keys are phases, and the list's."""
    phase = "" if status is None else status.evacuation
    inside = Option(INSIDE, TEXTS.say("evacuation.inside"), TEXTS.say("evacuation.inside_hint"))
    begin = _option(EvacuationPhase.STOP, "begin", icon="evacuate", is_danger=True)
    if phase == EvacuationPhase.STOP:
        return [
            _option(EvacuationPhase.RETURN, "return", icon="yes", is_main=True),
            _option(EvacuationPhase.OVER, "false_alarm", icon="undo"),
            inside,
        ]
    if phase == EvacuationPhase.RETURN:
        return [_option(EvacuationPhase.OVER, "end", icon="yes"), inside, begin]
    return [begin, inside]


def sure_options(act: Option) -> list[Option]:
    """Return the answers to whether it is meant.

    The way not to comes first: a key that is pressed once too often empties no hall.
    """
    back = Option(NOT_NOW, TEXTS.say("evacuation.not_now"), icon="no")
    return [back, act._replace(hint="")]


def evacuation_hint(status: LaneStatus | None) -> str:
    """Return how things stand, or what it would do."""
    if status is None or not status.evacuation:
        return TEXTS.say("evacuation.hint")
    is_stopped = status.evacuation == EvacuationPhase.STOP
    return TEXTS.say("evacuation.meaning" if is_stopped else "evacuation.bar_return")


def _option(
    phase: EvacuationPhase,
    key: str,
    *,
    icon: str,
    is_main: bool = False,
    is_danger: bool = False,
) -> Option:
    return Option(
        phase.value,
        TEXTS.say(f"evacuation.{key}"),
        TEXTS.say(f"evacuation.{key}_hint"),
        icon=icon,
        is_main=is_main,
        is_danger=is_danger,
    )


def say_evacuation(status: LaneStatus, now: Instant, zone: tzinfo | None) -> str:
    """Return the line in the bar that lasts as long as it does, or ""."""
    if status.evacuation == EvacuationPhase.RETURN:
        return TEXTS.say("evacuation.bar_return")
    if not status.evacuation or status.evacuation_at is None:
        return ""
    time = spell_time(status.evacuation_at, now, zone, TEXTS)
    where = status.evacuation_gate or TEXTS.say("evacuation.by_organizer")
    return TEXTS.say("evacuation.bar", time=time, gate=where)


def inside_rows(found: InsideList, now: Instant, zone: tzinfo | None) -> list[Row]:
    """Return the list's lines: how many, how old, which gates are missing, then the tickets."""
    age = TEXTS.say("inside.age_unknown")
    if found.knowledge_age is not None:
        age = spell_age(found.knowledge_age, TEXTS)
    silent = " / ".join(_spell_silent(one, now, zone) for one in found.silent)
    rows = [
        Row(TEXTS.say("inside.persons"), TEXTS.beside(found.persons, found.zone)),
        Row(TEXTS.say("inside.as_of"), age, "" if found.knowledge_age is not None else "bad"),
        Row(
            TEXTS.say("inside.silent"),
            silent or TEXTS.say("inside.silent_none"),
            "bad" if silent else "good",
        ),
    ]
    for one in found.tickets[:INSIDE_SHOWN_MAX]:
        key = "inside.ticket_of_list" if one.printed == UNKNOWN else "inside.ticket"
        tail = tail_of(one.ticket_id, one.printed)
        rows.append(
            Row(
                TEXTS.beside(spell_time(one.at, now, zone, TEXTS), one.gate),
                TEXTS.say(key, ticket=tail, count=one.persons),
            )
        )
    if not found.tickets:
        rows.append(Row(TEXTS.say("inside.nobody"), TEXTS.say("inside.nobody_next")))
    left = len(found.tickets) - INSIDE_SHOWN_MAX
    if left > 0:
        rows.append(Row(TEXTS.say("inside.more"), TEXTS.number(left)))
    return rows


def _spell_silent(gate: SilentGate, now: Instant, zone: tzinfo | None) -> str:
    if gate.heard_at is None:
        return TEXTS.say("inside.silent_never", gate=gate.gate)
    time = spell_time(gate.heard_at, now, zone, TEXTS)
    return TEXTS.say("inside.silent_at", gate=gate.gate, time=time)
