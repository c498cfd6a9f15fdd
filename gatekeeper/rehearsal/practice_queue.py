"""Who comes in a practice queue, and what each must be answered: generated, or as recorded."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.rehearsal.practice_event_and_keys import PracticeIssuer
from gatekeeper.rehearsal.recording import Recording, ScanKind
from shared.admission.reasons import Reason
from shared.kernel.instant import Duration

REHEARSAL_COPY_EVERY: Final = 10
REHEARSAL_FORGED_EVERY: Final = 25
REHEARSAL_JUNK_EVERY: Final = 40
"""One in so many of a practice queue is a ticket used twice, a forgery, no ticket at all."""
REHEARSAL_SCANS: Final = 400
"""Of a practice queue: each reason comes several times, and it takes some minutes."""


class Arrival(msgspec.Struct, frozen=True):
    """One holder of the queue.

    Attributes:
        code: What they show.
        expected: What must be answered.
        after: When they come, from the first one on.
    """

    code: str
    expected: Reason
    after: Duration = Duration(0)


def make_queue(issuer: PracticeIssuer, scans: int) -> list[Arrival]:
    """Generate a queue: good tickets, codes shown twice, false ones, and what is no ticket."""
    steps: list[Arrival] = []
    for number in range(1, scans + 1):
        if number % REHEARSAL_JUNK_EVERY == 0:
            steps.append(Arrival(f"https://example.org/{number}", Reason.UNKNOWN_TICKET))
        elif number % REHEARSAL_FORGED_EVERY == 0:
            steps.append(Arrival(issuer.forge(), Reason.BAD_SIGNATURE))
        elif number % REHEARSAL_COPY_EVERY == 0:
            steps.append(Arrival(steps[number - REHEARSAL_COPY_EVERY].code, Reason.ALREADY_USED))
        else:
            steps.append(Arrival(issuer.issue(), Reason.OK))
    return steps


def replay_queue(issuer: PracticeIssuer, recording: Recording, speed: int) -> list[Arrival]:
    """Make a recorded queue again, of practice tickets.

    A code that was let in more than once, as a group's is, is a new ticket each time.

    Args:
        issuer: Issues them.
        recording: What was recorded.
        speed: So many times as fast.
    """
    steps: list[Arrival] = []
    shown: dict[bytes, str] = {}
    for number, scan in enumerate(recording.scans):
        after = (scan.at - recording.began_at) // speed
        kind = scan.kind
        if kind is ScanKind.REPEAT and scan.code_hash not in shown:
            # It was let in before this part of the queue, or elsewhere.
            kind = ScanKind.REFUSED
        if kind is ScanKind.GOOD:
            shown[scan.code_hash] = issuer.issue()
            steps.append(Arrival(shown[scan.code_hash], Reason.OK, after))
        elif kind is ScanKind.REPEAT:
            steps.append(Arrival(shown[scan.code_hash], Reason.ALREADY_USED, after))
        elif kind is ScanKind.FORGED:
            steps.append(Arrival(issuer.forge(), Reason.BAD_SIGNATURE, after))
        elif kind is ScanKind.JUNK:
            steps.append(Arrival(f"https://example.org/{number}", Reason.UNKNOWN_TICKET, after))
        else:
            steps.append(Arrival(issuer.issue(is_cancelled=True), Reason.CANCELLED, after))
    return steps
