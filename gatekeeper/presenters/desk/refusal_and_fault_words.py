"""What the desk says of what was refused, and of what went wrong."""

from __future__ import annotations

from typing import Final

from gatekeeper.organizer.during.orders_client import CHANGED_SINCE
from gatekeeper.organizer.server_api import Refused, is_no_member, is_session_over
from gatekeeper.presenters.desk.work_reason_words import spell_reasons
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import BadInput, EnvironmentFault, GatekeeperError, Rejected, ServerFault
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
