"""What the judge of tills whose server was put back says of sales, guests and stock."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import cast

import msgspec
import pytest

from gatekeeper.gate.requests import Scan
from shared.kernel.id_types import TicketId
from shared.kernel.instant import Instant
from simulator.further_events.moved_tenders.record import CASH, PRICE, Purchase
from simulator.further_events.tills_of_server_put_back.checks import (
    ResentEvidence,
    check_gate,
    check_once,
    check_stock,
)
from simulator.judging.ledger_and_device_views import LedgerView
from simulator.judging.seen_visits import Card, Visit

FIRST, SECOND = TicketId(1), TicketId(2)
SALE = "7" * 32


def evidence(**said: object) -> ResentEvidence:
    """Let a sale of two tickets be in order, of which one went back, but for what is said."""
    paid = Counter({CASH: 2 * PRICE})
    one = Purchase(sale_id=SALE, tickets=(FIRST, SECOND), paid=paid, keyed=paid, shift=1)
    one.back[SECOND] = PRICE, CASH
    whole = ResentEvidence(
        purchases=[one],
        told=[],
        counter=[],
        accounts={},
        report={},
        shifts=[],
        ledger=cast("LedgerView", SimpleNamespace(conflicts=[])),
        wrong=[],
        has_true_server=True,
        kept=[SALE],
        booked={SALE: [2 * PRICE]},
        visits=[],
        at_tills=0,
        sells_rest=True,
        sells_more=False,
    )
    return msgspec.structs.replace(whole, **said)


@pytest.mark.parametrize(
    "said",
    [
        {"booked": {}},
        {"booked": {SALE: [2 * PRICE, 2 * PRICE]}},
        {"booked": {SALE: [PRICE]}},
        {"booked": {SALE: [2 * PRICE], "8" * 32: [PRICE]}},
        {"kept": []},
        {"kept": [SALE, SALE]},
    ],
)
def test_sale_that_is_not_once_on_record_and_once_in_the_books_is_found(
    said: dict[str, object],
) -> None:
    """Lost, doubled, of another sum, or of nobody."""
    assert list(check_once(evidence())) == []
    assert len(list(check_once(evidence(**said)))) == 1


@pytest.mark.parametrize("ticket_id", [FIRST, SECOND])
def test_ticket_is_good_unless_it_was_given_back(ticket_id: TicketId) -> None:
    """No answer is a refusal."""
    visit = Visit(
        number=1,
        node="resent01",
        start=1,
        card=Card("7", ticket_id),
        asked=Scan("7"),
        began=Instant(1),
        is_in_reach=True,
    )
    assert bool(list(check_gate(evidence(visits=[visit])))) is (ticket_id == FIRST)


@pytest.mark.parametrize("said", [{"sells_rest": False}, {"sells_more": True}])
def test_stock_that_is_nobodys_is_sold_once(said: dict[str, object]) -> None:
    """All of it can be, and no more."""
    assert list(check_stock(evidence())) == []
    assert len(list(check_stock(evidence(**said)))) == 1
