"""What can be said of the order of two sides."""

from __future__ import annotations

import pytest

from server.reconciliation.findings import FindingSide, is_order_certain
from shared.kernel.id_types import DeviceId, GateId
from shared.kernel.instant import Duration, Instant


def side(at: int, error: int | None) -> FindingSide:
    """Make a side."""
    bound = None if error is None else Duration(error)
    return FindingSide(
        "claim", DeviceId("dv"), GateId("gt"), Instant(at), bound, 1, "offline", "ok"
    )


@pytest.mark.parametrize(
    ("first", "second", "is_certain"),
    [
        ((100, 10), (130, 10), True),
        ((130, 10), (100, 10), True),
        ((100, 10), (120, 10), False),
        ((100, 0), (100, 0), False),
        ((100, None), (10_000, 0), False),
    ],
)
def test_order_is_certain_where_the_bounds_are_apart(
    first: tuple[int, int | None], second: tuple[int, int | None], is_certain: bool
) -> None:
    """Overlapping or unknown bounds leave the order open."""
    assert is_order_certain(side(*first), side(*second)) is is_certain
