"""Reserved seats through the till's window: best ones, chosen ones, gone ones, on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.seat_picture import SeatMark, SeatPicture
from gatekeeper.presenters.till.customer_display_content import show_customer
from gatekeeper.presenters.till.state import TillStep
from gatekeeper.ui.application import make_application
from gatekeeper.ui.widgets.seat_forms_and_colors import place_front
from gatekeeper.ui.widgets.seat_map_view import SeatMapView
from gatekeeper.ui.widgets.seat_plane import SeatPlane
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import SeatId
from shared.seating.neighbouring_seats import SeatRows
from shared.seating.seat_map import SeatKind
from tests.factories.gate_event import STANDARD
from tests.factories.seated_market import make_seated_market, make_seated_till
from tests.factories.seats import make_seat_map
from tests.factories.till_bench import Bench
from tests.factories.till_house import TillHouse
from tests.fakes.receipt_printer import NetworkPrinter
from tests.fakes.sync_server import FakeSyncServer

OWN = ("A-1", "B-3", "B-4", "B-5", "B-6", "B-7")


@pytest.fixture
def server() -> FakeSyncServer:
    server = make_seated_market()
    room = make_seat_map()
    server.seat_states = [
        (one.id, "granted" if one.id in OWN else "sold")
        for one in room.seats
        if one.id != "D-4" and one.kind is not SeatKind.KILLED
    ]
    return server


@pytest.fixture
def house(tmp_path: Path, server: FakeSyncServer) -> TillHouse:
    return make_seated_till(tmp_path, server, OWN)


@pytest.fixture
def open_bench(qtbot: QtBot, house: TillHouse) -> Iterator[Callable[[str], Bench]]:
    opened: list[Bench] = []

    def open_one(printer: str = "") -> Bench:
        opened.append(Bench(qtbot, house, printer))
        opened[-1].sign_in()
        return opened[-1]

    yield open_one
    for one in opened:
        one.flow.stop()


def view_of(bench: Bench) -> SeatMapView:
    return bench.window.page.seats.map


def touch(bench: Bench, seat_id: str) -> None:
    """Tap a seat on the map."""
    bench.taps += 1
    view = view_of(bench)
    picture = bench.flow.desk.screen().seats
    assert picture is not None
    at = view.plane.place_of(picture.room.by_id[SeatId(seat_id)])
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(round(at.x()), round(at.y())))


def mark_of(bench: Bench, seat_id: str) -> SeatMark:
    """Return what the map shows of a seat."""
    picture = bench.flow.desk.screen().seats
    assert picture is not None
    return picture.mark(picture.room.by_id[SeatId(seat_id)])


def chosen(bench: Bench) -> list[str]:
    return [str(one) for seats in bench.flow.desk.state.seats.values() for one in seats]


def sold_seats(bench: Bench) -> list[str]:
    sale = bench.flow.desk.state.sale
    assert sale is not None
    return [one.seat_name for one in sale.tickets]


def test_two_seats_are_tapped_sold_and_printed_with_their_names(
    open_bench: Callable[[str], Bench],
) -> None:
    """Map, seat, seat, CASH, exact; each ticket's paper says where its guest sits."""
    with NetworkPrinter() as printer:
        bench = open_bench(printer.address)
        bench.tap("seats")
        bench.wait(TillStep.SEATS)
        for seat in ("B-5", "B-6"):
            touch(bench, seat)
        assert chosen(bench) == ["B-5", "B-6"]
        assert bench.text("tillAmount") == "€50.00"
        (line,) = show_customer(bench.flow.desk.state).lines
        assert line.text.endswith("B 5\u2069, \u2066B 6\u2069"), "the guest sees which"
        bench.tap("cash")
        bench.tap("amount:5000")
        bench.wait(TillStep.DONE)
        assert bench.taps == 5
        assert sold_seats(bench) == ["Stalls · B · 5", "Stalls · B · 6"]
        assert "Stalls · B · 5" in bench.text("tillCodeText")
        bench.qtbot.waitUntil(lambda: printer.cuts == 3)
        printed = " ".join(str(one.value) for one in printer.paper.events if one.kind == "text")
        for seat in sold_seats(bench):
            assert seat in printed
        bench.tap("last")
        bench.wait(TillStep.SALE)
        for seat, row in zip(sold_seats(bench), bench.flow.desk.screen().rows[-2:], strict=True):
            assert seat in row.text, "whoever brings one back says where they would have sat"
        for step in (TillStep.SALES, TillStep.SELL):
            bench.tap("back")
            bench.wait(step)
        bench.tap("seats")
        bench.qtbot.waitUntil(lambda: mark_of(bench, "B-5") is SeatMark.TAKEN)


def test_the_best_seats_come_with_the_tile(open_bench: Callable[[str], Bench]) -> None:
    """No tap more than without seats; who comes later sits beside, and one less is the last."""
    bench = open_bench("")
    for _ in range(2):
        bench.tap(f"type:{STANDARD}")
    assert sorted(chosen(bench)) == ["B-6", "B-7"], "no single seat is left at the end"
    bench.tap(f"type:{STANDARD}")
    assert sorted(chosen(bench)) == ["B-5", "B-6", "B-7"]
    bench.tap(f"less:{STANDARD}")
    assert bench.flow.desk.state.counts == {STANDARD: 2}
    bench.tap("cash")
    bench.tap("amount:5000")
    bench.wait(TillStep.DONE)
    assert len(sold_seats(bench)) == 2


@pytest.mark.parametrize(("width", "height"), [(640, 480), (420, 270), (640, 150)])
def test_the_word_for_the_stage_is_seen_whole_before_a_large_hall(width: int, height: int) -> None:
    """Its letters do not shrink with the seats, and their upper half was beyond the edge."""
    make_application()
    room = SeatRows(make_seat_map(30, 40))
    plane = SeatPlane()
    plane.set_room(room)
    plane.fit(width, height, 12, is_whole=True)
    sign = place_front(plane, SeatPicture(room, frozenset()))
    assert QRectF(0, 0, width, height).contains(sign)
    assert plane.pitch > 0.7 * min(width / 42.2, height / 33.2), "the hall stays as large"


def test_what_nobody_may_have_is_not_chosen(open_bench: Callable[[str], Bench]) -> None:
    """Killed, sold and other tills' seats refuse with a word; a wheelchair's place is named."""
    bench = open_bench("")
    bench.tap("seats")
    expected = {"A-10": SeatMark.KILLED, "C-1": SeatMark.TAKEN, "A-1": SeatMark.ACCESSIBLE}
    for seat, mark in expected.items():
        assert mark_of(bench, seat) is mark
    for seat in ("A-10", "C-1"):
        touch(bench, seat)
        assert chosen(bench) == []
        assert bench.text("tillNote")
    touch(bench, "A-1")
    assert chosen(bench) == ["A-1"]
    assert "wheelchair" in bench.text("tillNote")
    touch(bench, "A-1")
    assert chosen(bench) == [], "tapped again, it is given back"


def test_a_keyboard_alone_chooses_and_sells_seats(open_bench: Callable[[str], Bench]) -> None:
    """M opens the map, arrows walk, Enter takes, B gives the best ones, C and Enter sell."""
    bench, key = open_bench(""), Qt.Key
    bench.press(key.Key_M)
    bench.wait(TillStep.SEATS)
    bench.press(key.Key_Left)
    view = view_of(bench)
    for _ in range(20):
        seat = view.cursor_seat
        assert seat is not None
        if seat.id == "B-3":
            break
        if seat.row != "B":
            bench.press(key.Key_Up if seat.row > "B" else key.Key_Down)
        else:
            bench.press(key.Key_Left if int(seat.number) > 3 else key.Key_Right)
    bench.press(key.Key_Return)
    assert chosen(bench) == ["B-3"]
    bench.press(key.Key_2, key.Key_B)
    assert len(chosen(bench)) == 3
    assert chosen(bench)[0] == "B-3", "what was chosen stays"
    bench.press(key.Key_C, key.Key_Return)
    bench.wait(TillStep.DONE)
    assert len(sold_seats(bench)) == 3


def test_a_seat_that_somebody_takes_meanwhile_leaves_the_basket_with_a_word(
    open_bench: Callable[[str], Bench], server: FakeSyncServer
) -> None:
    """The map is alive while it is looked at: another till's sale shows, and moves nobody."""
    bench = open_bench("")
    bench.tap("seats")
    bench.qtbot.waitUntil(lambda: mark_of(bench, "D-4") is SeatMark.FREE)
    touch(bench, "D-4")
    touch(bench, "B-5")
    assert chosen(bench) == ["D-4", "B-5"]
    server.seat_states.append((SeatId("D-4"), "sold"))
    bench.qtbot.waitUntil(lambda: chosen(bench) == ["B-5"])
    assert "D 4" in bench.text("tillNote").replace("\u2066", "").replace("\u2069", "")
    assert mark_of(bench, "D-4") is SeatMark.TAKEN


def test_a_seat_that_the_server_refuses_sells_nothing_and_leads_back_to_the_map(
    open_bench: Callable[[str], Bench],
) -> None:
    """Somebody was faster by less than a second: no money is taken, another seat is chosen."""
    bench = open_bench("")
    bench.tap("seats")
    bench.qtbot.waitUntil(lambda: mark_of(bench, "D-4") is SeatMark.FREE)
    touch(bench, "D-4")
    bench.tap("cash")
    bench.tap("amount:2500")
    bench.wait(TillStep.SEATS)
    assert bench.text("tillNote")
    assert bench.flow.desk.state.sale is None


def test_a_cut_off_till_offers_its_own_seats_only(
    open_bench: Callable[[str], Bench], server: FakeSyncServer
) -> None:
    """What the server would have to be asked for is not shown as free."""
    bench = open_bench("")
    bench.tap("seats")
    bench.qtbot.waitUntil(lambda: mark_of(bench, "D-4") is SeatMark.FREE)
    server.is_cut = True
    bench.qtbot.waitUntil(lambda: mark_of(bench, "D-4") is SeatMark.TAKEN)
    assert bench.text("tillTitle") == TEXTS.say("till.seats_cut_off"), (
        "nobody has taken the others"
    )
    assert mark_of(bench, "B-3") is SeatMark.FREE
    bench.tap("best")
    bench.tap("cash")
    bench.tap("amount:2500")
    bench.wait(TillStep.DONE)


def test_a_put_aside_basket_keeps_its_seats(open_bench: Callable[[str], Bench]) -> None:
    """Parked and taken up again, the same seats are sold."""
    bench = open_bench("")
    bench.tap("seats")
    touch(bench, "B-7")
    bench.tap("back")
    bench.tap("other")
    bench.tap("park")
    bench.wait(TillStep.SELL)
    bench.qtbot.waitUntil(lambda: bool(bench.flow.desk.state.facts.parked))
    assert chosen(bench) == []
    bench.tap("parked")
    bench.tap(f"take_up:{bench.flow.desk.state.facts.parked[0][0]}")
    bench.qtbot.waitUntil(lambda: chosen(bench) == ["B-7"])
