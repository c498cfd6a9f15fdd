"""Pick-up at the till's window: found, looked at, handed over in parts, counted in taps."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import Qt

from gatekeeper.presenters.till.state import TillStep
from gatekeeper.wording.codes_in_sentences import hold_codes
from shared.credential.keyring import OFFICE_GENERATION
from shared.journal.withdrawal_body import WithdrawalBody
from shared.manifest.sealed_buyer_list import BoughtTicket, BuyerRow
from shared.sales.cashier_rights import CashierRights
from tests.factories.gate_event import STANDARD
from tests.factories.till_bench import BADGE, Bench
from tests.factories.till_evening import (
    MAY_MUCH,
    OTHER_BADGE,
    OpenBench,
    bodies_of,
    make_house,
    sell,
)
from tests.factories.till_house import TillHouse

MAY_FIND = CashierRights(sell=True, find=True, open_drawer=True)


def write(bench: Bench, text: str) -> None:
    """Type on the keyboard: no tap."""
    for sign in text.upper():
        bench.press(Qt.Key(ord(sign)))


def open_hall(open_bench: OpenBench, folder: Path) -> Bench:
    """Open a till that holds two buyers called Novak, one of a ticket, one of a group's."""
    house = make_house(folder, MAY_FIND)
    buyers, office = house.paired.link.buyers, house.paired.link.server.office
    bought = []
    for _ in range(13):
        known = set(office.rows)
        office.sell(generation=OFFICE_GENERATION)
        (ticket_id,) = set(office.rows) - known
        bought.append(BoughtTicket(ticket_id, STANDARD, 2_500))
    house.paired.link.server.publish()
    buyers.rows = [
        BuyerRow(
            number="7002",
            state="paid",
            currency="EUR",
            name="Choir of Klára Nováková",
            phone="+420 602 123 456",
            tickets=tuple(bought[1:]),
        ),
        BuyerRow(
            number="7001",
            state="paid",
            currency="EUR",
            name="Anna Novak",
            email="anna@example.org",
            tickets=(bought[0],),
        ),
    ]
    buyers.open_to("ca_mara", BADGE)
    bench = open_bench(house=house)
    bench.sign_in()
    return bench


def restarted(bench: Bench) -> TillHouse:
    """Stop a till, and return what is on its disk."""
    bench.flow.stop()
    house: TillHouse = bench.house
    return house


def test_a_pick_up_by_name_takes_three_taps_and_says_what_they_showed(
    open_bench: OpenBench, tmp_path: Path
) -> None:
    """Pick-up, their row, hand over as somebody whose ID was seen; the name is typed."""
    bench = open_hall(open_bench, tmp_path)
    bench.tap("pick_up")
    write(bench, "NOV")
    bench.press(Qt.Key.Key_Return)
    bench.wait(TillStep.ORDERS)
    said = [bench.window.page.list.button(f"order:{at}").accessibleName() for at in (0, 1)]
    assert ["12 × " in said[0], "1 × " in said[1]] == [True, True], "nobody was handed any yet"
    bench.tap("order:1")
    bench.wait(TillStep.ORDER)
    bench.tap("hand_over_to:id_card")
    bench.wait(TillStep.HANDED)
    assert bench.taps == 3
    (one,) = bench.flow.desk.state.handed
    assert hold_codes(one.manual_code) in bench.text("tillCodeText")
    (back,) = [one for one in bodies_of(bench) if isinstance(one, WithdrawalBody)]
    assert (back.purpose, back.reason) == ("hand_over", "id_card")
    asked = bench.house.paired.link.server.claims_seen[-1]
    assert (asked.person, bool(asked.signature)) == ("ca_mara", True), "by the badge that found it"


def test_a_group_is_handed_over_in_parts(open_bench: OpenBench, tmp_path: Path) -> None:
    """Found by a phone's end, ten now, the rest later; nobody is given a ticket twice."""
    bench = open_hall(open_bench, tmp_path)
    bench.window.resize(800, 600)  # all of it on the screen: what scrolls asks where a finger is
    bench.tap("pick_up")
    write(bench, "123456")
    bench.press(Qt.Key.Key_Return)
    bench.wait(TillStep.ORDER)
    # Where a list scrolls, a finger's press is known for one only a moment later.
    bench.tap("take:all")
    bench.qtbot.waitUntil(lambda: bench.flow.desk.state.picked == frozenset())
    bench.tap("take:more")
    bench.qtbot.waitUntil(lambda: len(bench.flow.desk.state.picked) == 10)
    bench.tap("hand_over_to:confirmation")
    bench.wait(TillStep.HANDED)
    assert len(bench.flow.desk.state.handed) == 10
    bench.tap("enter")
    bench.taps = 0
    bench.tap("pick_up")
    write(bench, "7002")
    bench.press(Qt.Key.Key_Return)
    bench.wait(TillStep.ORDER)
    assert len(bench.flow.desk.state.picked) == 2
    rows = [bench.window.page.rows.button(one).text() for one in bench.window.page.rows.keys]
    assert sum("Mara" in one for one in rows) == 10, "who has handed them out, and when"
    bench.tap("hand_over_to:confirmation")
    bench.wait(TillStep.HANDED)
    assert bench.taps == 2
    handed = [one.ticket_id for one in bodies_of(bench) if isinstance(one, WithdrawalBody)]
    assert len(handed) == len(set(handed)) == 12


def test_a_ticket_that_was_reissued_is_not_called_handed_out(
    open_bench: OpenBench, tmp_path: Path
) -> None:
    """It says what it is, and is chosen: nobody has been handed it since."""
    bench = open_hall(open_bench, tmp_path)
    buyers, office = bench.house.paired.link.buyers, bench.house.paired.link.server.office
    (bought,) = buyers.rows[1].tickets
    facts = office.rows[bought.ticket_id].facts
    raised = msgspec.structs.replace(facts, generation=OFFICE_GENERATION + 1)
    office.rows[bought.ticket_id] = msgspec.structs.replace(
        office.rows[bought.ticket_id], facts=raised
    )
    bench.house.paired.link.server.publish()
    reissued = msgspec.structs.replace(bought, reissued=OFFICE_GENERATION + 1)
    buyers.rows[1] = msgspec.structs.replace(buyers.rows[1], tickets=(reissued,))
    bench = open_bench(house=restarted(bench))
    bench.scan(BADGE)
    bench.wait(TillStep.SELL)
    bench.tap("pick_up")
    write(bench, "7001")
    bench.press(Qt.Key.Key_Return)
    bench.wait(TillStep.ORDER)
    (key,) = bench.window.page.rows.keys
    said = bench.window.page.rows.button(key).text()
    assert "Reissued by the office" in said
    assert "☑" in said
    bench.tap("hand_over_to:id_card")
    bench.wait(TillStep.HANDED)


def test_nobody_is_found_by_a_badge_that_may_not(open_bench: OpenBench, tmp_path: Path) -> None:
    """Nor once the one that may has left: the page says who has to look."""
    bench = open_hall(open_bench, tmp_path)
    bench.tap("menu")
    bench.tap("leave")
    bench.scan(OTHER_BADGE)
    bench.wait(TillStep.SELL)
    bench.tap("pick_up")
    write(bench, "NOVAK")
    bench.press(Qt.Key.Key_Return)
    bench.qtbot.waitUntil(lambda: "may" in bench.text("tillNote"))
    assert bench.step() is TillStep.TEXT
    bench.press(Qt.Key.Key_Escape)
    bench.scan(BADGE)
    bench.qtbot.waitUntil(lambda: bench.flow.desk.state.cashier == "ca_mara")
    bench.tap("pick_up")
    write(bench, "NOBODY")
    bench.press(Qt.Key.Key_Return)
    bench.qtbot.waitUntil(lambda: "No buyer" in bench.text("tillNote"))


def test_a_pick_up_needs_no_mouse(open_bench: OpenBench, tmp_path: Path) -> None:
    """W, the name, its row's number, what they showed by its number, Enter for the next."""
    bench = open_hall(open_bench, tmp_path)
    key = Qt.Key
    bench.press(key.Key_W)
    write(bench, "ANNA N")
    bench.press(key.Key_Return)
    bench.wait(TillStep.ORDER)
    bench.press(key.Key_3)
    bench.wait(TillStep.HANDED)
    bench.press(key.Key_Return)
    assert bench.step() is TillStep.SELL
    (back,) = [one for one in bodies_of(bench) if isinstance(one, WithdrawalBody)]
    assert back.reason == "known"


def test_what_was_paid_back_before_is_not_handed_to_the_next_guest(open_bench: OpenBench) -> None:
    """A refund, then a ticket that is worth nothing: that is refused with what to do."""
    bench = open_bench(MAY_MUCH)
    sell(bench, STANDARD)
    sale = bench.flow.desk.state.sale
    assert sale is not None
    bench.tap("last")
    bench.wait(TillStep.SALE)
    bench.tap("back_why:cannot_come")
    bench.tap("pay_back")
    bench.wait(TillStep.PAID_BACK)
    bench.tap("enter")
    bench.scan(sale.tickets[0].digits)
    bench.wait(TillStep.TICKET)
    bench.tap("hand_over")
    bench.qtbot.waitUntil(lambda: bool(bench.text("tillNote")))
    assert bench.step() is TillStep.TICKET
    assert bench.flow.desk.state.handed == ()
