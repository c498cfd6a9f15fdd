"""Over a time, what a till sold while it was cut off counts once: when the server hears of it."""

from __future__ import annotations

import pytest

from shared.kernel.instant import HOUR, Duration
from tests.adversaries.scene import named
from tests.factories.counters import Counter, counter, prepared_counter, published
from tests.integration.server_sync.reports.test_reports import table_of

__all__ = ["counter", "prepared_counter", "published"]

PRICE = 2_500


async def moved_on(counter: Counter, day: str) -> tuple[int, int]:
    """Return what came and what went back on a day, by its report."""
    office = counter.office
    path = f"{office.owner.path}/report?since={day}&until={day}"
    report = await office.office.ok("GET", path, office.owner)
    totals = {row["figure"]: row["amount_minor"] for row in table_of(report, "totals")}
    return totals.get("received", 0), totals.get("paid_back", 0)


@pytest.mark.either_database
async def test_what_was_sold_before_midnight_and_told_after_it_is_in_one_day(
    counter: Counter,
) -> None:
    """A day that was reported stays as it was; the shift says when its drawer was open."""
    office, clock = counter.office, counter.office.office.clock
    await counter.sell(1)
    await counter.till.sync()
    assert await moved_on(counter, "2026-07-04") == (PRICE, 0)
    await counter.till.cut()
    ticket = await counter.sell(1)
    clock.advance(Duration(10 * HOUR))
    await counter.till.mend()
    await counter.ok(refund=[ticket["ticket_id"]])
    await counter.till.sync()
    assert await moved_on(counter, "2026-07-04") == (PRICE, 0)
    assert await moved_on(counter, "2026-07-05") == (PRICE, PRICE)
    assert await named(office) == {}
