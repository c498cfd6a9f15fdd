"""The decision: every reason, groups, retries, forced uploads."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.admission.decide import Decision
from shared.admission.decision_cases import parse_case
from shared.admission.entries_left import fold_history
from shared.admission.facts import Direction, ScanFacts, UseFact
from shared.admission.reasons import Reason, Verdict
from shared.kernel.instant import Instant
from tests.factories.admission import decision_case, prior, raw_case, raw_cases
from tests.unit.shared.admission.second_opinion import second_opinion

IN = prior("in")
OUT = prior("out", "2026-07-04T16:55:00Z")
FAR_IN = prior("in", zone="other")
MEDIUM: dict[str, Any] = {"ticket__credential": "medium"}
ACTIVE = {"active": True, "expires_at": None}
SINGLE: dict[str, Any] = {"zone__reentry_after_exit": False}
STRICT: dict[str, Any] = {"zone__strict_anti_passback": True}
WAY_OUT: dict[str, Any] = {"scan__direction": "out"}
NO: dict[str, Any] = {"const": False}

TABLE: list[tuple[str, list[dict[str, Any]], dict[str, Any]]] = [
    ("ok", [], {}),
    ("ok", [FAR_IN], {}),
    ("ok", [prior("in", annulled=True)], {}),
    ("ok", [IN], {"zone__multiple_entries": True}),
    ("ok", [prior("out")], {}),
    ("ok", [prior("out")], SINGLE),
    ("reentry", [IN, OUT], {}),
    ("reentry", [IN, OUT], {"zone__multiple_entries": True}),
    ("exit", [IN], WAY_OUT),
    ("exit", [], WAY_OUT),
    ("exit", [IN], WAY_OUT | STRICT),
    ("exit", [], WAY_OUT | {"ticket__valid_from": "2026-07-04T17:00:01Z", "zone__rule": NO}),
    ("exit", [], WAY_OUT | {"ticket__valid_until": "2026-07-04T16:59:59Z"}),
    ("bad_signature", [], {"ticket__credential": "signed_bad_signature"}),
    ("bad_signature", [], {"ticket__credential": "signed_bad_signature", "ticket__known": False}),
    ("unknown_ticket", [], {"ticket__credential": "unsigned", "ticket__known": False}),
    ("unknown_ticket", [], MEDIUM | {"ticket__known": False, "ticket__medium": ACTIVE}),
    ("ok", [], {"ticket__known": False}),
    ("ok", [], {"ticket__credential": "unsigned"}),
    ("superseded", [], {"ticket__revoked": True}),
    ("ok", [], MEDIUM | {"ticket__medium": ACTIVE}),
    ("blocked", [], MEDIUM),
    ("blocked", [], MEDIUM | {"ticket__medium": {"active": False}}),
    ("expired", [], MEDIUM | {"ticket__medium": ACTIVE | {"expires_at": "2026-07-04T16:59:59Z"}}),
    ("ok", [], MEDIUM | {"ticket__medium": ACTIVE | {"expires_at": "2026-07-04T17:00:00Z"}}),
    ("ok", [], {"ticket__medium": {"active": False}}),
    ("cancelled", [], {"ticket__state": "cancelled"}),
    ("cancelled", [], {"ticket__state": "payment_expired"} | WAY_OUT),
    ("blocked", [], {"ticket__blocked": True}),
    ("blocked", [], {"ticket__blocked": True} | WAY_OUT),
    ("unpaid", [], {"ticket__state": "pending_approval"}),
    ("unpaid", [], {"ticket__state": "pending_approval"} | WAY_OUT),
    ("not_yet_valid", [], {"event__state": "draft"}),
    ("not_yet_valid", [], {"event__state": "pending_approval"}),
    ("expired", [], {"event__state": "completed"}),
    ("expired", [], {"event__state": "archived"}),
    ("cancelled", [], {"event__state": "cancelled"}),
    ("exit", [IN], {"event__state": "cancelled"} | WAY_OUT),
    ("ok", [], {"event__state": "published"}),
    ("ok", [], {"event__state": "active"}),
    ("ok", [], {"event__state": "a later program's"}),
    ("not_yet_valid", [], {"ticket__valid_from": "2026-07-04T17:00:01Z"}),
    ("ok", [], {"ticket__valid_from": "2026-07-04T17:00:00Z"}),
    ("expired", [], {"ticket__valid_until": "2026-07-04T16:59:59Z"}),
    ("ok", [], {"ticket__valid_until": "2026-07-04T17:00:00Z"}),
    ("wrong_event", [], {"ticket__event": "E2"}),
    ("wrong_event", [], {"ticket__occurrence": "fri", "zone__occurrence": "sat"}),
    ("wrong_event", [], {"zone__occurrence": "sat"}),
    ("ok", [], {"ticket__occurrence": "sat", "zone__occurrence": "sat"}),
    ("wrong_gate", [], {"scan__gate_direction": "out"}),
    ("wrong_gate", [], WAY_OUT | {"scan__gate_direction": "in"}),
    ("ok", [], {"scan__gate_direction": "in"}),
    ("ok", [], {"scan__gate_direction": "both"}),
    ("wrong_ticket_type", [], {"zone__ticket_types": ["vip"]}),
    ("wrong_ticket_type", [], {"zone__ticket_types": []}),
    ("ok", [], {"zone__ticket_types": ["vip", "standing"]}),
    ("unpaid", [], {"ticket__state": "pending"}),
    ("unpaid", [], {"ticket__state": "pending", "zone__admit_pending": True}),
    ("unpaid", [], {"ticket__state": "pending", "scan__pending_acknowledged": True}),
    (
        "ok",
        [],
        {
            "ticket__state": "pending",
            "zone__admit_pending": True,
            "scan__pending_acknowledged": True,
        },
    ),
    ("ok", [], {"ticket__state": "pending_admissible"}),
    ("rules_denied", [], {"zone__rule": NO}),
    ("ok", [], {"zone__rule": {"const": True}}),
    ("already_used", [IN], {}),
    ("already_used", [IN, OUT], SINGLE),
    ("already_used", [OUT, prior("in", "2026-07-04T16:59:00Z")], {}),
    ("not_inside", [], WAY_OUT | STRICT),
    ("not_inside", [IN, OUT], WAY_OUT | STRICT),
    ("exit", [IN, IN, OUT], WAY_OUT | STRICT),
    ("not_inside", [IN, IN, OUT, OUT], WAY_OUT | STRICT),
    ("already_used", [IN, IN], STRICT),
    ("reentry", [IN, IN, OUT], STRICT),
]


@pytest.mark.parametrize(("reason", "prior_scans", "fields"), TABLE)
def test_decision_gives_the_reason(
    reason: str, prior_scans: list[dict[str, Any]], fields: dict[str, Any]
) -> None:
    """Each reason comes where it is due, and its neighbour where it is not."""
    assert decision_case(prior_scans, **fields).decide().reason == reason


@pytest.mark.parametrize("annulled", [False, True])
def test_same_scan_again_is_answered_ok_before_all_else(*, annulled: bool) -> None:
    """A retry is never refused by its own first try, nor by what happened to it since."""
    first = prior("in", scan_id="s-1", zone="other", annulled=annulled)
    case = decision_case([first], scan__scan_id="s-1", ticket__revoked=True)
    assert case.decide() == Decision(reason=Reason.OK, remaining=1, is_retry=True)


@pytest.mark.parametrize("first", [prior("in", scan_id="s-2"), prior("in")])
def test_scan_is_no_retry_of_another_scan(first: dict[str, Any]) -> None:
    """Only an accepted scan with this very id makes a retry."""
    case = decision_case([first], scan__scan_id="s-1", zone__multiple_entries=True)
    decision = case.decide()
    assert decision == Decision(reason=Reason.OK, remaining=None)


def test_forced_upload_is_admitted_with_its_conflict() -> None:
    """What a device did on its own is stored; the decision it should have been is kept."""
    decision = decision_case([IN], scan__forced=True).decide()
    assert decision == Decision(
        reason=Reason.OK, remaining=0, conflicting_reason=Reason.ALREADY_USED, is_forced=True
    )


def test_forced_exit_is_recorded_as_exit_with_its_conflict() -> None:
    """A forced way out stays a way out."""
    decision = decision_case(scan__forced=True, **WAY_OUT, **STRICT).decide()
    assert decision.reason is Reason.EXIT
    assert decision.conflicting_reason is Reason.NOT_INSIDE


def test_forced_upload_has_no_conflict_when_the_decision_is_the_same() -> None:
    """A forced upload that would have been admitted is an ordinary one."""
    decision = decision_case([IN, OUT], scan__forced=True).decide()
    assert decision == Decision(reason=Reason.REENTRY, remaining=0, is_forced=True)


def test_forced_upload_of_nobodys_code_is_denied() -> None:
    """Force stores what is known; a code that is in nobody's ledger stays unknown."""
    case = decision_case(
        scan__forced=True, ticket__known=False, ticket__credential="unsigned", ticket__persons=4
    )
    assert case.decide() == Decision(reason=Reason.UNKNOWN_TICKET, remaining=0)


GROUP: dict[str, Any] = {"ticket__persons": 4}


@pytest.mark.parametrize(
    ("prior_scans", "fields", "reason", "remaining"),
    [
        ([], {"scan__count": 1}, "ok", 3),
        ([], {"scan__count": 4}, "ok", 0),
        ([], {"scan__count": 5}, "already_used", 4),
        ([prior("in", count=3)], {"scan__count": 1}, "ok", 0),
        ([prior("in", count=3)], {"scan__count": 2}, "already_used", 1),
        (
            [prior("in", count=4), prior("out", OUT["at"], count=2)],
            {"scan__count": 2},
            "reentry",
            0,
        ),
        ([prior("in", count=2), OUT], {"scan__count": 4}, "already_used", 3),
        ([prior("in", count=2), OUT], {"scan__count": 2} | SINGLE, "ok", 0),
        ([prior("in", count=2), OUT], {"scan__count": 3} | SINGLE, "already_used", 2),
        ([prior("in", count=9)], SINGLE, "already_used", 0),
        ([prior("in", count=9), OUT], {"scan__count": 1}, "reentry", 0),
        ([prior("in", count=3)], WAY_OUT | {"scan__count": 2}, "exit", 3),
        ([prior("in", count=3)], WAY_OUT | {"scan__count": 9}, "exit", 4),
        ([prior("in", count=3)], WAY_OUT | SINGLE | {"scan__count": 2}, "exit", 1),
        ([IN, IN], {"scan__count": 50, "zone__multiple_entries": True}, "ok", None),
        ([], {"ticket__blocked": True}, "blocked", 4),
        ([], {"ticket__credential": "signed_bad_signature"}, "bad_signature", 0),
    ],
)
def test_group_is_counted_in_persons(
    prior_scans: list[dict[str, Any]], fields: dict[str, Any], reason: str, remaining: int | None
) -> None:
    """One code admits as many persons as it stands for, and says how many remain."""
    decision = decision_case(prior_scans, **GROUP, **fields).decide()
    assert (decision.reason, decision.remaining) == (reason, remaining)


def test_verdict_follows_from_the_reason() -> None:
    """A decision's verdict is its reason's."""
    assert Decision(reason=Reason.REENTRY).admit
    assert not Decision(reason=Reason.QUESTION).admit
    assert Decision(reason=Reason.QUESTION).verdict is Verdict.REFER


@given(raw_cases())
def test_decision_agrees_with_the_second_opinion(raw: dict[str, Any]) -> None:
    """An independent reading of the contract gives the same answer on drawn cases."""
    decision = parse_case(raw, 1).decide()
    admit, reason = second_opinion(raw)
    mine = Reason.OK if decision.reason is Reason.REENTRY else decision.reason
    assert (decision.admit, mine) == (admit, reason)


@given(raw_cases())
def test_equal_facts_give_equal_decisions(raw: dict[str, Any]) -> None:
    """The decision is a function of its facts, whatever order scans of other instants come in."""
    case = parse_case(raw, 1)
    assert case.decide() == parse_case(raw, 1).decide()
    if len({scan.at for scan in case.prior_scans}) == len(case.prior_scans):
        turned = msgspec.structs.replace(case, prior_scans=case.prior_scans[::-1])
        assert turned.decide() == case.decide()


@given(raw_cases())
def test_retry_of_an_admitted_scan_is_ok_and_leaves_as_much(raw: dict[str, Any]) -> None:
    """Once an admitted scan is recorded, sending it again changes nothing."""
    raw["scan"]["scan_id"] = "this very one"
    case = parse_case(raw, 1)
    decision = case.decide()
    if not decision.admit:
        return
    scan = case.scan
    latest = max([scan.at, *(prior_scan.at for prior_scan in case.prior_scans)])
    recorded = UseFact(
        direction=scan.direction, at=latest, claim_id=scan.claim_id, count=scan.count
    )
    again = msgspec.structs.replace(case, prior_scans=(*case.prior_scans, recorded))
    assert again.decide() == Decision(
        reason=Reason.OK, remaining=decision.remaining, is_retry=True
    )


@given(raw_cases())
def test_persons_let_in_never_exceed_the_allowance(raw: dict[str, Any]) -> None:
    """I4: an admission that was not forced fits into what the ticket allows."""
    case = parse_case(raw, 1)
    decision = case.decide()
    if decision.remaining is not None:
        assert 0 <= decision.remaining <= case.ticket.persons
    is_new_entry = (
        decision.admit
        and not decision.is_retry
        and decision.conflicting_reason is None
        and case.scan.direction is Direction.IN
    )
    if is_new_entry and not case.rules.zone.multiple_entries:
        assert case.scan.count <= case.ticket.persons


INSTANTS = st.integers(-(10**20), 10**20)


@given(raw_cases(), INSTANTS, st.lists(INSTANTS, max_size=3))
def test_no_facts_make_the_decision_raise(
    raw: dict[str, Any], now: int, entries: list[int]
) -> None:
    """Facts that can be built can be decided, also those of clocks gone mad."""
    case = parse_case(raw, 1)
    wild = msgspec.structs.replace(
        case,
        scan=ScanFacts(direction=case.scan.direction, at=Instant(now)),
        prior_scans=tuple(UseFact(direction=Direction.IN, at=Instant(at)) for at in entries),
    )
    assert wild.decide().reason in Reason


@given(st.lists(st.sampled_from(list(Direction)), max_size=8))
def test_fold_of_one_person_is_the_latest_scan(directions: list[Direction]) -> None:
    """For a ticket of one person, who is inside is what the latest scan says."""
    scans = [
        UseFact(direction=direction, at=Instant(at)) for at, direction in enumerate(directions)
    ]
    history = fold_history(scans, inside_max=1)
    assert history.inside == (1 if directions[-1:] == [Direction.IN] else 0)
    assert history.latest is (directions[-1] if directions else None)


def test_scans_of_one_instant_keep_their_order() -> None:
    """Of two scans in the same instant the one given later is the later."""
    same = "2026-07-04T16:45:00Z"
    out_last = raw_case([prior("in", same), prior("out", same)])
    in_last = raw_case([prior("out", same), prior("in", same)])
    assert parse_case(out_last, 1).decide().admit
    assert not parse_case(in_last, 1).decide().admit
