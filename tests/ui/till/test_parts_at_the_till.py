"""What was taken in part stays on the counter, whatever stops the till or is said no to."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt

from gatekeeper.presenters.till.state import TillStep
from gatekeeper.wording.texts import TEXTS
from shared.journal.sale_body import SaleBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.wire.voucher import VoucherAnswer, VoucherNo, VoucherState
from tests.factories.gate_event import STANDARD
from tests.factories.till_bench import RIGHTS, Bench
from tests.factories.till_evening import (
    CHIEF_BADGE,
    MAY_MUCH,
    OTHER_BADGE,
    OpenBench,
    bodies_of,
    rows_of,
    sell,
    start_again,
)
from tests.factories.till_house import REDUCED

CODE = "EAMW-7PKC-T16Z-DZEK"
PAID = VoucherAnswer(state=VoucherState.PAID, reference="vp_1", left_minor=0)
NEVER = VoucherAnswer(state=VoucherState.DECLINED)
WITHDRAWN = VoucherAnswer(state=VoucherState.DECLINED, why=VoucherNo.WITHDRAWN)


def payments(bench: Bench) -> list[list[tuple[str, int]]]:
    """Return how each sale of the journal was paid."""
    return [
        [(part.kind, part.amount_minor) for part in one.payments]
        for one in bodies_of(bench)
        if isinstance(one, SaleBody)
    ]


def take_in_cash(bench: Bench, *digits: str) -> None:
    """Take a part in cash."""
    bench.tap("cash")
    for sign in digits:
        bench.tap(f"digit:{sign}")
    bench.tap("part")
    bench.wait(TillStep.REST)


def pay_by_voucher(bench: Bench, *answers: VoucherAnswer | None) -> None:
    """Take 15.00 of a ticket in cash, and show a voucher for the rest; None is lost on its way."""
    bench.tap(f"type:{STANDARD}")
    take_in_cash(bench, "1", "5", "00")
    bench.house.paired.link.server.voucher_answers.extend(answers)
    bench.tap("code:voucher")
    bench.scan(CODE)


def test_an_exchange_that_is_paid_in_part_is_one_when_the_till_starts_again(
    open_bench: OpenBench,
) -> None:
    """The old ticket pays its share still, and is given back: nobody pays twice, or keeps both."""
    bench = open_bench(MAY_MUCH)
    sell(bench, REDUCED)
    bench.tap("last")
    bench.wait(TillStep.SALE)
    bench.tap("exchange")
    bench.wait(TillStep.SELL)
    bench.tap(f"type:{STANDARD}")
    take_in_cash(bench, "5", "00")
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.REST)
    assert "switched off" in bench.text("tillNote")
    assert bench.text("tillAmount") == "€7.50"
    bench.tap("cash")
    bench.tap("amount:750")
    bench.wait(TillStep.DONE)
    bodies = bodies_of(bench)
    (_, sold) = [one for one in bodies if isinstance(one, SaleBody)]
    (gone,) = [one for one in bodies if isinstance(one, WithdrawalBody)]
    assert [(one.kind, one.amount_minor) for one in sold.payments] == [
        ("exchange", 1_250),
        ("cash", 500),
        ("cash", 750),
    ]
    assert (gone.purpose, gone.credited_to) == ("exchange", sold.sale_id)


def test_a_part_in_cash_is_there_when_the_voucher_for_the_rest_turns_out_not_to_pay(
    open_bench: OpenBench,
) -> None:
    """Nobody knew of the voucher when the till stopped; its page says what was taken besides."""
    bench = open_bench(MAY_MUCH)
    pay_by_voucher(bench, None)
    bench.wait(TillStep.OPEN)
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.OPEN)
    said = TEXTS.say("till.part_paid", tender=TEXTS.say("till.tender.cash"))
    assert [one for one in rows_of(bench) if said in one and "€15.00" in one]
    (sale,) = bench.flow.desk.state.facts.open_sales
    bench.house.paired.link.server.voucher_answers.append(NEVER)
    bench.tap(f"ask:{sale.sale_id}")
    bench.wait(TillStep.REST)
    assert bench.text("tillAmount") == "€10.00"
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.REST)
    bench.tap("cash")
    bench.tap("amount:1000")
    bench.wait(TillStep.DONE)
    assert payments(bench) == [[("cash", 1_500), ("cash", 1_000)]]


def test_a_part_in_cash_is_kept_where_the_voucher_for_the_rest_is_refused(
    open_bench: OpenBench,
) -> None:
    """Also when the till stops after that; the voucher's charge stands in no sale."""
    bench = open_bench(MAY_MUCH)
    pay_by_voucher(bench, WITHDRAWN)
    bench.qtbot.waitUntil(lambda: bench.text("tillNote") == TEXTS.say("till.voucher_no.withdrawn"))
    assert bench.step() is TillStep.REST
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.REST)
    assert bench.text("tillAmount") == "€10.00"
    bench.tap("back")
    bench.qtbot.waitUntil(lambda: "€15.00" in bench.text("tillNote"))
    assert payments(start_again(open_bench, bench)) == []


@pytest.mark.parametrize("way", ["finish_paid", "give_up"])
def test_a_part_in_cash_is_counted_where_the_rest_is_paid_and_the_sale_cannot_be_made(
    open_bench: OpenBench, way: str
) -> None:
    """Who began it was dismissed: its page asks for no more, or says what is to be given back."""
    bench = open_bench(MAY_MUCH)
    server = bench.house.paired.link.server
    pay_by_voucher(bench, None)
    bench.wait(TillStep.OPEN)
    (sale,) = bench.flow.desk.state.facts.open_sales
    server.cashiers = server.cashiers[1:]
    bench = start_again(open_bench, bench, OTHER_BADGE)
    bench.wait(TillStep.OPEN)
    server.voucher_answers.append(PAID)
    bench.tap(f"ask:{sale.sale_id}")
    bench.wait(TillStep.ALLOW)
    bench.press(Qt.Key.Key_Escape)
    bench.wait(TillStep.OPEN)
    assert bench.text("tillTitle") == TEXTS.say("till.open_paid")
    server.voucher_answers.append(NEVER)
    bench.tap(f"{way}:{sale.sale_id}")
    if way == "give_up":
        bench.qtbot.waitUntil(lambda: "€15.00" in bench.text("tillNote"))
        assert payments(bench) == []
    else:
        bench.wait(TillStep.DONE)
        assert payments(bench) == [[("cash", 1_500), ("voucher", 1_000)]]


def test_a_card_that_was_keyed_in_when_the_till_stopped_is_asked_about(
    open_bench: OpenBench,
) -> None:
    """Nobody charges it again, and what its slip says is booked; then nothing is open."""
    bench = open_bench(MAY_MUCH)
    bench.tap(f"type:{STANDARD}")
    bench.tap("card")
    bench.wait(TillStep.CARD)
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.CARD)
    assert bench.text("tillNote") == TEXTS.say("till.refused.unknown")
    assert bench.text("tillAmount") == "€25.00"
    bench.tap("approved")
    bench.wait(TillStep.DONE)
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.LAST)
    assert payments(bench) == [[("card", 2_500)]]


def test_a_card_that_was_refused_is_not_asked_about_at_the_next_start(
    open_bench: OpenBench,
) -> None:
    """Neither by the button nor by a step back; a part in cash is on the counter still."""
    bench = open_bench(MAY_MUCH)
    bench.tap(f"type:{STANDARD}")
    take_in_cash(bench, "5", "00")
    for leave in ("declined", "back"):
        bench.tap("card")
        bench.wait(TillStep.CARD)
        bench.tap(leave)
        bench.wait(TillStep.REST)
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.REST)
    bench.tap("unpart:0")
    bench.wait(TillStep.SELL)
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.SELL)


def test_who_allows_a_payback_in_parts_sees_how_much_goes_back(open_bench: OpenBench) -> None:
    """Beside badge and PIN, as of one by a single tender."""
    bench = open_bench(msgspec.structs.replace(RIGHTS, refund_minor=0))
    bench.tap(f"type:{STANDARD}")
    take_in_cash(bench, "1", "5", "00")
    bench.tap("card")
    bench.tap("approved")
    bench.wait(TillStep.DONE)
    bench.tap("last")
    bench.wait(TillStep.SALE)
    bench.tap("back_why:cannot_come")
    bench.wait(TillStep.CONFIRM)
    bench.tap("pay_back:split")
    bench.wait(TillStep.ALLOW)
    assert "€25.00" in bench.flow.desk.screen().title
    bench.scan(CHIEF_BADGE)
    bench.wait(TillStep.PIN)
    (row,) = rows_of(bench)
    assert "€25.00" in row, row


def test_what_was_paid_in_parts_goes_back_as_it_was_paid_and_says_how_much_by_which(
    open_bench: OpenBench,
) -> None:
    """After a restart too: nobody hands a card's money out in cash, or one part twice."""
    bench = open_bench(MAY_MUCH)
    bench.tap(f"type:{STANDARD}")
    take_in_cash(bench, "1", "5", "00")
    bench.tap("card")
    bench.tap("approved")
    bench.wait(TillStep.DONE)
    bench.tap("last")
    bench.wait(TillStep.SALE)
    bench.tap("back_why:cannot_come")
    bench.wait(TillStep.CONFIRM)
    bench.tap("pay_back:split")
    bench.wait(TillStep.PAID_BACK)
    said = [
        TEXTS.say("till.paid_back", tender=TEXTS.say(f"till.tender.{one}"))
        for one in ("card", "cash")
    ]
    assert bench.text("tillAmount") == "€25.00"
    shown = rows_of(bench)
    assert ["€10.00" in shown[0], "€15.00" in shown[1]] == [True, True], shown
    assert [one in row for one, row in zip(said, shown, strict=True)] == [True, True]
    (gone,) = [one for one in bodies_of(bench) if isinstance(one, WithdrawalBody)]
    assert [(one.tender, one.amount_minor) for one in gone.paid_out_by()] == [
        ("card", 1_000),
        ("cash", 1_500),
    ]
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.LAST)
    shown = rows_of(bench)
    assert ["€10.00" in shown[0], "€15.00" in shown[1]] == [True, True], shown
