"""The checks of a ticket: what each of them looks at, and their order."""

from __future__ import annotations

from typing import Any

import pytest

from shared.admission.checks_of_ticket import find_denial
from tests.factories.admission import decision_case

# What each check looks at, made to fail; the first lines are the first checks.
FAULTS: list[tuple[str, str, dict[str, Any]]] = [
    ("check_code", "superseded", {"ticket__revoked": True}),
    (
        "check_medium",
        "blocked",
        {"ticket__credential": "medium", "ticket__medium": {"active": False}},
    ),
    ("check_cancelled", "cancelled", {"ticket__state": "cancelled"}),
    ("check_blocked", "blocked", {"ticket__blocked": True}),
    ("check_approval", "unpaid", {"ticket__state": "pending_approval"}),
    ("check_event_state", "not_yet_valid", {"event__state": "draft"}),
    ("check_window", "expired", {"ticket__valid_until": "2026-07-04T16:00:00Z"}),
    ("check_event", "wrong_event", {"ticket__event": "E2"}),
    ("check_gate", "wrong_gate", {"scan__gate_direction": "out"}),
    ("check_ticket_type", "wrong_ticket_type", {"zone__ticket_types": []}),
    ("check_paid", "unpaid", {"ticket__state": "pending"}),
    ("check_rule", "rules_denied", {"zone__rule": {"const": False}}),
    ("check_use", "already_used", {"ticket__persons": 1, "scan__count": 2}),
]


def test_checks_stand_in_the_order_of_the_contract() -> None:
    """The checks are the contract's list; that each of them has its turn is tried below."""
    called = [name for name in find_denial.__code__.co_names if name.startswith("check_")]
    assert called == [name for name, _, _ in FAULTS]


@pytest.mark.parametrize("earlier", range(len(FAULTS)))
def test_earlier_reason_is_shown_when_two_apply(earlier: int) -> None:
    """Of two faults the one that stands earlier is the reason, unless they are one field."""
    _, reason, fields = FAULTS[earlier]
    for name, _, others in FAULTS[earlier:]:
        assert decision_case(**(others | fields)).decide().reason == reason, name
