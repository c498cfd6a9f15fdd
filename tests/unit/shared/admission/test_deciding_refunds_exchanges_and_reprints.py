"""When a ticket's right may be taken away: what nobody can allow, and what a supervisor can."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.admission.deciding_refunds_exchanges_and_reprints import (
    WithdrawalFacts,
    decide_withdrawal,
    newest_of,
)
from shared.admission.facts import TicketState
from shared.admission.purpose import ENDING, REPLACING, WITHDRAWING, Purpose
from shared.admission.reasons import Reason, Verdict
from shared.credential.sizes_and_bounds import GENERATION_MAX

GOOD = WithdrawalFacts(purpose=Purpose.REFUND, state=TicketState.PAID, generation=2)


@pytest.mark.parametrize("purpose", sorted(WITHDRAWING))
def test_an_unused_paid_ticket_may_be_withdrawn_by_the_ledgers_word(purpose: Purpose) -> None:
    """The usual case asks no supervisor."""
    assert decide_withdrawal(msgspec.structs.replace(GOOD, purpose=purpose)) is Reason.OK


@pytest.mark.parametrize("purpose", sorted(WITHDRAWING))
@pytest.mark.parametrize(
    "change", [{"is_used": True}, {"is_granted": False}, {"is_home_elsewhere": True}], ids=str
)
def test_what_may_contradict_an_entry_needs_a_supervisor(
    purpose: Purpose, change: dict[str, bool]
) -> None:
    """A used ticket, a till that is cut off, a home that does not answer."""
    facts = msgspec.structs.replace(GOOD, purpose=purpose, **change)
    assert decide_withdrawal(facts) is Reason.SUPERVISOR
    approved = msgspec.structs.replace(facts, is_approved=True)
    assert decide_withdrawal(approved) is Reason.OK


@pytest.mark.parametrize("purpose", sorted(WITHDRAWING))
def test_terms_that_bind_a_ticket_to_its_holder_bind_no_other_act(purpose: Purpose) -> None:
    """To somebody else it goes by a supervisor's word alone; refunds have terms of their own."""
    facts = msgspec.structs.replace(GOOD, purpose=purpose, is_bound=True)
    wanted = Reason.SUPERVISOR if purpose is Purpose.TRANSFER else Reason.OK
    assert decide_withdrawal(facts) is wanted
    assert decide_withdrawal(msgspec.structs.replace(facts, is_approved=True)) is Reason.OK


@pytest.mark.parametrize("purpose", sorted(WITHDRAWING))
@pytest.mark.parametrize("state", [TicketState.CANCELLED, TicketState.PAYMENT_EXPIRED])
def test_an_ended_ticket_is_withdrawn_by_nobody(purpose: Purpose, state: TicketState) -> None:
    """No supervisor can have a ticket paid out twice."""
    facts = msgspec.structs.replace(GOOD, purpose=purpose, state=state, is_approved=True)
    assert decide_withdrawal(facts) is Reason.CANCELLED


@pytest.mark.parametrize("purpose", sorted(WITHDRAWING))
@pytest.mark.parametrize("state", [TicketState.PENDING, TicketState.PENDING_APPROVAL])
def test_of_an_unpaid_ticket_there_is_no_right_to_take_away(
    purpose: Purpose, state: TicketState
) -> None:
    """What a till gives back after all is good again as paid; this one never was."""
    facts = msgspec.structs.replace(GOOD, purpose=purpose, state=state, is_approved=True)
    assert decide_withdrawal(facts) is Reason.UNPAID


def test_an_older_credential_is_worth_nothing() -> None:
    """Whoever picked the ticket up has its right; the mail of before is not paid out."""
    older = msgspec.structs.replace(GOOD, shown=1, is_approved=True)
    assert decide_withdrawal(older) is Reason.SUPERSEDED
    newer = msgspec.structs.replace(GOOD, shown=3)
    assert decide_withdrawal(newer) is Reason.OK
    assert newest_of(newer) == 3


def test_a_blocked_ticket_is_refunded_by_a_supervisor_and_never_printed_again() -> None:
    """Money may go back; a new credential would be one for nothing."""
    blocked = msgspec.structs.replace(GOOD, blocked=True)
    assert decide_withdrawal(blocked) is Reason.SUPERVISOR
    reprint = msgspec.structs.replace(blocked, purpose=Purpose.REPRINT, is_approved=True)
    assert decide_withdrawal(reprint) is Reason.BLOCKED


def test_nothing_is_handed_out_for_an_event_that_is_over_but_paid_back() -> None:
    """A cancelled event's tickets are refunded."""
    over = msgspec.structs.replace(GOOD, is_over=True)
    assert decide_withdrawal(over) is Reason.OK
    for purpose in REPLACING:
        facts = msgspec.structs.replace(over, purpose=purpose)
        assert decide_withdrawal(facts) is Reason.EXPIRED


FACTS = st.builds(
    WithdrawalFacts,
    purpose=st.sampled_from(sorted(Purpose)),
    state=st.sampled_from(sorted(TicketState)),
    blocked=st.booleans(),
    generation=st.sampled_from([0, 1, 2, GENERATION_MAX]),
    shown=st.one_of(st.none(), st.integers(0, 3)),
    is_imported=st.booleans(),
    is_used=st.booleans(),
    is_granted=st.booleans(),
    is_home_elsewhere=st.booleans(),
    is_approved=st.booleans(),
    is_over=st.booleans(),
)


@given(FACTS)
def test_a_supervisor_allows_what_was_referred_and_nothing_else(facts: WithdrawalFacts) -> None:
    """Referred means that a supervisor's word is enough; denied, that it is not."""
    alone = decide_withdrawal(msgspec.structs.replace(facts, is_approved=False))
    approved = decide_withdrawal(msgspec.structs.replace(facts, is_approved=True))
    if alone.verdict is Verdict.REFER:
        assert approved is Reason.OK
    else:
        assert approved is alone


@given(FACTS)
def test_nobody_is_paid_out_for_an_admission(facts: WithdrawalFacts) -> None:
    """The purpose of a passage is decided elsewhere, and an admission is no withdrawal."""
    reason = decide_withdrawal(facts)
    if reason is Reason.OK:
        assert facts.purpose in ENDING | REPLACING
