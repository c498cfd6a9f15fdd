"""Reading cases: defaults, errors by case and field, and the contract's own sample."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from shared.admission.decide import Decision
from shared.admission.decision_cases import DecisionCase, Expectation, list_cases, parse_case
from shared.admission.facts import (
    CredentialKind,
    Direction,
    EventTimes,
    GateRules,
    ScanFacts,
    TicketFacts,
    UseFact,
    ZoneRules,
)
from shared.admission.reasons import Reason
from shared.kernel.errors import BadInput
from shared.kernel.id_types import ClaimId, ZoneId
from shared.kernel.instant import parse_instant
from tests.factories.admission import SCAN_AT, prior, raw_case
from tests.factories.field_samples import DECISION_CASES, needs_field_samples, read_sample

SAMPLES: Final[list[dict[str, Any]]] = list(read_sample(DECISION_CASES))


@needs_field_samples
def test_sample_is_whole() -> None:
    """The contract's sample has 39 cases."""
    assert len(SAMPLES) == 39


@needs_field_samples
@pytest.mark.parametrize("raw", SAMPLES, ids=lambda raw: raw["id"])
def test_sample_case_is_decided_as_expected(raw: dict[str, Any]) -> None:
    """The contract's sample, case by case."""
    case = parse_case(raw, 1)
    assert case.expected is not None
    decision = case.decide()
    assert case.expected.is_met_by(decision), decision


MINIMAL: Final[dict[str, Any]] = {
    "id": 7,
    "event": {"timezone": "UTC"},
    "ticket": {"event": "E1", "ticket_type": "standing"},
    "zone": {"event": "E1"},
    "scan": {"at": "2026-07-04T19:00:00+02:00"},
}


def test_absent_fields_have_their_defaults() -> None:
    """Only what no default can stand for has to be written."""
    case = parse_case(MINIMAL, 1)
    assert case == DecisionCase(
        id=7,
        rules=GateRules(times=EventTimes(timezone="UTC"), zone=ZoneRules(event="E1")),
        ticket=TicketFacts(known=True, event="E1", ticket_type="standing"),
        scan=ScanFacts(direction=Direction.IN, at=parse_instant(SCAN_AT)),
    )


def test_fields_of_others_are_ignored() -> None:
    """A case may carry notes of its author, and says which of its fields they are."""
    noted = {**MINIMAL, "note": "x", "zone": {"event": "E1", "Occurence": "O1"}}
    case = parse_case(noted, 1)
    assert case.unknown == (("note", None), ("zone.Occurence", "zone.occurrence"))
    assert msgspec.structs.replace(case, unknown=()) == parse_case(MINIMAL, 1)


def test_prior_scan_is_read_with_all_its_fields() -> None:
    """Every field of a prior scan reaches the facts."""
    raw = prior("out", SCAN_AT, zone="other", scan_id="s-1", annulled=True, count=3)
    case = parse_case({**MINIMAL, "prior_scans": [raw]}, 1)
    assert case.prior_scans == (
        UseFact(
            direction=Direction.OUT,
            at=parse_instant(SCAN_AT),
            zone_id=ZoneId("other"),
            claim_id=ClaimId("s-1"),
            annulled=True,
            count=3,
        ),
    )


@pytest.mark.parametrize("credential", ["unsigned", "medium", "signed_bad_signature"])
def test_code_of_nobody_needs_no_ticket(credential: str) -> None:
    """Of a code that nobody knows there is nothing more to write down."""
    raw = {**MINIMAL, "ticket": {"known": False, "credential": credential}}
    case = parse_case(raw, 1)
    assert case.ticket.credential is CredentialKind(credential)
    assert not case.decide().admit


@pytest.mark.parametrize("state", ["cancelled", "pending", "pending_approval"])
def test_without_a_row_a_signed_ticket_has_the_state_that_is_signed(state: str) -> None:
    """None is: a device without its row knows of no debt, and judges the rest."""
    ticket = {**MINIMAL["ticket"], "state": state}
    assert not parse_case({**MINIMAL, "ticket": ticket}, 1).decide().admit
    assert parse_case({**MINIMAL, "ticket": {**ticket, "known": False}}, 1).decide().admit


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"event__timezone": "Mars/Base"}, "event.timezone: no such time zone: 'Mars/Base'"),
    ({"event__timezone": None}, "event.timezone: expected text, found nothing"),
    ({"event__starts_at": 5}, "event.starts_at: expected text, found 5"),
    ({"event__ends_at": "late"}, "event.ends_at: not a time: 'late'"),
    ({"ticket__event": None}, "ticket.event: expected text, found nothing"),
    ({"ticket__ticket_type": ""}, "ticket.ticket_type: expected text, found ''"),
    ({"ticket__known": "yes"}, "ticket.known: expected true or false, found 'yes'"),
    ({"ticket__state": "lost"}, "ticket.state: expected one of paid, pending, .* found 'lost'"),
    ({"ticket__credential": []}, "ticket.credential: expected one of unsigned, .* found a list"),
    ({"ticket__medium": True}, "ticket.medium: expected an object, found true"),
    ({"ticket__medium": {"active": 1}}, "ticket.medium.active: expected true or false, found 1"),
    ({"ticket__persons": 0}, "ticket.persons: expected a whole number of at least 1, found 0"),
    ({"ticket__persons": 2.0}, "ticket.persons: expected a whole number .* found 2.0"),
    ({"zone__event": None}, "zone.event: expected text, found nothing"),
    ({"zone__ticket_types": "vip"}, "zone.ticket_types: expected a list, found 'vip'"),
    ({"zone__ticket_types": [None]}, r"zone.ticket_types\[0\]: expected text, found nothing"),
    ({"zone__rule": {"all": [{}]}}, r"zone.rule.all\[0\]: expected exactly one of"),
    ({"scan__at": None}, "scan.at: expected text, found nothing"),
    ({"scan__at": "2026-07-04"}, "scan.at: a time without a zone"),
    ({"scan__direction": "up"}, "scan.direction: expected one of in, out, found 'up'"),
    ({"scan__count": True}, "scan.count: expected a whole number of at least 1, found true"),
    ({"scan__scan_id": 12}, "scan.scan_id: expected text, found 12"),
]


@pytest.mark.parametrize(("fields", "message"), WRONG)
def test_wrong_field_is_refused_by_case_and_path(fields: dict[str, Any], message: str) -> None:
    """An error names the case and the field, so that it can be found in a long file."""
    with pytest.raises(BadInput, match=f"^case 'case': {message}"):
        parse_case(raw_case(**fields), 3)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (None, "case 3: top level: expected an object, found nothing"),
        ({}, "case 3: id: expected text or a whole number, found nothing"),
        ({"id": True}, "case 3: id: expected text or a whole number, found true"),
        ({"id": ""}, "case 3: id: expected text or a whole number, found ''"),
        ({"id": "x"}, "case 'x': event: expected an object, found nothing"),
        ({**MINIMAL, "prior_scans": {}}, "case 7: prior_scans: expected a list, found an object"),
        (
            {**MINIMAL, "prior_scans": [prior("in"), prior("in", zone="here")]},
            r"case 7: prior_scans\[1\].zone: expected same or other, found 'here'",
        ),
        ({**MINIMAL, "expected": []}, "case 7: expected: expected an object, found a list"),
        (
            {**MINIMAL, "expected": {"reason": "why"}},
            "case 7: expected.reason: expected one of ok, .* found 'why'",
        ),
        (
            {**MINIMAL, "expected": {"admit": "no"}},
            "case 7: expected.admit: expected true or false, found 'no'",
        ),
    ],
)
def test_wrong_case_is_refused_by_its_place(raw: object, message: str) -> None:
    """A case without an id is named by its place in the file."""
    with pytest.raises(BadInput, match=f"^{message}"):
        parse_case(raw, 3)


def test_cases_are_a_list_or_stand_under_cases() -> None:
    """Both forms of the file are read; anything else is refused."""
    assert list_cases([1, 2]) == [1, 2]
    assert list_cases({"cases": [3], "title": "x"}) == [3]
    with pytest.raises(BadInput, match="cases: expected a list"):
        list_cases({})
    with pytest.raises(BadInput, match="the file: expected a list, found 'x'"):
        list_cases("x")


@pytest.mark.parametrize(
    ("admit", "reason", "decided", "is_met"),
    [
        (True, Reason.OK, Reason.REENTRY, True),
        (True, Reason.REENTRY, Reason.OK, True),
        (True, Reason.OK, Reason.EXIT, False),
        (False, Reason.BLOCKED, Reason.BLOCKED, True),
        (True, Reason.BLOCKED, Reason.BLOCKED, False),
        (False, None, Reason.QUESTION, True),
        (None, Reason.EXIT, Reason.EXIT, True),
        (None, None, Reason.OK, True),
    ],
)
def test_expectation_takes_ok_and_reentry_as_one(
    admit: bool | None, reason: Reason | None, decided: Reason, *, is_met: bool
) -> None:
    """Only these two answers are as good as each other; what is not expected is not compared."""
    assert Expectation(admit, reason).is_met_by(Decision(reason=decided)) is is_met
