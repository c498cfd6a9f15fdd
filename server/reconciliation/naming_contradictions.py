"""Naming what was done with a ticket that cannot all stand: payouts, hand-overs, entries. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from server.ledger.uses import AWAITED, CLAIM, UseRecord
from server.reconciliation.findings import ConflictKind, Finding, FindingSide
from server.reconciliation.passage_findings import withdrawn_reason
from server.ticketing.withdrawals import DESK, JOURNALED, WithdrawalRecord
from shared.admission.contradictions import Contradiction, Deed, find_contradictions
from shared.admission.purpose import ENDING, REPLACING, Purpose, purpose_of
from shared.admission.reasons import Reason
from shared.kernel.id_types import GateId, TicketId
from shared.kernel.ids import format_ticket_id

_DETAILS: Final = {
    Contradiction.PAYOUT_AND_ENTRY: (
        "the ticket was refunded or exchanged, and someone entered on it"
    ),
    Contradiction.PAID_OUT_TWICE: "the ticket was refunded or exchanged more than once",
    Contradiction.PAYOUT_AND_HAND_OVER: (
        "the ticket was refunded or exchanged, and it was also reissued"
    ),
    Contradiction.HANDED_OVER_TWICE: (
        "two places reissued the ticket, and neither knew of the other"
    ),
    Contradiction.ADMITTED_SUPERSEDED: (
        "someone entered on an old code or tag that had been replaced"
    ),
}


def name_contradictions(
    ticket_id: TicketId,
    uses: Iterable[UseRecord],
    withdrawals: Sequence[WithdrawalRecord],
    side_of_use: Callable[[UseRecord], FindingSide],
) -> list[Finding]:
    """Say what cannot all stand of a ticket; kinds of which nothing is found are without sides.

    Args:
        ticket_id: Which.
        uses: All its passages.
        withdrawals: All that took its right away.
        side_of_use: Says a passage as a side.
    """
    standing = [one for one in withdrawals if not one.is_annulled]
    entries = [one for one in uses if one.direction == "in" and not one.is_annulled]
    deeds = [_withdrawn(one, entries) for one in standing if purpose_of(one.purpose) is not None]
    deeds += [_entered(one, standing) for one in entries]
    sides: dict[str, FindingSide] = {one.claim_id: side_of_use(one) for one in entries}
    sides |= {one.claim_id: side_of_withdrawal(one) for one in standing}
    found = {one.kind: one for one in find_contradictions(deeds)}
    return [
        Finding(
            kind=ConflictKind(kind.value),
            subject=format_ticket_id(ticket_id),
            sides=[sides[side] for side in found[kind].sides] if kind in found else [],
            ticket_id=ticket_id,
            detail=_DETAILS[kind],
        )
        for kind in Contradiction
    ]


def side_of_withdrawal(one: WithdrawalRecord) -> FindingSide:
    """Say a withdrawal as a side; its purpose is the reason."""
    return FindingSide(
        one.claim_id,
        one.device_id,
        GateId(""),
        one.at,
        one.at_error,
        1,
        one.mode,
        one.purpose,
        one.boot,
        one.dseq,
    )


def is_told_by_withdrawals(finding: Finding, withdrawals: Iterable[WithdrawalRecord]) -> bool:
    """Tell whether a withdrawal says why a ticket was void: then that is named, and better."""
    if finding.kind is not ConflictKind.ADMITTED_AFTER_VOID:
        return False
    reason = withdrawn_reason(finding)
    if reason is None:
        return False
    told = ENDING if reason is Reason.CANCELLED else REPLACING
    return any(purpose_of(one.purpose) in told for one in withdrawals if not one.is_annulled)


def _withdrawn(one: WithdrawalRecord, entries: Iterable[UseRecord]) -> Deed:
    return Deed(
        id=one.claim_id,
        purpose=Purpose(one.purpose),
        generation=one.generation,
        becomes=one.becomes,
        knew=frozenset(use.claim_id for use in entries if _knew_entry(one, use)),
    )


def _entered(use: UseRecord, withdrawals: Iterable[WithdrawalRecord]) -> Deed:
    return Deed(
        id=use.claim_id,
        purpose=Purpose.ADMISSION,
        generation=use.generation,
        knew=frozenset(one.claim_id for one in withdrawals if _knew_withdrawal(use, one)),
    )


def _knew_entry(one: WithdrawalRecord, use: UseRecord) -> bool:
    """Whether an entry was on record where a withdrawal was decided, or stands before it there."""
    if 0 < use.seq <= one.knew:
        return True
    is_own = one.source == JOURNALED and use.device_id == one.device_id
    if not is_own or use.boot is None or one.boot is None:
        return False
    if use.boot == one.boot:
        return (use.dseq or 0) < (one.dseq or 0)
    return 0 < use.seq <= one.head  # a boot arrives after the one that it continues


def _knew_withdrawal(use: UseRecord, one: WithdrawalRecord) -> bool:
    if not one.seq:
        # The server's before gates were handed the event: their first list has what it made.
        return one.source == DESK
    return use.knew >= one.seq or (use.source in {CLAIM, AWAITED} and use.seq > one.seq)
