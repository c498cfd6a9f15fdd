"""Guests of a host's list, added at the till's window, counted in taps."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import Qt

from gatekeeper.presenters.till.state import TillStep
from shared.journal.sale_body import SaleBody
from shared.kernel.id_types import TicketTypeId
from shared.manifest.event_config import TicketTypeConfig
from shared.manifest.price_plan import PricePlan, TypePrices
from shared.sales.price_check import prices_of
from tests.factories.gate_event import STANDARD
from tests.factories.till_bench import RIGHTS, Bench
from tests.factories.till_evening import OpenBench, bodies_of, make_house
from tests.factories.till_house import TillHouse

BAND, PRESS = 7, 8
PLACES = 4


def make_hosts(folder: Path, *codes: int) -> TillHouse:
    """Give the till four places of each list; a guest may bring two."""
    house = make_house(folder, RIGHTS)
    server = house.paired.link.server
    config = server.office.config
    lists = {BAND: ("Friends of the band", "Ada Lund"), PRESS: ("Press", "Desk")}
    server.office.config = msgspec.structs.replace(
        config,
        ticket_types=(
            *config.ticket_types,
            *(
                TicketTypeConfig(
                    id=TicketTypeId(f"tt_{code}"),
                    code=code,
                    name=lists[code][0],
                    price_minor=0,
                    currency="EUR",
                )
                for code in codes
            ),
        ),
        prices=PricePlan(
            types=(
                *prices_of(config).types,
                *(
                    TypePrices(
                        code=code,
                        ticket_type_id=TicketTypeId(f"tt_{code}"),
                        price_minor=0,
                        currency="EUR",
                        order_max=3,
                        visibility="staff",
                        host=lists[code][1],
                    )
                    for code in codes
                ),
            )
        ),
    )
    server.allotment |= dict.fromkeys(codes, PLACES)
    server.publish()
    return house


def open_door(open_bench: OpenBench, folder: Path, *codes: int) -> Bench:
    """Open a till of these lists."""
    bench = open_bench(house=make_hosts(folder, *codes))
    bench.sign_in()
    return bench


def write(bench: Bench, text: str) -> None:
    """Type on the keyboard: no tap."""
    for sign in text:
        bench.press(Qt.Key(ord(sign.upper())))


def test_a_guest_and_two_they_bring_take_four_taps(open_bench: OpenBench, tmp_path: Path) -> None:
    """Guest lists, the host, plus two, add: places of nobody's price, by whoever may sell."""
    bench = open_door(open_bench, tmp_path, BAND, PRESS)
    bench.tap("guests")
    bench.wait(TillStep.GUESTS)
    bench.tap(f"guest_list:{BAND}")
    bench.wait(TillStep.GUEST)
    assert "Ada Lund" in bench.text("tillTitle")
    write(bench, "Klára Novak")
    bench.tap("plus:2")
    bench.tap("enter")
    bench.wait(TillStep.DONE)
    assert bench.taps == 4
    buyers = bench.house.paired.link.buyers
    bench.qtbot.waitUntil(lambda: len(buyers.notes) == 1)
    sale = bench.flow.desk.state.sale
    assert sale is not None
    assert (buyers.notes[0].sale_id, buyers.notes[0].name) == (sale.sale_id, "KLÁRA NOVAK")
    (body,) = [one for one in bodies_of(bench) if isinstance(one, SaleBody)]
    assert (body.total_minor, body.tender, body.why) == (0, "comp", "guest_list")
    assert [one.ticket_type_code for one in body.tickets] == [BAND] * 3


def test_a_full_list_says_so_and_a_basket_stays(open_bench: OpenBench, tmp_path: Path) -> None:
    """The list's limit here is the till's grant; the ticket types sold stay what they were."""
    bench = open_door(open_bench, tmp_path, BAND)
    bench.tap(f"type:{STANDARD}")
    for _ in range(2):
        bench.tap("guests")
        bench.wait(TillStep.GUEST)
        write(bench, "ANNA")
        bench.tap("plus:2")
        bench.tap("enter")
        bench.qtbot.waitUntil(
            lambda: bench.step() is TillStep.DONE or bool(bench.text("tillNote"))
        )
    assert bench.step() is TillStep.GUEST
    assert bench.text("tillAmount") == "ANNA", "the name is still there"
    bench.tap("plus:2")
    bench.tap("enter")
    bench.wait(TillStep.DONE)
    assert bench.flow.desk.state.counts == {STANDARD: 1}
    assert not [one for one in bench.window.page.offered() if one == f"type:{BAND}"]


def test_a_guest_needs_no_mouse_and_no_network(open_bench: OpenBench, tmp_path: Path) -> None:
    """G, the name, 2 for two more, Enter; cut off, the name waits sealed for the server."""
    bench = open_door(open_bench, tmp_path, BAND)
    server = bench.house.paired.link.server
    server.is_cut = True
    bench.press(Qt.Key.Key_G)
    write(bench, "LIV ULL")
    bench.press(Qt.Key.Key_2, Qt.Key.Key_Return)
    bench.wait(TillStep.DONE)
    sale = bench.flow.desk.state.sale
    assert sale is not None
    assert len(sale.tickets) == 3
    for file in [one for one in bench.house.paired.folder.rglob("*") if one.is_file()]:
        assert b"LIV ULL" not in file.read_bytes(), file
    assert bench.house.paired.link.buyers.notes == []
    server.is_cut = False
    notes = bench.house.paired.link.buyers.notes
    bench.qtbot.waitUntil(lambda: len(notes) == 1)
    assert notes[0].name == "LIV ULL"
    bench.press(Qt.Key.Key_G, Qt.Key.Key_Escape)
    assert bench.step() is TillStep.SELL
