"""What goes back at a till, where somebody tries for more: by exchange, by another tender."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.factories.counters import Counter, add_type, counter, prepared_counter, published
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.factories.strength import sized
from tests.fakes.card_terminal import CardTerminal

__all__ = ["counter", "prepared_counter", "published"]

pytestmark = pytest.mark.either_database


async def ask(office: LedgerOffice, method: str, path: str, **body: Any) -> Any:
    """Ask the office something that must succeed."""
    return await office.office.ok(method, path, office.owner, json=body)


async def named(counter: Counter) -> list[str]:
    """Return what the office has against anybody, once it has heard all."""
    await counter.till.sync()
    return [one["kind"] for one in await counter.office.conflicts()]


async def left(office: LedgerOffice, code: str) -> int:
    """Return what is left on a voucher."""
    found = await ask(office, "POST", f"{office.owner.path}/vouchers/check", code=code)
    return int(found["value_minor"] - found["spent_minor"])


async def allow(office: LedgerOffice, counter: Counter) -> dict[str, str]:
    """Lay a supervisor's badge ready at the till; return how a line says that they allow it."""
    chief = await Chief.appoint(office)
    await counter.till.sync()
    counter.till.session.knowledge.badge.take(chief.person, chief.badge)
    return {"authorized_by": chief.person, "reason": "ill"}


async def test_what_the_terms_keep_is_not_had_by_an_exchange_and_a_void(
    ledger_office: LedgerOffice, counter: Counter
) -> None:
    """A ticket of yesterday's that gives nothing back becomes none of today's that gives all."""
    terms = [{"until": None, "percent_points": 0, "fee_minor": 0}]
    await ask(ledger_office, "PATCH", ledger_office.path, pricing={"refunds": terms})
    await counter.till.sync()
    old = await counter.sell(1)
    await counter.ok(shift="close", amount_minor=12_500)
    await counter.ok(shift="open", amount_minor=12_500)
    new = await counter.ok(exchange=old["ticket_id"], to=1)
    voided = await counter.ok(void=new["sale_id"])
    assert voided["paid_out_minor"] == 0
    today = await counter.ok(sell=[{"type": 1}], tenders=[{"kind": "cash"}])
    assert (await counter.ok(void=today["sale_id"]))["paid_out_minor"] == 2_500
    assert await named(counter) == []


async def test_a_tender_that_was_keyed_in_wrongly_is_the_one_that_pays_back(
    counter: Counter,
) -> None:
    """Cash and card are changed for each other, for as much as stands there; nothing else is."""
    sold = await counter.ok(sell=[{"type": 1}], tenders=[{"kind": "cash"}])
    move = {"shift": "tender_moved", "sale_id": sold["sale_id"], "amount_minor": 2_500}
    for other in ("voucher", "comp", "exchange", "split", "bogus"):
        no = await counter.say(**move, tender="cash", tender_to=other)
        assert (no["ok"], no["reason"]) == (False, "wrong_tender")
    await counter.ok(**move, tender="cash", tender_to="card")
    await counter.till.sync()
    (order,) = await counter.orders()
    path = f"{counter.office.path}/orders/{order['id']}/payments"
    account = await counter.office.office.ok("GET", path, counter.office.owner)
    assert [one["tender"] for one in account["payments"]] == ["card"]
    back = await counter.ok(refund=[sold["tickets"][0]["ticket_id"]])
    assert (back["tender"], back["paid_out_minor"]) == ("card", 2_500)
    again = await counter.say(**move, tender="card", tender_to="cash")
    assert (again["ok"], again["reason"]) == (False, "wrong_amount")
    assert await named(counter) == []


async def net_by_tender(counter: Counter) -> dict[str, int]:
    """Return what each tender has brought by the event's report, what is nothing left out."""
    await counter.till.sync()
    path = f"{counter.office.path}/report"
    report = await counter.office.office.ok("GET", path, counter.office.owner)
    (table,) = [one for one in report["tables"] if one["name"] == "tenders"]
    at = table["columns"].index("net_minor")
    return {row[0]: row[at] for row in table["rows"] if row[at] and row[0] != "total"}


async def test_a_part_that_was_keyed_in_wrongly_stands_under_the_other_tender_in_all_reports(
    counter: Counter,
) -> None:
    """Drawer and office say the same of cash and card, also once something has gone back."""
    line = [{"type": 1, "count": 2}]
    sold = await counter.ok(sell=line, tenders=[{"kind": "card"}])
    move = {"shift": "tender_moved", "sale_id": sold["sale_id"]}
    await counter.ok(**move, amount_minor=1_000, tender="card", tender_to="cash")
    assert await net_by_tender(counter) == {"card": 4_000, "cash": 1_000}
    first, second = (one["ticket_id"] for one in sold["tickets"])
    said = await allow(counter.office, counter)
    await counter.ok(refund=[first], tender="card", **said)
    assert await net_by_tender(counter) == {"card": 1_500, "cash": 1_000}
    await counter.ok(**move, amount_minor=1_500, tender="card", tender_to="cash")
    assert await net_by_tender(counter) == {"cash": 2_500}
    back = await counter.ok(refund=[second], tender="cash", **said)
    assert back["paid_out_minor"] == 2_500
    assert await net_by_tender(counter) == {}
    report = await counter.ok(shift="x", authorized_by=said["authorized_by"])
    moved = {one.kind: one.moved_minor for one in report["sums"]["tenders"]}
    assert moved == {"card": -2_500, "cash": 2_500}
    assert await named(counter) == []


async def test_a_ticket_that_is_being_exchanged_is_not_given_back_meanwhile(
    ledger_office: LedgerOffice, counter: Counter
) -> None:
    """The terminal is silent, the network is cut, and a supervisor's badge lies ready."""
    dearer = await add_type(ledger_office, "Balcony", 4_000)
    said = await allow(ledger_office, counter)
    session = counter.till.session
    old = (await counter.sell(1))["ticket_id"]
    await counter.till.sync()
    session.till.ports = msgspec.structs.replace(
        session.till.ports, terminal=CardTerminal(["lose"])
    )
    asked = await counter.say(exchange=old, to=dearer, tenders=[{"kind": "card"}], **said)
    assert asked["reason"] == "payment_unknown"
    await counter.till.cut()
    for line in (
        {"refund": [old]},
        {"exchange": old, "to": dearer, "tenders": [{"kind": "cash"}]},
        {"transfer": old},
    ):
        no = await counter.say(**line, **said)
        assert (no["ok"], no["reason"]) == (False, "not_allowed")
        assert "being exchanged" in no["text"]
    await counter.ok(ask_again=asked["open_sale"]["sale_id"])
    await counter.till.mend()
    assert await named(counter) == []


async def test_an_exchange_is_not_finished_once_the_old_ticket_has_let_somebody_in(
    ledger_office: LedgerOffice, counter: Counter
) -> None:
    """It was begun cut off, and the terminal fell silent; old and new would let in two."""
    dearer = await add_type(ledger_office, "Balcony", 4_000)
    said = await allow(ledger_office, counter)
    session = counter.till.session
    old = await counter.sell(1)
    await counter.till.sync()
    await counter.gate.sync()
    terminal = CardTerminal(["lose"])
    session.till.ports = msgspec.structs.replace(session.till.ports, terminal=terminal)
    await counter.till.cut()
    asked = await counter.say(
        exchange=old["ticket_id"],
        to=dearer,
        tenders=[{"kind": "card"}],
        **said,
    )
    assert asked["reason"] == "payment_unknown"
    assert (await counter.gate.scan(old["digits"])).reason == "ok"
    await counter.gate.sync()
    await counter.till.mend()
    await counter.till.sync()
    sale = asked["open_sale"]["sale_id"]
    no = await counter.say(ask_again=sale)
    assert (no["ok"], no["reason"]) == (False, "not_allowed")
    assert "cancel the sale" in no["text"]
    await counter.say(give_up=sale)
    assert session.till.open_sales.list_open() == ()
    assert terminal.charged == {}
    assert await named(counter) == []


async def test_of_a_void_that_does_nothing_it_is_said_why(counter: Counter) -> None:
    """One of two was refunded before, whichever it was: the other is not voided with it."""
    for gone in (0, 1):
        sold = await counter.ok(sell=[{"type": 1, "count": 2}], tenders=[{"kind": "cash"}])
        await counter.ok(refund=[sold["tickets"][gone]["ticket_id"]])
        no = await counter.say(void=sold["sale_id"])
        assert (no["ok"], no["reason"]) == (False, "cancelled")
        assert "one by one" in no["text"]
        await counter.ok(refund=[sold["tickets"][1 - gone]["ticket_id"]])
    assert await named(counter) == []


async def test_a_void_of_a_sale_that_let_somebody_in_does_nothing_without_a_supervisor(
    counter: Counter, ledger_office: LedgerOffice
) -> None:
    """Not even with the tickets before the used one, of which the office alone knows; then all."""
    said = await allow(ledger_office, counter)
    sold = await counter.ok(sell=[{"type": 1, "count": 2}], tenders=[{"kind": "cash"}])
    await counter.till.sync()
    await counter.gate.sync()
    assert (await counter.gate.scan(sold["tickets"][1]["digits"])).reason == "ok"
    await counter.gate.sync()
    no = await counter.say(void=sold["sale_id"])
    assert (no["reason"], [one["reason"] for one in no["tickets"]]) == (
        "supervisor",
        ["supervisor"],
    )
    assert "one by one" in no["text"]
    await counter.till.sync()
    assert (await counter.gate.scan(sold["tickets"][0]["digits"])).reason == "ok"
    done = await counter.ok(void=sold["sale_id"], **said)
    assert done["paid_out_minor"] == 5_000


async def test_a_gift_that_was_upgraded_by_card_goes_back_to_the_card(
    ledger_office: LedgerOffice, counter: Counter
) -> None:
    """What was given away has paid nothing; of the tax goes back what is in what goes back."""
    dearer = await add_type(ledger_office, "Balcony", 4_000)
    said = await allow(ledger_office, counter)
    gift = await counter.ok(
        sell=[{"type": 1}],
        tenders=[{"kind": "comp"}],
        **{**said, "reason": "press"},
    )
    up = await counter.ok(
        exchange=gift["tickets"][0]["ticket_id"], to=dearer, tenders=[{"kind": "card"}]
    )
    back = await counter.ok(refund=[up["tickets"][0]["ticket_id"]])
    assert (back["tender"], back["paid_out_minor"]) == ("card", 4_000)
    assert await named(counter) == []


async def test_a_voucher_gets_back_what_it_has_paid_and_nothing_else(
    ledger_office: LedgerOffice, counter: Counter
) -> None:
    """Through an exchange as well; what was paid in cash is not lost on it."""
    cheaper = await add_type(ledger_office, "Child", 1_000)
    said = await allow(ledger_office, counter)
    path = f"{ledger_office.owner.path}/vouchers"
    code = (await ask(ledger_office, "POST", path, value_minor=10_000))[0]["code"]
    by_voucher = {"kind": "voucher", "code": code}
    sold = await counter.ok(sell=[{"type": 1}], tenders=[by_voucher])
    await counter.till.sync()
    down = await counter.ok(exchange=sold["tickets"][0]["ticket_id"], to=cheaper)
    assert (down["paid_out_minor"], down["tender"]) == (1_500, "voucher")
    await counter.till.sync()
    assert await left(ledger_office, code) == 9_000
    back = await counter.ok(refund=[down["tickets"][0]["ticket_id"]])
    await counter.till.sync()
    assert (back["tender"], await left(ledger_office, code)) == ("voucher", 10_000)

    in_cash = await counter.sell(1)
    halves = [{**by_voucher, "amount_minor": 1_000}, {"kind": "cash"}]
    split = (await counter.ok(sell=[{"type": 1}], tenders=halves))["tickets"][0]
    for ticket in (in_cash, split):
        for tender in ("voucher", "comp"):
            no = await counter.say(refund=[ticket["ticket_id"]], tender=tender, **said)
            assert (no["ok"], no["reason"]) == (False, "wrong_tender")
    assert await named(counter) == []


async def test_two_vouchers_get_back_what_each_has_paid_through_exchanges(
    ledger_office: LedgerOffice, counter: Counter
) -> None:
    """One sale by both, each ticket exchanged twice, then given back: none has more, or less."""
    path = f"{ledger_office.owner.path}/vouchers"
    large = (await ask(ledger_office, "POST", path, value_minor=4_000))[0]["code"]
    small = (await ask(ledger_office, "POST", path, value_minor=1_000))[0]["code"]
    other = await add_type(ledger_office, "Balcony", 2_500)
    cheaper = await add_type(ledger_office, "Child", 1_000)
    await counter.till.sync()
    both = [{"kind": "voucher", "code": large, "amount_minor": 4_000}]
    both.append({"kind": "voucher", "code": small})
    sold = await counter.ok(sell=[{"type": 1, "count": 2}], tenders=both)
    tickets = [one["ticket_id"] for one in sold["tickets"]]
    for kind in (other, cheaper):
        moved = [await counter.ok(exchange=one, to=kind) for one in tickets]
        tickets = [one["tickets"][0]["ticket_id"] for one in moved]
        await counter.till.sync()
    assert await left(ledger_office, large) + await left(ledger_office, small) == 3_000
    for ticket in tickets:
        back = await counter.ok(refund=[ticket])
        assert back["tender"] == "voucher"
    assert await named(counter) == []
    assert [await left(ledger_office, code) for code in (large, small)] == [4_000, 1_000]


@pytest.mark.parametrize("name", sized(["Till"], ["Till", "Exchange", "payout"]))
async def test_erasing_a_guest_who_is_called_like_a_word_of_the_books_leaves_them_whole(
    ledger_office: LedgerOffice, counter: Counter, name: str
) -> None:
    """Till is a name that people have; by it what a voucher has paid is not forgotten."""
    other = await add_type(ledger_office, "Balcony", 2_500)
    path = f"{ledger_office.owner.path}/vouchers"
    code = (await ask(ledger_office, "POST", path, value_minor=2_500))[0]["code"]
    sold = await counter.ok(sell=[{"type": 1}], tenders=[{"kind": "voucher", "code": code}])
    await counter.till.sync()
    moved = await counter.ok(exchange=sold["tickets"][0]["ticket_id"], to=other)
    await counter.till.sync()
    lines = [{"ticket_type_id": ledger_office.ticket_type_id, "quantity": 1}]
    order = {"payment": "paid", "lines": lines, "buyer_name": name}
    await ask(ledger_office, "POST", f"{ledger_office.path}/orders", **order)
    erased = f"{ledger_office.owner.path}/persons/erase"
    await ask(ledger_office, "POST", erased, name=name)
    back = await counter.ok(refund=[moved["tickets"][0]["ticket_id"]])
    assert back["tender"] == "voucher"
    assert await named(counter) == []
    assert await left(ledger_office, code) == 2_500
    held = f"{ledger_office.owner.path}/persons/held"
    assert (await ask(ledger_office, "POST", held, name=name))["records"] == []


async def test_who_may_not_sell_finishes_no_sale(counter: Counter) -> None:
    """Who has begun one may; so may the next cashier."""
    till = counter.till.session.till
    till.ports = msgspec.structs.replace(till.ports, terminal=CardTerminal(["pay", "decline"]))
    halves = [{"kind": "card", "amount_minor": 1_000}, {"kind": "card"}]
    asked = await counter.say(sell=[{"type": 1}], tenders=halves)
    sale = asked["open_sale"]["sale_id"]
    no = await counter.say(finish=sale, tenders=[{"kind": "cash"}], cashier="ca_nobody")
    assert (no["ok"], no["reason"]) == (False, "not_allowed")
    await counter.ok(finish=sale, tenders=[{"kind": "cash"}])


async def tenders(counter: Counter) -> dict[str, list[int]]:
    """Return what came by each tender, how often, and what went back, as the report has it."""
    await counter.till.sync()
    office = counter.office
    report = await ask(office, "GET", f"{office.path}/report")
    (table,) = (one for one in report["tables"] if one["name"] == "tenders")
    return {row[0]: row[1:5] for row in table["rows"] if row[0] != "total"}


async def test_a_part_that_was_keyed_in_wrongly_stands_under_its_own_tender(
    counter: Counter,
) -> None:
    """A part of one payment, parts of several, and all of it back again."""
    sold = await counter.ok(
        sell=[{"type": 1, "count": 2}],
        tenders=[{"kind": "cash", "amount_minor": 3_000}, {"kind": "card"}],
    )
    move = {"shift": "tender_moved", "sale_id": sold["sale_id"]}
    await counter.ok(**move, amount_minor=1_000, tender="cash", tender_to="card")
    assert await tenders(counter) == {"card": [2, 3_000, 0, 0], "cash": [1, 2_000, 0, 0]}
    await counter.ok(**move, amount_minor=2_500, tender="card", tender_to="cash")
    assert await tenders(counter) == {"card": [1, 500, 0, 0], "cash": [3, 4_500, 0, 0]}
    (order,) = await counter.orders()
    path = f"{counter.office.path}/orders/{order['id']}/payments"
    account = await counter.office.office.ok("GET", path, counter.office.owner)
    assert (account["paid_minor"], account["due_minor"]) == (5_000, 5_000)
    assert {one["state"] for one in account["payments"]} == {"paid"}
    assert await named(counter) == []


async def test_what_has_gone_back_stays_where_it_was_and_the_rest_moves(
    ledger_office: LedgerOffice, counter: Counter
) -> None:
    """Of two tickets paid in cash one was refunded; the other turns out to be paid by card."""
    sold = await counter.ok(sell=[{"type": 1, "count": 2}], tenders=[{"kind": "cash"}])
    first, second = (one["ticket_id"] for one in sold["tickets"])
    await counter.ok(refund=[first])
    move = {"shift": "tender_moved", "sale_id": sold["sale_id"], "amount_minor": 2_500}
    await counter.ok(**move, tender="cash", tender_to="card")
    assert await tenders(counter) == {"card": [1, 2_500, 0, 0], "cash": [1, 2_500, 1, 2_500]}
    said = await allow(ledger_office, counter)
    await counter.ok(refund=[second], tender="card", **said)
    assert await tenders(counter) == {"card": [1, 2_500, 1, 2_500], "cash": [1, 2_500, 1, 2_500]}
    assert await named(counter) == []


async def test_what_went_back_in_one_goes_along_bit_by_bit(
    ledger_office: LedgerOffice, counter: Counter
) -> None:
    """Paid back by the right tender before it is moved there: the books follow each part."""
    sold = await counter.ok(sell=[{"type": 1}], tenders=[{"kind": "cash"}])
    said = await allow(ledger_office, counter)
    await counter.ok(refund=[sold["tickets"][0]["ticket_id"]], tender="card", **said)
    move = {"shift": "tender_moved", "sale_id": sold["sale_id"], "tender": "cash"}
    await counter.ok(**move, tender_to="card", amount_minor=400)
    assert await tenders(counter) == {"card": [1, 400, 2, 2_500], "cash": [1, 2_100, 0, 0]}
    await counter.ok(**move, tender_to="card", amount_minor=2_100)
    assert await tenders(counter) == {"card": [2, 2_500, 2, 2_500]}
    assert await named(counter) == []


async def test_of_what_went_back_in_two_the_second_is_cut_where_the_first_is_too_little(
    ledger_office: LedgerOffice, counter: Counter
) -> None:
    """Two tickets were paid back one by one: a part that is larger than either has both."""
    sold = await counter.ok(sell=[{"type": 1, "count": 2}], tenders=[{"kind": "cash"}])
    said = await allow(ledger_office, counter)
    for ticket in sold["tickets"]:
        await counter.ok(refund=[ticket["ticket_id"]], tender="card", **said)
    move = {"shift": "tender_moved", "sale_id": sold["sale_id"], "tender": "cash"}
    await counter.ok(**move, tender_to="card", amount_minor=4_000)
    assert await tenders(counter) == {"card": [1, 4_000, 3, 5_000], "cash": [1, 1_000, 0, 0]}
    assert await named(counter) == []


async def test_a_payment_that_was_taken_back_moves_nowhere(counter: Counter) -> None:
    """A card was declined beside cash of the same sum: the cash is what moves."""
    till = counter.till.session.till
    till.ports = msgspec.structs.replace(till.ports, terminal=CardTerminal(["pay", "decline"]))
    halves = [{"kind": "card", "amount_minor": 1_000}, {"kind": "card"}]
    asked = await counter.say(sell=[{"type": 1}], tenders=halves)
    sale = asked["open_sale"]["sale_id"]
    await counter.ok(finish=sale, tenders=[{"kind": "cash"}])
    move = {"shift": "tender_moved", "sale_id": sale, "amount_minor": 1_500}
    await counter.ok(**move, tender="cash", tender_to="card")
    assert await tenders(counter) == {"card": [2, 2_500, 0, 0]}
    assert await named(counter) == []


async def test_nothing_is_paid_back_onto_a_voucher_that_was_withdrawn(
    ledger_office: LedgerOffice, counter: Counter
) -> None:
    """Connected it is refused; what a till did cut off is still owed, and is named."""
    cheaper = await add_type(ledger_office, "Child", 1_000)
    said = await allow(ledger_office, counter)
    path = f"{ledger_office.owner.path}/vouchers"
    (made,) = await ask(ledger_office, "POST", path, value_minor=10_000)
    sold = await counter.ok(
        sell=[{"type": 1, "count": 4}], tenders=[{"kind": "voucher", "code": made["code"]}]
    )
    first, second, third, fourth = (one["ticket_id"] for one in sold["tickets"])
    await counter.ok(exchange=third, to=1)
    await counter.till.sync()
    await ask(ledger_office, "POST", f"{path}/{made['voucher']['id']}/withdraw")
    for line in (
        {"refund": [first]},
        {"void": sold["sale_id"]},
        {"exchange": second, "to": cheaper},
    ):
        no = await counter.say(**line)
        assert (no["ok"], no["reason"], "was withdrawn" in no["text"]) == (
            False,
            "not_allowed",
            True,
        ), no
    again = await counter.ok(refund=[first], tender="cash", **said)
    assert (again["tender"], again["paid_out_minor"]) == ("cash", 2_500)
    await counter.till.cut()
    for ticket in (second, fourth):
        await counter.ok(refund=[ticket], **said)
    await counter.till.mend()
    assert await named(counter) == ["payout_mismatch", "payout_mismatch"]
    assert await left(ledger_office, made["code"]) == 0
    orders = [one for one in await counter.orders() if one["total_minor"] == 10_000]
    path = f"{ledger_office.path}/orders/{orders[0]['id']}/payments"
    account = await counter.office.office.ok("GET", path, counter.office.owner)
    assert (account["open_minor"], account["paid_out_minor"]) == (5_000, 5_000)
    assert sorted(one["state"] for one in account["payouts"]) == [
        "done",
        "done",
        "failed",
        "failed",
    ]
