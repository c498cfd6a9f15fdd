"""The checks of a ticket: its code, its state, its hours, its event, its type, its use. Pure.

Their order is a promise (docs/decisions/0004-order-of-checks.md). What is decided when none
applies, or one does, is for `decide.decide_admission`.
"""

from __future__ import annotations

from typing import Final

from shared.admission.entries_left import History, left_to_enter
from shared.admission.facts import (
    CredentialKind,
    Direction,
    GateRules,
    ScanFacts,
    TicketFacts,
    TicketState,
    ZoneRules,
)
from shared.admission.organizer_rule_evaluation import rule_holds
from shared.admission.reasons import Reason


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
    if expires_at is not None and scan.came_at > expires_at:
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
    if ticket.valid_until is not None and scan.came_at > ticket.valid_until:
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
