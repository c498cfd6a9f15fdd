"""Exchange, upgrade and transfer at the till's window, counted in taps."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt

from gatekeeper.presenters.till.state import TillStep
from gatekeeper.wording.texts import TEXTS
from shared.journal.sale_body import SaleBody
from shared.journal.withdrawal_body import WithdrawalBody
from tests.factories.gate_event import STANDARD
from tests.factories.till_bench import RIGHTS, Bench
from tests.factories.till_evening import MAY_MUCH, OpenBench, allow, bodies_of, sell
from tests.factories.till_house import REDUCED


def look_at_last(bench: Bench) -> None:
    """Look at the sale that was just made."""
    bench.tap("last")
    bench.wait(TillStep.SALE)
    bench.taps = 0


def sales_and_withdrawals(bench: Bench) -> tuple[list[SaleBody], list[WithdrawalBody]]:
    """Return what the journal says."""
    bodies = bodies_of(bench)
    return (
        [one for one in bodies if isinstance(one, SaleBody)],
        [one for one in bodies if isinstance(one, WithdrawalBody)],
    )


def test_an_upgrade_is_exchange_tile_cash_and_exact(open_bench: OpenBench) -> None:
    """Only the difference moves; the old ticket pays for the rest, as is read while it is paid."""
    bench = open_bench(MAY_MUCH)
    sell(bench, REDUCED)
    look_at_last(bench)
    bench.tap("exchange")
    bench.wait(TillStep.SELL)
    bench.tap(f"type:{STANDARD}")
    assert bench.text("tillAmount") == "€12.50"
    bench.tap("cash")
    rows = [row.amount for row in bench.flow.desk.screen().rows]
    assert rows == ["-€12.50", "€25.00"]
    bench.tap("amount:1250")
    bench.wait(TillStep.DONE)
    assert bench.taps == 4
    assert bench.text("tillLabel") == "Paid: Exchanged tickets, Cash"
    assert bench.text("tillAmount") == "€25.00"
    assert bench.flow.desk.state.giving == ()
    sales, gone = sales_and_withdrawals(bench)
    assert [(one.kind, one.amount_minor) for one in sales[1].payments] == [
        ("exchange", 1_250),
        ("cash", 1_250),
    ]
    assert [(one.purpose, one.credited_minor) for one in gone] == [("exchange", 1_250)]


def test_a_ticket_swapped_for_its_like_says_how_it_was_paid(open_bench: OpenBench) -> None:
    """No change, at the end and where the sale is looked at again."""
    bench = open_bench(MAY_MUCH)
    sell(bench, REDUCED)
    look_at_last(bench)
    bench.tap("exchange")
    bench.wait(TillStep.SELL)
    bench.tap(f"type:{REDUCED}")
    bench.tap("swap")
    bench.wait(TillStep.DONE)
    assert (bench.text("tillLabel"), bench.text("tillAmount")) == (
        "Paid: Exchanged tickets",
        "€12.50",
    )
    bench.tap("last")
    bench.wait(TillStep.SALE)
    assert bench.text("tillLabel") == "Exchanged tickets"


def test_a_cheaper_ticket_gives_the_difference_back(open_bench: OpenBench) -> None:
    """Exchange, tile, exchange: what is to be paid back stands large beside the new code."""
    bench = open_bench(MAY_MUCH)
    sell(bench, STANDARD)
    look_at_last(bench)
    bench.tap("exchange")
    bench.wait(TillStep.SELL)
    bench.tap(f"type:{REDUCED}")
    bench.tap("swap")
    bench.wait(TillStep.DONE)
    assert bench.taps == 3
    assert bench.text("tillAmount") == "€12.50"
    assert "Pay back" in bench.text("tillLabel")
    bench.tap(f"type:{STANDARD}")
    bench.tap("cash")
    bench.tap("amount:2500")
    bench.wait(TillStep.DONE)
    assert bench.text("tillAmount") == "€0.00", "the next guest's change"
    sales, gone = sales_and_withdrawals(bench)
    assert (len(sales), len(gone)) == (3, 1)


def test_a_difference_of_a_sale_in_parts_goes_back_as_it_was_paid(open_bench: OpenBench) -> None:
    """The first choice: no supervisor turns a card's money into cash; each part is said."""
    bench = open_bench(MAY_MUCH)
    bench.tap(f"type:{STANDARD}")
    bench.tap("cash")
    for sign in ("1", "5", "00"):
        bench.tap(f"digit:{sign}")
    bench.tap("part")
    bench.wait(TillStep.REST)
    bench.tap("card")
    bench.tap("approved")
    bench.wait(TillStep.DONE)
    look_at_last(bench)
    bench.tap("exchange")
    bench.wait(TillStep.SELL)
    bench.tap(f"type:{REDUCED}")
    bench.press(Qt.Key.Key_X)
    bench.wait(TillStep.DONE)
    assert (bench.text("tillLabel"), bench.text("tillAmount")) == (
        "Pay back: Card, Cash",
        "€12.50",
    )
    assert bench.text("tillCodeText").startswith(
        "Card\N{NO-BREAK SPACE}€10.00, Cash\N{NO-BREAK SPACE}€2.50\n"
    )
    look_at_last(bench)
    bench.tap("back_why:cannot_come")
    bench.wait(TillStep.CONFIRM)
    bench.tap("pay_back:split")
    bench.wait(TillStep.PAID_BACK)
    assert (bench.text("tillLabel"), bench.text("tillAmount")) == ("Pay back: Cash", "€12.50")
    _, (given, gone) = sales_and_withdrawals(bench)
    assert [(one.tender, one.amount_minor) for one in given.parts] == [
        ("card", 1_000),
        ("cash", 250),
    ]
    assert (given.tender, given.credited_minor, given.authorized_by) == ("split", 1_250, "")
    assert [(one.tender, one.amount_minor) for one in gone.parts] == [("cash", 1_250)]


def test_an_exchange_that_pays_out_beyond_the_right_takes_a_supervisor(
    open_bench: OpenBench,
) -> None:
    """Badge and PIN; a step back before that leaves the exchange as it was begun."""
    bench = open_bench(msgspec.structs.replace(RIGHTS, refund_minor=0))
    sell(bench, STANDARD)
    look_at_last(bench)
    bench.tap("exchange")
    bench.wait(TillStep.SELL)
    bench.tap(f"type:{REDUCED}")
    bench.tap("swap")
    bench.wait(TillStep.ALLOW)
    assert "€12.50" in bench.flow.desk.screen().title, "who allows it sees how much goes back"
    bench.press(Qt.Key.Key_Escape)
    bench.wait(TillStep.SELL)
    bench.tap("swap")
    allow(bench)
    bench.wait(TillStep.DONE)
    _, (gone,) = sales_and_withdrawals(bench)
    assert gone.authorized_by


def test_an_exchange_can_be_left_and_nothing_came_of_it(open_bench: OpenBench) -> None:
    """Esc takes the tile back, then leads to the sale; the ticket is as good as before."""
    bench = open_bench(MAY_MUCH)
    sell(bench, STANDARD)
    look_at_last(bench)
    bench.press(Qt.Key.Key_X)
    bench.wait(TillStep.SELL)
    bench.press(Qt.Key.Key_F2, Qt.Key.Key_Escape, Qt.Key.Key_Escape)
    bench.wait(TillStep.SALE)
    bench.press(Qt.Key.Key_Escape, Qt.Key.Key_Escape)
    assert bench.step() is TillStep.SELL
    assert bench.flow.desk.state.giving == ()
    sales, gone = sales_and_withdrawals(bench)
    assert (len(sales), gone) == (1, [])


def test_a_ticket_goes_to_somebody_else_with_another_code(open_bench: OpenBench) -> None:
    """Transfer, why: the holder before has a copy that admits nobody."""
    bench = open_bench(MAY_MUCH)
    sell(bench, STANDARD)
    before = bench.flow.desk.state.sale
    assert before is not None
    look_at_last(bench)
    bench.tap("transfer:picked")
    bench.tap("why:cannot_come")
    bench.wait(TillStep.HANDED)
    assert bench.taps == 2
    assert bench.flow.desk.state.handed[0].digits != before.tickets[0].digits
    _, (gone,) = sales_and_withdrawals(bench)
    assert (gone.purpose, gone.reason) == ("transfer", "cannot_come")


def test_whoever_has_passed_a_ticket_on_gets_nothing_for_the_copy_that_they_kept(
    open_bench: OpenBench,
) -> None:
    """It took the new holder's ticket: paid back, or printed again, to whoever showed a copy."""
    bench = open_bench(MAY_MUCH)
    sell(bench, STANDARD)
    before = bench.flow.desk.state.sale
    assert before is not None
    look_at_last(bench)
    bench.tap("transfer:picked")
    bench.tap("why:cannot_come")
    bench.wait(TillStep.HANDED)
    newest = bench.flow.desk.state.handed[0].digits
    bench.press(Qt.Key.Key_Return)
    bench.scan(before.tickets[0].digits)
    bench.wait(TillStep.SELL)
    older = TEXTS.say("till.refused.superseded")
    bench.qtbot.waitUntil(lambda: bench.flow.desk.state.note == older)
    bench.scan(newest)
    bench.wait(TillStep.TICKET)
