"""A till's disk is full, at its window: what was not recorded is told, what was stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from gatekeeper.boxoffice.answers import PartState
from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.presenters.till.state import TillStep
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftBody
from tests.factories.gate_event import STANDARD
from tests.factories.till_bench import RIGHTS, Bench
from tests.factories.till_evening import bodies_of, make_house, sell
from tests.fakes.card_terminal import CardTerminal
from tests.fakes.small_disk import SmallDisk

FULL = "This device’s disk is full. Free some space."
BROKEN = (
    "This device’s disk reports a fault. Try again; if it continues, use another device and tell"
    " the organizer."
)


@pytest.fixture
def disk() -> SmallDisk:
    return SmallDisk()


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path, disk: SmallDisk) -> Iterator[Bench]:
    """Open a till that prints into a folder, with a shift, on a disk that can be filled."""
    house = make_house(tmp_path / "till", RIGHTS)
    opened = house.open

    async def open_small() -> AttendedGate:
        session = await opened(disk)
        disk.hold(session.store)
        return session

    house.open = open_small  # type: ignore[assignment,method-assign]  # the same on a small disk
    bench = Bench(qtbot, house, f"folder:{tmp_path}")
    bench.sign_in()
    yield bench
    bench.flow.stop()


def papers(tmp_path: Path) -> set[str]:
    return {one.name.partition("-")[0] for one in tmp_path.glob("*.pdf")}


def test_papers_of_a_sale_come_once_there_is_room(
    bench: Bench, disk: SmallDisk, tmp_path: Path
) -> None:
    """The sale stands, the cashier is told why nothing is printed, and the guest gets it later."""
    disk.full_after = "sale.committed"
    sell(bench, STANDARD)
    bench.qtbot.waitUntil(lambda: bench.text("tillNote") == FULL)
    state = bench.flow.desk.state
    assert state.sale is not None
    assert state.sale.sale_id in state.facts.unprinted, "so the display shows the code"
    assert papers(tmp_path) == set()
    disk.make_room()
    bench.qtbot.waitUntil(lambda: papers(tmp_path) == {"ticket", "receipt"})
    bench.qtbot.waitUntil(lambda: bench.text("tillNote") != FULL)


def test_papers_come_once_the_disk_that_cannot_be_read_can_be(
    bench: Bench, disk: SmallDisk, tmp_path: Path
) -> None:
    """The sale stands and is shown: a till that had asked for it again would sell it twice."""
    disk.torn_after = "sale.committed"
    sell(bench, STANDARD)
    bench.qtbot.waitUntil(lambda: bench.text("tillNote") == BROKEN)
    assert papers(tmp_path) == set()
    disk.heal()
    bench.qtbot.waitUntil(lambda: papers(tmp_path) == {"ticket", "receipt"})


def test_what_a_disk_that_cannot_be_read_refuses_at_the_till_is_told_as_its_fault(
    bench: Bench, disk: SmallDisk
) -> None:
    """The basket stays: once the disk can be read, one key sells it."""
    bench.tap(f"type:{STANDARD}")
    bench.tap("cash")
    disk.is_torn = True
    bench.tap(bench.window.page.quick.keys[0])
    bench.qtbot.waitUntil(lambda: bench.text("tillNote") == BROKEN)
    assert bench.step() is TillStep.CASH
    disk.heal()
    bench.tap(bench.window.page.quick.keys[0])
    bench.wait(TillStep.DONE)
    assert len([one for one in bodies_of(bench) if isinstance(one, SaleBody)]) == 1


def test_a_shift_whose_report_finds_no_room_is_closed_and_its_report_comes_later(
    bench: Bench, disk: SmallDisk, tmp_path: Path
) -> None:
    """What is expected is not asked for again: the close is on record, and says so."""
    bench.tap("menu")
    bench.tap("count")
    for sign in ("2", "00", "00"):
        bench.tap(f"digit:{sign}")
    bench.tap("enter")
    bench.wait(TillStep.COMPARED)
    disk.full_after = "shift.committed"
    bench.tap("close")
    bench.wait(TillStep.CLOSED)
    bench.qtbot.waitUntil(lambda: bench.text("tillNote") == FULL)
    disk.make_room()
    bench.qtbot.waitUntil(lambda: papers(tmp_path) == {"report"})


def test_what_a_full_disk_refuses_at_the_drawer_is_told_with_what_to_do(
    bench: Bench, disk: SmallDisk
) -> None:
    """The amount stays keyed in: once there is room, one key does it."""
    disk.is_full = True
    bench.tap("menu")
    bench.tap("count")
    for sign in ("2", "00", "00"):
        bench.tap(f"digit:{sign}")
    bench.tap("enter")
    bench.qtbot.waitUntil(lambda: bench.text("tillNote") == FULL)
    assert bench.step() is TillStep.COUNT
    disk.make_room()
    bench.tap("enter")
    bench.wait(TillStep.COMPARED)
    acts = [one.act for one in bodies_of(bench) if isinstance(one, ShiftBody)]
    assert acts == ["open", "count"]


def test_a_part_that_was_taken_while_the_disk_was_full_is_kept_once_there_is_room(
    bench: Bench, disk: SmallDisk
) -> None:
    """The guest has paid it: a till that is switched off afterwards knows of it."""
    bench.tap(f"type:{STANDARD}")
    disk.is_full = True
    bench.tap("cash")
    for sign in ("5", "00"):
        bench.tap(f"digit:{sign}")
    bench.tap("part")
    bench.qtbot.waitUntil(lambda: bench.text("tillNote") == FULL)
    assert bench.step() is TillStep.REST
    state = bench.flow.desk.state
    assert state.facts.paid_in_part is None
    disk.make_room()
    bench.qtbot.waitUntil(lambda: state.facts.paid_in_part is not None)
    bench.tap("cash")
    bench.tap("amount:2000")
    bench.wait(TillStep.DONE)
    bench.qtbot.waitUntil(lambda: state.facts.paid_in_part is None)
    (sold,) = [one for one in bodies_of(bench) if isinstance(one, SaleBody)]
    assert sum(one.amount_minor for one in sold.payments) == 2_500


def test_a_part_that_could_not_be_kept_counts_as_taken_once_a_card_is_asked(
    bench: Bench, disk: SmallDisk
) -> None:
    """There is room again, and the terminal is silent: the open sale knows of the cash."""
    state, opened = bench.flow.desk.state, bench.flow._thread._till
    assert opened is not None
    till = opened.session.till
    till.ports = msgspec.structs.replace(till.ports, terminal=CardTerminal(["silent"]))
    bench.qtbot.waitUntil(lambda: state.facts.has_terminal)
    bench.tap(f"type:{STANDARD}")
    disk.is_full = True
    for key in ("cash", "digit:5", "digit:00", "part"):
        bench.tap(key)
    bench.qtbot.waitUntil(lambda: bench.text("tillNote") == FULL)
    bench.flow._refresh.stop()
    disk.make_room()
    bench.tap("card")
    bench.wait(TillStep.OPEN)
    (kept,) = till.open_sales.list_open()
    states = [(one.state, one.payment.amount_minor) for one in kept.parts]
    assert states == [(PartState.TAKEN, 500), (PartState.ASKING, 2_000)]
