"""Reports tell tax as drawers' reports do: by rate, less what went back, to the unit."""

from __future__ import annotations

import random
from typing import Any

import pytest

from shared.kernel.instant import SECOND
from tests.adversaries.scene import named
from tests.factories.counters import Counter, counter, prepared_counter, published
from tests.factories.strength import sized

__all__ = ["counter", "prepared_counter", "published"]
TAXED = {1_900: 2_503, 700: 1_001, 550: 7_777}
"""What a ticket costs at each rate, in hundredths of a percent."""
TERMS = {"country": "FI", "refunds": [{"percent_points": 7_777, "fee_minor": 13}]}


async def _reports(counter: Counter) -> list[list[dict[str, Any]]]:
    """Return the taxes of the event's report and of the organization's."""
    office, found = counter.office, []
    for path in (office.path, office.owner.path):
        report = await office.office.ok("GET", f"{path}/report", office.owner)
        (table,) = [one for one in report["tables"] if one["name"] == "taxes"]
        found.append([dict(zip(table["columns"], row, strict=True)) for row in table["rows"]])
    return found


def _totals(report: dict[str, Any], column: str = "amount_minor") -> list[tuple[str, Any]]:
    """Return a column of a report's totals, by figure."""
    (table,) = [one for one in report["tables"] if one["name"] == "totals"]
    at = table["columns"].index(column)
    return [(row[0], row[at]) for row in table["rows"]]


def _after(rows: list[dict[str, Any]]) -> dict[int, tuple[int, int]]:
    for row in rows:
        assert row["after_refunds_minor"] == row["total_minor"] - row["refunded_minor"]
        assert row["net_minor"] == row["after_refunds_minor"] - row["tax_minor"]
    return {row["basis_points"]: (row["after_refunds_minor"], row["tax_minor"]) for row in rows}


@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", range(sized(1, 20)))
async def test_what_went_back_at_a_till_is_taxed_no_more_there_and_here(
    counter: Counter, seed: int
) -> None:
    """Sold, refunded by terms and in coins, exchanged, void: Z report, event, organization."""
    office, chance = counter.office, random.Random(seed)
    call = office.office.ok
    await call("PATCH", office.path, office.owner, json={"pricing": TERMS})
    codes = []
    for rate, price in TAXED.items():
        kind = {"name": f"At {rate}", "price_minor": price, "selling": {"tax_basis_points": rate}}
        codes.append(
            (await call("POST", f"{office.path}/ticket-types", office.owner, json=kind))["code"]
        )
    await counter.till.sync()
    live: list[str] = []
    for turn in range(sized(5, 12)):
        office.office.clock.advance(SECOND)
        basket = [{"type": code, "count": chance.randint(1, 4)} for code in codes]
        sold = await counter.ok(sell=basket, tenders=[{"kind": "cash"}])
        live += [one["ticket_id"] for one in sold["tickets"]]
        if turn % 3 == 2:
            await counter.ok(void=sold["sale_id"])
            live = live[: -len(sold["tickets"])]
        for act in ("refund", "exchange"):
            ticket = live.pop(chance.randrange(len(live)))
            if act == "refund":
                await counter.ok(refund=[ticket], reason="ill")
                continue
            line = {"exchange": ticket, "to": chance.choice(codes), "reason": "wrong"}
            done = await counter.ok(**line, tenders=[{"kind": "cash"}])
            live += [one["ticket_id"] for one in done["tickets"]]
    await counter.ok(shift="count", amount_minor=0)
    z = await counter.ok(shift="close")
    await counter.till.sync()
    told = {one.basis_points: (one.gross_minor, one.tax_minor) for one in z["sums"]["taxes"]}
    for rows in await _reports(counter):
        assert {rate: sums for rate, sums in _after(rows).items() if rate} == told
    report = await call("GET", f"{office.path}/report", office.owner)
    assert dict(_totals(report))["cash_rounding"] == z["sums"]["rounding_minor"] != 0
    assert await named(office) == {}


@pytest.mark.either_database
@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
async def test_when_all_of_a_line_went_back_at_the_office_nothing_of_its_tax_is_left(
    counter: Counter,
) -> None:
    """Three tickets whose tax does not divide by three, in any order."""
    office = counter.office
    call, owner, path = office.office.ok, office.owner, office.path
    kind = {"name": "Taxed", "price_minor": 1_001, "selling": {"tax_basis_points": 700}}
    made = await call("POST", f"{path}/ticket-types", owner, json=kind)
    lines = [{"ticket_type_id": made["id"], "quantity": 3}]
    order = await call("POST", f"{path}/orders", owner, json={"lines": lines, "payment": "paid"})
    left = []
    for ticket in reversed(order["tickets"]):
        await call("POST", f"{path}/tickets/{ticket['id']}/refund", owner, json={"reason": "ill"})
        left.append([_after(rows)[700] for rows in await _reports(counter)])
    assert [one[0] for one in left] == [one[1] for one in left]
    assert [one[0][0] for one in left] == [2_002, 1_001, 0]
    assert left[-1][0] == (0, 0)


@pytest.mark.parametrize("published", ["sqlite", "postgresql"], indirect=True)
async def test_the_rest_of_what_a_till_refunded_for_less_is_owed_once_and_goes_back(
    counter: Counter,
) -> None:
    """A quarter went back by the terms; all of it was promised: money, tax and tickets add up."""
    office = counter.office
    call, owner, path = office.office.ok, office.owner, office.path
    quarter = {"refunds": [{"percent_points": 2_500, "fee_minor": 0}]}
    await call("PATCH", path, owner, json={"pricing": quarter})
    kind = {"name": "Taxed", "price_minor": 2_001, "selling": {"tax_basis_points": 1_900}}
    made = await call("POST", f"{path}/ticket-types", owner, json=kind)
    await counter.till.sync()
    sold = await counter.ok(sell=[{"type": made["code"], "count": 2}], tenders=[{"kind": "cash"}])
    one, other = [ticket["ticket_id"] for ticket in sold["tickets"]]
    assert (await counter.ok(refund=[one], reason="ill"))["paid_out_minor"] == 500
    await counter.till.sync()
    rest = f"{path}/tickets/{one}/refund?in_full=true"
    for left in (1_501, 0):
        shown = await call("GET", f"{path}/tickets/{one}/refund", owner)
        assert (shown["noted_minor"], shown["rest_minor"]) == (2_001 - left, left)
        await call("POST", rest, owner, json={"reason": "promised"})
    (order,) = await counter.orders()
    money = f"{path}/orders/{order['id']}"
    back = {"amount_minor": 1_501, "tender": "cash", "reason": "promised", "fact": "done"}
    await call("POST", f"{money}/payouts", owner, json=back)
    account = await call("GET", f"{money}/payments", owner)
    assert (account["owed_minor"], account["paid_out_minor"]) == (2_001, 2_001)
    for rows in await _reports(counter):
        assert _after(rows)[1_900] == (2_001, 319)
    report = await call("GET", f"{path}/report", owner)
    assert dict(_totals(report))["refunds_owed"] == 2_001
    assert dict(_totals(report, "count"))["refunds_owed"] == 1, "one ticket, whole"
    assert (await counter.ok(refund=[other], reason="ill"))["paid_out_minor"] == 500
    await counter.till.sync()
    assert await named(office) == {}
