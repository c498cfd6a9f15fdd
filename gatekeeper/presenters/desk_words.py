"""What the organizer's desk says of its board, of a draft's flaws and of an event's state."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from gatekeeper.organizer.board_lines import BoardLine, Check, Light
from gatekeeper.organizer.event_draft import DraftFlaw
from gatekeeper.organizer.office import is_session_over
from gatekeeper.organizer.safekeeping import Missing
from gatekeeper.presenters.rehearsal_content import name_check
from gatekeeper.wording.called import call_till
from gatekeeper.wording.texts import ENGLISH, TEXTS
from gatekeeper.wording.times import spell_ago
from gatekeeper.wording.wall_clocks import HOUSE_CLOCK
from shared.kernel.errors import GatekeeperError, Rejected
from shared.kernel.instant import Duration

SIGNS: Final = {Light.GREEN: "✓", Light.AMBER: "▲", Light.RED: "✕"}
"""Shapes of their own: the board is read without its colours too."""
_OWN_WORDS: Final = frozenset(
    {"no_tickets", "old_plan", "other_keys", "clock", "behind", "battery"}
)
"""What gates and tills say of themselves, in the same words."""
_DEVICE_WORDS: Final = frozenset({"never_heard", "trouble"})
"""For what a gate and a till need the same."""
_NEW_WORDS: Final = frozenset({Check.KEYS, Check.SPARE, Check.REHEARSAL})
_TILL_WORDS: Final = frozenset({"printer", "no_shift", "no_float"})
_PROBLEM_WORDS: Final = {
    "second-factor-needed": "safe.factor.ask",
    "second-factor-wrong": "safe.factor.wrong",
    "second-factor-missing": "safe.factor.missing",
    "plan-frozen": "freeze.why",
}
_PROBLEM_KINDS: Final = frozenset(
    ("conflict", "invalid-fields", "not-found", "quota-exceeded", "sold-out", "seat-taken")
    + ("gone", "changed-meanwhile", "too-large", "too-many-requests", "forbidden")
    + ("internal", "unavailable")
)
"""What the server's refusals are of; its own words beside them are English."""


def spell_line(line: BoardLine, now: datetime) -> str:
    """Say what holds, of whom, and since when."""
    name = call_till(TEXTS, line.name) if line.check is Check.TILL else line.name
    age = "" if line.since is None else spell_ago(_age(line.since, now), TEXTS)
    if line.check is Check.COPY:
        return TEXTS.say(f"safe.board.{line.state}", folder=line.name, age=age)
    if line.check in _NEW_WORDS or line.state in _TILL_WORDS:
        key = f"freeze.board.{line.check}.{line.state}"
        return TEXTS.say(key, name=name, detail=_spell_detail(line), count=line.count)
    if line.check is Check.FREEZE:
        by = line.name or TEXTS.say("desk.plan.somebody")
        return TEXTS.say(f"freeze.board.{line.state}", by=by, reason=line.detail, age=age)
    if line.check is Check.LATER:
        return TEXTS.say("desk.board.later", name=line.name, count=line.count)
    is_own_word = line.state in _OWN_WORDS
    key = f"desk.board.{'device' if is_own_word else line.check}.{line.state}"
    return TEXTS.say(key, name=name, detail=line.detail, count=line.count, age=age)


def _spell_detail(line: BoardLine) -> str:
    """Say of a rehearsal that failed which gate found what; else the detail as it is."""
    if not line.objections:
        return line.detail
    return TEXTS.list(
        f"{TEXTS.isolate(device)} ({TEXTS.list(name_check(key, TEXTS) for key in keys)})"
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
    if line.state == "no_cashier":
        return TEXTS.say("desk.todo.no_cashier")
    is_empty = line.check is Check.GATE and line.state == "no_device"
    return TEXTS.say("desk.todo.no_device" if is_empty else f"desk.todo.{line.check}")


def spell_missing(missing: Missing) -> str:
    """Say what only the dead server held, and who has come back."""
    since, until = (
        HOUSE_CLOCK.time(one, has_seconds=True) for one in (missing.since, missing.until)
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


def spell_flaw(flaw: DraftFlaw) -> str:
    """Say what is wrong with a draft, with the row's number."""
    said = TEXTS.say(f"desk.flaw.{flaw.flaw}")
    if flaw.field == "event":
        return TEXTS.say("desk.flaw.event", said=said)
    if flaw.row is None:
        return said
    return TEXTS.say("desk.flaw.row", row=flaw.row + 1, said=said)


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
    return spell_ago(_age(heard_at, now), TEXTS)


def spell_fault(fault: BaseException) -> str:
    """Say what went wrong, in the words of whoever noticed it.

    What the server says is English: in other languages its kind is said first.
    """
    if isinstance(fault, Rejected) and fault.problem in _PROBLEM_WORDS:
        return TEXTS.say(_PROBLEM_WORDS[fault.problem])
    if is_session_over(fault):
        return TEXTS.say("desk.sign_in.wrong")
    if isinstance(fault, GatekeeperError):
        said = str(fault)
        said = said[:1].upper() + said[1:]
        problem = fault.problem if isinstance(fault, Rejected) else ""
        if TEXTS.language == ENGLISH or problem not in _PROBLEM_KINDS:
            return said
        return TEXTS.say("problem.said", kind=TEXTS.say(f"problem.{problem}"), said=said)
    return TEXTS.say("desk.unforeseen", fault=type(fault).__name__)


def _age(moment: datetime, now: datetime) -> Duration:
    seconds = max(0.0, (now - moment).total_seconds())
    return Duration(int(seconds * 1_000_000))
