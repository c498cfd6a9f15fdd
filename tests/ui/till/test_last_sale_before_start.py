"""What a till says of its last sale when it starts again, through the real window and engine."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.till.state import TillStep
from shared.journal.sale_body import SaleBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.instant import SECOND
from tests.factories.gate_event import STANDARD
from tests.factories.till_bench import BADGE, Bench
from tests.factories.till_evening import (
    MAY_MUCH,
    OpenBench,
    allow,
    bodies_of,
    make_house,
    rows_of,
    sell,
    start_again,
)
from tests.factories.till_house import REDUCED
from tests.fakes.card_terminal import CardTerminal


def test_a_till_that_starts_again_says_that_its_last_sale_was_made(open_bench: OpenBench) -> None:
    """Its receipt, tickets, sum and tender, and that nothing of it is on paper."""
    bench = open_bench()
    sell(bench, STANDARD, REDUCED)
    again = start_again(open_bench, bench)
    again.wait(TillStep.LAST)
    assert again.text("tillTitle") == "The last sale went through: do not sell it again"
    assert "Receipt 1" in again.text("tillLabel")
    assert "Cash" in again.text("tillLabel")
    assert again.text("tillAmount") == "€37.50"
    said = rows_of(again)
    assert [one for one in said if "Standard" in one]
    assert said[0] == "None of it was printed"
    again.tap("enter")
    assert again.step() is TillStep.SELL
    assert len([one for one in bodies_of(again) if isinstance(one, SaleBody)]) == 1


def test_the_last_sale_is_told_once_and_only_of_the_open_shift(open_bench: OpenBench) -> None:
    """Without any sale it begins with the tiles; the next cashier is not told again."""
    bench = open_bench(MAY_MUCH)
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.SELL)
    sell(bench, STANDARD)
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.LAST)
    bench.tap("enter")
    bench.tap("menu")
    bench.tap("leave")
    bench.wait(TillStep.WHO)
    bench.scan(BADGE)
    bench.wait(TillStep.SELL)


@pytest.mark.parametrize("is_open_first", [True, False])
def test_of_an_open_sale_and_the_last_one_the_newer_is_told_at_the_start(
    open_bench: OpenBench, is_open_first: bool
) -> None:
    """An older one, of which nobody knows, hid that the guest at the counter was sold to."""
    bench = open_bench()
    opened = bench.flow._thread._till
    assert opened is not None
    ports = opened.session.till.ports
    opened.session.till.ports = msgspec.structs.replace(ports, terminal=CardTerminal(["silent"]))
    bench.qtbot.waitUntil(lambda: bench.flow.desk.state.facts.has_terminal)
    for is_open in (is_open_first, not is_open_first):
        if is_open:
            bench.tap(f"type:{STANDARD}")
            bench.tap("card")
            bench.wait(TillStep.OPEN)
            bench.tap("back")
        else:
            sell(bench, STANDARD)
        paired = bench.house.paired
        for clock in (paired.clock, paired.link.server.clock):  # a sync between takes the server's
            clock.advance(SECOND)
    again = start_again(open_bench, bench)
    again.wait(TillStep.LAST if is_open_first else TillStep.OPEN)
    again.tap("enter" if is_open_first else "back")
    again.wait(TillStep.SELL)
    assert "open" in again.window.page.ways.keys


def test_the_last_sale_is_taken_back_from_where_it_is_told(open_bench: OpenBench) -> None:
    """All of it is chosen; afterwards that is told, so that it is paid back once."""
    bench = open_bench(MAY_MUCH)
    sell(bench, STANDARD, REDUCED)
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.LAST)
    bench.tap("take_back")
    bench.wait(TillStep.SALE)
    bench.tap("back_why:mistake")
    bench.tap("pay_back")
    bench.wait(TillStep.PAID_BACK)
    assert bench.text("tillAmount") == "€37.50"
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.LAST)
    assert bench.text("tillTitle") == "The last refund is recorded: do not pay it twice"
    assert bench.text("tillAmount") == "€37.50"
    assert len(rows_of(bench)) == 2
    bench.tap("enter")
    ended = [one for one in bodies_of(bench) if isinstance(one, WithdrawalBody)]
    assert len(ended) == 2


def test_what_the_guest_gets_of_the_last_sale_is_told(open_bench: OpenBench) -> None:
    """Change that was not given yet; and what an exchange for something cheaper gives back."""
    bench = open_bench(MAY_MUCH)
    for key in (f"type:{STANDARD}", "cash", "amount:5000"):
        bench.tap(key)
    bench.wait(TillStep.DONE)
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.LAST)
    assert [one for one in rows_of(bench) if "Change" in one and "€25.00" in one]
    for key in ("take_back", "exchange"):
        bench.tap(key)
    bench.wait(TillStep.SELL)
    for key in (f"type:{REDUCED}", "swap"):
        bench.tap(key)
    bench.wait(TillStep.DONE)
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.LAST)
    assert [one for one in rows_of(bench) if "Pay back: Cash" in one and "€12.50" in one]


def test_cash_that_went_to_the_safe_after_the_last_sale_is_told_with_it(
    open_bench: OpenBench,
) -> None:
    """Whoever saw no answer does not key it in once more."""
    bench = open_bench(MAY_MUCH)
    sell(bench, STANDARD)
    for key in ("menu", "cash_act:drop", "digit:1", "digit:00", "digit:0", "enter"):
        bench.tap(key)
    bench.wait(TillStep.SELL)
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.LAST)
    assert "To the safe" in rows_of(bench)[0]
    assert "€10.00" in rows_of(bench)[0]


def test_the_last_sale_is_printed_again_from_where_it_is_told(open_bench: OpenBench) -> None:
    """A till without a printer showed its tickets on the screen that went dark."""
    bench = open_bench(MAY_MUCH)
    sell(bench, STANDARD)
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.LAST)
    bench.tap("again:last")
    bench.tap("why:not_printed")
    bench.qtbot.waitUntil(lambda: bench.step() in {TillStep.HANDED, TillStep.ALLOW})
    if bench.step() is TillStep.ALLOW:
        allow(bench)
    bench.wait(TillStep.HANDED)
    assert bench.text("tillCodeText")


def test_a_till_that_starts_again_says_what_became_of_the_papers(
    qtbot: QtBot, tmp_path: Path
) -> None:
    """Those that were never made are made at the start; then they are there."""
    house = make_house(tmp_path)
    bench = Bench(qtbot, house)
    bench.sign_in()
    sell(bench, STANDARD)
    bench.flow.stop()
    folder = tmp_path / "printed"
    folder.mkdir()
    again = Bench(qtbot, house, f"folder:{folder}")
    again.scan(BADGE)
    again.wait(TillStep.LAST)
    qtbot.waitUntil(lambda: rows_of(again)[0] == "Tickets and receipt are printed")
    again.flow.stop()
    assert [*folder.iterdir()]


def test_what_was_paid_in_part_is_on_the_counter_when_the_till_starts_again(
    open_bench: OpenBench,
) -> None:
    """Cash and a card that were taken, the basket, and its discount; until it is sold, once."""
    bench = open_bench(MAY_MUCH)
    for key in (f"type:{STANDARD}", f"type:{STANDARD}", "cash", "digit:1", "digit:00", "digit:0"):
        bench.tap(key)
    for key in ("part", "card", "digit:2", "digit:00", "digit:0", "approved"):
        bench.tap(key)
    bench.wait(TillStep.REST)
    parts = list(bench.flow.desk.state.parts)
    assert [one.amount_minor for one in parts] == [1_000, 2_000]
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.REST)
    assert bench.flow.desk.state.parts == parts
    assert "switched off" in bench.text("tillNote")
    bench.tap("unpart:1")
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.REST)
    assert bench.flow.desk.state.parts == parts[:1], "the card was given back"
    bench.tap("cash")
    bench.tap(f"amount:{bench.flow.desk.state.due}")
    bench.wait(TillStep.DONE)
    bench = start_again(open_bench, bench)
    bench.wait(TillStep.LAST)
    (sold,) = [one for one in bodies_of(bench) if isinstance(one, SaleBody)]
    assert [one.amount_minor for one in sold.payments] == [1_000, sold.total_minor - 1_000]
