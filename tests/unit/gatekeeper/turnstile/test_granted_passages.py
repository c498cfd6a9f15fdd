"""In doubt somebody is inside: what stands of an admission, and what is taken back."""

from __future__ import annotations

import pytest

from gatekeeper.turnstile.granted_passages import ArmEnd, Granted, GrantedPassages
from gatekeeper.turnstile.passage_sensor import DOUBTED_AFTER
from gatekeeper.turnstile.ports import ArmOutcome, ArmPassage
from shared.kernel.id_types import ClaimId
from shared.kernel.trouble import Trouble, TroubleKind

CLAIM = ClaimId("ab" * 16)
PASSED = ArmPassage(CLAIM, ArmOutcome.PASSED)
NOT_PASSED = ArmPassage(CLAIM, ArmOutcome.NOT_PASSED)
OPENED = ArmPassage(CLAIM, ArmOutcome.OPENED)
UNSURE = ArmPassage(CLAIM, ArmOutcome.OPENED, Trouble(TroubleKind.RELAY_NETWORK, "it is silent"))
FAILED = ArmPassage(CLAIM, ArmOutcome.FAILED, Trouble(TroubleKind.RELAY_REFUSES, "it refuses"))


def end_of(*passages: ArmPassage, is_exit: bool, is_watched: bool = True) -> ArmEnd:
    granted = GrantedPassages()
    note = granted.grant(Granted(CLAIM, len(passages), is_exit, is_watched))
    assert (note.topic, note.text) == ("granted", CLAIM)
    *before, last = passages
    assert [granted.take(one) for one in before] == [None] * len(before)
    end = granted.take(last)
    assert end is not None
    assert granted.take(last) is None, "it is told of once"
    return end


@pytest.mark.parametrize(
    ("passages", "entry", "exit_"),
    [
        ((PASSED,), "", ""),
        ((OPENED,), "", ""),
        ((UNSURE,), "", "arm_failed"),
        ((NOT_PASSED,), "did_not_pass", "did_not_pass"),
        ((FAILED,), "arm_failed", "arm_failed"),
        ((PASSED, PASSED), "", ""),
        ((PASSED, NOT_PASSED), "", "did_not_pass"),
        ((NOT_PASSED, PASSED), "", "did_not_pass"),
        ((PASSED, FAILED), "", "arm_failed"),
        ((OPENED, UNSURE), "", "arm_failed"),
        ((FAILED, NOT_PASSED), "arm_failed", "arm_failed"),
    ],
)
def test_a_way_in_is_taken_back_if_nobody_went_and_a_way_out_unless_all_did(
    passages: tuple[ArmPassage, ...], entry: str, exit_: str
) -> None:
    """Either way no copy of the code comes in for somebody who is inside."""
    assert end_of(*passages, is_exit=False).undone_for == entry
    assert end_of(*passages, is_exit=True).undone_for == exit_


def test_a_way_out_without_a_sensor_stands_unless_the_arm_was_closed() -> None:
    """A relay that always answers otherwise lets out as well; nobody ever knows who went there."""
    for unknown in (OPENED, UNSURE):
        assert end_of(unknown, unknown, is_exit=True, is_watched=False).undone_for == ""
    assert end_of(UNSURE, FAILED, is_exit=True, is_watched=False).undone_for == "arm_failed"


def test_what_the_arm_told_is_on_record() -> None:
    """How many went through; or that nobody knows, where the arm may have opened."""
    passed = end_of(PASSED, NOT_PASSED, PASSED, is_exit=False).note
    assert passed is not None
    assert (passed.topic, passed.text) == ("passed", f"{CLAIM} 2")
    unknown = end_of(UNSURE, is_exit=False).note
    assert unknown is not None
    assert (unknown.topic, unknown.text) == ("passage_unknown", CLAIM)
    assert end_of(OPENED, is_exit=False).note is None
    assert end_of(FAILED, is_exit=False).note is None


def take_one(granted: GrantedPassages, told: ArmPassage) -> ArmEnd:
    granted.grant(Granted(CLAIM, 1, is_exit=False, is_watched=True))
    end = granted.take(told)
    assert end is not None
    return end


def test_a_sensor_that_sees_nobody_for_long_is_not_believed() -> None:
    """Its wire may be broken: each ticket would be freed, and its copy let in."""
    granted = GrantedPassages()
    for _ in range(DOUBTED_AFTER):
        assert take_one(granted, NOT_PASSED).undone_for == "did_not_pass"
    for _ in range(3):
        end = take_one(granted, NOT_PASSED)
        assert (end.undone_for, end.unsure, end.why.kind) == ("", 1, TroubleKind.RELAY_SENSOR)
        assert end.note is not None
        assert end.note.topic == "passage_unknown"


@pytest.mark.parametrize("told", [FAILED, UNSURE])
def test_what_fails_otherwise_says_nothing_of_a_sensor(told: ArmPassage) -> None:
    """Nobody could pass, or nobody asked."""
    granted = GrantedPassages()
    for _ in range(2 * DOUBTED_AFTER):
        take_one(granted, told)
    assert take_one(granted, NOT_PASSED).undone_for == "did_not_pass"


def test_a_sensor_that_sees_somebody_again_is_believed_again() -> None:
    """Some people just do turn back, one after another."""
    granted = GrantedPassages()
    for _ in range(DOUBTED_AFTER + 1):
        take_one(granted, NOT_PASSED)
    take_one(granted, PASSED)
    assert take_one(granted, NOT_PASSED).undone_for == "did_not_pass"
