"""What is judged after the ticket itself, and in which order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.admission.checks_of_capacity_knowledge_and_clock import Circumstances, judge
from shared.admission.decide import Decision
from shared.admission.offline_policy import MayAdmit
from shared.admission.reasons import Reason, Verdict
from shared.kernel.id_types import GateId
from shared.kernel.instant import HOUR

ADMITTED = Decision(reason=Reason.OK, remaining=2)

FULL: dict[str, Any] = {"capacity_left": 0}
STALE: dict[str, Any] = {"manifest_age": HOUR + 1, "manifest_age_max": HOUR}
CLOCK: dict[str, Any] = {"clock_trusted": False}
AWAY: dict[str, Any] = {"may_admit": MayAdmit.HOME, "home_gate": "H"}
ASK: dict[str, Any] = {"ask_question": True}
IDENTIFY: dict[str, Any] = {"check_id": True}

ORDER: list[tuple[str, dict[str, Any]]] = [
    ("capacity_full", FULL),
    ("stale_manifest", STALE),
    ("supervisor", CLOCK),
    ("offline_policy", AWAY),
    ("question", ASK),
    ("check_id", IDENTIFY),
]


@pytest.mark.parametrize("first", range(len(ORDER)))
@pytest.mark.parametrize("second", range(len(ORDER)))
def test_earlier_circumstance_is_shown_when_two_apply(first: int, second: int) -> None:
    """Circumstances have one order, as the checks before them."""
    fields = ORDER[first][1] | ORDER[second][1]
    reason, _ = ORDER[min(first, second)]
    assert judge(ADMITTED, Circumstances(**fields)).reason == reason


@pytest.mark.parametrize(
    ("reason", "fields"),
    [
        ("ok", {}),
        ("ok", {"capacity_left": 1}),
        ("capacity_full", {"capacity_left": 1, "count": 2}),
        ("ok", {"capacity_left": 2, "count": 2}),
        ("ok", {"manifest_age": HOUR, "manifest_age_max": HOUR}),
        ("ok", {"manifest_age": 99 * HOUR}),
        ("stale_manifest", {"manifest_age_max": HOUR}),
        ("supervisor", {"may_admit": MayAdmit.SUPERVISOR}),
        ("ok", {"may_admit": MayAdmit.SUPERVISOR, "is_granted": True}),
        ("offline_policy", {"may_admit": MayAdmit.LEDGER}),
        ("offline_policy", {"may_admit": MayAdmit.PEERS}),
        ("ok", {"may_admit": MayAdmit.LEDGER, "is_granted": True}),
        ("ok", ASK | {"question_answered": True}),
        ("ok", IDENTIFY | {"id_checked": True}),
    ],
)
def test_admission_is_judged_by_its_circumstances(reason: str, fields: dict[str, Any]) -> None:
    """Each circumstance stops an admission exactly when it applies."""
    assert judge(ADMITTED, Circumstances(**fields)).reason == reason


def test_stopped_admission_gives_back_what_it_would_have_used() -> None:
    """Nobody went in, so nothing is used up; the gate to use is named."""
    held = judge(ADMITTED, Circumstances(count=3, **AWAY))
    assert held == Decision(reason=Reason.OFFLINE_POLICY, remaining=5, use_gate=GateId("H"))
    unlimited = judge(
        Decision(reason=Reason.OK, remaining=None), Circumstances(count=3, **(AWAY | FULL))
    )
    assert unlimited == Decision(reason=Reason.CAPACITY_FULL, remaining=None)


EVERYTHING = Circumstances(**(FULL | STALE | CLOCK | AWAY | ASK | IDENTIFY))


@pytest.mark.parametrize(
    "decision",
    [
        Decision(reason=Reason.EXIT, remaining=1),
        Decision(reason=Reason.OK, remaining=1, is_retry=True),
        Decision(reason=Reason.ALREADY_USED, remaining=0),
        Decision(
            reason=Reason.OK, remaining=0, conflicting_reason=Reason.ALREADY_USED, is_forced=True
        ),
        Decision(
            reason=Reason.EXIT, remaining=0, conflicting_reason=Reason.NOT_INSIDE, is_forced=True
        ),
    ],
)
def test_settled_decision_stays_whatever_the_circumstances(decision: Decision) -> None:
    """Exits, retries, denials and known conflicts are not judged again."""
    assert judge(decision, EVERYTHING) == decision


def test_forced_upload_stays_admitted_and_gains_a_conflict() -> None:
    """Who is inside cannot be denied any more; an overfull zone is a conflict."""
    forced = Decision(reason=Reason.OK, remaining=0, is_forced=True)
    judged = judge(forced, EVERYTHING)
    assert judged == Decision(
        reason=Reason.OK, remaining=0, conflicting_reason=Reason.CAPACITY_FULL, is_forced=True
    )


def test_forced_upload_is_asked_nothing() -> None:
    """Questions come too late for somebody who is inside."""
    forced = Decision(reason=Reason.OK, remaining=0, is_forced=True)
    assert judge(forced, Circumstances(**(ASK | IDENTIFY))) == forced


@pytest.mark.parametrize("reason", [Reason.EXPIRED, Reason.NOT_YET_VALID, Reason.RULES_DENIED])
def test_denial_by_a_clock_that_is_not_trusted_goes_to_a_supervisor(reason: Reason) -> None:
    """Facts that do not suffice are a person's to judge."""
    assert judge(Decision(reason=reason, remaining=1), Circumstances(**CLOCK)) == Decision(
        reason=Reason.SUPERVISOR, remaining=1
    )
    assert judge(Decision(reason=reason, remaining=1), Circumstances()) == Decision(
        reason=reason, remaining=1
    )


CIRCUMSTANCES = st.builds(
    Circumstances,
    count=st.integers(1, 3),
    capacity_left=st.none() | st.integers(-1, 3),
    manifest_age=st.none() | st.integers(0, 3),
    manifest_age_max=st.none() | st.integers(0, 3),
    clock_trusted=st.booleans(),
    may_admit=st.sampled_from(MayAdmit),
    is_granted=st.booleans(),
    ask_question=st.booleans(),
    check_id=st.booleans(),
)


@given(st.sampled_from(Reason), CIRCUMSTANCES)
def test_circumstances_never_turn_a_denial_into_an_admission(
    reason: Reason, circumstances: Circumstances
) -> None:
    """Judging only ever takes away."""
    judged = judge(Decision(reason=reason, remaining=1), circumstances)
    if reason.verdict is not Verdict.ADMIT:
        assert not judged.admit
