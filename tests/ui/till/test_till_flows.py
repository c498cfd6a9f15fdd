"""What a cashier does besides selling, through the real window and engine, counted in taps."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt

from gatekeeper.presenters.till.state import TillStep
from gatekeeper.presenters.till.which_screen import show
from gatekeeper.wording.codes_in_sentences import hold_codes
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftBody
from shared.journal.withdrawal_body import WithdrawalBody
from tests.factories.gate_event import STANDARD
from tests.factories.till_bench import BADGE, Bench
from tests.factories.till_evening import (
    CHIEF,
    CHIEF_BADGE,
    MAY_MUCH,
    OTHER_BADGE,
    OpenBench,
    allow,
    bodies_of,
    rows_of,
    sell,
)
from tests.factories.till_house import REDUCED
from tests.fakes.card_terminal import CardTerminal


def ended_with(bench: Bench) -> tuple[str, str]:
    """Return the money that the cashier looks at last: what it is, and how much."""
    return bench.text("tillLabel"), bench.text("tillAmount")


# ---- paying


def test_two_types_by_card_take_four_taps(open_bench: OpenBench) -> None:
    """Tile, tile, CARD, approved."""
    bench = open_bench()
    for key in (f"type:{STANDARD}", f"type:{REDUCED}", "card", "approved"):
        bench.tap(key)
    bench.wait(TillStep.DONE)
    assert bench.taps == 4
    assert bench.text("tillCodeText").endswith("€37.50")
    assert ended_with(bench) == ("Paid: Card", "€37.50"), "nobody gets change from a card"


def test_a_further_tender_is_two_taps_more(open_bench: OpenBench) -> None:
    """Half in cash, the rest by card: the amount and its method besides tile, CARD, approved."""
    bench = open_bench()
    for key in (f"type:{STANDARD}", "cash", "part:1250"):
        bench.tap(key)
    bench.wait(TillStep.REST)
    assert bench.text("tillAmount") == "€12.50"
    bench.tap("card")
    bench.tap("approved")
    bench.wait(TillStep.DONE)
    assert bench.taps == 5
    (sale,) = [one for one in bodies_of(bench) if isinstance(one, SaleBody)]
    assert [(one.kind, one.amount_minor) for one in sale.payments] == [
        ("cash", 1_250),
        ("card", 1_250),
    ]
    assert ended_with(bench) == ("Paid: Cash, Card", "€25.00")


def test_a_part_is_given_back_with_a_step_back(open_bench: OpenBench) -> None:
    """What was taken in cash is named, so that it goes back to the guest; the basket stays."""
    bench = open_bench()
    for key in (f"type:{STANDARD}", "cash", "part:1250"):
        bench.tap(key)
    bench.press(Qt.Key.Key_Escape)
    assert bench.text("tillNote") == "Give €12.50 back."
    assert (bench.step(), bench.flow.desk.state.counts) == (TillStep.SELL, {STANDARD: 1})


def test_a_gift_takes_a_supervisor_and_a_reason_that_stand_in_the_entry(
    open_bench: OpenBench,
) -> None:
    """Other, give away, why; then badge and PIN, for this one sale."""
    bench = open_bench()
    for key in (f"type:{STANDARD}", "other", "comp", "why:press"):
        bench.tap(key)
    allow(bench)
    bench.wait(TillStep.DONE)
    assert ended_with(bench) == ("Paid: Given away", "€0.00")
    bench.tap(f"type:{STANDARD}")
    bench.tap("other")
    bench.tap("comp")
    bench.tap("why:crew")
    bench.wait(TillStep.ALLOW)
    (sale,) = [one for one in bodies_of(bench) if isinstance(one, SaleBody)]
    assert (sale.tender, sale.total_minor) == ("comp", 0)
    assert (sale.why, sale.authorized_by) == ("press", CHIEF.id)


def test_a_wrong_pin_allows_nothing_and_says_how_many_tries_are_left(
    open_bench: OpenBench,
) -> None:
    """And Esc leads back to the basket, which is as it was."""
    bench = open_bench()
    for key in (f"type:{STANDARD}", "other", "off:5000", "why:goodwill"):
        bench.tap(key)
    assert bench.text("tillAmount") == "€12.50"
    bench.tap("cash")
    bench.tap("amount:1250")
    bench.wait(TillStep.ALLOW)
    bench.scan(CHIEF_BADGE)
    bench.wait(TillStep.PIN)
    for _ in range(6):
        bench.press(Qt.Key.Key_1)
    bench.press(Qt.Key.Key_Return)
    bench.qtbot.waitUntil(lambda: "4" in bench.text("tillNote"))
    bench.press(Qt.Key.Key_Escape)
    assert bench.step() is TillStep.CASH
    assert bodies_of(bench)[1:] == []


def test_a_pin_that_was_begun_and_left_is_forgotten(open_bench: OpenBench) -> None:
    """Whoever came next had its last digit to guess; what was to be allowed still waits."""
    bench = open_bench()
    for key in (f"type:{STANDARD}", "other", "comp", "why:press"):
        bench.tap(key)
    bench.wait(TillStep.ALLOW)
    bench.scan(CHIEF_BADGE)
    bench.wait(TillStep.PIN)
    bench.flow._untouched.setInterval(300)
    bench.press(Qt.Key.Key_1)
    bench.wait(TillStep.ALLOW)
    allow(bench)
    bench.wait(TillStep.DONE)


def test_a_discount_within_the_right_needs_nobody(open_bench: OpenBench) -> None:
    """A fifth off, with its reason, by a cashier who may give so much."""
    bench = open_bench(MAY_MUCH)
    for key in (f"type:{STANDARD}", "other", "off:2000", "why:goodwill", "cash", "amount:2000"):
        bench.tap(key)
    bench.wait(TillStep.DONE)
    (sale,) = [one for one in bodies_of(bench) if isinstance(one, SaleBody)]
    assert (sale.total_minor, sale.why, sale.authorized_by) == (2_000, "goodwill", "")


def test_a_code_that_nobody_knows_leaves_the_basket_as_it_was(open_bench: OpenBench) -> None:
    """A scanned code is taken where one is asked for; what it does not do is said."""
    bench = open_bench()
    for key in (f"type:{STANDARD}", "other", "code:promo"):
        bench.tap(key)
    bench.scan("LANTERN-24")
    assert "without it" in bench.text("tillNote")
    assert (bench.step(), bench.text("tillAmount")) == (TillStep.SELL, "€25.00")


# ---- open and parked


def test_a_sale_left_open_by_a_killed_till_is_settled_by_one_tap(open_bench: OpenBench) -> None:
    """Charged, and the answer lost with the program: it comes first, before the next sale."""
    terminal = CardTerminal(["lose"])
    bench = open_bench(terminal=terminal)
    bench.tap(f"type:{STANDARD}")
    bench.tap("card")
    bench.wait(TillStep.OPEN)
    bench.flow.stop()
    again = open_bench(house=bench.house)
    again.qtbot.waitUntil(lambda: len(again.flow.desk.state.facts.open_sales) == 1)
    again.scan(BADGE)
    again.wait(TillStep.OPEN)
    assert "€25.00" in again.text("tillTitle")
    sale_id = again.flow.desk.state.facts.open_sales[0].sale_id
    again.tap(f"ask:{sale_id}")
    again.wait(TillStep.DONE)
    assert again.taps == 1
    assert len(terminal.charged) == 1
    sales = [one for one in bodies_of(again) if isinstance(one, SaleBody)]
    assert [one.sale_id for one in sales] == [sale_id]


def test_what_was_not_paid_leaves_the_guest_their_basket(open_bench: OpenBench) -> None:
    """The slip says no: nothing is sold, and what they wanted is in the basket again."""
    bench = open_bench(terminal=CardTerminal(["silent", "silent"]))
    bench.tap(f"type:{STANDARD}")
    bench.tap("card")
    bench.wait(TillStep.OPEN)
    sale_id = bench.flow.desk.state.facts.open_sales[0].sale_id
    bench.tap(f"unpaid:{sale_id}")
    bench.wait(TillStep.SELL)
    assert bench.flow.desk.state.counts == {STANDARD: 1}
    assert "Nothing was charged" in bench.text("tillNote")


def test_a_basket_that_was_put_aside_survives_a_restart(open_bench: OpenBench) -> None:
    """Other, put aside; after the program was started anew it is a tap on its tile and its row."""
    bench = open_bench()
    for key in (f"type:{STANDARD}", f"type:{REDUCED}", "other", "park"):
        bench.tap(key)
    bench.wait(TillStep.SELL)
    assert bench.flow.desk.state.counts == {}
    bench.flow.stop()
    again = open_bench(house=bench.house)
    again.scan(BADGE)
    again.wait(TillStep.SELL)
    again.qtbot.waitUntil(lambda: bool(again.flow.desk.state.facts.parked))
    again.tap("parked")
    again.tap(again.window.page.list.keys[0])
    again.wait(TillStep.SELL)
    assert again.flow.desk.state.counts == {STANDARD: 1, REDUCED: 1}


# ---- after the sale


def test_a_ticket_is_printed_again_in_three_taps(open_bench: OpenBench) -> None:
    """Print again, row, reason: the new code is shown, and the old one is worth nothing."""
    bench = open_bench()
    sell(bench, STANDARD)
    sale = bench.flow.desk.state.sale
    assert sale is not None
    bench.tap("reprint_list")
    bench.wait(TillStep.TICKETS)
    bench.tap(f"again:{sale.tickets[0].ticket_id}")
    bench.tap("why:lost")
    bench.wait(TillStep.HANDED)
    assert bench.taps == 3
    (new,) = bench.flow.desk.state.handed
    assert new.digits != sale.tickets[0].digits
    assert bench.text("tillCodeText") == hold_codes(new.manual_code)
    bench.tap("enter")
    bench.scan(sale.tickets[0].digits)
    bench.qtbot.waitUntil(lambda: "older copy" in bench.text("tillNote"))


def test_a_ticket_is_named_by_the_code_on_its_paper(open_bench: OpenBench) -> None:
    """Two alike are told apart by what the guest holds; a replaced copy's code is not told."""
    bench = open_bench(MAY_MUCH)
    sell(bench, STANDARD, STANDARD)
    sale = bench.flow.desk.state.sale
    assert sale is not None
    first, second = sale.tickets
    bench.tap("last")
    bench.wait(TillStep.SALE)
    _, *shown = [row.text for row in bench.flow.desk.screen().rows]
    assert [row[-7:] for row in shown] == [f"…{one.manual_code[-6:]}" for one in (first, second)]
    bench.tap("back")
    bench.scan(first.digits)
    bench.wait(TillStep.TICKET)
    assert bench.flow.desk.screen().rows[0].text == f"…{first.manual_code[-6:]}"
    bench.tap(f"again:{first.ticket_id}")
    bench.tap("why:lost")
    bench.wait(TillStep.HANDED)
    bench.tap("enter")
    bench.scan(second.digits)
    bench.wait(TillStep.TICKET)
    bench.tap("ticket_sale")
    bench.wait(TillStep.SALE)
    _, *shown = [row.text for row in bench.flow.desk.screen().rows]
    assert not any(row.endswith(first.manual_code[-6:]) for row in shown)
    assert shown[1].endswith(second.manual_code[-6:])


def test_a_refund_is_order_line_reason_and_confirm(open_bench: OpenBench) -> None:
    """One of two tickets, within the cashier's right; the money is named large."""
    bench = open_bench(MAY_MUCH)
    sell(bench, STANDARD, REDUCED)
    sale = bench.flow.desk.state.sale
    assert sale is not None
    bench.tap("sales")
    bench.wait(TillStep.SALES)
    bench.taps = 0
    reduced = next(one.ticket_id for one in sale.tickets if one.ticket_type == "Reduced")
    for key in (f"sale:{sale.sale_id}", f"pick:{reduced}", "back_why:cannot_come", "pay_back"):
        bench.tap(key)
    bench.wait(TillStep.PAID_BACK)
    assert bench.taps == 4
    assert bench.text("tillAmount") == "€12.50"
    (back,) = [one for one in bodies_of(bench) if isinstance(one, WithdrawalBody)]
    assert (back.purpose, back.reason, back.amount_minor) == ("refund", "cannot_come", 1_250)


def test_of_a_gift_that_is_taken_back_nothing_is_paid_back(open_bench: OpenBench) -> None:
    """No amount that looks as if it were to be counted out."""
    bench = open_bench(MAY_MUCH)
    for key in (f"type:{STANDARD}", "other", "comp", "why:press"):
        bench.tap(key)
    allow(bench)
    bench.wait(TillStep.DONE)
    bench.tap("sales")
    bench.wait(TillStep.SALES)
    sale = bench.flow.desk.state.sale
    assert sale is not None
    for key in (f"sale:{sale.sale_id}", "back_why:cannot_come"):
        bench.tap(key)
        assert "€" not in repr(show(bench.flow.desk.state)), "nobody has paid for it"
    assert bench.text("tillTitle") == "Take back? This ticket will no longer be valid."
    bench.tap("pay_back")
    bench.wait(TillStep.PAID_BACK)
    assert bench.text("tillTitle") == "Recorded. Nothing to pay back."
    assert ended_with(bench) == ("", "")


def test_a_sale_just_made_is_voided_by_a_supervisor_where_the_cashier_may_not(
    open_bench: OpenBench,
) -> None:
    """This sale, reason, confirm; badge and PIN; the drawer is as before the sale."""
    bench = open_bench()
    sell(bench, STANDARD)
    for key in ("last", "back_why:mistake", "pay_back"):
        if key == "back_why:mistake":
            bench.wait(TillStep.SALE)
        bench.tap(key)
    allow(bench)
    bench.wait(TillStep.PAID_BACK)
    bench.tap("enter")
    bench.tap("menu")
    bench.tap("count")
    for sign in ("2", "00", "00"):
        bench.tap(f"digit:{sign}")
    bench.tap("enter")
    bench.wait(TillStep.COMPARED)
    assert bench.text("tillAmount") == "€0.00"
    (back,) = [one for one in bodies_of(bench) if isinstance(one, WithdrawalBody)]
    assert (back.purpose, back.authorized_by, back.amount_minor) == ("void", CHIEF.id, 2_500)


def test_a_scanned_ticket_leads_to_its_sale(open_bench: OpenBench) -> None:
    """From the tiles, with a basket begun: it is there again afterwards."""
    bench = open_bench(MAY_MUCH)
    sell(bench, STANDARD, STANDARD)
    sale = bench.flow.desk.state.sale
    assert sale is not None
    bench.tap(f"type:{REDUCED}")
    bench.scan(sale.tickets[1].digits)
    bench.wait(TillStep.TICKET)
    bench.tap("ticket_sale")
    assert bench.flow.desk.state.picked == {sale.tickets[1].ticket_id}
    bench.press(Qt.Key.Key_Escape)
    assert (bench.step(), bench.flow.desk.state.counts) == (TillStep.SELL, {REDUCED: 1})


def test_a_pick_up_takes_at_most_three_taps(open_bench: OpenBench) -> None:
    """Pick-up, scan what they bring, hand over; a code may be typed with keys instead."""
    bench = open_bench()
    server = bench.house.paired.link.server
    ticket_id = next(iter(server.office.rows))
    bench.tap("pick_up")
    bench.scan(server.office.digits(ticket_id))
    bench.wait(TillStep.TICKET)
    bench.tap("hand_over")
    bench.wait(TillStep.HANDED)
    assert bench.taps == 2
    (back,) = [one for one in bodies_of(bench) if isinstance(one, WithdrawalBody)]
    assert back.purpose == "hand_over"
    assert back.seen, "the code was read"


def test_cut_off_a_refund_is_told_as_a_risk_and_signed_for(open_bench: OpenBench) -> None:
    """Nobody knows whether somebody is inside on it: a supervisor does, or nobody."""
    bench = open_bench(MAY_MUCH)
    sell(bench, STANDARD)
    bench.house.paired.link.server.is_cut = True
    bench.tap("last")
    bench.wait(TillStep.SALE)
    bench.tap("back_why:mistake")
    bench.tap("pay_back")
    bench.wait(TillStep.ALLOW)
    assert "Offline:" in bench.text("tillNote")
    bench.scan(CHIEF_BADGE)
    bench.wait(TillStep.PIN)
    assert rows_of(bench) == ["Pay back: Cash · €25.00"], "a PIN is given for an amount"
    bench.press(Qt.Key.Key_Escape)
    assert bench.step() is TillStep.CONFIRM
    assert [one for one in bodies_of(bench) if isinstance(one, WithdrawalBody)] == []


def test_a_cut_off_till_gives_its_own_ticket_again_and_says_what_that_means(
    open_bench: OpenBench,
) -> None:
    """The same code: whoever comes first gets in, where nobody else has replaced it since."""
    bench = open_bench()
    sell(bench, STANDARD)
    sale = bench.flow.desk.state.sale
    assert sale is not None
    bench.house.paired.link.server.is_cut = True
    bench.tap("reprint_list")
    bench.wait(TillStep.TICKETS)
    bench.tap(f"again:{sale.tickets[0].ticket_id}")
    bench.tap("why:damaged")
    bench.wait(TillStep.HANDED)
    assert bench.flow.desk.state.handed[0].digits == sale.tickets[0].digits
    assert "comes first" in bench.text("tillNote")
    assert "reprinted elsewhere" in bench.text("tillNote")
    assert bench.text("tillTitle") == "Hand this copy over."


# ---- the drawer


def test_cash_in_and_out_drops_and_reports_are_entries_that_add_up(open_bench: OpenBench) -> None:
    """Each with who and why; the X report gives what is in the drawer once it was counted."""
    bench = open_bench(msgspec.structs.replace(MAY_MUCH, see_expected=True))
    for act, signs, why in (
        ("paid_in", ("5", "00", "0"), "change_money"),
        ("paid_out", ("1", "00", "0"), "purchase"),
        ("drop", ("1", "00", "00"), ""),
    ):
        bench.tap("menu")
        bench.tap(f"cash_act:{act}")
        for sign in signs:
            bench.tap(f"digit:{sign}")
        bench.tap("enter")
        if why:
            bench.tap(f"why:{why}")
        bench.wait(TillStep.SELL)
    bench.tap("menu")
    bench.tap("x")
    bench.wait(TillStep.REPORT)
    assert bench.text("tillAmount") == "€140.00"
    acts = [one for one in bodies_of(bench) if isinstance(one, ShiftBody)]
    assert [(one.act, one.amount_minor, one.why) for one in acts[1:4]] == [
        ("paid_in", 5_000, "change_money"),
        ("paid_out", 1_000, "purchase"),
        ("drop", 10_000, ""),
    ]


def test_the_drawer_is_handed_over_counted_and_the_basket_stays(open_bench: OpenBench) -> None:
    """Menu, hand over, their badge, the count: from then on it is theirs."""
    bench = open_bench()
    bench.tap(f"type:{STANDARD}")
    bench.tap("menu")
    bench.tap("receiver")
    bench.scan(OTHER_BADGE)
    bench.wait(TillStep.COUNT)
    for sign in ("2", "00", "00"):
        bench.tap(f"digit:{sign}")
    bench.tap("enter")
    bench.wait(TillStep.COMPARED)
    bench.tap("give_drawer")
    bench.wait(TillStep.SELL)
    state = bench.flow.desk.state
    assert (state.counts, state.person and state.person.name) == ({STANDARD: 1}, "Noor")


def test_a_shift_closes_with_the_terminals_sum_and_what_stays_and_is_approved(
    open_bench: OpenBench,
) -> None:
    """Count, compare, both keyed in, Z; then a supervisor says that they have looked."""
    bench = open_bench()
    bench.tap("menu")
    bench.tap("count")
    for sign in ("2", "00", "00"):
        bench.tap(f"digit:{sign}")
    bench.tap("enter")
    bench.wait(TillStep.COMPARED)
    for what, signs in (("terminal", ("0",)), ("left", ("1", "00", "00"))):
        bench.tap(f"cash_act:{what}")
        for sign in signs:
            bench.tap(f"digit:{sign}")
        bench.tap("enter")
    bench.tap("close")
    bench.wait(TillStep.CLOSED)
    bench.tap("approve")
    allow(bench)
    bench.wait(TillStep.CLOSED)
    acts = [one for one in bodies_of(bench) if isinstance(one, ShiftBody)]
    assert [one.act for one in acts] == ["open", "count", "close", "approve"]
    assert (acts[2].left_minor, acts[2].terminal_minor) == (10_000, 0)
    assert (acts[3].authorized_by, acts[3].z_number) == (CHIEF.id, 1)


# ---- without a mouse


def test_refund_reprint_and_drawer_need_no_mouse(open_bench: OpenBench) -> None:
    """Letters open what is offered, numbers pick from it, Esc leads back, Enter goes on."""
    bench = open_bench(MAY_MUCH)
    key = Qt.Key
    bench.press(key.Key_3, key.Key_F1, key.Key_C, key.Key_Return)
    bench.wait(TillStep.DONE)
    sale = bench.flow.desk.state.sale
    assert sale is not None
    assert len(sale.tickets) == 3
    bench.press(key.Key_B)
    bench.wait(TillStep.SALES)
    # No reason can be given yet: the numbers are the tickets', then the reasons'.
    bench.press(key.Key_1, key.Key_2, key.Key_1)
    assert (bench.step(), bench.text("tillAmount")) == (TillStep.CONFIRM, "€25.00")
    bench.press(key.Key_Escape, key.Key_Escape, key.Key_Escape)
    assert bench.step() is TillStep.SELL
    bench.press(key.Key_R)
    bench.wait(TillStep.TICKETS)
    bench.press(key.Key_2, key.Key_2)
    bench.wait(TillStep.HANDED)
    bench.press(key.Key_Return, key.Key_F8, key.Key_5)
    assert bench.step() is TillStep.AMOUNT
    bench.press(key.Key_5, key.Key_0, key.Key_0, key.Key_Return, key.Key_1)
    bench.wait(TillStep.SELL)
    assert bench.text("tillNote") == "Recorded."
