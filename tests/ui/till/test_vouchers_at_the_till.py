"""Vouchers at the till's window: what the ledger says of one is what the cashier reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from gatekeeper.presenters.till.state import TillStep
from gatekeeper.wording.texts import TEXTS
from shared.journal.sale_body import SaleBody
from shared.wire.voucher import VoucherAnswer, VoucherNo, VoucherState
from tests.factories.gate_event import STANDARD
from tests.factories.till_bench import Bench
from tests.factories.till_evening import MAY_MUCH, OpenBench, bodies_of, make_house

CODE = "EAMW-7PKC-T16Z-DZEK"
PAID = VoucherAnswer(state=VoucherState.PAID, reference="vp_1", left_minor=0)
NEVER = VoucherAnswer(state=VoucherState.DECLINED)
LEFT = 1_000


@pytest.fixture
def bench(open_bench: OpenBench, tmp_path: Path) -> Bench:
    """A till with one ticket of 25.00 in its basket."""
    bench = open_bench(house=make_house(tmp_path, MAY_MUCH))
    bench.sign_in()
    bench.tap(f"type:{STANDARD}")
    return bench


def answer(bench: Bench, *answers: VoucherAnswer | None) -> None:
    """Let the server say this next about vouchers; None is lost on its way."""
    bench.house.paired.link.server.voucher_answers.extend(answers)


def declined(why: VoucherNo, left_minor: int | None = None) -> VoucherAnswer:
    """Return a no of the ledger."""
    return VoucherAnswer(state=VoucherState.DECLINED, left_minor=left_minor, why=why)


def show(bench: Bench) -> None:
    """Take the voucher that the guest shows."""
    bench.press(Qt.Key.Key_O)
    bench.wait(TillStep.OTHER)
    bench.tap("code:voucher")
    bench.scan(CODE)


@pytest.mark.parametrize("is_charged", [True, False])
def test_a_voucher_whose_charge_nobody_knows_is_asked_about_at_the_server(
    bench: Bench, *, is_charged: bool
) -> None:
    """No slip says it, and no person can: one button asks, and the sale goes on or begins anew."""
    answer(bench, None)
    show(bench)
    bench.wait(TillStep.OPEN)
    assert bench.text("tillNote") == TEXTS.say("till.refused.unknown_voucher")
    (sale,) = bench.flow.desk.state.facts.open_sales
    assert bench.window.page.ways.keys == (f"ask:{sale.sale_id}",)
    button = bench.window.page.ways.button(f"ask:{sale.sale_id}")
    assert button.text() == TEXTS.say("till.ask_server")
    answer(bench, PAID if is_charged else NEVER)
    bench.tap(f"ask:{sale.sale_id}")
    if is_charged:
        bench.wait(TillStep.DONE)
        (sold,) = [one for one in bodies_of(bench) if isinstance(one, SaleBody)]
        assert sold.tender == "voucher"
    else:
        bench.wait(TillStep.SELL)
        assert bench.flow.desk.state.counts == {STANDARD: 1}, "its guest is still there"
        said = TEXTS.say("till.refused.not_charged")
        bench.qtbot.waitUntil(lambda: bench.text("tillNote") == said)


def test_a_voucher_that_holds_too_little_pays_its_part_after_the_rest(bench: Bench) -> None:
    """The page says how much is on it and how much is to be taken first; then it pays."""
    answer(bench, declined(VoucherNo.TOO_LITTLE, LEFT), PAID)
    show(bench)
    bench.wait(TillStep.SELL)
    said = TEXTS.say("till.voucher_no.too_little", left="€10.00", rest="€15.00")
    assert bench.text("tillNote") == said
    bench.tap("cash")
    key = bench.window.page.quick.button("part:1500")
    assert key.accessibleName() == f"€15.00. {TEXTS.say('till.before_voucher')}"
    bench.tap("part:1500")
    bench.wait(TillStep.REST)
    bench.tap("code:voucher")
    bench.scan(CODE)
    bench.wait(TillStep.DONE)
    (sold,) = [one for one in bodies_of(bench) if isinstance(one, SaleBody)]
    assert [(one.kind, one.amount_minor) for one in sold.payments] == [
        ("cash", 1_500),
        ("voucher", LEFT),
    ]


def test_a_code_of_no_voucher_comes_back_to_be_mended(bench: Bench) -> None:
    """One wrong sign costs one sign; Esc leads to the basket, which is whole."""
    answer(bench, declined(VoucherNo.UNKNOWN))
    show(bench)
    bench.wait(TillStep.TEXT)
    bench.qtbot.waitUntil(lambda: bool(bench.text("tillNote")))
    assert bench.text("tillNote") == TEXTS.say("till.voucher_no.unknown")
    assert bench.text("tillAmount") == CODE
    bench.press(Qt.Key.Key_Escape)
    bench.wait(TillStep.SELL)
    assert bench.flow.desk.state.counts == {STANDARD: 1}


@pytest.mark.parametrize(
    "why", [VoucherNo.WITHDRAWN, VoucherNo.ENDED, VoucherNo.OTHER_CURRENCY], ids=str
)
def test_a_voucher_that_is_no_good_any_more_is_called_so(bench: Bench, why: VoucherNo) -> None:
    """Withdrawn, ended, of another currency: each in its own words."""
    answer(bench, declined(why))
    show(bench)
    bench.wait(TillStep.SELL)
    assert bench.text("tillNote") == TEXTS.say(f"till.voucher_no.{why.value}")


@pytest.mark.parametrize("is_whole", [True, False])
def test_what_goes_back_onto_a_voucher_is_never_counted_out(
    bench: Bench, *, is_whole: bool
) -> None:
    """The ledger puts it back by itself: the sum that is handed out is of the rest."""
    answer(bench, PAID)
    if not is_whole:
        bench.tap("cash")
        bench.press(Qt.Key.Key_1, Qt.Key.Key_5, Qt.Key.Key_0, Qt.Key.Key_0)
        bench.tap("part")
        bench.wait(TillStep.REST)
        bench.tap("code:voucher")
        bench.scan(CODE)
    else:
        show(bench)
    bench.wait(TillStep.DONE)
    bench.tap("last")
    bench.wait(TillStep.SALE)
    bench.tap("back_why:cannot_come")
    bench.wait(TillStep.CONFIRM)
    bench.tap("pay_back" if is_whole else "pay_back:split")
    bench.wait(TillStep.PAID_BACK)
    screen, onto = bench.flow.desk.screen(), TEXTS.say("till.onto_voucher")
    if is_whole:
        assert screen.title == TEXTS.say("till.onto_voucher_title")
        assert (screen.label, screen.amount, screen.rows) == (onto, "€25.00", ())
    else:
        assert screen.title == TEXTS.say("till.paid_back_title")
        cash = TEXTS.say("till.paid_back", tender=TEXTS.say("till.tender.cash"))
        assert (screen.label, screen.amount) == (cash, "€15.00")
        assert {(one.text, one.amount) for one in screen.rows} == {
            (onto, "€10.00"),
            (cash, "€15.00"),
        }
