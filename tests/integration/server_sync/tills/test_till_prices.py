"""A till's price is judged by the plan that it sold under, not by the one of the upload."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shared.journal.entry import BootBody
from shared.journal.sale_body import PricedAt, SaleBody, SaleLine, SalePayment, SoldTicket
from shared.kernel.id_types import EventId
from shared.kernel.instant import HOUR, MINUTE, Duration, Instant, datetime_from_instant
from shared.sales.tax import contained_tax
from shared.wire.exchange import EntryStatus
from shared.wire.feed import ConfigChange
from tests.factories.sales_till import PRICE, Till

RISEN = PRICE + 500


async def change_price(till: Till, price: int, **selling: Any) -> tuple[int, int]:
    """Change the type's price; returns the plan's version and the feed's number that tells it."""
    office = till.office
    (kind, *_) = await office.office.ok("GET", f"{office.path}/ticket-types", office.owner)
    body = {"name": kind["name"], "price_minor": price, "selling": selling}
    path = f"{office.path}/ticket-types/{kind['id']}"
    await office.office.ok("PUT", path, office.owner, json=body)
    await office.exchanged(till.device)
    told = await office.read_feed(till.device)
    changes = [n for n, item in enumerate(told, start=1) if isinstance(item, ConfigChange)]
    last = told[changes[-1] - 1]
    assert isinstance(last, ConfigChange)
    return last.config.sequence, changes[-1]


def add_sale(
    till: Till,
    tickets: list[SoldTicket],
    *,
    wall: Instant | None = None,
    cursor: int = 0,
    offset_error: Duration | None = Duration(20_000),
    **said: Any,
) -> None:
    """Record a sale that says its lines, or whatever is asked for."""
    till.sales += 1
    total = sum(one.price_minor for one in tickets)
    body = SaleBody(
        sale_id=till.office.office.entropy.random_bytes(16).hex(),
        receipt_number=till.sales,
        currency="EUR",
        total_minor=total,
        tender="cash",
        tickets=tuple(tickets),
    )
    body = msgspec.structs.replace(body, **said)
    at = till.office.now if wall is None else wall
    till.device.journal.add(
        body, till.office.event_id, at, cursor=cursor, offset_error=offset_error
    )


def line_of(count: int, price: int, *, rate: int = 0, **changed: Any) -> SaleLine:
    """Make a line."""
    line = SaleLine(ticket_type_code=1, count=count, unit_minor=price, tax_basis_points=rate)
    line = msgspec.structs.replace(line, **changed)
    return msgspec.structs.replace(line, tax_minor=contained_tax(line.gross_minor, rate))


async def mismatches(till: Till) -> list[str]:
    """Upload, and return what is named of prices."""
    assert set(await till.sync()) <= {EntryStatus.STORED, EntryStatus.KNOWN}
    found = await till.office.conflicts()
    assert {one["kind"] for one in found} <= {"price_mismatch"}
    return [one["detail"] for one in found]


@pytest.mark.either_database
async def test_price_that_changed_while_the_till_was_away_accuses_nobody(till: Till) -> None:
    """It sold at the price that it knew; so did an older program, which names no plan."""
    till.sell([till.mint(1)])
    await change_price(till, RISEN)
    assert await mismatches(till) == []


@pytest.mark.either_database
async def test_price_of_a_plan_that_the_till_had_replaced_is_named(till: Till) -> None:
    """It had acknowledged the new one: the old price is none of its any more."""
    old, _ = await change_price(till, RISEN)
    new, told = await change_price(till, PRICE)
    assert new > old
    line = line_of(1, RISEN)
    add_sale(till, [till.mint(1, price=RISEN)], lines=(line,), plan=old, cursor=told - 1)
    add_sale(till, [till.mint(2, price=PRICE)], lines=(line_of(1, PRICE),), plan=new)
    assert await mismatches(till) == []
    add_sale(till, [till.mint(3, price=RISEN)], lines=(line,), plan=old, cursor=told)
    assert len(await mismatches(till)) == 1


@pytest.mark.either_database
async def test_till_that_says_it_knows_less_than_before_is_judged_by_what_it_knew(
    till: Till,
) -> None:
    """A lower cursor than an earlier sale's opens no older price; the till before it may."""
    old, _ = await change_price(till, RISEN)
    new, told = await change_price(till, PRICE)
    dear = line_of(1, RISEN)
    add_sale(till, [till.mint(1, price=RISEN)], lines=(dear,), plan=old, cursor=told - 1)
    add_sale(till, [till.mint(2)], lines=(line_of(1, PRICE),), plan=new, cursor=told)
    assert await mismatches(till) == []
    add_sale(till, [till.mint(3, price=RISEN)], lines=(dear,), plan=old, cursor=told - 1)
    assert len(await mismatches(till)) == 1


@pytest.mark.either_database
async def test_either_tier_is_right_within_the_clocks_error(till: Till) -> None:
    """At a tier's end, and no further from it than the clock may be wrong."""
    at = Instant(till.office.now + HOUR)
    early = {
        "key": "early",
        "name": "Early",
        "price_minor": 1_000,
        "ends_at": datetime_from_instant(at).isoformat(),
    }
    plan, _ = await change_price(till, PRICE, tiers=[early])
    till.office.office.clock.advance(2 * HOUR)
    for number, (price, moved) in enumerate(((1_000, 1), (PRICE, -1), (1_000, -9), (PRICE, 9))):
        sold = till.mint(number, price=price)
        when = Instant(at + moved * MINUTE)
        line = line_of(1, price)
        add_sale(till, [sold], lines=(line,), plan=plan, wall=when, offset_error=2 * MINUTE)
    assert await mismatches(till) == []
    sold = till.mint(9, price=1_000)
    when = Instant(at + 9 * MINUTE)
    add_sale(till, [sold], lines=(line_of(1, 1_000),), plan=plan, wall=when)
    assert len(await mismatches(till)) == 1


@pytest.mark.either_database
async def test_lines_become_the_orders_lines(till: Till) -> None:
    """With fee, tax and tickets of different shares; the order is what was due."""
    plan, _ = await change_price(till, PRICE, fee_minor=101, tax_basis_points=1_900)
    gross = 3 * (PRICE + 101)
    line = line_of(3, PRICE, rate=1_900, fee_minor=303)
    tickets = [till.mint(number, price=gross // 3) for number in range(3)]
    paid = SalePayment(kind="cash", amount_minor=gross, given_minor=gross)
    add_sale(till, tickets, lines=(line,), payments=(paid,), plan=plan)
    assert await mismatches(till) == []
    office = till.office
    (order,) = (await office.office.ok("GET", f"{office.path}/orders", office.owner))["items"]
    path = f"{office.path}/orders/{order['id']}"
    found = await office.office.ok("GET", path, office.owner)
    (booked,) = found["lines"]
    assert (booked["quantity"], booked["unit_price_minor"], booked["fee_minor"]) == (3, PRICE, 303)
    assert (booked["total_minor"], booked["tax_minor"]) == (gross, line.tax_minor)
    assert order["total_minor"] == gross
    assert len(found["tickets"]) == 3
    account = await office.office.ok("GET", f"{path}/payments", office.owner)
    assert (account["due_minor"], account["paid_minor"]) == (gross, gross)
    (payment,) = account["payments"]
    assert (payment["tender"], payment["state"], payment["device_id"]) == (
        "cash",
        "paid",
        till.device.id,
    )


@pytest.mark.either_database
async def test_payments_of_a_split_sale_are_booked_with_its_rounding(till: Till) -> None:
    """Part by part; what the terminal did not say stays unknown, and one of before paid all."""
    office = till.office
    event = {"pricing": {"country": "CH"}}
    await office.office.ok("PATCH", office.path, office.owner, json=event)
    plan, _ = await change_price(till, 2_502)
    parts = (
        SalePayment(kind="card", amount_minor=1_000, reference="T1"),
        SalePayment(kind="card", amount_minor=500, state="unknown"),
        SalePayment(kind="card", amount_minor=500, state="reversed"),
        SalePayment(kind="cash", amount_minor=1_002),
    )
    lines = (line_of(1, 2_502),)
    add_sale(till, [till.mint(1, price=2_502)], lines=lines, payments=parts, plan=plan)
    till.sell([till.mint(2, price=2_502)], tender="card")
    assert await mismatches(till) == []
    newest, oldest = (await office.office.ok("GET", f"{office.path}/orders", office.owner))[
        "items"
    ]
    path = f"{office.path}/orders/{oldest['id']}/payments"
    account = await office.office.ok("GET", path, office.owner)
    assert [one["state"] for one in account["payments"]].count("unknown") == 1
    assert (account["paid_minor"], account["pending_minor"]) == (2_002, 500)
    path = f"{office.path}/orders/{newest['id']}/payments"
    account = await office.office.ok("GET", path, office.owner)
    assert [(one["tender"], one["amount_minor"]) for one in account["payments"]] == [
        ("card", 2_502)
    ]


@pytest.mark.either_database
async def test_sale_that_does_not_add_up_is_booked_and_named(till: Till) -> None:
    """What a till says of money never stops the ticket; it is told once."""
    plan, _ = await change_price(till, PRICE)
    cases: list[dict[str, Any]] = [
        {"lines": (line_of(1, PRICE, discount_minor=100),)},
        {"lines": (line_of(2, PRICE),)},
        {"lines": (line_of(1, PRICE, fee_minor=1),)},
        {"lines": (msgspec.structs.replace(line_of(1, PRICE), tax_minor=5),)},
        {"payments": (SalePayment(kind="cash", amount_minor=1),)},
        {"rounding_minor": 300},
        {"total_minor": 1},
    ]
    for number, said in enumerate(cases, 1):
        fields: Any = {"lines": (line_of(1, PRICE),), "plan": plan} | said
        add_sale(till, [till.mint(number)], **fields)
        assert len(await mismatches(till)) == number
    office = till.office
    orders = (await office.office.ok("GET", f"{office.path}/orders", office.owner))["items"]
    assert [one["state"] for one in orders] == ["paid"] * len(cases)


async def test_sale_that_waited_for_its_terminal_is_judged_by_when_it_was_priced(
    till: Till,
) -> None:
    """The price rose and the tier ended while nobody knew whether the card was charged."""
    office = till.office
    asked = office.now
    early = {
        "key": "early",
        "name": "Early",
        "price_minor": 1_000,
        "ends_at": datetime_from_instant(Instant(asked + MINUTE)).isoformat(),
    }
    old, told = await change_price(till, PRICE, tiers=[early])
    office.office.clock.advance(HOUR)
    _, newest = await change_price(till, RISEN)
    priced = PricedAt(at=asked, error=Duration(1_000), epoch=1, cursor=told)
    line = line_of(1, 1_000)
    sold = till.mint(1, price=1_000)
    add_sale(till, [sold], lines=(line,), plan=old, cursor=newest, priced=priced)
    assert await mismatches(till) == []
    late = msgspec.structs.replace(priced, at=Instant(asked + 2 * MINUTE))
    sold = till.mint(2, price=1_000)
    add_sale(till, [sold], lines=(line,), plan=old, cursor=newest, priced=late)
    assert len(await mismatches(till)) == 1


def start_anew(till: Till, wall: Instant) -> None:
    """Start the till's machine again, cut off: its clock is what somebody has set it to."""
    journal = till.device.journal
    body = BootBody("test", journal.boot, journal.dseq, "")
    journal.boot, journal.dseq = till.office.office.entropy.random_bytes(8), 0
    journal.add(body, EventId(""), wall, offset_error=None)


@pytest.mark.either_database
async def test_price_of_a_tier_that_had_ended_by_then_is_named_though_the_clock_was_set_back(
    till: Till,
) -> None:
    """The till's journal shows that it was later; where it does not, nobody is accused."""
    office, start = till.office, till.office.now
    at = Instant(start + HOUR)
    moment = datetime_from_instant(at).isoformat()
    early = {"key": "early", "name": "Early", "price_minor": 1_000, "ends_at": moment}
    late = {"key": "late", "name": "Late", "price_minor": 3_000}
    late["starts_at"] = datetime_from_instant(Instant(at + 9 * HOUR)).isoformat()
    plan, _ = await change_price(till, PRICE, tiers=[early, late])

    def sell(number: int, price: int, moved: Duration, *, is_known: bool = False) -> None:
        add_sale(
            till,
            [till.mint(number, price=price)],
            lines=(line_of(1, price),),
            plan=plan,
            wall=Instant(start + moved),
            offset_error=MINUTE if is_known else None,
        )

    sell(1, PRICE, Duration(59 * MINUTE), is_known=True)
    start_anew(till, start)
    sell(2, 1_000, MINUTE)  # after at least 59 of the tier's 60 minutes
    office.office.clock.advance(3 * HOUR)
    assert await mismatches(till) == []
    sell(3, 1_000, Duration(3 * MINUTE))  # after 61
    found = await mismatches(till)
    assert [one for one in found if "clock" in one] == found
    assert len(found) == 1
    sell(4, PRICE, Duration(2 * HOUR), is_known=True)
    for number in (5, 7):
        start_anew(till, start)
        sell(number, PRICE, MINUTE)
        sell(number + 1, 1_000, Duration(2 * MINUTE))
    assert len(await mismatches(till)) == 3
    sell(9, 3_000, Duration(3 * MINUTE))  # of a tier that has not begun until now
    assert len(await mismatches(till)) == 4
