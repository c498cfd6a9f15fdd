"""What the screens of an evacuation say."""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from gatekeeper.gate.answer import LaneStatus
from gatekeeper.limits_and_times import INSIDE_SHOWN_MAX
from gatekeeper.presenters.page_items import Option, Row
from gatekeeper.presenters.ticket_naming import UNKNOWN, tail_of
from gatekeeper.supervisor.views import InsideList, SilentGate
from gatekeeper.wording.texts import Texts
from gatekeeper.wording.times import spell_age, spell_time
from shared.admission.evacuation import EvacuationPhase
from shared.kernel.instant import Instant
from shared.kernel.trouble import TroubleKind

INSIDE: Final = "inside"
NOT_NOW: Final = "not_now"


def evacuation_options(status: LaneStatus | None, texts: Texts) -> list[Option]:
    """Return what can be done about an evacuation now; keys are phases, and the list's."""
    phase = "" if status is None else status.evacuation
    inside = Option(INSIDE, texts.say("evacuation.inside"), texts.say("evacuation.inside_hint"))
    begin = _option(EvacuationPhase.STOP, "begin", texts, icon="evacuate", is_danger=True)
    if phase == EvacuationPhase.STOP:
        return [
            _option(EvacuationPhase.RETURN, "return", texts, icon="yes", is_main=True),
            _option(EvacuationPhase.OVER, "false_alarm", texts, icon="undo"),
            inside,
        ]
    if phase == EvacuationPhase.RETURN:
        return [_option(EvacuationPhase.OVER, "end", texts, icon="yes"), inside, begin]
    return [begin, inside]


def sure_options(act: Option, texts: Texts) -> list[Option]:
    """Return the answers to whether it is meant.

    The way not to comes first: a key that is pressed once too often empties no hall.
    """
    back = Option(NOT_NOW, texts.say("evacuation.not_now"), icon="no")
    return [back, act._replace(hint="")]


def evacuation_hint(status: LaneStatus | None, texts: Texts) -> str:
    """Return how things stand, or what it would do."""
    if status is None or not status.evacuation:
        return texts.say("evacuation.hint")
    is_stopped = status.evacuation == EvacuationPhase.STOP
    return texts.say("evacuation.meaning" if is_stopped else "evacuation.bar_return")


def _option(
    phase: EvacuationPhase,
    key: str,
    texts: Texts,
    *,
    icon: str,
    is_main: bool = False,
    is_danger: bool = False,
) -> Option:
    return Option(
        phase.value,
        texts.say(f"evacuation.{key}"),
        texts.say(f"evacuation.{key}_hint"),
        icon=icon,
        is_main=is_main,
        is_danger=is_danger,
    )


def idle_words(status: LaneStatus, texts: Texts) -> tuple[str, str, str]:
    """Return title, hint and drawing of a gate that waits."""
    if status.evacuation == EvacuationPhase.STOP:
        return texts.say("evacuation.idle"), texts.say("evacuation.idle_hint"), "evacuate"
    if status.trouble == TroubleKind.REVOKED:
        return texts.say("revoked.idle"), texts.say("trouble.revoked"), "deny"
    if status.direction == "out":
        return texts.say("bar.direction_out"), texts.say("idle.hint_out"), "exit"
    if status.paused_at is not None:
        return texts.say("pause.idle"), texts.say("pause.idle_hint"), "paused"
    return texts.say("idle.title"), texts.say("idle.hint"), "idle"


def has_word_for_all(status: LaneStatus) -> bool:
    """Whether the waiting screen tells why nobody is let in: to be read from afar."""
    is_shut = bool(status.evacuation) or status.trouble == TroubleKind.REVOKED
    return is_shut or (status.paused_at is not None and status.direction != "out")


def say_evacuation(status: LaneStatus, now: Instant, zone: tzinfo | None, texts: Texts) -> str:
    """Return the line in the bar that lasts as long as it does, or ""."""
    if status.evacuation == EvacuationPhase.RETURN:
        return texts.say("evacuation.bar_return")
    if not status.evacuation or status.evacuation_at is None:
        return ""
    time = spell_time(status.evacuation_at, now, zone, texts)
    where = status.evacuation_gate or texts.say("evacuation.by_organizer")
    return texts.say("evacuation.bar", time=time, gate=where)


def say_pause(status: LaneStatus, now: Instant, zone: tzinfo | None, texts: Texts) -> str:
    """Return the line in the bar that lasts as long as entry is paused, or ""."""
    if status.paused_at is None or status.direction == "out":
        return ""
    return texts.say("pause.since", time=spell_time(status.paused_at, now, zone, texts))


def inside_rows(found: InsideList, now: Instant, zone: tzinfo | None, texts: Texts) -> list[Row]:
    """Return the list's lines: how many, how old, which gates are missing, then the tickets."""
    age = texts.say("inside.age_unknown")
    if found.knowledge_age is not None:
        age = spell_age(found.knowledge_age, texts)
    silent = " / ".join(_spell_silent(one, now, zone, texts) for one in found.silent)
    rows = [
        Row(texts.say("inside.persons"), texts.beside(found.persons, found.zone)),
        Row(texts.say("inside.as_of"), age, "" if found.knowledge_age is not None else "bad"),
        Row(
            texts.say("inside.silent"),
            silent or texts.say("inside.silent_none"),
            "bad" if silent else "good",
        ),
    ]
    for one in found.tickets[:INSIDE_SHOWN_MAX]:
        key = "inside.ticket_of_list" if one.printed == UNKNOWN else "inside.ticket"
        tail = tail_of(one.ticket_id, one.printed)
        rows.append(
            Row(
                texts.beside(spell_time(one.at, now, zone, texts), one.gate),
                texts.say(key, ticket=tail, count=one.persons),
            )
        )
    if not found.tickets:
        rows.append(Row(texts.say("inside.nobody"), texts.say("inside.nobody_next")))
    left = len(found.tickets) - INSIDE_SHOWN_MAX
    if left > 0:
        rows.append(Row(texts.say("inside.more"), texts.number(left)))
    return rows


def _spell_silent(gate: SilentGate, now: Instant, zone: tzinfo | None, texts: Texts) -> str:
    if gate.heard_at is None:
        return texts.say("inside.silent_never", gate=gate.gate)
    time = spell_time(gate.heard_at, now, zone, texts)
    return texts.say("inside.silent_at", gate=gate.gate, time=time)
