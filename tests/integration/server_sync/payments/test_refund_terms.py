"""What the organizer lets go back of a price holds at the desk, at tills, and cut off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.kernel.instant import HOUR, Instant, datetime_from_instant
from tests.factories.counters import add_type, open_counter, prepared_counter, published
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice

__all__ = ["prepared_counter", "published"]

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


async def say_terms(office: LedgerOffice, *rules: dict[str, Any]) -> Any:
    """Set the event's refund terms."""
    return await office.office.call(
        "PATCH", office.path, office.owner, json={"pricing": {"refunds": list(rules)}}
    )


def rules_of(now: Instant) -> list[dict[str, Any]]:
    """Give half back less 1.00 for an hour, then nothing."""
    until = datetime_from_instant(Instant(now + HOUR)).isoformat()
    return [{"until": until, "percent_points": 5_000, "fee_minor": 100}]


async def test_terms_hold_at_the_till_at_the_desk_and_after_their_date(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Half less a fee; a supervisor with a reason may give all; an hour later it is nothing."""
    office = ledger_office
    assert (await say_terms(office, *rules_of(office.now))).status_code == 200
    chief = await Chief.appoint(office)
    counter = await open_counter(office, tmp_path)
    first, second, third, fourth = [await counter.sell(1) for _ in range(4)]
    done = await counter.ok(refund=[first["ticket_id"]])
    assert (done["paid_out_minor"], done["tender"]) == (1_150, "cash")
    whole: dict[str, Any] = {"refund": [second["ticket_id"]], "in_full": True, "reason": "ill"}
    assert (await counter.say(**whole))["reason"] == "not_allowed"
    counter.till.session.knowledge.badge.take(chief.person, chief.badge)
    done = await counter.ok(**whole, authorized_by=chief.person)
    assert done["paid_out_minor"] == 2_500
    await counter.till.sync()
    path = f"{office.path}/tickets/{third['ticket_id']}/refund"
    await office.office.ok("POST", path, office.owner, json={"reason": "ill"})
    office.office.clock.advance(2 * HOUR)
    done = await counter.ok(refund=[fourth["ticket_id"]])
    assert done["paid_out_minor"] == 0
    await counter.till.sync()
    owed = [await counter.owed(one) for one in await counter.orders()]
    assert sorted(owed) == [0, 1_150, 1_150, 2_500]
    assert await office.conflicts() == []
    await counter.close()


async def test_till_that_gives_more_than_the_terms_is_named(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """A changed program pays all back, and no badge has allowed it."""
    office = ledger_office
    assert (await say_terms(office, *rules_of(office.now))).status_code == 200
    counter = await open_counter(office, tmp_path)
    sold = await counter.sell(1)
    counter.till.session.staff.refund_terms = tuple  # type: ignore[method-assign]  # a changed program
    assert (await counter.ok(refund=[sold["ticket_id"]]))["paid_out_minor"] == 2_500
    await counter.till.sync()
    assert [one["kind"] for one in await office.conflicts()] == ["payout_mismatch"]
    await counter.close()


async def test_what_a_cheaper_ticket_leaves_over_goes_back_by_the_terms(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Half less 1.00 of the difference; all of it takes a supervisor and a reason."""
    office = ledger_office
    assert (await say_terms(office, *rules_of(office.now))).status_code == 200
    cheaper = await add_type(office, "Child", 1_000)
    chief = await Chief.appoint(office)
    counter = await open_counter(office, tmp_path)
    first, second = [await counter.sell(1) for _ in range(2)]
    done = await counter.ok(exchange=first["ticket_id"], to=cheaper)
    assert (done["paid_out_minor"], done["tender"]) == (650, "cash")
    whole: dict[str, Any] = {"exchange": second["ticket_id"], "to": cheaper, "in_full": True}
    assert (await counter.say(**whole, reason="ill"))["reason"] == "not_allowed"
    counter.till.session.knowledge.badge.take(chief.person, chief.badge)
    whole["authorized_by"] = chief.person
    assert (await counter.say(**whole))["reason"] == "not_allowed"
    done = await counter.ok(**whole, reason="ill")
    assert done["paid_out_minor"] == 1_500
    sums = counter.till.session.shifts.sums()
    assert sums is not None
    assert sums.expected_minor == 10_000 + 2 * 2_500 - 650 - 1_500
    await counter.till.sync()
    assert await office.conflicts() == []
    await counter.close()


async def test_rules_that_never_hold_are_refused(ledger_office: LedgerOffice) -> None:
    """Out of order, behind one for good, or beyond the whole."""
    for rules in (
        [{"percent_points": 1}, {"percent_points": 2}],
        [*rules_of(ledger_office.now)] * 2,
        [{"percent_points": 10_001}],
        [{"fee_minor": -1}],
    ):
        answer = await say_terms(ledger_office, *rules)
        assert answer.status_code == 422, answer.text
