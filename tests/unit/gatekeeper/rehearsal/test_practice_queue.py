"""A practice queue: what is generated, and what a recorded one becomes."""

from __future__ import annotations

from gatekeeper.rehearsal.practice_event_and_keys import PracticeIssuer
from gatekeeper.rehearsal.practice_queue import make_queue, replay_queue
from gatekeeper.rehearsal.recording import RecordedScan, Recording, ScanKind
from shared.admission.reasons import Reason
from shared.kernel.instant import SECOND
from tests.factories.gate_event import STARTS, make_config
from tests.fakes.entropy import SeededEntropy


def test_repeats_repeat_good_tickets() -> None:
    """What is shown a second time was let in the first time."""
    issuer = PracticeIssuer(make_config(), (), SeededEntropy("q"), STARTS)
    steps = make_queue(issuer, 400)
    good = {step.code for step in steps if step.expected == "ok"}
    repeated = [step.code for step in steps if step.expected == "already_used"]
    assert set(repeated) <= good
    assert len(repeated) == len(set(repeated)) > 20


def test_nothing_of_the_record_is_shown_but_practice_tickets() -> None:
    """A code that was let in twice is two tickets; a repeat from before is a refused one."""
    kinds = (ScanKind.GOOD, ScanKind.GOOD, ScanKind.REPEAT, ScanKind.REFUSED, ScanKind.FORGED)
    scans = [RecordedScan(STARTS + n * SECOND, kind, b"a") for n, kind in enumerate(kinds)]
    scans.append(RecordedScan(STARTS + 9 * SECOND, ScanKind.REPEAT, b"unknown"))
    issuer = PracticeIssuer(make_config(), (), SeededEntropy("q"), STARTS)
    steps = replay_queue(issuer, Recording(tuple(scans)), 2)
    assert [step.expected for step in steps] == [
        Reason.OK,
        Reason.OK,
        Reason.ALREADY_USED,
        Reason.CANCELLED,
        Reason.BAD_SIGNATURE,
        Reason.CANCELLED,
    ]
    assert steps[0].code != steps[1].code == steps[2].code
    assert [step.after for step in steps[:3]] == [0, SECOND // 2, SECOND]
