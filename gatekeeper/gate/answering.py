"""Putting an answer together, once its journal entry is on disk."""

from __future__ import annotations

import msgspec

from gatekeeper.gate.answer import ScanAnswer, UsedBefore
from gatekeeper.gate.attempt import Attempt
from gatekeeper.gate.recorder import PendingAnswer
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Duration


class Remark(msgspec.Struct, frozen=True):
    """What an answer says beside its outcome; see `ScanAnswer` for the fields."""

    ticket_type: str | None = None
    gate: str | None = None
    used: UsedBefore | None = None
    may_acknowledge: bool = False
    stop: str = ""
    variant: str = ""
    zone: str = ""


def build_answer(
    attempt: Attempt, outcome: PendingAnswer, remark: Remark, *, seq: int, now: Duration
) -> ScanAnswer:
    """Say what was recorded.

    Args:
        attempt: What was asked.
        outcome: What was recorded of it.
        remark: What else staff want to know.
        seq: The entry's number.
        now: Monotonic time.
    """
    ticket_id = outcome.ticket_id
    return ScanAnswer(
        verdict=outcome.reason.verdict.value,
        reason=outcome.reason.value,
        ticket_id=None if ticket_id is None else format_ticket_id(ticket_id),
        remaining=outcome.remaining,
        mode=outcome.mode,
        seq=seq,
        at=attempt.at,
        ms=attempt.ms_until(now),
        claim_id=attempt.claim_id,
        ticket_type=remark.ticket_type,
        gate=remark.gate,
        used=remark.used,
        count=attempt.count,
        direction=attempt.direction.value,
        may_acknowledge=remark.may_acknowledge,
        stop=remark.stop,
        variant=remark.variant,
        zone=remark.zone,
    )
