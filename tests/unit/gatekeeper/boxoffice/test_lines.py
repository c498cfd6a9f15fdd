"""A till by lines: the contract's requests and answers, each answered one on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.boxoffice.drawer_journal import DrawerJournal
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.device.refund_and_exchange_parts import lines_of
from shared.journal.chain import decode_body, decode_entry
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.ports import no_crash
from shared.manifest.event_config import SupervisorConfig
from shared.sales.cashier_rights import CashierRights
from shared.sales.cashiers import CashierConfig
from tests.factories.gate_event import GROUP, STANDARD
from tests.factories.till_house import REDUCED, TillHouse, adds_up, make_market, sales_of
from tests.fakes.card_terminal import CardTerminal
from tests.fakes.small_disk import SmallDisk

MARA = CashierConfig(
    id="ca_mara",
    name="Mara",
    badge_hash="a" * 64,
    rights=CashierRights(sell=True, see_expected=True),
)
BEN = CashierConfig(
    id="ca_ben", name="Ben", badge_hash="b" * 64, rights=CashierRights(sell=True, comp=True)
)

CHIEF = CashierConfig(
    id="ca_chief",
    name="Chief",
    badge_hash="c" * 64,
    rights=CashierRights(sell=True, refund_minor=10_000),
)
JO = SupervisorConfig(id="sv_jo", name="Jo", pin_hash="", badge_hash="d" * 64)


class Counter:
    """A till that is spoken to by lines."""

    def __init__(self, session: GateSession) -> None:
        self.session = session
        self.lines = lines_of(session)

    async def say(self, **line: Any) -> dict[str, Any]:
        """Send a request as Mara's."""
        return await self.send(json.dumps({"cashier": MARA.id} | line))

    async def send(self, text: str) -> dict[str, Any]:
        """Send a line as it stands; the answer is JSON."""
        answer = await self.lines.answer(text.encode() + b"\n")
        told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(answer))
        return told

    async def sell(self, *wanted: tuple[int, int], **line: Any) -> dict[str, Any]:
        """Sell; exact cash unless another tender is named."""
        basket = [{"type": code, "count": count} for code, count in wanted]
        return await self.say(**{"sell": basket, "tenders": [{"kind": "cash"}]} | line)


@pytest.fixture
async def house(tmp_path: Path) -> TillHouse:
    server = make_market(granted=10)
    server.cashiers = (BEN, MARA)
    return TillHouse(tmp_path, server)


async def open_counter(
    house: TillHouse, *, is_open: bool = True, disk: SmallDisk | None = None
) -> Counter:
    """Start the till, with a shift."""
    session = await house.open(disk or no_crash)
    if disk is not None:
        disk.hold(session.store)
    await session.sync_once()
    session.keep_drawer()
    counter = Counter(session)
    if is_open:
        opened = await counter.say(shift="open", amount_minor=20_000)
        assert opened["ok"], opened
    return counter


async def test_sale_without_an_open_shift_is_refused(house: TillHouse) -> None:
    """Nothing is written, and the answer says what to do."""
    counter = await open_counter(house, is_open=False)
    answer = await counter.sell((STANDARD, 1))
    assert (answer["ok"], answer["reason"], answer["seq"]) == (False, "no_shift", None)
    assert sales_of(counter.session) == []
    await counter.session.close()


async def test_sale_is_answered_with_receipt_change_and_tickets(house: TillHouse) -> None:
    """Several types in one basket; the entry names the shift and the cashier."""
    counter = await open_counter(house)
    answer = await counter.sell(
        (STANDARD, 2), (REDUCED, 1), tenders=[{"kind": "cash", "amount_minor": 10_000}]
    )
    assert answer["ok"], answer
    assert (answer["reason"], answer["receipt_number"]) == ("ok", 1)
    assert (answer["total_minor"], answer["change_minor"]) == (6_250, 3_750)
    assert answer["change"] == [
        {"value_minor": 2_000, "count": 1},
        {"value_minor": 1_000, "count": 1},
        {"value_minor": 500, "count": 1},
        {"value_minor": 200, "count": 1},
        {"value_minor": 50, "count": 1},
    ]
    assert [one["type"] for one in answer["tickets"]] == ["Standard", "Standard", "Reduced"]
    assert {"ticket_id", "digits", "manual_code"} <= answer["tickets"][0].keys()
    (sale,) = sales_of(counter.session)
    assert adds_up(sale)
    assert (sale.cashier, len(sale.shift_id)) == (MARA.id, 32)
    assert counter.session.store.journal.last_seq == answer["seq"]
    await counter.session.close()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"sell": [{"type": GROUP}]}, "not_sold_here"),
        ({"sell": [{"type": 99}]}, "not_sold_here"),
        ({"sell": [{"type": STANDARD, "seats": ["A1"]}]}, "wrong_seats"),
        ({"sell": []}, "too_many"),
        ({"sell": [{"type": STANDARD, "count": 101}]}, "too_many"),
        ({"sell": [{"type": STANDARD, "count": -1}]}, "too_many"),
        ({"sell": [{"type": STANDARD, "count": 11}]}, "grant_used_up"),
        ({"sell": [{"type": STANDARD}], "promo": "EARLY"}, "unknown_code"),
        ({"sell": [{"type": STANDARD}], "tenders": [{"kind": "gold"}]}, "wrong_tender"),
        ({"sell": [{"type": STANDARD}], "tenders": []}, "sum_differs"),
        ({"sell": [{"type": STANDARD}], "tenders": [{"kind": "voucher"}]}, "no_vouchers"),
        ({"sell": [{"type": STANDARD}], "cashier": "ca_nobody"}, "not_allowed"),
        ({"sell": [{"type": STANDARD}], "tenders": [{"kind": "comp"}]}, "not_allowed"),
        ({"finish": "f" * 32, "tenders": [{"kind": "cash"}]}, "unknown_sale"),
        ({"ask_again": "f" * 32}, "unknown_sale"),
        ({"give_up": "f" * 32}, "unknown_sale"),
        ({"shift": "dance"}, "unknown_act"),
        ({"shift": "open", "amount_minor": 0}, "shift_open"),
        ({"shift": "close"}, "not_counted"),
        ({}, "malformed"),
        ({"sell": [{"type": STANDARD}], "stock": True}, "malformed"),
        ({"void": "x"}, "unknown_sale"),
        ({"refund": ["00000000000000aa"]}, "unknown_ticket"),
        ({"refund": ["x"]}, "malformed"),
        ({"refund": []}, "unknown_ticket"),
        ({"reprint": "x"}, "malformed"),
        ({"exchange": "00000000000000aa", "to": 3}, "unknown_ticket"),
        ({"exchange": "00000000000000aa"}, "malformed"),
        ({"exchange": "x", "to": 3}, "malformed"),
        ({"exchange": "00000000000000aa", "to": 1 << 20}, "malformed"),
        ({"transfer": "x"}, "malformed"),
        ({"find": "klara"}, "not_allowed"),
        ({"find": "", "badge": "GKC1-AAAAA-BBBBB-CCCCC"}, "not_allowed"),
        ({"find": "x" * 5_000, "badge": "x"}, "malformed"),
        ({"pick_up": ["x"]}, "malformed"),
        ({"pick_up": ["00000000000000aa"]}, "check_id"),
        ({"pick_up": ["00000000000000aa"], "reason": "id", "badge": "x"}, "not_allowed"),
        ({"pick_up": ["00000000000000aa"] * 101}, "malformed"),
        ({"sell": [{"type": "1"}]}, "malformed"),
        ({"sell": [{"type": STANDARD, "count": 1 << 80}]}, "malformed"),
        ({"sell": "everything"}, "malformed"),
        ({"shift": "paid_out", "amount_minor": 5, "reason": "a\0b"}, "malformed"),
        ({"sell": [{"type": STANDARD}], "reason": "a\0b"}, "malformed"),
        ({"sell": [{"type": STANDARD}], "tenders": [{"kind": "card", "code": "\0"}]}, "malformed"),
    ],
)
async def test_what_cannot_be_done_is_refused_by_its_reason(
    house: TillHouse, line: dict[str, Any], reason: str
) -> None:
    """No entry is written, no number taken."""
    counter = await open_counter(house)
    before = counter.session.store.journal.last_seq
    tenders = {"tenders": [{"kind": "cash"}]} if "sell" in line else {}
    answer = await counter.say(**tenders | line)
    assert (answer["ok"], answer["reason"]) == (False, reason), answer
    assert counter.session.store.journal.last_seq == before
    assert (await counter.sell((STANDARD, 1)))["receipt_number"] == 1
    await counter.session.close()


@pytest.mark.parametrize(
    "text",
    [
        *("", "null", "[]", "{", "\x00", '"sell"', "[" * 5_000),
        '{"shift": "drop", "amount_minor": 5, "amount_minor": 5000}',
        '{"sell": [{"type": 1, "count": 1, "count": 2}], "tenders": [{"kind": "cash"}]}',
    ],
)
async def test_garbage_gets_an_answer(house: TillHouse, text: str) -> None:
    """The next line is read as if nothing had been."""
    counter = await open_counter(house)
    assert (await counter.send(text))["reason"] == "malformed"
    assert (await counter.sell((STANDARD, 1)))["ok"]
    await counter.session.close()


async def test_what_the_cashier_may_not_another_allows(house: TillHouse) -> None:
    """Both stand in the entry, with the reason."""
    counter = await open_counter(house)
    answer = await counter.sell(
        (STANDARD, 1), tenders=[{"kind": "comp"}], authorized_by=BEN.id, reason="artist"
    )
    assert (answer["ok"], answer["total_minor"]) == (True, 0)
    (sale,) = sales_of(counter.session)
    assert (sale.cashier, sale.authorized_by, sale.why) == (MARA.id, BEN.id, "artist")
    await counter.session.close()


async def test_a_supervisor_who_is_named_as_cashier_stands_there_as_who_allows_it(
    tmp_path: Path,
) -> None:
    """Without a badge all was theirs to do, and nothing asked for one."""
    server = make_market(granted=10)
    server.office.config = msgspec.structs.replace(server.office.config, supervisors=(JO,))
    server.publish()
    server.cashiers = (MARA,)
    counter = await open_counter(TillHouse(tmp_path, server))
    sold = await counter.sell(
        (STANDARD, 1), tenders=[{"kind": "comp"}], cashier=JO.id, reason="artist"
    )
    assert sold["ok"]
    out = await counter.say(shift="paid_out", amount_minor=9_000, cashier=JO.id)
    assert out["ok"]
    back = await counter.say(refund=[sold["tickets"][0]["ticket_id"]], cashier=JO.id)
    assert back["ok"]
    journal = counter.session.store.journal
    signed = [one for _, one in journal.read(1, journal.last_seq)]
    bodies = [decode_body(decode_entry(one.entry)) for one in signed]
    money = [one for one in bodies if isinstance(one, SaleBody | WithdrawalBody | ShiftBody)]
    assert [one.authorized_by for one in money] == ["", JO.id, JO.id, JO.id]
    await counter.session.close()


async def test_drawer_adds_up_from_float_to_close_by_lines(house: TillHouse) -> None:
    """Cash and card, a drop, a count that is short, and a Z report."""
    counter = await open_counter(house)
    await counter.sell((STANDARD, 2), tenders=[{"kind": "cash", "amount_minor": 10_000}])
    split = await counter.sell(
        (STANDARD, 1), tenders=[{"kind": "card", "amount_minor": 1_000}, {"kind": "cash"}]
    )
    assert [one["kind"] for one in split["payments"]] == ["card", "cash"]
    assert (await counter.say(shift="drop", amount_minor=10_000))["ok"]
    x = await counter.say(shift="x")
    assert x["expected_minor"] == 20_000 + 5_000 + 1_500 - 10_000
    counted = await counter.say(shift="count", amount_minor=16_400)
    assert counted["difference_minor"] == -100
    closed = await counter.say(shift="close")
    assert (closed["ok"], closed["z_number"], closed["card_minor"]) == (True, 1, 1_000)
    assert (await counter.sell((STANDARD, 1)))["reason"] == "no_shift"
    await counter.session.close()


async def test_stock_counts_what_open_sales_hold(house: TillHouse) -> None:
    """An unknown payment is shown, asked for again, and becomes the sale."""
    house.terminal = CardTerminal(["lose"])
    counter = await open_counter(house)
    answer = await counter.sell((STANDARD, 4), tenders=[{"kind": "card"}])
    assert (answer["ok"], answer["reason"]) == (False, "payment_unknown")
    sale_id = answer["open_sale"]["sale_id"]
    assert answer["open_sale"]["held"] == [{"type": STANDARD, "count": 4}]
    stock = (await counter.say(stock=True))["stock"]
    assert [(one["name"], one["left"], one["held"]) for one in stock] == [
        ("Standard", 6, 4),
        ("Reduced", 10, 0),
    ]
    listed = (await counter.say(open_sales=True))["open_sales"]
    assert [one["sale_id"] for one in listed] == [sale_id]
    assert (await counter.say(finish=sale_id))["reason"] == "payment_unknown"
    assert (await counter.say(decide=sale_id))["reason"] == "malformed"
    found = await counter.say(ask_again=sale_id)
    assert (found["ok"], found["sale_id"], found["receipt_number"]) == (True, sale_id, 1)
    assert (await counter.say(open_sales=True))["open_sales"] == []
    await counter.session.close()


async def test_cut_off_till_takes_nothing_back_without_a_supervisor(tmp_path: Path) -> None:
    """Nobody can say whether the guest is inside: nothing is paid out, and the drawer is whole."""
    server = make_market(granted=10)
    server.cashiers = (CHIEF, MARA)
    counter = await open_counter(TillHouse(tmp_path, server))
    sold = await counter.sell((STANDARD, 2))
    server.is_cut = True
    may_not = await counter.say(void=sold["sale_id"])
    assert (may_not["reason"], may_not["seq"]) == ("not_allowed", None)
    void = await counter.say(void=sold["sale_id"], authorized_by=CHIEF.id)
    assert (void["ok"], void["reason"], void["mode"]) == (False, "supervisor", "offline")
    assert (void["paid_out_minor"], void["seq"]) == (0, None)
    x = await counter.say(shift="x")
    assert x["expected_minor"] == 20_000 + 5_000
    await counter.session.close()


async def test_what_several_tenders_paid_goes_back_by_one_that_is_named(tmp_path: Path) -> None:
    """By a supervisor and with a reason; a cashier's right to pay back does not suffice."""
    server = make_market(granted=10)
    server.cashiers = (CHIEF, MARA)
    counter = await open_counter(TillHouse(tmp_path, server))
    parts = [{"kind": "card", "amount_minor": 1_000}, {"kind": "cash"}]
    sold = await counter.sell((STANDARD, 1), tenders=parts)
    refund = {"refund": [sold["tickets"][0]["ticket_id"]], "cashier": CHIEF.id}
    assert (await counter.say(**refund))["reason"] == "wrong_tender"
    assert (await counter.say(**refund, tender="cash"))["reason"] == "not_allowed"
    await counter.session.close()


async def test_ticket_that_cost_nothing_goes_back_as_it_was_paid_beside_one_that_did(
    tmp_path: Path,
) -> None:
    """No tender has paid it, so none has to be named; what the other's parts paid goes to them."""
    server = make_market(granted=10)
    server.cashiers = (BEN, CHIEF, MARA)
    counter = await open_counter(TillHouse(tmp_path, server))
    parts = [{"kind": "card", "amount_minor": 1_000}, {"kind": "cash"}]
    gift: dict[str, Any] = {"tenders": [{"kind": "comp"}], "reason": "artist"}
    sold = [
        await counter.sell((STANDARD, 1), **gift, cashier=BEN.id),
        await counter.sell((STANDARD, 1), tenders=parts, cashier=CHIEF.id),
    ]
    both = [ticket["ticket_id"] for one in sold for ticket in one["tickets"]]
    back = await counter.say(refund=both, tender="split", reason="ill", cashier=CHIEF.id)
    assert (back["ok"], back["paid_out_by"]) == (True, {"cash": 1_500, "card": 1_000})
    await counter.session.close()


async def test_sale_of_a_shift_that_is_over_is_refunded_and_not_voided(tmp_path: Path) -> None:
    """A Z report stays what it was."""
    server = make_market(granted=10)
    server.cashiers = (CHIEF, MARA)
    counter = await open_counter(TillHouse(tmp_path, server))
    sold = await counter.sell((STANDARD, 1))
    assert (await counter.say(shift="close", amount_minor=22_500))["ok"]
    void = {"void": sold["sale_id"], "cashier": CHIEF.id}
    assert (await counter.say(**void))["reason"] == "no_shift"
    assert (await counter.say(shift="open", amount_minor=0))["ok"]
    assert (await counter.say(**void))["reason"] == "unknown_sale"
    await counter.session.close()


async def test_disk_that_refuses_is_answered_and_nothing_was_sold(house: TillHouse) -> None:
    """Neither a receipt nor a ticket is gone; a card is not charged before it is on record."""
    house.terminal = CardTerminal()
    counter = await open_counter(house)
    connection = counter.session.store._database.connection
    connection.execute("PRAGMA query_only=1")
    for tenders in ([{"kind": "cash"}], [{"kind": "card"}]):
        answer = await counter.sell((STANDARD, 2), tenders=tenders)
        assert (answer["ok"], answer["reason"], answer["seq"]) == (False, "not_recorded", None)
    connection.execute("PRAGMA query_only=0")
    assert house.terminal.asked == []
    stock = (await counter.say(stock=True))["stock"]
    assert (stock[0]["left"], stock[0]["held"]) == (10, 0)
    assert (await counter.sell((STANDARD, 1)))["receipt_number"] == 1
    await counter.session.close()


async def test_what_was_paid_back_before_the_disk_was_full_is_told(tmp_path: Path) -> None:
    """Of three tickets one was taken back: it is paid out now, and the others are asked again."""
    server, disk = make_market(granted=10), SmallDisk()
    server.cashiers = (CHIEF, MARA)
    counter = await open_counter(TillHouse(tmp_path, server), disk=disk)
    sold = await counter.sell((STANDARD, 3))
    disk.full_after = "withdrawal.committed"
    ids = [one["ticket_id"] for one in sold["tickets"]]
    refund = await counter.say(refund=ids, cashier=CHIEF.id)
    assert (refund["ok"], refund["reason"], refund["paid_out_minor"]) == (
        False,
        "not_recorded",
        2_500,
    )
    assert [one["ticket_id"] for one in refund["tickets"]] == ids[:1]
    nothing = await counter.say(refund=ids[1:], cashier=CHIEF.id)
    assert (nothing["reason"], nothing["seq"]) == ("not_recorded", None)
    disk.make_room()
    rest = await counter.say(refund=ids[1:], cashier=CHIEF.id)
    assert (rest["ok"], rest["paid_out_minor"]) == (True, 5_000)
    sums = counter.session.shifts.sums()
    assert sums is not None
    assert sums.expected_minor == 20_000
    await counter.session.close()


async def test_what_was_paid_back_before_the_disk_failed_is_told(tmp_path: Path) -> None:
    """As on a full disk: what went back stands, and the rest is asked for again."""
    server, disk = make_market(granted=10), SmallDisk()
    server.cashiers = (CHIEF, MARA)
    counter = await open_counter(TillHouse(tmp_path, server), disk=disk)
    disk.hold(counter.session.store)
    sold = await counter.sell((STANDARD, 3))
    disk.torn_after = "withdrawal.committed"
    ids = [one["ticket_id"] for one in sold["tickets"]]
    refund = await counter.say(refund=ids, cashier=CHIEF.id)
    assert (refund["reason"], refund["paid_out_minor"]) == ("not_recorded", 2_500)
    nothing = await counter.say(refund=ids[1:], cashier=CHIEF.id)
    assert (nothing["ok"], nothing["reason"], nothing["seq"]) == (False, "not_recorded", None)
    disk.heal()
    rest = await counter.say(refund=ids[1:], cashier=CHIEF.id)
    assert (rest["ok"], rest["paid_out_minor"]) == (True, 5_000)
    await counter.session.close()


async def test_shifts_of_a_till_are_numbered_for_its_receipts(house: TillHouse) -> None:
    """From the first on, by their entries; a sale of none has no number."""
    counter = await open_counter(house)
    await counter.sell((STANDARD, 1))
    assert (await counter.say(shift="close", amount_minor=22_500))["ok"]
    assert (await counter.say(shift="open", amount_minor=0))["ok"]
    await counter.sell((STANDARD, 1))
    journal = DrawerJournal(counter.session.store)
    sales = sales_of(counter.session)
    assert [journal.number_of(sale.shift_id) for sale in sales] == [1, 2]
    assert journal.number_of("") == journal.number_of("f" * 32) == 0
    await counter.session.close()


async def test_a_till_that_was_stopped_before_its_answer_says_what_was_done_last(
    house: TillHouse,
) -> None:
    """A program that has heard nothing does nothing twice, and gives the change that is due."""
    house.paired.link.server.cashiers = (MARA, CHIEF)
    counter = await open_counter(house)
    assert (await counter.say(last=True))["last"] is None
    cash = [{"kind": "cash", "amount_minor": 10_000}]
    sold = await counter.sell((STANDARD, 2), (REDUCED, 1), tenders=cash)
    await counter.session.close()
    counter = await open_counter(house, is_open=False)
    last = (await counter.say(last=True))["last"]
    for name in ("sale_id", "receipt_number", "total_minor", "change_minor"):
        assert last[name] == sold[name]
    ids = [one["ticket_id"] for one in sold["tickets"]]
    assert [one["ticket_id"] for one in last["tickets"]] == ids
    assert "digits" not in json.dumps(last), "a code is had again by a reprint, which is on record"
    assert (last["is_refund"], last["paid_by"]) == (False, "cash")
    back = await counter.say(refund=[ids[0]], reason="ill", cashier=CHIEF.id)
    assert back["ok"], back
    await counter.session.close()
    counter = await open_counter(house, is_open=False)
    last = (await counter.say(last=True))["last"]
    assert (last["is_refund"], last["paid_out_minor"], last["tender"]) == (True, 2_500, "cash")
    assert [one["ticket_id"] for one in last["tickets"] if one["is_gone"]] == [ids[0]]
    assert "moved" not in last
    drop = {"shift": "drop", "amount_minor": 4_000}
    assert (await counter.say(**drop))["ok"]
    await counter.session.close()
    counter = await open_counter(house, is_open=False)
    assert (await counter.say(last=True))["last"]["moved"] == drop
    await counter.session.close()
