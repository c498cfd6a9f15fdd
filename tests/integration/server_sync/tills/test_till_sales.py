"""Tills sell alone: their keys are delegated, and their sales booked when the journal comes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from server.db.tenancy import SYSTEM
from server.exchange import round_trip
from server.homes.telling_gates_of_tickets import LedgerFeed
from server.journals import till_entry_booking
from server.journals.till_entry_booking import NotedEntries
from server.keys.voucher_codes import VoucherCodes
from server.keys.withdrawal_codes import WithdrawalCodes
from shared.journal.shift_body import ShiftAct, ShiftBody
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import MINUTE
from shared.manifest.tickets import TicketRow
from shared.wire.exchange import EntryStatus
from tests.factories.ledger_office import open_ledger_office_again
from tests.factories.racing import rows_of
from tests.factories.sales_till import PRICE, Till, enter
from tests.factories.strength import sized

WAITING_ENTRIES = "SELECT count(*) FROM journal_entry WHERE effect = 'pending'"


@pytest.mark.either_database
async def test_walk_up_is_admitted_before_and_after_its_sale_arrives(till: Till) -> None:
    """A gate's claim for a ticket that nobody has heard of is decided by its signature."""
    gate = await till.office.enrol(1)
    early, late = till.mint(1), till.mint(2)
    first = await till.office.claimed(gate, till.code(early))
    again = await till.office.claimed(gate, till.code(early))
    assert (first["verdict"], again["reason"]) == ("admit", "already_used")
    till.sell([early, late])
    await till.sync()
    third = await till.office.claimed(gate, till.code(late))
    assert third["verdict"] == "admit"
    feed = await till.office.read_feed(gate)
    told = [item.ticket_id for item in feed if isinstance(item, TicketRow)]
    assert told == [early.ticket_id, late.ticket_id]
    assert await till.office.conflicts() == []


@pytest.mark.either_database
async def test_group_that_came_before_its_sale_accuses_nobody(till: Till) -> None:
    """Two gates let a walk-up group in by parts; only when more came than it has is it told."""
    office = till.office
    await office.office.ticket_type(office.owner, office.event_id, name="Group", persons=3)
    await till.open()  # its key is good for the types that it was granted
    gates = [await office.enrol(n % 2) for n in range(3)]
    office.office.clock.advance(MINUTE)
    group = till.mint(1, ticket_type_code=2)
    for gate, count in zip(gates, (2, 1, 1), strict=True):
        enter(till, gate, group, count)
    for gate in gates[:2]:
        await office.exchanged(gate, gate.journal.entries)
    assert await office.conflicts() == []
    await office.exchanged(gates[2], gates[2].journal.entries)
    assert [one["kind"] for one in await office.conflicts()] == ["double_use"]


@pytest.mark.either_database
async def test_double_use_that_came_before_its_sale_is_found_when_that_comes(till: Till) -> None:
    """It may have been a group's ticket; the sale says that it was for one."""
    office = till.office
    await office.office.ticket_type(office.owner, office.event_id, name="Group", persons=3)
    await till.open()  # its key is good for the types that it was granted
    gates = [await office.enrol(n) for n in range(2)]
    office.office.clock.advance(MINUTE)
    sold = till.mint(1)
    for gate in gates:
        enter(till, gate, sold)
        await office.exchanged(gate, gate.journal.entries)
    assert await office.conflicts() == []
    till.sell([sold])
    await till.sync()
    (conflict,) = await office.conflicts()
    detail = await office.office.ok(
        "GET", f"{office.path}/conflicts/{conflict['id']}", office.owner
    )
    assert conflict["kind"] == "double_use"
    assert {side["device_id"] for side in detail["sides"]} == {gate.id for gate in gates}
    assert all(side["entry"] for side in detail["sides"])


@pytest.mark.either_database
async def test_second_look_at_a_sold_ticket_is_made_up_for(till: Till) -> None:
    """A server that fails or stops between booking a sale and looking again does so later."""
    office = till.office
    await office.office.ticket_type(office.owner, office.event_id, name="Group", persons=3)
    await till.open()  # its key is good for the types that it was granted
    gates = [await office.enrol(n) for n in range(2)]
    office.office.clock.advance(MINUTE)
    sold = till.mint(1)
    for gate in gates:
        office.scan(gate, 0)
        enter(till, gate, sold)
        await office.exchanged(gate, gate.journal.entries)
    assert len(await office.conflicts()) == 1
    async with office.office.database.write(org=SYSTEM) as session:
        await session.execute(text("CREATE UNIQUE INDEX probe ON conflict (kind)"))
    till.sell([sold])
    assert set(await till.sync()) == {EntryStatus.STORED}
    async with office.office.database.write(org=SYSTEM) as session:
        await session.execute(text("DROP INDEX probe"))
    assert len(await office.conflicts()) == 1
    async with open_ledger_office_again(office.office.settings, office), asyncio.timeout(60):
        while True:
            conflicts = await office.conflicts()
            if len(conflicts) > 1:
                break
            await asyncio.sleep(0.01)
    assert [one["kind"] for one in conflicts] == ["double_use"] * 2
    orders = await office.office.ok("GET", f"{office.path}/orders", office.owner)
    assert len(orders["items"]) == 1


async def test_sale_becomes_one_order_however_often_it_is_sent(till: Till) -> None:
    """The same sale, uploaded again and under another entry, is one paid order."""
    sale_id = till.sell([till.mint(1), till.mint(2)])
    assert await till.sync() == [EntryStatus.STORED] * 2
    till.sell([till.mint(1), till.mint(2)], sale_id=sale_id)
    await till.sync()
    office = till.office
    orders = (await office.office.ok("GET", f"{office.path}/orders", office.owner))["items"]
    (order,) = orders
    assert (order["state"], order["channel"], order["total_minor"]) == (
        "paid",
        "box_office",
        2 * PRICE,
    )
    types = await office.office.ok("GET", f"{office.path}/ticket-types", office.owner)
    assert (types[0]["sold"], types[0]["allotted"]) == (22, 198)
    tickets = await office.office.ok(
        "GET", f"{office.path}/tickets", office.owner, params={"order_id": order["id"]}
    )
    assert len(tickets["items"]) == 2


@pytest.mark.either_database
async def test_sale_that_does_not_fit_is_kept_as_a_conflict(till: Till) -> None:
    """What a till sold is never refused; what is wrong with it is named, with the evidence."""
    office, told = till.office, set[str]()
    till.sell([till.mint(1)])
    for ticket, total, kind in (
        (till.mint(2, price=1), 1, "price_mismatch"),
        (till.mint(3), 1, "price_mismatch"),
        (till.mint(4, ticket_type_code=77), PRICE, "sold_unknown_type"),
        (till.mint(5, ticket_id=5), PRICE, "sold_out_of_range"),
        (till.mint(1), PRICE, "sold_twice"),
    ):
        till.sell([ticket], total_minor=total)
        assert (await till.sync())[-1] == EntryStatus.STORED
        (conflict,) = [one for one in await office.conflicts() if one["id"] not in told]
        assert conflict["kind"] == kind
        path = f"{office.path}/conflicts/{conflict['id']}"
        detail = await office.office.ok("GET", path, office.owner)
        assert all(side["entry"] for side in detail["sides"])
        assert len(detail["sides"]) == (2 if kind == "sold_twice" else 1), "both sales"
        told.add(conflict["id"])


@pytest.mark.either_database
async def test_ticket_that_two_tills_sold_shows_both_sales(till: Till) -> None:
    """An id of neither's: the later sale's conflict has the other till's entry beside its own."""
    office = till.office
    other = Till(office, await office.enrol(role="till"))
    await other.open()
    for one in (till, other):
        one.sell([one.mint(1, ticket_id=4711)])
        await one.sync()
    (twice,) = [one for one in await office.conflicts() if one["kind"] == "sold_twice"]
    path = f"{office.path}/conflicts/{twice['id']}"
    sides = (await office.office.ok("GET", path, office.owner))["sides"]
    assert {side["device_id"] for side in sides} == {till.device.id, other.device.id}
    assert all(side["entry"] for side in sides)


@pytest.mark.either_database
async def test_sale_that_contradicts_itself_is_booked_as_far_as_it_goes(till: Till) -> None:
    """One id or manual code sold twice, a time that no calendar has: the rest is booked."""
    office, told, booked = till.office, set[str](), set[str]()
    firsts = [till.mint(number) for number in (1, 3, 5, 7)]
    for first, number, second, kinds in (
        (firsts[0], 2, {"ticket_id": firsts[0].ticket_id}, ["sold_twice"]),
        (firsts[1], 4, {"manual_code": firsts[1].manual_code}, []),
        (firsts[2], 6, {"valid_from": 1 << 63}, ["sold_unknown_type"]),
        (firsts[3], 8, {"valid_until": 1 << 60}, ["sold_unknown_type"]),
    ):
        till.sell([first, till.mint(number, **second)])
        assert (await till.sync())[-1] == EntryStatus.STORED
        new = [one for one in await office.conflicts() if one["id"] not in told]
        assert [one["kind"] for one in new] == kinds
        told |= {one["id"] for one in new}
        found = (await office.office.ok("GET", f"{office.path}/orders", office.owner))["items"]
        (order,) = [one["id"] for one in found if one["id"] not in booked]
        booked.add(order)
        tickets = await office.office.ok(
            "GET", f"{office.path}/tickets", office.owner, params={"order_id": order}
        )
        assert len(tickets["items"]) == (1 if kinds else 2)


async def test_sale_that_cannot_be_booked_holds_up_no_other(till: Till) -> None:
    """Its upload is answered, the next one is booked, and it is booked itself when that goes."""
    office = till.office.office
    async with office.database.write(org=SYSTEM) as session:
        await session.execute(text("CREATE UNIQUE INDEX probe ON ticket_order (total_minor)"))
    for number, price in enumerate((1, 1, 2)):
        till.sell([till.mint(number, price=price)])
    assert set(await till.sync()) == {EntryStatus.STORED}
    path = f"{till.office.path}/orders"
    booked = (await office.ok("GET", path, till.office.owner))["items"]
    assert sorted(one["total_minor"] for one in booked) == [1, 2]
    async with office.database.write(org=SYSTEM) as session:
        await session.execute(text("DROP INDEX probe"))
    desk = NotedEntries(
        office.context, LedgerFeed(), WithdrawalCodes(bytes(32)), VoucherCodes(bytes(32))
    )
    assert (await desk.catch_up(), await desk.catch_up()) == (1, 0)
    booked = (await office.ok("GET", path, till.office.owner))["items"]
    assert sorted(one["total_minor"] for one in booked) == [1, 1, 2]


@pytest.mark.either_database
async def test_a_till_is_answered_before_all_that_it_sold_alone_is_booked(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a ticket whose sale waits it is not told that there is none: it goes on alone."""
    monkeypatch.setattr(round_trip, "BOOKED_WITHIN", -1)
    office = till.office
    sold = till.mint(2)
    for one in (till.mint(1), sold):
        till.sell([one])
    assert set(await till.sync()) == {EntryStatus.STORED}
    refund: dict[str, Any] = {"gate_id": "", "purpose": "refund", "why": "customer_request"}
    refund |= {"amount_minor": PRICE, "currency": "EUR", "tender": "cash"}
    refund["ticket_id"] = format_ticket_id(sold.ticket_id)
    asked = await office.claim(till.device, "", **refund)
    assert (asked.status_code, asked.json()["type"].rpartition("/")[2]) == (503, "unavailable")
    await office.office.framework.state["parts"].sales.catch_up()
    answer = await office.claimed(till.device, "", **refund)
    assert answer["reason"] == "ok"


async def sold_after_two_came_in(till: Till, count: int) -> None:
    """Sell tickets of which the first and the last let in twice before; no sale has come yet."""
    office = till.office
    await office.office.ticket_type(office.owner, office.event_id, name="Group", persons=3)
    await till.open()
    gates = [await office.enrol(n) for n in range(2)]
    office.office.clock.advance(MINUTE)
    sold = [till.mint(1 + number) for number in range(count)]
    for gate in gates:
        for one in (sold[0], sold[-1]):
            enter(till, gate, one)
        await office.exchanged(gate, gate.journal.entries)
    assert await office.conflicts() == []
    for one in sold:
        till.sell([one])


@pytest.mark.either_database
async def test_passages_are_looked_at_again_by_many_sales_together(till: Till) -> None:
    """A till comes back with an evening's: as many looks as sales cost more than the sales."""
    await sold_after_two_came_in(till, 30)
    sales = till.office.office.framework.state["parts"].sales
    looked, review = [], sales.on_booked

    async def look(*place: Any) -> None:
        looked.append(len(place[-1]))
        await review(*place)

    sales.on_booked = look
    await till.sync()
    assert looked == [30]
    assert [one["kind"] for one in await till.office.conflicts()] == ["double_use"] * 2
    assert await rows_of(till.office.office, WAITING_ENTRIES) == [(0,)]


@pytest.mark.either_database
async def test_what_was_not_looked_at_again_is_gone_through_once_more(till: Till) -> None:
    """The server died when the sales were booked: no double use is overlooked, none sold twice."""
    await sold_after_two_came_in(till, 5)
    sales = till.office.office.framework.state["parts"].sales
    review = sales.on_booked

    async def die(*_place: Any) -> None:
        raise OSError("the machine is gone")

    sales.on_booked = die
    await till.sync()
    assert await till.office.conflicts() == []
    assert await rows_of(till.office.office, WAITING_ENTRIES) == [(5,)]
    sales.on_booked = review
    assert (await sales.catch_up(), await sales.catch_up()) == (5, 0)
    assert [one["kind"] for one in await till.office.conflicts()] == ["double_use"] * 2
    found = await rows_of(
        till.office.office, "SELECT count(*), sum(total_minor) FROM ticket_order"
    )
    assert found == [(5, 5 * PRICE)]


@pytest.mark.either_database
async def test_a_part_moved_to_another_tender_waits_for_its_sale(till: Till) -> None:
    """The office cannot book the sale at first: all that was moved is moved when it can, once.

    Two workers come to it together; one had died before it had looked at one of the moves.
    """
    office = till.office.office
    async with office.database.write(org=SYSTEM) as session:
        await session.execute(text("CREATE UNIQUE INDEX probe ON ticket_order (total_minor)"))
    till.sell([till.mint(1)])
    sale_id = till.sell([till.mint(2)])
    for number, (amount, tender, other) in enumerate(
        ((2_500, "voucher", "cash"), (1_000, "cash", "card"), (400, "card", "cash")), 1
    ):
        body = ShiftBody(
            shift_id="",
            number=number,
            act=ShiftAct.TENDER_MOVED,
            amount_minor=amount,
            currency="EUR",
            sale_id=sale_id,
            tender=tender,
            tender_to=other,
        )
        till.device.journal.add(body, till.office.event_id, till.office.now)
    assert set(await till.sync()) == {EntryStatus.STORED}
    asked = "SELECT tender, sum(amount_minor) FROM payment GROUP BY tender ORDER BY tender"
    assert await rows_of(office, asked) == [("cash", PRICE)]
    async with office.database.write(org=SYSTEM) as session:
        await session.execute(text("DROP INDEX probe"))
        died = "UPDATE journal_entry SET effect = 'pending' WHERE effect = 'waiting' AND dseq = 5"
        await session.execute(text(died))
    codes = WithdrawalCodes(bytes(32)), VoucherCodes(bytes(32))
    desks = [NotedEntries(office.context, LedgerFeed(), *codes) for _ in range(2)]
    await asyncio.gather(*(one.catch_up() for one in desks))
    assert [await one.catch_up() for one in desks] == [0, 0]
    assert await rows_of(office, asked) == [("card", 600), ("cash", 2 * PRICE - 600)]


@pytest.mark.either_database
async def test_sales_that_can_never_be_booked_take_no_others_turn(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as are tried at once, and more: the sale behind them is booked by the next round."""
    monkeypatch.setattr(till_entry_booking, "BOOKED_AT_ONCE_MAX", 2)
    office = till.office.office
    probe = "CREATE UNIQUE INDEX probe ON ticket_order (total_minor)"
    async with office.database.write(org=SYSTEM) as session:
        await session.execute(text(probe))
    for number, price in enumerate((1, 1, 1, 1, 2, 2)):
        till.sell([till.mint(number, price=price)])
    assert set(await till.sync()) == {EntryStatus.STORED}
    path = f"{till.office.path}/orders"
    booked = (await office.ok("GET", path, till.office.owner))["items"]
    assert sorted(one["total_minor"] for one in booked) == [1, 2]
    async with office.database.write(org=SYSTEM) as session:
        await session.execute(text("DROP INDEX probe"))
        await session.execute(text(f"{probe} WHERE total_minor = 1"))
    desk = NotedEntries(
        office.context, LedgerFeed(), WithdrawalCodes(bytes(32)), VoucherCodes(bytes(32))
    )
    assert [await desk.catch_up() for _ in range(5)] == [2, 2, 0, 2, 1]
    booked = (await office.ok("GET", path, till.office.owner))["items"]
    assert sorted(one["total_minor"] for one in booked) == [1, 2, 2]


@pytest.mark.either_database
@pytest.mark.parametrize("prices", [(100, 2500), *sized([], [(2500, 100), (100, 100)])])
async def test_refund_of_a_sale_is_what_each_ticket_has_cost(
    till: Till, prices: tuple[int, int]
) -> None:
    """Tickets of one type sold at two prices are paid back at their own, in any order."""
    till.sell([till.mint(number, price=price) for number, price in enumerate(prices, 1)])
    await till.sync()
    office = till.office
    ((order_id, total),) = await rows_of(
        office.office, "SELECT id, total_minor FROM ticket_order WHERE channel = 'box_office'"
    )
    shown = await office.office.ok("GET", f"{office.path}/orders/{order_id}", office.owner)
    owed = {}
    for ticket in shown["tickets"]:
        path = f"{office.path}/tickets/{ticket['id']}/refund"
        await office.office.ok("POST", path, office.owner, json={"reason": "ill"})
        asked = "SELECT amount_minor FROM refund WHERE ticket_id = :id"
        ((owed[ticket["id"]],),) = await rows_of(office.office, asked, id=ticket["id"])
    sold = {till.mint(number).ticket_id: price for number, price in enumerate(prices, 1)}
    assert owed == {format_ticket_id(ticket_id): price for ticket_id, price in sold.items()}
    assert sum(owed.values()) == total


@pytest.mark.either_database
async def test_sale_id_of_another_till_takes_no_sale_away(till: Till) -> None:
    """Two tills' sales under one id are two orders: whoever knows an id can swallow nothing."""
    other = Till(till.office, await till.office.enrol(1, role="till"))
    await other.open()
    sale_id = till.sell([till.mint(1)])
    other.sell([other.mint(1), other.mint(2)], sale_id=sale_id)
    for one in (till, other):
        assert set(await one.sync()) == {EntryStatus.STORED}
    asked = "SELECT total_minor FROM ticket_order ORDER BY total_minor"
    assert await rows_of(till.office.office, asked) == [(PRICE,), (2 * PRICE,)]
    assert await till.office.conflicts() == []


@pytest.mark.either_database
async def test_sale_id_that_says_something_else_is_booked_with_a_conflict(till: Till) -> None:
    """What a till sold is valid: the second sale under its own id is booked, and named, once."""
    sale_id = till.sell([till.mint(1)])
    till.sell([till.mint(2), till.mint(3)], sale_id=sale_id)
    till.sell([till.mint(2), till.mint(3)], sale_id=sale_id)
    assert set(await till.sync()) == {EntryStatus.STORED}
    asked = "SELECT total_minor FROM ticket_order ORDER BY total_minor"
    assert await rows_of(till.office.office, asked) == [(PRICE,), (2 * PRICE,)]
    assert [one["kind"] for one in await till.office.conflicts()] == ["sale_id_reused"]
    gate = await till.office.enrol(1)
    for number in (1, 2, 3):
        claimed = await till.office.claimed(gate, till.code(till.mint(number)))
        assert claimed["verdict"] == "admit"
