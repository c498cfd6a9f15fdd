"""What the doors-ready board says of each line, and what to do about it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from gatekeeper.organizer.before_doors.doors_ready_lines import BoardLine, Check, Light, Oddity
from gatekeeper.organizer.own_server_copies import Missing
from gatekeeper.presenters.desk.role_state_and_age_words import age_of
from gatekeeper.presenters.gate.rehearsal_content import name_check
from gatekeeper.readers.window_readers import CAMERA
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.tills_and_places import call_till
from gatekeeper.wording.times import spell_ago
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK

SIGNS: Final = {Light.GREEN: "✓", Light.AMBER: "▲", Light.RED: "✕"}
"""Shapes of their own: the board is read without its colours too."""
_OWN_WORDS: Final = frozenset(
    {
        "no_tickets",
        "old_plan",
        "other_keys",
        "clock",
        "behind",
        "battery",
        "reader",
        "unread",
        "asking",
    }
)
"""What gates and tills say of themselves, in the same words."""
_DEVICE_WORDS: Final = frozenset({"never_heard", "trouble"})
"""For what a gate and a till need the same."""
_OWN_ADVICE: Final = frozenset({"evacuated", "paused", "no_cashier", "called_off", "over"})
_NEW_WORDS: Final = frozenset({Check.KEYS, Check.SPARE, Check.REHEARSAL})
ODDITIES: Final = frozenset(
    {
        "no_zone",
        "no_gate",
        "no_ticket_type",
        "no_occurrence",
        "all_over",
        "zone_takes_every_date",
        "date_without_zone",
        "zone_without_way_in",
        "type_taken_nowhere",
        "no_supervisor",
        "names_for_nobody",
        "no_ticket",
        "journals_awaited",
        "put_back",
    }
)
"""What the server can find odd about an event, as the desk says it."""
_NAMES_SHOWN: Final = 5
_TILL_WORDS: Final = frozenset({"printer", "no_shift", "no_float"})


def spell_oddity(oddity: Oddity) -> str:
    """Say what is odd about an event; in the server's words where the desk knows none."""
    if oddity.code not in ODDITIES:
        return oddity.message
    names = [*oddity.names[:_NAMES_SHOWN], *(["…"] if len(oddity.names) > _NAMES_SHOWN else [])]
    return TEXTS.say(f"desk.odd.{oddity.code}", names=TEXTS.list(names))


def spell_line(line: BoardLine, now: datetime) -> str:
    """Say what holds, of whom, and since when."""
    if line.oddity is not None:
        return spell_oddity(line.oddity)
    name = call_till(TEXTS, line.name) if line.check is Check.TILL else line.name
    age = "" if line.since is None else spell_ago(age_of(line.since, now), TEXTS)
    if line.check is Check.COPY:
        return TEXTS.say(f"safe.board.{line.state}", folder=line.name, age=age)
    if line.check in _NEW_WORDS or line.state in _TILL_WORDS:
        key = f"freeze.board.{line.check}.{line.state}"
        return TEXTS.say(key, name=name, detail=_spell_detail(line), count=line.count)
    if line.check is Check.FREEZE:
        by = line.name or TEXTS.say("desk.plan.somebody")
        return TEXTS.say(f"freeze.board.{line.state}", by=by, reason=line.detail, age=age)
    if line.check is Check.LATER:
        return TEXTS.say("desk.doors_ready.later", name=line.name, count=line.count)
    is_own_word = line.state in _OWN_WORDS
    key = f"desk.doors_ready.{'device' if is_own_word else line.check}.{line.state}"
    if line.state == "silent" and line.count:  # it goes on by what it knew then
        key = "desk.doors_ready.device.silent_old_plan"
    return TEXTS.say(key, name=name, detail=_spell_detail(line), count=line.count, age=age)


def _spell_detail(line: BoardLine) -> str:
    """Say of a rehearsal that failed which gate found what, of readers which; else as it is."""
    if line.readers:
        camera = TEXTS.say("device.camera")
        return TEXTS.list(camera if one == CAMERA else one for one in line.readers)
    if not line.objections:
        return line.detail
    return TEXTS.list(
        f"{TEXTS.isolate(device)} ({TEXTS.list(name_check(key) for key in keys)})"
        for device, keys in line.objections
    )


def spell_advice(line: BoardLine) -> str:
    """Say what to do; "" where all is well."""
    if line.light is Light.GREEN:
        return ""
    if line.check is Check.COPY:
        return TEXTS.say(f"safe.todo.{line.state}", detail=line.detail)
    if line.check in _NEW_WORDS or line.state in _TILL_WORDS:
        return TEXTS.say(f"freeze.todo.{line.check}.{line.state}")
    if line.check is Check.FREEZE:
        return TEXTS.say("freeze.todo")
    if line.state in _OWN_WORDS or line.state in _DEVICE_WORDS:
        return TEXTS.say(f"desk.todo.device.{line.state}")
    if line.state in _OWN_ADVICE:
        return TEXTS.say(f"desk.todo.{line.state}")
    is_empty = line.check is Check.GATE and line.state == "no_device"
    return TEXTS.say("desk.todo.no_device" if is_empty else f"desk.todo.{line.check}")


def spell_missing(missing: Missing) -> str:
    """Say what only the dead server held, and who has come back."""
    since, until = (
        ORGANIZATION_CLOCK.time(one, has_seconds=True) for one in (missing.since, missing.until)
    )
    rows = [TEXTS.say("safe.missing.window", since=since, until=until)]
    rows.append(TEXTS.say("safe.missing.lost"))
    if missing.back:
        rows.append(TEXTS.say("safe.missing.back", names=", ".join(missing.back)))
    if missing.awaited:
        names = ", ".join(missing.awaited.values())
        rows.append(TEXTS.say("safe.missing.awaited", names=names))
    rows.append(TEXTS.say("safe.missing.told" if missing.told else "safe.missing.untold"))
    return "\n".join(rows)
