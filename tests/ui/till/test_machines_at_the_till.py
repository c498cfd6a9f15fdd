"""A till's printer and card terminal, set up at its own window: no terminal program is needed."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.till.state import TillStep
from gatekeeper.printing.finding_printers import find_printers
from gatekeeper.sync.moved_server import Mover
from gatekeeper.terminals.terminal_setup import SWAPPED
from gatekeeper.wording.texts import TEXTS
from shared.journal.entry import NoteBody
from tests.factories.gate_event import STANDARD
from tests.factories.till_bench import Bench
from tests.factories.till_evening import CHIEF, OpenBench, all_of, allow
from tests.fakes.receipt_printer import NetworkPrinter
from tests.fakes.zvt_terminal import ZvtTerminal


@pytest.fixture
def bench(open_bench: OpenBench) -> Bench:
    return open_bench()


def type_address(bench: Bench, address: str) -> None:
    """Type where something is in the network, by the keys on the screen."""
    for sign in address:
        bench.tap(f"letter:{sign}")
    bench.tap("enter")


def open_machines(bench: Bench) -> None:
    """Go to the page from the tiles."""
    bench.tap("menu")
    bench.tap("machines")
    bench.wait(TillStep.MACHINES)


def test_a_printer_in_the_network_is_chosen_tried_and_prints_the_next_sale(
    bench: Bench, qtbot: QtBot
) -> None:
    """Its address is typed once; the roll and the drawer's contact are a tap each."""
    with NetworkPrinter() as printer:
        open_machines(bench)
        bench.tap("printers")
        bench.tap("address:printer")
        type_address(bench, printer.address.removeprefix("tcp:"))
        bench.wait(TillStep.MACHINES)
        bench.tap("roll:58mm")
        bench.wait(TillStep.MACHINES)
        bench.tap("pin:2")
        bench.wait(TillStep.MACHINES)
        machines = bench.flow.desk.state.machines
        assert machines is not None
        assert (machines.printer, machines.roll, machines.drawer_pin) == (
            printer.address,
            "58mm",
            2,
        )
        bench.tap("try_printer")
        qtbot.waitUntil(lambda: printer.cuts == 1)
        bench.wait(TillStep.MACHINES)
        bench.tap("back")
        bench.tap("back")
        for key in (f"type:{STANDARD}", "cash", "amount:2500"):
            bench.tap(key)
        bench.wait(TillStep.DONE)
        qtbot.waitUntil(lambda: printer.cuts >= 2)


def test_a_guest_who_comes_back_has_a_copy_of_the_receipt(bench: Bench, qtbot: QtBot) -> None:
    """From the list of sales, by one key: one paper, no ticket with it."""
    with NetworkPrinter() as printer:
        open_machines(bench)
        bench.tap("printers")
        bench.tap("address:printer")
        type_address(bench, printer.address.removeprefix("tcp:"))
        bench.wait(TillStep.MACHINES)
        bench.tap("back")
        bench.tap("back")
        for key in (f"type:{STANDARD}", "cash", "amount:2500"):
            bench.tap(key)
        bench.wait(TillStep.DONE)
        qtbot.waitUntil(lambda: printer.cuts == 2)
        sale = bench.flow.desk.state.sale
        assert sale is not None
        bench.tap("sales")
        bench.wait(TillStep.SALES)
        bench.tap(f"sale:{sale.sale_id}")
        bench.tap("receipt_again")
        bench.wait(TillStep.SALE)
        assert "copy of the receipt" in bench.text("tillNote")
        qtbot.waitUntil(lambda: printer.cuts == 3)


def test_a_terminal_is_asked_only_once_a_supervisor_allows_it(bench: Bench, qtbot: QtBot) -> None:
    """It says what was paid: a cashier alone cannot put one of their own in its place."""
    with ZvtTerminal() as terminal:
        open_machines(bench)
        for _ in range(2):
            bench.tap("terminals")
            bench.tap("address:terminal")
            type_address(bench, terminal.address.removeprefix("zvt:"))
            bench.wait(TillStep.ALLOW)
            allow(bench)
            bench.wait(TillStep.MACHINES)
            assert "is responding" in bench.text("tillNote")
        qtbot.waitUntil(lambda: bench.flow.desk.state.facts.has_terminal)
        bench.tap("terminals")
        bench.tap("by_hand")
        bench.wait(TillStep.ALLOW)
        bench.tap("back")
        assert bench.flow.desk.state.facts.has_terminal, "nobody allowed it"
    cashier = bench.flow.desk.state.cashier
    notes = [one for one in all_of(bench) if isinstance(one, NoteBody) and one.topic == SWAPPED]
    text = f"by-hand {terminal.address} {cashier}".strip()
    assert notes == [NoteBody(SWAPPED, text, CHIEF.id)], "the same once more is no swap"


NO_ADDRESSES = ("-..", "192.168..70", "1.2.3.4.5", "192.168.1.70:0", "192.168.1.70:99999")


def test_what_is_no_address_is_said_and_changes_nothing(bench: Bench) -> None:
    """The till goes on as it was; nobody is asked for a badge."""
    open_machines(bench)
    for kind, address in product(("printer", "terminal"), NO_ADDRESSES):
        bench.tap(f"{kind}s")
        bench.tap(f"address:{kind}")
        type_address(bench, address)
        assert bench.step() is TillStep.TEXT, address
        assert "192.168.1.60" in bench.text("tillNote")
        bench.tap("back")
        bench.tap("back")
        bench.wait(TillStep.MACHINES)
        machines = bench.flow.desk.state.machines
        assert machines is not None
        assert (machines.printer, machines.terminal) == ("", "by-hand"), address


def test_a_printer_that_is_not_there_is_told_where_it_was_tried(
    bench: Bench, qtbot: QtBot
) -> None:
    """The page is not said to be on its way for good; once somebody listens, it comes out."""
    with NetworkPrinter() as printer:
        address = printer.address.removeprefix("tcp:")
    open_machines(bench)
    bench.tap("printers")
    bench.tap("address:printer")
    type_address(bench, address)
    bench.wait(TillStep.MACHINES)
    bench.tap("try_printer")
    bench.wait(TillStep.MACHINES)
    qtbot.waitUntil(lambda: "cannot be reached" in bench.text("tillNote"))
    with NetworkPrinter() as printer:
        bench.tap("printers")
        bench.tap("address:printer")
        type_address(bench, printer.address.removeprefix("tcp:"))
        bench.wait(TillStep.MACHINES)
        assert "Print a test page" in bench.text("tillNote")
        qtbot.waitUntil(lambda: printer.cuts == 1)


def test_printers_at_a_cable_are_found(tmp_path: Path) -> None:
    """By USB, and serial ones by their lasting name."""
    usb, serial = tmp_path / "dev/usb", tmp_path / "dev/serial/by-id"
    for folder, name in ((usb, "lp0"), (serial, "usb-EPSON_TM-T20-if00")):
        folder.mkdir(parents=True)
        (folder / name).touch()
    found = [one for one in find_printers(tmp_path) if not one.startswith("system:")]
    assert found == [f"device:{usb}/lp0", f"serial:{serial}/usb-EPSON_TM-T20-if00"]


def test_a_till_that_has_lost_its_server_scans_where_it_is_now(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a gate does: no other device tells a till, and it said that this was nobody's badge."""
    heard = list[str]()

    def hear(_mover: Mover, text: str) -> bool:
        heard.append(text)
        return len(heard) == 1

    monkeypatch.setattr(Mover, "hear", hear)
    bench.scan("GKA1 93 3045")
    bench.qtbot.waitUntil(lambda: bench.text("tillNote") == TEXTS.say("safe.gate.moved"))
    bench.scan("GKA1 93 3045")
    bench.qtbot.waitUntil(lambda: bench.text("tillNote") == TEXTS.say("safe.gate.known"))
    assert heard == ["GKA1 93 3045"] * 2
