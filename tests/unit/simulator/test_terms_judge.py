"""Whom the judge of refund terms wants to be named where till and office take the same ticket."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import ClaimId, TicketId
from shared.kernel.instant import MINUTE, SECOND, Instant
from simulator.further_events.refund_terms.checks import (
    OfficeBooks,
    TermsEvidence,
    check_accused,
)
from simulator.further_events.refund_terms.evening import RefundTerms
from simulator.further_events.refund_terms.record import PRICES, AskedBack
from simulator.judging.ledger_and_device_views import LedgerView
from simulator.kernel.stage import WORLD_START

TICKET = TicketId(1)
PRICE = PRICES[0]


def judge(noted: list[int], *, is_of_office: bool = True) -> list[str]:
    """Say what is found where the till has paid all of a price, and nobody is named."""
    began = Instant(WORLD_START + MINUTE)
    asked = AskedBack(how="office", ticket=TICKET, began=began, ended=Instant(began + SECOND))
    paid = WithdrawalBody(
        claim_id=ClaimId("dv_1.1"),
        ticket_id=TICKET,
        generation=0,
        purpose="refund",
        mode="offline",
        reason="ill",
        amount_minor=PRICE,
    )
    evening = SimpleNamespace(
        asked=[asked] if is_of_office else [],
        visits=[],
        scenario=SimpleNamespace(hears=SECOND, has_true_server=True),
        owner=SimpleNamespace(refused=[]),
        read_journals=lambda: {("till", 1): SimpleNamespace(body=paid)},
    )
    ledger = cast("LedgerView", SimpleNamespace(conflicts=[]))
    books = OfficeBooks(noted={TICKET: noted}, tax={}, accounts={})
    return list(check_accused(TermsEvidence(cast("RefundTerms", evening), ledger, books)))


@pytest.mark.parametrize("noted", [[PRICE], [PRICE - 1, 1], [PRICE + 1]])
def test_debt_that_a_till_has_paid_names_nobody(noted: list[int]) -> None:
    """The office's word waited for its server, and nobody sends that money a second time."""
    assert judge(noted) == []


@pytest.mark.parametrize("noted", [[], [PRICE - 1], [PRICE - 2, 1]])
def test_till_that_handed_out_more_than_the_office_owes_is_named(noted: list[int]) -> None:
    """The office keeps its terms, and the till has not."""
    assert judge(noted) == [f"ticket {TICKET:016x} was paid back twice, and nobody is told"]
    assert judge(noted, is_of_office=False) == [], "only the till has taken it back"
