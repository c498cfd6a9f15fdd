"""The organizer's desk, from an empty laptop to a paired gate: its real window and real server."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gatekeeper.device.composition_root import enrolment_ways, machine_system
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.organizer import own_server
from gatekeeper.organizer.afterwards.reports_client import FORMS
from gatekeeper.organizer.own_server_copies import copy_to
from gatekeeper.organizer.prepare.plan_client import PlanClient, PlanItem
from gatekeeper.organizer.prepare.seat_plans_client import read_file
from gatekeeper.organizer.server_api import ServerApi
from gatekeeper.sync.enrolment import enrol, read_code
from gatekeeper.ui.organizer.app import OrganizerDesk
from gatekeeper.ui.organizer.desk_pages import EventPages
from shared.wire.enrol import authority_fingerprint
from tests.factories.books_walk import look_into_books
from tests.factories.copy_walk import copy_the_evening
from tests.factories.free_ports import free_port
from tests.factories.frozen_plan import lift_the_freeze
from tests.factories.guests_walk import import_guests
from tests.factories.orders_walk import deal_with_orders
from tests.factories.second_organizer import settle_two_maps

EMAIL, PASSWORD = "ada@example.org", "seven lamps over the gate"
ACTIONS_MAX = 40
TAKE_OVER_ACTIONS_MAX = 10
LONG_MS = 240_000
PICTURES = os.environ.get("GATEKEEPER_DESK_PICTURES")


class Hand:
    """Does what a person does at the desk, and counts it."""

    def __init__(self, qtbot: QtBot, desk: OrganizerDesk) -> None:
        self.qtbot, self.desk, self.actions, self._pictures = qtbot, desk, 0, 0

    def find(self, name: str) -> QWidget:
        """Return the widget of a name on the page that is shown."""
        page = self.desk.window.currentWidget()
        assert page is not None
        found = [page] if page.objectName() == name else page.findChildren(QWidget, name)
        assert found, f"{name} is not on {page.objectName()}"
        return found[-1]

    @property
    def work(self) -> EventPages:
        """The pages of the event that is open."""
        assert self.desk.flow is not None
        return self.desk.flow.event_pages

    def fill(self, name: str, text: str) -> None:
        """Fill a field in."""
        field = self.find(name)
        assert isinstance(field, QLineEdit)
        field.clear()
        QTest.keyClicks(field, text)
        self.actions += 1

    def click(self, name: str) -> None:
        """Click a button."""
        button = self.find(name)
        assert isinstance(button, QPushButton)
        assert button.isEnabled(), name
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.actions += 1

    def enter(self, page: str) -> None:
        """Go to a page."""
        self.work.enter(page)
        self.actions += 1

    def wait(self, name: str) -> None:
        """Wait for a page."""

        def is_there() -> None:
            page = self.desk.window.currentWidget()
            assert page is not None
            if page.objectName() != name:  # pytest would explain it anew at each look
                said = getattr(page, "note", "") or getattr(page, "said", "")
                raise AssertionError(f"{page.objectName()}, not {name}: {said}")

        self.qtbot.waitUntil(is_there, timeout=LONG_MS)

    def until(self, holds: Callable[[], bool | None]) -> None:
        """Wait until something holds."""
        self.qtbot.waitUntil(holds, timeout=LONG_MS)

    def picture(self, name: str) -> None:
        """Keep a picture, where somebody wants to look."""
        if PICTURES:
            QApplication.processEvents()
            self._pictures += 1
            self.desk.window.grab().save(f"{PICTURES}/{self._pictures:02d}-{name}.png")


@pytest.fixture
def hand(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hand]:
    port = free_port()
    # Not the port that a server of this machine's owner may have.
    monkeypatch.setattr(own_server, "_PORTS", range(port, port + 1))
    desk = OrganizerDesk(tmp_path / "desk", machine_system())
    qtbot.addWidget(desk.window)
    desk.window.resize(desk.window.sizeHint())
    desk.window.show()
    desk.begin()
    yield Hand(qtbot, desk)
    server = desk.first.server
    desk.stop()
    if server is not None:
        asyncio.run(server.stop())


def test_an_empty_laptop_comes_to_a_paired_gate(hand: Hand, tmp_path: Path) -> None:
    """First start, event, board, pairing, guests: without a terminal, in few actions."""
    hand.wait("deskChoice")
    hand.picture("choice")
    begin(hand)
    draft_an_evening(hand)
    publish(hand)
    pair_a_gate(hand, tmp_path)
    import_guests(hand, tmp_path)
    hand.enter("people")
    hand.until(lambda: hand.work.people.list.count() == 1)
    hand.enter("live")
    hand.until(lambda: hand.work.live.title.text() == "Inside now: 0")
    hand.picture("during")
    hand.enter("reports")
    hand.until(lambda: "Calculated at" in hand.work.reports.note)
    assert hand.work.reports.figures["tickets"].text() == "2"
    for form in FORMS:
        hand.work.reports.saved.emit(form, str(tmp_path / f"report.{form}"))
    hand.until(lambda: all((tmp_path / f"report.{form}").exists() for form in FORMS))
    look_into_books(hand, tmp_path)
    hand.enter("conflicts")
    hand.until(lambda: not hand.find("settle_fraud").isEnabled())
    hand.picture("conflicts")
    hand.enter("server")
    hand.picture("server")
    assert hand.actions <= ACTIONS_MAX
    pause_the_doors(hand)
    deal_with_orders(hand, EMAIL, PASSWORD)
    edit_the_plan(hand)
    copy_the_evening(hand)


def pause_the_doors(hand: Hand) -> None:
    """Pause entry by one press, see it on every tab, and resume it by another."""
    page = hand.work.live
    board = page.pause
    hand.enter("live")
    page.tabs.setCurrentWidget(board)
    hand.until(lambda: board.place.count() > 1)
    hand.click("pausePress")
    hand.until(lambda: board.state.text().startswith("Entry paused since "))
    assert board.note == "Sent. The gates are told at once."
    line = page.findChild(QLabel, "duringPaused")
    assert line is not None
    hand.until(lambda: line.text().startswith("Paused now: ") and board.press.isEnabled())
    hand.picture("paused")
    hand.click("pausePress")
    hand.until(lambda: board.state.text() == "Entry is not paused here.")
    hand.until(lambda: not line.isVisible())


def edit_the_plan(hand: Hand) -> None:
    """Rename a zone, undo it, meet a colleague's edit of the same zone, merge, add and remove."""
    page = hand.work.plan
    hand.enter("plan")
    hand.until(lambda: page.plan is not None and page.thing is not None)
    hand.picture("plan-event")
    hand.fill("planSearch", "hall")
    zone = named(hand, "Hall")
    page.choose(zone.id)
    hand.picture("plan-zone")
    hand.fill("plan_name", "Great Hall")
    hand.click("planSave")
    hand.until(lambda: page.note == "Saved: Great Hall")
    hand.click("planUndo")
    hand.until(lambda: page.note == "The last change is undone.")
    hand.fill("planSearch", "")
    zone = named(hand, "Hall")
    page.choose(zone.id)
    hand.fill("plan_name", "Main Hall")
    colleague(hand, zone, {"name": "Hall of Lanterns", "capacity": 750})
    hand.click("planSave")
    hand.until(page.clash.isVisible)
    said = hand.find("clashSaid")
    assert isinstance(said, QLabel)
    assert "Ada changed this at" in said.text()
    hand.picture("plan-clash")
    hand.click("clashGo")
    hand.until(lambda: page.note == "Saved: Main Hall")
    assert named(hand, "Main Hall").fields["capacity"] == 750
    add_and_remove_a_gate(hand)


def add_and_remove_a_gate(hand: Hand) -> None:
    """What nothing hangs on goes, and comes back; what is used says why it stays."""
    page = hand.work.plan
    hand.click("planAdd_gate")
    hand.click("planSave")
    hand.until(lambda: "Fill in this field" in page.note)
    hand.fill("plan_name", "Side door")
    hand.click("planSave")
    hand.until(lambda: page.note == "Saved: Side door")
    hand.click("planRemove")
    hand.until(lambda: page.note == "Removed: Side door")
    hand.click("planUndo")
    hand.until(lambda: page.note == "The last change is undone.")
    assert named(hand, "Side door").fields["lanes"] == 1
    lift_the_freeze(hand, named(hand, "Main Hall").id)
    hand.click("planRemove")
    hand.until(lambda: "remove them first" in page.note)
    hand.picture("plan-refused")
    try_the_rule(hand)
    page.choose(named(hand, "Standing").id)
    hand.picture("plan-type")


def try_the_rule(hand: Hand) -> None:
    """Ask whether somebody would get in before a rule is written, and after."""
    page = hand.work.plan
    hand.click("trialGo")
    hand.until(lambda: page.trial.said == "Gets in. The ticket is valid.")
    hand.click("rule_add")
    hand.fill("rule_0_1", "25:00")
    hand.click("planSave")
    hand.until(lambda: "not a valid value: 25:00" in page.note)
    hand.fill("rule_0_1", "23:59")
    hand.click("planSave")
    hand.until(lambda: page.note == "Saved: Main Hall")
    hand.click("trialGo")
    hand.until(lambda: page.trial.said.startswith("Does not get in."))
    hand.picture("plan-tried")


def named(hand: Hand, name: str) -> PlanItem:
    """Return a thing of the plan by its name."""
    plan = hand.work.plan.plan
    assert plan is not None
    return next(thing for thing in plan.things if thing.name == name)


def colleague(hand: Hand, thing: PlanItem, fields: dict[str, Any]) -> None:
    """Let somebody else edit a thing at another desk."""
    server, flow = hand.desk.first.server, hand.desk.flow
    assert server is not None
    assert flow is not None
    assert flow.site is not None
    site = flow.site

    async def edit() -> None:
        office = ServerApi(server.url, server.read_authority())
        await office.sign_in(EMAIL, PASSWORD)
        await PlanClient(office, site).save(thing, thing.fields | fields)
        await office.close()

    asyncio.run(edit())


def draft_an_evening(hand: Hand) -> None:
    """Fill the form in, after it has said what it lacks."""
    hand.picture("draft-empty")
    hand.click("draftGo")
    hand.picture("draft-flaws")
    hand.fill("draftName", "Night of the Lanterns")
    hand.fill("zones_0_0", "Hall")
    hand.fill("zones_0_1", "North, South")
    hand.fill("types_0_0", "Standing")
    hand.fill("types_0_1", "25.00")
    hand.fill("supervisors_0_0", "Sam Okafor")
    hand.picture("draft-full")
    hand.click("draftGo")
    hand.wait("deskWorkspace")
    hand.until(lambda: hand.find("badgeCard").isVisible())
    hand.picture("badge")


def publish(hand: Hand) -> None:
    """Let the board lead from red to red for the gates only."""
    hand.enter("doors_ready")
    hand.until(lambda: any("not published" in said for said in hand.work.doors_ready.said))
    hand.picture("board-red")
    hand.click("board_put_on_sale_2")
    hand.until(lambda: any("is published" in said for said in hand.work.doors_ready.said))
    hand.click("board_hand_over_3")
    hand.until(lambda: any("handed to gates" in said for said in hand.work.doors_ready.said))


def pair_a_gate(hand: Hand, folder: Path) -> None:
    """Make a code, make a device of it, and see its gate turn green."""
    hand.enter("devices")
    hand.until(lambda: hand.work.devices.gate.count() == 2)
    hand.click("deviceGo")
    line = hand.find("pairingLine")
    assert isinstance(line, QLineEdit)
    hand.until(lambda: line.text().startswith("GKE1 "))
    hand.picture("pairing")
    asyncio.run(pair(line.text(), folder / "north"))
    hand.until(lambda: hand.work.devices.table.rowCount() == 1)
    hand.picture("devices")
    hand.enter("doors_ready")
    hand.until(lambda: any("North: in touch" in said for said in hand.work.doors_ready.said))
    hand.picture("board-one-gate")


def test_another_desk_joins_and_one_opened_again_signs_in_at_its_server_and_mends_it(
    hand: Hand, tmp_path: Path, qtbot: QtBot
) -> None:
    """A server that vouches for itself is trusted by a person who compares digits, not by chance.

    A desk that is opened again asks nothing twice, and starts a dead server again.
    """
    begin(hand)
    server = hand.desk.first.server
    assert server is not None
    other = opened(qtbot, OrganizerDesk(tmp_path / "other", machine_system(), server.url))
    try:
        join_by_digits(other, authority_fingerprint(server.read_authority()))
    finally:
        other.desk.stop()
    hand.desk.stop()
    again = opened(qtbot, OrganizerDesk(tmp_path / "desk", machine_system()))
    try:
        sign_in_again(again)
        asyncio.run(server.stop())
        assert again.desk.flow is not None
        again.desk.flow.begin()
        again.until(lambda: asyncio.run(server.is_answering()))
    finally:
        again.desk.stop()
        if again.desk.first.server is not None:
            asyncio.run(again.desk.first.server.stop())


def opened(qtbot: QtBot, desk: OrganizerDesk) -> Hand:
    """Show a desk."""
    qtbot.addWidget(desk.window)
    desk.window.show()
    desk.begin()
    return Hand(qtbot, desk)


def join_by_digits(hand: Hand, digits: str) -> None:
    """Compare the digits with those of the server's own desk, and sign in."""
    hand.wait("deskCompare")
    shown = hand.find("compareDigits")
    assert isinstance(shown, QLabel)
    assert shown.text().replace(" ", "") == digits
    hand.click("compareGo")
    hand.wait("deskSignIn")
    hand.fill("deskSignIn_email", EMAIL)
    hand.fill("deskSignIn_password", PASSWORD)
    hand.click("formGo")
    hand.wait("deskDraft")


def sign_in_again(hand: Hand) -> None:
    """Sign in where the desk knows who, after a wrong password."""
    hand.wait("deskSignIn")
    hand.fill("deskSignIn_password", "not the password")
    hand.click("formGo")
    hand.until(lambda: "do not match" in getattr(hand.desk.window.currentWidget(), "note", ""))
    hand.fill("deskSignIn_password", PASSWORD)
    hand.click("formGo")
    hand.wait("deskDraft")


def test_a_seat_map_is_drawn_kept_for_a_venue_and_given_to_an_event(
    hand: Hand, tmp_path: Path
) -> None:
    """Rows by pattern, a step undone, saved, used, and a type of tickets that has its seats."""
    begin(hand)
    draft_an_evening(hand)
    page = hand.work.seats
    hand.enter("seats")
    hand.until(lambda: page.types.count() == 1)
    page.wants_venue.emit("Lantern Hall", False)
    hand.until(lambda: page.venue_id is not None)
    hand.click("seatsAdd")
    hand.click("seatsAdd")
    hand.click("seatsUndo")
    hand.click("seatsSave")
    hand.until(lambda: "200" in page.note)
    hand.click("seatsGive")
    hand.until(lambda: page.note.startswith("The event now has 200"))
    page.types.item(0).setCheckState(Qt.CheckState.Checked)
    flow = hand.desk.flow
    assert flow is not None
    hand.until(lambda: flow.seats is not None and flow.seats.types[0].has_seats)
    hand.picture("seats")
    drawing = tmp_path / "hall.svg"
    page.wants_export.emit(drawing)
    assert read_file("hall", drawing.read_text("utf-8")).seats == page.draft.seats
    table = tmp_path / "hall.csv"
    table.write_text("section,row,seat\nStalls,A,1\nStalls,A,1\n", "utf-8")
    page.wants_file.emit(table)
    assert "hall.csv" in page.note, "a wrong file says where, and draws nothing"
    assert len(page.draft.seats) == 200
    table.write_text("section,row,seat\nStalls,A,1\nStalls,A,2\n", "utf-8")
    page.wants_file.emit(table)
    assert len(page.draft.seats) == 2
    settle_two_maps(hand, page, (EMAIL, PASSWORD))
    hand.enter("doors_ready")
    hand.enter("seats")
    hand.until(lambda: page.types.item(0).checkState() is Qt.CheckState.Checked)
    assert len(page.draft.seats) == 2, "what is drawn stays while one looks elsewhere"


def test_another_laptop_takes_over_in_ten_actions_and_a_lost_password_is_replaced(
    hand: Hand, tmp_path: Path, qtbot: QtBot
) -> None:
    """Server killed, folder gone: stick and paper are enough, and so for a lost password."""
    code = begin(hand)
    server = hand.desk.first.server
    assert server is not None
    (tmp_path / "stick").mkdir()
    asyncio.run(copy_to(server, tmp_path / "stick"))
    asyncio.run(server.run_verb("copy", "now"))
    hand.desk.stop()
    asyncio.run(server.stop())
    shutil.rmtree(server.folder)
    second = opened(qtbot, OrganizerDesk(tmp_path / "other", machine_system()))
    other = second.desk
    try:
        second.wait("deskChoice")
        second.click("chooseTakeOver")
        second.fill("deskTakeOver_folder", str(tmp_path / "stick"))
        second.fill("deskTakeOver_code", code)
        second.picture("take-over")
        second.click("formGo")
        second.wait("deskSignIn")
        second.fill("deskSignIn_email", EMAIL)
        second.fill("deskSignIn_password", PASSWORD)
        second.click("formGo")
        second.wait("deskDraft")
        assert second.actions <= TAKE_OVER_ACTIONS_MAX
        other.first.ask_again("")
        second.click("formBack")
        second.fill("deskReset_code", code)
        second.fill("deskReset_password", "nine lamps under the bridge")
        second.picture("reset")
        second.click("formGo")
        second.wait("deskSignIn")
        second.fill("deskSignIn_password", "nine lamps under the bridge")
        second.click("formGo")
        second.wait("deskDraft")
    finally:
        other.stop()
        if other.first.server is not None:
            asyncio.run(other.first.server.stop())


def begin(hand: Hand) -> str:
    """Make a server on this laptop; its recovery code."""
    hand.wait("deskChoice")
    hand.click("chooseOwn")
    hand.click("formGo")
    assert hand.find("formNote").isVisible(), "an empty form is not sent"
    values = {"organization": "Hall", "name": "Ada", "email": EMAIL, "password": PASSWORD}
    for field, text in values.items():
        hand.fill(f"deskOwn_{field}", text)
    hand.click("formGo")
    hand.wait("deskSheet")
    hand.picture("sheet")
    shown = hand.find("sheetCode")
    assert isinstance(shown, QLabel)
    code = shown.text()
    hand.click("sheetGo")
    hand.wait("deskDraft")
    return code


async def pair(line: str, folder: Path) -> None:
    """Make a device by the line, as its pairing screen does, and let it be in touch once."""
    system = machine_system()
    await enrol(
        system.open_disk(folder),
        read_code(None, line),
        name="north-1",
        entropy=system.entropy,
        ways=enrolment_ways(),
    )
    session = await GateSession.open(folder, system=system)
    await session.sync_once()
    await session.close()
