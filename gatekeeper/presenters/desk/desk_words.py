"""What the organizer's desk says of a draft's flaws, states, roles, faults and ages."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final

from gatekeeper.organizer.during.orders_client import CHANGED_SINCE
from gatekeeper.organizer.prepare.event_draft import DraftFlaw, to_utc
from gatekeeper.organizer.server_api import Refused, is_no_member, is_session_over
from gatekeeper.presenters.desk.work_reason_words import spell_reasons
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_ago, spell_apart, spell_stamp
from shared.admission.local_time import spell_twice
from shared.kernel.errors import BadInput, EnvironmentFault, GatekeeperError, Rejected, ServerFault
from shared.kernel.instant import Duration
from shared.kernel.languages import ENGLISH
from shared.kernel.os_errors import words_of_system
from shared.kernel.trouble import UNSENT, TroubleKind
from shared.wire.work_reasons import ENGLISH as REASONS
from shared.wire.work_reasons import WorkReason

_FORBIDDEN: Final = 403
_GONE: Final = 404
_NO_MAIL_SERVER: Final = "no-mail-server"
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
_TOLD_WHOLE: Final = UNSENT | {
    TroubleKind.TOO_SLOW,
    TroubleKind.UNREADABLE,
    TroubleKind.ADDRESS,
    TroubleKind.SERVER_FAILED,
}
"""Of these the catalogue says what a person at the desk can do: English words add nothing."""


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


def spell_fault(fault: BaseException) -> str:
    """Say what went wrong, in the words of whoever noticed it.

    What the server says is English, and so is what this program says of network and disk: in
    other languages its kind is said instead, or first.
    """
    if isinstance(fault, Rejected) and fault.problem in _PROBLEM_WORDS:
        return TEXTS.say(_PROBLEM_WORDS[fault.problem])
    if isinstance(fault, Refused) and (why := _find_reasons(fault)):
        return spell_reasons(why, str(fault))
    if is_session_over(fault):
        return TEXTS.say("desk.sign_in.ended")
    if is_no_member(fault):
        return TEXTS.say("desk.sign_in.no_member")
    if isinstance(fault, GatekeeperError):
        said = str(fault)
        said = said[:1].upper() + said[1:]
        problem = fault.problem if isinstance(fault, Rejected) else ""
        if TEXTS.language == ENGLISH:
            return said
        if fault.kind is not None or isinstance(fault, EnvironmentFault):
            return _spell_environment(fault.kind, str(fault))
        if problem not in _PROBLEM_KINDS:
            return said
        return TEXTS.say("problem.said", kind=TEXTS.say(f"problem.{problem}"), said=said)
    return TEXTS.say("desk.unforeseen", fault=type(fault).__name__)


def spell_refusal(fault: Refused, *, is_managers: bool) -> str:
    """Say why the server did not do it; `is_managers` where managers alone may."""
    if fault.status == _FORBIDDEN and fault.because is None:
        return TEXTS.say("orders.needs_manager" if is_managers else "orders.not_allowed")
    if fault.problem == CHANGED_SINCE:
        return TEXTS.say("orders.changed")
    if fault.problem == _NO_MAIL_SERVER:
        return TEXTS.say("orders.mail.no_server")
    return spell_fault(fault)


def spell_gone(key: str, fault: Refused) -> str:
    """Say, by a key of the texts, that what was meant is not there any more; "" of all else."""
    return TEXTS.say(key) if fault.status == _GONE else ""


def _find_reasons(fault: Refused) -> list[WorkReason]:
    """Return the codes that say all of a refusal: its own, or those of its fields; else none."""
    found = [fault.because] if fault.because else [one.because for one in fault.fields]
    known = [one for one in found if one is not None and one.code in REASONS]
    if len(known) < len(found):
        return []
    return [one for place, one in enumerate(known) if one not in known[:place]]


def _spell_environment(kind: TroubleKind | None, said: str) -> str:
    if kind in _TOLD_WHOLE:
        return TEXTS.say(f"trouble.{kind}")
    if kind is TroubleKind.BROKE_OFF:
        return TEXTS.say("desk.broke_off")  # a gate tries again by itself, a desk does not
    what = TEXTS.say("desk.machine" if kind is None else f"trouble.{kind}")
    return TEXTS.say("fault.detail", what=what, detail=said)


def spell_file_fault(name: str, fault: BadInput | OSError) -> str:
    """Say what is wrong with a file of this laptop; the words of who noticed it are English."""
    is_system = isinstance(fault, OSError)
    said = TEXTS.about(name, words_of_system(fault) if is_system else fault)
    if TEXTS.language == ENGLISH:
        return said
    what = TEXTS.say("desk.machine" if is_system else "problem.invalid-fields")
    return TEXTS.say("fault.detail", what=what, detail=said)


def spell_undone(fault: BaseException) -> str:
    """Say of an act that it failed; where no answer came, nobody knows whether it was done."""
    if isinstance(fault, ServerFault):
        return TEXTS.say("desk.unanswered")
    return spell_fault(fault)


def age_of(moment: datetime, now: datetime) -> Duration:
    """Return how long ago a moment was; 0 for one to come."""
    seconds = max(0.0, (now - moment).total_seconds())
    return Duration(int(seconds * 1_000_000))
