"""The admission decision: facts in, one decision out. Gates and server call this very function.

The order of the checks is a promise (docs/decisions/0004-order-of-checks.md): the first reason
that applies is the one that is shown. What depends on the moment rather than on the ticket
(a full hall, old data, the offline policy) comes after, in `circumstances.judge`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from shared.admission.facts import (
    AdmissionFacts,
    CredentialKind,
    Direction,
    TicketState,
)
from shared.admission.history import History, fold_history, left_to_enter, scans_here
from shared.admission.reasons import Reason, Verdict
from shared.admission.rule_evaluation import rule_holds


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


def decide_admission(facts: AdmissionFacts) -> Decision:
    """Decide one scan. Pure and total: equal facts give equal decisions, and none make it raise.

    A credential that is newer than what is known of its ticket lets nobody in whom either would
    turn away: where they differ, a person decides.

    Source:
        docs/specs/admission.md, section 2
    """
    decision = _decide(facts)
    newer = facts.ticket.newer
    if newer is None or decision.is_retry or facts.scan.direction is Direction.OUT:
        return decision
    other = _decide(msgspec.structs.replace(facts, ticket=newer))
    if decision.is_forced:
        objection = decision.conflicting_reason or other.conflicting_reason
        return msgspec.structs.replace(decision, conflicting_reason=objection)
    if decision.admit is other.admit:
        return decision
    refused = other if decision.admit else decision
    return msgspec.structs.replace(refused, reason=Reason.SUPERVISOR)


def _decide(facts: AdmissionFacts) -> Decision:
    scan, history = facts.scan, _history_of(facts)
    left = left_to_enter(facts.ticket, facts.zone, history)
    if _is_retry(facts):
        return Decision(reason=Reason.OK, remaining=left, is_retry=True)
    denial = find_denial(facts, history)
    is_forced = scan.forced and facts.ticket.known
    if denial is None and facts.ticket.is_doubtful and scan.direction is Direction.IN:
        denial = Reason.SUPERVISOR
    if denial is None:
        return Decision(
            reason=_admitting_reason(facts, history),
            remaining=_left_after(facts, left),
            is_forced=is_forced,
        )
    if is_forced:
        return Decision(
            reason=Reason.EXIT if scan.direction is Direction.OUT else Reason.OK,
            remaining=_left_after(facts, left),
            conflicting_reason=denial,
            is_forced=True,
        )
    return Decision(reason=denial, remaining=0 if denial in _NO_TICKET else left)


_NO_TICKET: Final = (Reason.BAD_SIGNATURE, Reason.UNKNOWN_TICKET)


def _history_of(facts: AdmissionFacts) -> History:
    inside_max = None if facts.zone.multiple_entries else facts.ticket.persons
    return fold_history(scans_here(facts) if facts.prior_scans else (), inside_max)


def _is_retry(facts: AdmissionFacts) -> bool:
    """Whether an accepted scan bears this scan's id, in whatever zone.

    An annulled scan was taken back by a person and is no first try.
    """
    claim_id = facts.scan.claim_id
    if not claim_id:
        return False
    return any(prior.claim_id == claim_id and not prior.annulled for prior in facts.prior_scans)


def find_denial(facts: AdmissionFacts, history: History) -> Reason | None:
    """Give the first reason that applies, or None if nothing speaks against the scan."""
    for check in CHECKS:
        reason = check(facts, history)
        if reason is not None:
            return reason
    return None


def check_code(facts: AdmissionFacts, _history: History) -> Reason | None:
    """Unknown or withdrawn code."""
    ticket = facts.ticket
    if ticket.credential is CredentialKind.SIGNED_BAD_SIGNATURE:
        return Reason.BAD_SIGNATURE
    if not ticket.known and ticket.credential is not CredentialKind.SIGNED_VALID:
        return Reason.UNKNOWN_TICKET
    return Reason.SUPERSEDED if ticket.revoked else None


def check_medium(facts: AdmissionFacts, _history: History) -> Reason | None:
    """Wristband or card that is switched off, or past its time; its last instant still counts."""
    ticket = facts.ticket
    if ticket.credential is not CredentialKind.MEDIUM:
        return None
    if ticket.medium is None or not ticket.medium.active:
        return Reason.BLOCKED
    expires_at = ticket.medium.expires_at
    if expires_at is not None and facts.scan.at > expires_at:
        return Reason.EXPIRED
    return None


def check_cancelled(facts: AdmissionFacts, _history: History) -> Reason | None:
    """Order cancelled, or never paid in time."""
    state = facts.ticket.state
    if state is TicketState.CANCELLED or state is TicketState.PAYMENT_EXPIRED:
        return Reason.CANCELLED
    return None


def check_blocked(facts: AdmissionFacts, _history: History) -> Reason | None:
    """Ticket blocked by the organizer, both ways."""
    return Reason.BLOCKED if facts.ticket.blocked else None


def check_approval(facts: AdmissionFacts, _history: History) -> Reason | None:
    """Order still waits for the organizer's approval."""
    if facts.ticket.state is TicketState.PENDING_APPROVAL:
        return Reason.UNPAID
    return None


def check_event_state(facts: AdmissionFacts, _history: History) -> Reason | None:
    """Event that is not released yet, is over, or was cancelled: on the way in."""
    if facts.scan.direction is Direction.OUT:
        return None
    return CLOSED_EVENT.get(facts.event_state)


CLOSED_EVENT: Final = {
    "draft": Reason.NOT_YET_VALID,
    "pending_approval": Reason.NOT_YET_VALID,
    "completed": Reason.EXPIRED,
    "archived": Reason.EXPIRED,
    "cancelled": Reason.CANCELLED,
}
"""Why nobody comes in, by the state of the event; in any other it is open."""


def check_window(facts: AdmissionFacts, _history: History) -> Reason | None:
    """Validity window, on the way in; both its ends belong to it."""
    ticket, scan = facts.ticket, facts.scan
    if scan.direction is Direction.OUT:
        return None
    if ticket.valid_from is not None and scan.at < ticket.valid_from:
        return Reason.NOT_YET_VALID
    if ticket.valid_until is not None and scan.at > ticket.valid_until:
        return Reason.EXPIRED
    return None


def check_event(facts: AdmissionFacts, _history: History) -> Reason | None:
    """Event, and occurrence where the zone serves only one."""
    ticket, zone = facts.ticket, facts.zone
    if ticket.event != zone.event:
        return Reason.WRONG_EVENT
    if zone.occurrence is not None and ticket.occurrence != zone.occurrence:
        return Reason.WRONG_EVENT
    return None


def check_gate(facts: AdmissionFacts, _history: History) -> Reason | None:
    """Way that the gate serves."""
    only, asked = facts.gate_direction, facts.scan.direction
    return Reason.WRONG_GATE if only is not None and only is not asked else None


def check_ticket_type(facts: AdmissionFacts, _history: History) -> Reason | None:
    """Ticket types that the zone takes."""
    types = facts.zone.ticket_types
    if types is None or facts.ticket.ticket_type in types:
        return None
    return Reason.WRONG_TICKET_TYPE


def check_paid(facts: AdmissionFacts, _history: History) -> Reason | None:
    """Debt that neither the organizer waived nor staff, where they may, acknowledged."""
    if facts.ticket.state is not TicketState.PENDING:
        return None
    is_accepted = facts.zone.admit_pending and facts.scan.pending_acknowledged
    return None if is_accepted else Reason.UNPAID


def check_rule(facts: AdmissionFacts, _history: History) -> Reason | None:
    """Ask the zone's own rule, on the way in."""
    rule = facts.zone.rule
    if rule is None or facts.scan.direction is Direction.OUT:
        return None
    return None if rule_holds(rule, facts, scans_here(facts)) else Reason.RULES_DENIED


def check_use(facts: AdmissionFacts, history: History) -> Reason | None:
    """Way in: is enough of the allowance left? Way out: was anybody recorded inside?"""
    if facts.scan.direction is Direction.OUT:
        is_strict = facts.zone.strict_anti_passback
        return Reason.NOT_INSIDE if is_strict and history.inside == 0 else None
    left = left_to_enter(facts.ticket, facts.zone, history)
    return Reason.ALREADY_USED if left is not None and facts.scan.count > left else None


CHECKS: Final[tuple[Callable[[AdmissionFacts, History], Reason | None], ...]] = (
    check_code,
    check_medium,
    check_cancelled,
    check_blocked,
    check_approval,
    check_event_state,
    check_window,
    check_event,
    check_gate,
    check_ticket_type,
    check_paid,
    check_rule,
    check_use,
)
"""The one order of checks, after the same scan again."""


def _admitting_reason(facts: AdmissionFacts, history: History) -> Reason:
    if facts.scan.direction is Direction.OUT:
        return Reason.EXIT
    came_back = history.latest is Direction.OUT and history.entered > 0
    may_return = facts.zone.reentry_after_exit or history.evacuated > 0
    if may_return and came_back:
        return Reason.REENTRY
    return Reason.OK


def _left_after(facts: AdmissionFacts, left: int | None) -> int | None:
    """What remains once this passage is recorded."""
    if left is None:
        return None
    if facts.scan.direction is Direction.IN:
        return max(0, left - facts.scan.count)
    if facts.zone.reentry_after_exit:
        return min(facts.ticket.persons, left + facts.scan.count)
    return left
