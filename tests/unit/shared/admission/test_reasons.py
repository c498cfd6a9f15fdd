"""Reason codes and the verdict that each belongs to."""

from __future__ import annotations

import pytest

from shared.admission.reasons import ADMITTING, REFERRING, Reason, Verdict

CONTRACT = {
    Verdict.ADMIT: "ok reentry exit override",
    Verdict.DENY: (
        "malformed bad_signature unknown_key unknown_ticket wrong_event wrong_gate"
        " wrong_ticket_type not_yet_valid expired cancelled superseded unpaid blocked already_used"
        " not_inside capacity_full rules_denied offline_policy"
    ),
    Verdict.REFER: "check_id question supervisor stale_manifest",
}


@pytest.mark.parametrize("verdict", Verdict)
def test_reason_has_the_verdict_of_the_contract(verdict: Verdict) -> None:
    """The class of each code is the contract's, and there are no others."""
    codes = {reason.value for reason in Reason if reason.verdict is verdict}
    assert codes == set(CONTRACT[verdict].split())


def test_no_reason_both_admits_and_refers() -> None:
    """The classes do not overlap."""
    assert not ADMITTING & REFERRING
