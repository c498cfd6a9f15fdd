"""The admission decision: facts in, one decision out. Gates and server call this very function.

The first reason that applies is the one that is shown, in the order of `checks_of_ticket`. What
depends on the moment rather than on the ticket (a full hall, old data, the offline policy) comes
after, in `checks_of_capacity_knowledge_and_clock.judge`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from shared.admission.checks_of_ticket import find_denial
from shared.admission.entries_left import History, fold_history, left_to_enter, scans_here
from shared.admission.facts import (
    Direction,
    GateRules,
    ScanFacts,
    TicketFacts,
    UseFact,
    ZoneRules,
)
from shared.admission.reasons import Reason, Verdict


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with one scan, and why.

    Attributes:
        reason: The one that is shown and recorded; it carries the verdict.
        remaining: Persons who may still enter the zone on this ticket: after this passage if it
            was admitted, as things stand if it was not. None: no limit.
        is_retry: The same scan was accepted before; record nothing, answer as then.
        conflicting_reason: For a forced upload, what the decision would have been, if that was
            not to admit: raise a conflict.
        is_forced: The passage had happened already; nothing can be denied any more.
        use_gate: For `offline_policy`, the gate that may admit, if it is known.
    """

    reason: Reason
    remaining: int | None = None
    is_retry: bool = False
    conflicting_reason: Reason | None = None
    is_forced: bool = False
    use_gate: str | None = None

    @property
    def verdict(self) -> Verdict:
        """The class of the reason."""
        return self.reason.verdict

    @property
    def admit(self) -> bool:
        """Whether the holder may pass."""
        return self.reason.verdict is Verdict.ADMIT


def decide_admission(
    rules: GateRules, ticket: TicketFacts, scan: ScanFacts, prior_scans: Sequence[UseFact]
) -> Decision:
    """Decide one scan. Pure and total: equal facts give equal decisions, and none make it raise.

    A credential that is newer than what is known of its ticket lets nobody in whom either would
    turn away: where they differ, a person decides.

    Args:
        rules: What holds at the gate.
        ticket: What is known of the ticket.
        scan: The scan itself.
        prior_scans: Every recorded use of the ticket, annulled ones marked, in any order.

    Source:
        docs/specs/admission.md, section 2
    """
    decision = _decide(rules, ticket, scan, prior_scans)
    if ticket.newer is None or decision.is_retry or scan.direction is Direction.OUT:
        return decision
    other = _decide(rules, ticket.newer, scan, prior_scans)
    if decision.is_forced:
        objection = decision.conflicting_reason or other.conflicting_reason
        return msgspec.structs.replace(decision, conflicting_reason=objection)
    if decision.admit is other.admit:
        return decision
    refused = other if decision.admit else decision
    return msgspec.structs.replace(refused, reason=Reason.SUPERVISOR)


def _decide(
    rules: GateRules, ticket: TicketFacts, scan: ScanFacts, prior_scans: Sequence[UseFact]
) -> Decision:
    zone, history = rules.zone, _history_of(rules.zone, ticket, prior_scans)
    left = left_to_enter(ticket, zone, history)
    if _is_retry(scan, prior_scans):
        return Decision(reason=Reason.OK, remaining=left, is_retry=True)
    denial = find_denial(rules, ticket, scan, history)
    is_forced = scan.forced and ticket.known
    if denial is None and ticket.is_doubtful and scan.direction is Direction.IN:
        denial = Reason.SUPERVISOR
    if denial is None:
        return Decision(
            reason=_admitting_reason(zone, scan, history),
            remaining=_left_after(ticket, zone, scan, left),
            is_forced=is_forced,
        )
    if is_forced:
        return Decision(
            reason=Reason.EXIT if scan.direction is Direction.OUT else Reason.OK,
            remaining=_left_after(ticket, zone, scan, left),
            conflicting_reason=denial,
            is_forced=True,
        )
    return Decision(reason=denial, remaining=0 if denial in _NO_TICKET else left)


_NO_TICKET: Final = (Reason.BAD_SIGNATURE, Reason.UNKNOWN_TICKET)


def _history_of(zone: ZoneRules, ticket: TicketFacts, prior_scans: Sequence[UseFact]) -> History:
    inside_max = None if zone.multiple_entries else ticket.persons
    return fold_history(scans_here(zone, prior_scans) if prior_scans else (), inside_max)


def _is_retry(scan: ScanFacts, prior_scans: Sequence[UseFact]) -> bool:
    """Whether an accepted scan bears this scan's id, in whatever zone, taken back since or not."""
    return bool(scan.claim_id) and any(prior.claim_id == scan.claim_id for prior in prior_scans)


def _admitting_reason(zone: ZoneRules, scan: ScanFacts, history: History) -> Reason:
    if scan.direction is Direction.OUT:
        return Reason.EXIT
    came_back = history.latest is Direction.OUT and history.entered > 0
    may_return = zone.reentry_after_exit or history.evacuated > 0
    if may_return and came_back:
        return Reason.REENTRY
    return Reason.OK


def _left_after(
    ticket: TicketFacts, zone: ZoneRules, scan: ScanFacts, left: int | None
) -> int | None:
    """What remains once this passage is recorded."""
    if left is None:
        return None
    if scan.direction is Direction.IN:
        return max(0, left - scan.count)
    if zone.reentry_after_exit:
        return min(ticket.persons, left + scan.count)
    return left
