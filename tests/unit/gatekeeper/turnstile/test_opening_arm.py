"""Granted and passed are two things: what became of each admission at the arm."""

from __future__ import annotations

import queue
import threading

import pytest

from gatekeeper.turnstile.opening_arm import Turnstile, let_through
from gatekeeper.turnstile.passage_sensor import CLEAR_WITHIN
from gatekeeper.turnstile.ports import ArmOutcome, ArmPassage, ArmUnsure
from shared.kernel.errors import EnvironmentFault
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import SECOND, Duration
from shared.kernel.trouble import Trouble, TroubleKind

CABLE = Trouble(TroubleKind.RELAY_CABLE, "check its cable")
SILENT = Trouble(TroubleKind.RELAY_NETWORK, "it is silent")


class PreparedRelay:
    """An arm that does what a test says."""

    def __init__(self, *, passes: bool | None = None) -> None:
        self.has_sensor = passes is not None
        self._passes = bool(passes)
        self.opened = 0
        self.locked = 0
        self.is_closed = False
        self.fault: EnvironmentFault | None = None
        self.sensor_fault: EnvironmentFault | None = None

    def lock(self) -> None:
        self.locked += 1
        if self.fault is not None:
            raise self.fault

    def open_once(self) -> None:
        if self.fault is not None:
            raise self.fault
        self.opened += 1

    def wait_for_passage(self, timeout: Duration) -> bool:
        if self.sensor_fault is not None:
            raise self.sensor_fault
        return self._passes

    def close(self) -> None:
        self.is_closed = True


def outcome_of(relay: PreparedRelay) -> ArmPassage:
    told: queue.Queue[ArmPassage] = queue.Queue()
    desk = Turnstile(relay, told.put)
    desk.grant(ClaimId("ab" * 16))
    passage = told.get(timeout=60)
    desk.close()
    assert relay.is_closed
    assert relay.locked == 1, "a run that was killed may have left it open"
    return passage


@pytest.mark.parametrize(
    ("passes", "expected"),
    [(None, ArmOutcome.OPENED), (True, ArmOutcome.PASSED), (False, ArmOutcome.NOT_PASSED)],
)
def test_what_the_sensor_says_is_told(passes: bool | None, expected: ArmOutcome) -> None:
    """Without a sensor nobody claims to know who passed."""
    relay = PreparedRelay(passes=passes)
    assert outcome_of(relay) == ArmPassage(ClaimId("ab" * 16), expected)
    assert relay.opened == 1


def test_an_arm_that_does_not_open_says_so() -> None:
    """The admission is to be taken back: nobody can have passed."""
    relay = PreparedRelay(passes=True)
    relay.fault = EnvironmentFault(CABLE.text, kind=CABLE.kind)
    assert outcome_of(relay) == ArmPassage(ClaimId("ab" * 16), ArmOutcome.FAILED, CABLE)


@pytest.mark.parametrize(
    ("passes", "expected"),
    [
        (None, ArmPassage(ClaimId("ab" * 16), ArmOutcome.OPENED, SILENT)),
        (True, ArmPassage(ClaimId("ab" * 16), ArmOutcome.PASSED)),
        (False, ArmPassage(ClaimId("ab" * 16), ArmOutcome.OPENED, SILENT)),
    ],
)
def test_an_arm_that_may_have_opened_takes_nothing_back(
    passes: bool | None, expected: ArmPassage
) -> None:
    """Whoever walked through while it was silent, and no sensor was asked, is inside."""
    relay = PreparedRelay(passes=passes)
    relay.fault = ArmUnsure(SILENT.text, kind=SILENT.kind)
    assert outcome_of(relay) == expected


def test_a_sensor_that_breaks_takes_nothing_back() -> None:
    """The arm was open; somebody may be inside."""
    relay = PreparedRelay(passes=True)
    relay.sensor_fault = EnvironmentFault(CABLE.text, kind=CABLE.kind)
    assert outcome_of(relay) == ArmPassage(ClaimId("ab" * 16), ArmOutcome.OPENED, CABLE)


def test_who_pushes_the_arm_before_it_locks_is_looked_for_until_they_are_through() -> None:
    """Else the ticket of somebody inside is free again, each time that they wait ten seconds."""
    waited: list[Duration] = []

    class Watched(PreparedRelay):
        def wait_for_passage(self, timeout: Duration) -> bool:
            waited.append(timeout)
            return True

    let_through(Watched(passes=True), ClaimId("ab" * 16))
    assert waited == [10 * SECOND + CLEAR_WITHIN]


def test_admissions_go_through_one_after_the_other() -> None:
    """Each gets its own pulse and its own report, in order."""
    told: queue.Queue[ArmPassage] = queue.Queue()
    relay = PreparedRelay(passes=True)
    desk = Turnstile(relay, told.put)
    for number in range(3):
        desk.grant(ClaimId(f"{number}"))
    assert [told.get(timeout=60).claim_id for _ in range(3)] == ["0", "1", "2"]
    desk.close()
    assert relay.opened == 3


def test_who_has_not_come_to_the_arm_keeps_nobody_in_a_zone_that_is_emptied() -> None:
    """Of a group one stands at the arm; for the others it stays closed, and those inside go."""
    told: queue.Queue[ArmPassage] = queue.Queue()
    at_arm, turned = threading.Event(), threading.Event()

    class Slow(PreparedRelay):
        def wait_for_passage(self, timeout: Duration) -> bool:
            at_arm.set()
            assert turned.wait(60)
            return False

    relay = Slow(passes=False)
    desk = Turnstile(relay, told.put)
    for number in range(3):
        desk.grant(ClaimId(f"{number}"))
    assert at_arm.wait(60)
    desk.call_off()
    desk.pulse()
    turned.set()
    ends = {(one := told.get(timeout=60)).claim_id: one.outcome for _ in range(3)}
    desk.close()
    assert ends == {"0": ArmOutcome.NOT_PASSED, "1": ArmOutcome.FAILED, "2": ArmOutcome.FAILED}
    assert relay.opened == 2


def test_calling_off_reaches_whoever_waits_behind_a_pulse_and_ends_no_arm() -> None:
    """A pulse for nobody in particular is not the end of the queue, and the end stays in it."""
    at_arm, turned = threading.Event(), threading.Event()

    class SlowRelay(PreparedRelay):
        def open_once(self) -> None:
            super().open_once()
            at_arm.set()
            turned.wait(60)

    relay = SlowRelay(passes=False)
    told: queue.Queue[ArmPassage] = queue.Queue()
    desk = Turnstile(relay, told.put)
    desk.grant(ClaimId("0"))
    assert at_arm.wait(60)
    desk.pulse()
    desk.grant(ClaimId("1"))
    desk._granted.put(None)
    desk.call_off()
    turned.set()
    ends = [(one := told.get(timeout=60)).claim_id + one.outcome for _ in range(2)]
    assert ends == ["1" + ArmOutcome.FAILED, "0" + ArmOutcome.NOT_PASSED]
    desk._thread.join(timeout=60)
    assert not desk._thread.is_alive()
    desk.close()


def test_a_pulse_opens_for_anybody_and_tells_only_of_failures() -> None:
    """In an evacuation the exit opens without a ticket; what fails is told under no claim."""
    relay = PreparedRelay(passes=True)
    told: list[ArmPassage] = []
    desk = Turnstile(relay, told.append)
    desk.pulse()
    desk.close()
    assert relay.opened == 1
    assert told == []
