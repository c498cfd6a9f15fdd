"""What the judge of a counted price at a server that was put back says of sales and conflicts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from simulator.further_events.counted_prices.evening import CHEAP, LIMIT, LOWER, PRICE, Sold
from simulator.further_events.counted_prices_put_back.checks import (
    RecountedEvidence,
    check_books,
    check_named,
    check_prices,
    check_rest,
)
from simulator.judging.ledger_and_device_views import LedgerView

SALE = "7" * 32


def sold_of(seller: str, cheap: int, dear: int) -> Sold:
    """Let so many be sold at the two prices."""
    return Sold(seller, SALE, cheap + dear, cheap * LOWER + dear * PRICE)


def evidence(more: int = 0, kinds: tuple[str, ...] = (), **said: Any) -> RecountedEvidence:
    """Let all be sold, and the office sell so many cheap ones more, but for what is said."""
    conflicts = [SimpleNamespace(kind=kind, disposition="") for kind in kinds]
    whole = RecountedEvidence(
        kept=[sold_of("recounted01", 2, 0)],
        orders=[
            sold_of("till", 2, 0),
            sold_of("office", CHEAP - 2 + more, LIMIT - CHEAP - more),
        ],
        ledger=cast("LedgerView", SimpleNamespace(conflicts=conflicts)),
        wrong=[],
        has_true_server=True,
    )
    return msgspec.structs.replace(whole, **said)


@pytest.mark.parametrize(
    "said", [{"orders": []}, {"kept": []}, {"orders": [sold_of("till", 1, 1)]}]
)
def test_sale_of_a_till_that_is_not_once_in_the_books_is_found(said: dict[str, Any]) -> None:
    """Lost, of nobody, or of another sum."""
    assert list(check_books(evidence())) == []
    assert list(check_books(evidence(**said)))


def test_sale_at_neither_price_is_found() -> None:
    """By what was due."""
    assert list(check_prices(evidence())) == []
    wrong = [Sold("recounted01", SALE, 2, 2 * LOWER + 1)]
    assert len(list(check_prices(evidence(kept=wrong)))) == 1


@pytest.mark.parametrize(
    ("more", "kinds", "count"),
    [
        (0, (), 0),
        (1, ("oversold",), 0),
        (1, (), 1),
        (0, ("oversold",), 1),
        (0, ("price_mismatch",), 1),
    ],
)
def test_what_is_beyond_the_count_is_named_and_nothing_else(
    more: int, kinds: tuple[str, ...], count: int
) -> None:
    """Neither in silence nor for nothing."""
    assert len(list(check_named(evidence(more, kinds)))) == count


@pytest.mark.parametrize(("more", "count"), [(-1, 1), (0, 0), (1, 0)])
def test_what_nobody_sold_is_found(more: int, count: int) -> None:
    """At the lower price first."""
    assert len(list(check_rest(evidence(more)))) == count
