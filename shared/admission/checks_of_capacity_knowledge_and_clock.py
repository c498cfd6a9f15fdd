"""What depends on the moment and the place rather than on the ticket, judged last.

In this order: capacity, age of the manifest, trust in the clock, offline policy, question,
identity. Where facts do not suffice the answer is to refer to a person, not to deny.
"""

from __future__ import annotations

from typing import Final

import msgspec

from shared.admission.decide import Decision
from shared.admission.offline_policy import MayAdmit
from shared.admission.reasons import Reason, Verdict
from shared.kernel.instant import Duration


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What surrounds one scan; the defaults let everything pass.

    Attributes:
        count: Persons who want to pass now.
        capacity_left: Persons the zone still holds; None: not limited.
        manifest_age: Since the device's knowledge was current; None: not known.
        manifest_age_max: The organizer's bound; None: no bound.
        clock_trusted: False after a jump, or while the clock's offset is not known.
        may_admit: From `offline_policy.who_may_admit`.
        is_granted: Whether the one named by `may_admit` gave the word. A claim that was answered
            with a refusal is not judged here: its own reason stands.
        home_gate: The gate that may admit under the policy `home`, for the screen.
        ask_question, question_answered: The organizer wants something asked; it was answered.
        check_id, id_checked: The ticket type wants proof, as of age; it was seen.
    """

    count: int = 1
    capacity_left: int | None = None
    manifest_age: Duration | None = None
    manifest_age_max: Duration | None = None
    clock_trusted: bool = True
    may_admit: MayAdmit = MayAdmit.THIS_DEVICE
    is_granted: bool = False
    home_gate: str | None = None
    ask_question: bool = False
    question_answered: bool = False
    check_id: bool = False
    id_checked: bool = False


BY_THE_CLOCK: Final = frozenset({Reason.NOT_YET_VALID, Reason.EXPIRED, Reason.RULES_DENIED})
"""Denials that a wrong clock may have caused."""


def judge(decision: Decision, circumstances: Circumstances) -> Decision:
    """Give the final decision.

    Exits and retries stay as they are. A denial stays one, unless it may be the clock's fault: a
    person decides then. A forced upload stays admitted and gains a conflict instead; nothing is
    asked of a holder who is long inside.

    Source:
        docs/specs/admission.md, section 5
    """
    if decision.verdict is not Verdict.ADMIT:
        if decision.reason in BY_THE_CLOCK and not circumstances.clock_trusted:
            return msgspec.structs.replace(decision, reason=Reason.SUPERVISOR)
        return decision
    if decision.is_retry or decision.reason is Reason.EXIT:
        return decision
    objection = _objection(circumstances)
    if decision.is_forced:
        if objection is None or decision.conflicting_reason is not None:
            return decision
        return msgspec.structs.replace(decision, conflicting_reason=objection)
    reason = objection or _request(circumstances)
    return decision if reason is None else _hold(decision, reason, circumstances)


def _objection(circumstances: Circumstances) -> Reason | None:
    """What speaks against this passage here and now."""
    left = circumstances.capacity_left
    if left is not None and circumstances.count > left:
        return Reason.CAPACITY_FULL
    if _is_stale(circumstances):
        return Reason.STALE_MANIFEST
    if not circumstances.clock_trusted:
        return Reason.SUPERVISOR
    if circumstances.is_granted or circumstances.may_admit is MayAdmit.THIS_DEVICE:
        return None
    if circumstances.may_admit is MayAdmit.SUPERVISOR:
        return Reason.SUPERVISOR
    return Reason.OFFLINE_POLICY


def _is_stale(circumstances: Circumstances) -> bool:
    """Whether the device's knowledge is older than the bound, or of no known age."""
    if circumstances.manifest_age_max is None:
        return False
    age = circumstances.manifest_age
    return age is None or age > circumstances.manifest_age_max


def _request(circumstances: Circumstances) -> Reason | None:
    """What staff still have to ask or see."""
    if circumstances.ask_question and not circumstances.question_answered:
        return Reason.QUESTION
    if circumstances.check_id and not circumstances.id_checked:
        return Reason.CHECK_ID
    return None


def _hold(decision: Decision, reason: Reason, circumstances: Circumstances) -> Decision:
    """Turn an admission into `reason`; the persons are still outside, so nothing is used up."""
    left = decision.remaining
    is_at_home = reason is Reason.OFFLINE_POLICY and circumstances.may_admit is MayAdmit.HOME
    return msgspec.structs.replace(
        decision,
        reason=reason,
        remaining=None if left is None else left + circumstances.count,
        use_gate=circumstances.home_gate if is_at_home else None,
    )
