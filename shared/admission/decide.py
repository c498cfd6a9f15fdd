"""The admission decision: facts in, one decision out. Gates and server call this very function.

The order of the checks is a promise (docs/decisions/0004-order-of-checks.md): the first reason
that applies is the one that is shown. What depends on the moment rather than on the ticket
(a full hall, old data, the offline policy) comes after, in
`checks_of_capacity_knowledge_and_clock.judge`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from shared.admission.entries_left import History, fold_history, left_to_enter, scans_here
from shared.admission.facts import (
    CredentialKind,
    Direction,
    GateRules,
    ScanFacts,
    TicketFacts,
    TicketState,
    UseFact,
    ZoneRules,
)
from shared.admission.organizer_rule_evaluation import rule_holds
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


def find_denial(
    rules: GateRules, ticket: TicketFacts, scan: ScanFacts, history: History
) -> Reason | None:
    """Give the first reason that applies, or None if nothing speaks against the scan.

    This is the one order of checks, after the same scan again; each names what it looks at.
    """
    zone = rules.zone
    return (
        check_code(ticket)
        or check_medium(ticket, scan)
        or check_cancelled(ticket)
        or check_blocked(ticket)
        or check_approval(ticket)
        or check_event_state(rules, scan)
        or check_window(ticket, scan)
        or check_event(ticket, zone)
        or check_gate(rules, scan)
        or check_ticket_type(ticket, zone)
        or check_paid(ticket, zone, scan)
        or check_rule(rules, ticket, scan, history)
        or check_use(ticket, zone, scan, history)
    )


def check_code(ticket: TicketFacts) -> Reason | None:
    """Unknown or withdrawn code."""
    if ticket.credential is CredentialKind.SIGNED_BAD_SIGNATURE:
        return Reason.BAD_SIGNATURE
    if not ticket.known and ticket.credential is not CredentialKind.SIGNED_VALID:
        return Reason.UNKNOWN_TICKET
    return Reason.SUPERSEDED if ticket.revoked else None


def check_medium(ticket: TicketFacts, scan: ScanFacts) -> Reason | None:
    """Wristband or card that is switched off, or past its time; its last instant still counts."""
    if ticket.credential is not CredentialKind.MEDIUM:
        return None
    if ticket.medium is None or not ticket.medium.active:
        return Reason.BLOCKED
    expires_at = ticket.medium.expires_at
    if expires_at is not None and scan.at > expires_at:
        return Reason.EXPIRED
    return None


def check_cancelled(ticket: TicketFacts) -> Reason | None:
    """Order cancelled, or never paid in time."""
    state = ticket.state
    if state is TicketState.CANCELLED or state is TicketState.PAYMENT_EXPIRED:
        return Reason.CANCELLED
    return None


def check_blocked(ticket: TicketFacts) -> Reason | None:
    """Ticket blocked by the organizer, both ways."""
    return Reason.BLOCKED if ticket.blocked else None


def check_approval(ticket: TicketFacts) -> Reason | None:
    """Order still waits for the organizer's approval."""
    return Reason.UNPAID if ticket.state is TicketState.PENDING_APPROVAL else None


def check_event_state(rules: GateRules, scan: ScanFacts) -> Reason | None:
    """Event that is not released yet, is over, or was cancelled: on the way in."""
    if scan.direction is Direction.OUT:
        return None
    return CLOSED_EVENT.get(rules.event_state)


CLOSED_EVENT: Final = {
    "draft": Reason.NOT_YET_VALID,
    "pending_approval": Reason.NOT_YET_VALID,
    "completed": Reason.EXPIRED,
    "archived": Reason.EXPIRED,
    "cancelled": Reason.CANCELLED,
}
"""Why nobody comes in, by the state of the event; in any other it is open."""


def check_window(ticket: TicketFacts, scan: ScanFacts) -> Reason | None:
    """Validity window, on the way in; both its ends belong to it."""
    if scan.direction is Direction.OUT:
        return None
    if ticket.valid_from is not None and scan.at < ticket.valid_from:
        return Reason.NOT_YET_VALID
    if ticket.valid_until is not None and scan.at > ticket.valid_until:
        return Reason.EXPIRED
    return None


def check_event(ticket: TicketFacts, zone: ZoneRules) -> Reason | None:
    """Event, and occurrence where the zone serves only one."""
    if ticket.event != zone.event:
        return Reason.WRONG_EVENT
    if zone.occurrence is not None and ticket.occurrence != zone.occurrence:
        return Reason.WRONG_EVENT
    return None


def check_gate(rules: GateRules, scan: ScanFacts) -> Reason | None:
    """Way that the gate serves."""
    only = rules.only_way
    return Reason.WRONG_GATE if only is not None and only is not scan.direction else None


def check_ticket_type(ticket: TicketFacts, zone: ZoneRules) -> Reason | None:
    """Ticket types that the zone takes."""
    types = zone.ticket_types
    return None if types is None or ticket.ticket_type in types else Reason.WRONG_TICKET_TYPE


def check_paid(ticket: TicketFacts, zone: ZoneRules, scan: ScanFacts) -> Reason | None:
    """Debt that neither the organizer waived nor staff, where they may, acknowledged."""
    if ticket.state is not TicketState.PENDING:
        return None
    is_accepted = zone.admit_pending and scan.pending_acknowledged
    return None if is_accepted else Reason.UNPAID


def check_rule(
    rules: GateRules, ticket: TicketFacts, scan: ScanFacts, history: History
) -> Reason | None:
    """Ask the zone's own rule, on the way in."""
    rule = rules.zone.rule
    if rule is None or scan.direction is Direction.OUT:
        return None
    holds = rule_holds(rule, rules.times, ticket, scan, history.scans)
    return None if holds else Reason.RULES_DENIED


def check_use(
    ticket: TicketFacts, zone: ZoneRules, scan: ScanFacts, history: History
) -> Reason | None:
    """Way in: is enough of the allowance left? Way out: was anybody recorded inside?

    Whoever was let in goes out, also who came in beside another on the same ticket.
    """
    if scan.direction is Direction.OUT:
        return Reason.NOT_INSIDE if zone.strict_anti_passback and history.present == 0 else None
    left = left_to_enter(ticket, zone, history)
    return Reason.ALREADY_USED if left is not None and scan.count > left else None


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
