"""What the window says goes back, where the event's refund terms keep some of it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gatekeeper.presenters.till.state import TillStep
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.instant import HOUR, Duration, Instant
from shared.manifest.price_plan import RefundTerm
from shared.sales.price_check import prices_of
from tests.factories.gate_event import STANDARD
from tests.factories.till_bench import Bench
from tests.factories.till_evening import MAY_MUCH, OpenBench, bodies_of, make_house, sell
from tests.factories.till_house import REDUCED

MEANWHILE = "The refund is lower by now. Tell the guest, then look again."


def open_with(open_bench: OpenBench, folder: Path, percent_points: int, after: Duration) -> Bench:
    """Open a till of an event whose terms give all back for a while, then so much."""
    house = make_house(folder, MAY_MUCH)
    server, now = house.paired.link.server, house.paired.clock.wall()
    terms = (RefundTerm(until=Instant(now + after)), RefundTerm(percent_points=percent_points))
    config = server.office.config
    prices = msgspec.structs.replace(prices_of(config), refunds=terms)
    server.office.config = msgspec.structs.replace(config, prices=prices)
    server.publish()
    bench = open_bench(house=house)
    bench.sign_in()
    return bench


def pass_time(bench: Bench) -> None:
    """Let the terms' date pass, before the screen has looked at the clock again."""
    bench.flow._refresh.stop()
    paired = bench.house.paired
    for clock in (paired.link.server.clock, paired.clock):
        clock.advance(2 * HOUR)


def withdrawn(bench: Bench) -> list[WithdrawalBody]:
    """Return what the till's journal says was taken back."""
    return [one for one in bodies_of(bench) if isinstance(one, WithdrawalBody)]


def test_a_ticket_is_not_taken_for_less_than_the_guest_was_told(
    open_bench: OpenBench, tmp_path: Path
) -> None:
    """The terms' date passes between the screen and the press: the ticket is still theirs."""
    bench = open_with(open_bench, tmp_path, 5_000, after=HOUR)
    sell(bench, STANDARD, REDUCED)
    sale = bench.flow.desk.state.sale
    assert sale is not None
    bench.tap("sales")
    bench.wait(TillStep.SALES)
    first = sale.tickets[0].ticket_id
    for key in (f"sale:{sale.sale_id}", f"pick:{first}", "back_why:cannot_come"):
        bench.tap(key)
    assert bench.text("tillAmount") == "€25.00"
    pass_time(bench)
    bench.tap("pay_back")
    bench.wait(TillStep.CONFIRM)
    assert bench.text("tillNote") == MEANWHILE
    bench.flow._refresh.start()
    bench.qtbot.waitUntil(lambda: bench.text("tillAmount") == "€12.50")
    bench.tap("pay_back")
    bench.wait(TillStep.PAID_BACK)
    assert bench.text("tillAmount") == "€12.50"
    assert [one.amount_minor for one in withdrawn(bench)] == [1_250]


def test_a_ticket_is_not_exchanged_for_less_than_the_guest_was_told(
    open_bench: OpenBench, tmp_path: Path
) -> None:
    """The date passes before the press: the screen says what goes back now, and asks again."""
    bench = open_with(open_bench, tmp_path, 5_000, after=HOUR)
    sell(bench, STANDARD)
    for key in ("last", "exchange"):
        if key == "exchange":
            bench.wait(TillStep.SALE)
        bench.tap(key)
    bench.wait(TillStep.SELL)
    bench.tap(f"type:{REDUCED}")
    assert bench.text("tillAmount") == "€12.50"
    pass_time(bench)
    bench.tap("swap")
    bench.wait(TillStep.SELL)
    assert bench.text("tillNote") == MEANWHILE
    bench.flow._refresh.start()
    bench.qtbot.waitUntil(lambda: bench.text("tillAmount") == "€6.25")
    bench.tap("swap")
    bench.wait(TillStep.DONE)
    assert [one.paid_out_minor for one in withdrawn(bench)] == [625]


def test_of_a_sale_that_an_earlier_ticket_has_paid_the_terms_are_told(
    open_bench: OpenBench, tmp_path: Path
) -> None:
    """Undone in its own shift, too, it gives back what they leave, as the screen says."""
    bench = open_with(open_bench, tmp_path, 0, after=Duration(0))
    sell(bench, REDUCED)
    for key in ("last", "exchange"):
        if key == "exchange":
            bench.wait(TillStep.SALE)
        bench.tap(key)
    bench.wait(TillStep.SELL)
    for key in (f"type:{STANDARD}", "cash"):
        bench.tap(key)
    bench.tap(bench.window.page.quick.keys[0])
    bench.wait(TillStep.DONE)
    for key in ("last", "back_why:mistake"):
        if key == "back_why:mistake":
            bench.wait(TillStep.SALE)
        bench.tap(key)
    assert bench.text("tillAmount") == "€0.00"
    bench.tap("pay_back:split")
    bench.wait(TillStep.PAID_BACK)
    assert withdrawn(bench)[-1].paid_out_minor == 0
