"""The desk's first pages lead on, and back out of what failed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from gatekeeper.device.composition_root import machine_system
from gatekeeper.organizer.own_server import PORT
from gatekeeper.organizer.remembered_server import FILE, DeskMemory, save_memory
from gatekeeper.store.disk import FolderDisk
from gatekeeper.ui.organizer.app import OrganizerDesk
from gatekeeper.ui.organizer.sign_in.sign_in_pages import FormField, FormPage
from tests.unit.gatekeeper.sync.test_enrolment import make_authority


@pytest.fixture
def desk(tmp_path: Path, qtbot: QtBot) -> Iterator[OrganizerDesk]:
    """A desk that was not begun yet."""
    desk = OrganizerDesk(tmp_path, machine_system())
    qtbot.addWidget(desk.window)
    yield desk
    desk.stop()


def press(desk: OrganizerDesk, name: str) -> None:
    """Press a button of the page that is shown."""
    page = desk.window.currentWidget()
    assert page is not None
    (button,) = page.findChildren(QPushButton, name)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_desk_opens_no_larger_than_its_screen(desk: OrganizerDesk) -> None:
    """A small laptop with texts at 150 % has 853 by 480: each page keeps its foot there."""
    screen = desk.window.screen().availableSize()
    assert screen.width() < 1_180, "a screen that is smaller than the desk likes to be"
    assert desk.window.sizeHint() == desk.window.sizeHint().boundedTo(screen)


def test_enter_leads_to_the_next_empty_field_and_sends_from_the_last(qtbot: QtBot) -> None:
    """Nobody is told of a field missing that they were just on the way to."""
    fields = tuple(FormField(key, key) for key in ("organization", "name", "email"))
    page, sent = FormPage("form", "Who?", "", fields, "Go"), list[dict[str, str]]()
    qtbot.addWidget(page)
    page.submitted.connect(sent.append)
    page.show()
    page.begin()
    for key, text in (("organization", "Lantern"), ("email", "jo@lantern.example")):
        QTest.keyClicks(page.edits[key], text)
        QTest.keyClick(page.edits[key], Qt.Key.Key_Return)
        assert (page.focusWidget(), page.note) == (page.edits["name"], "")
    QTest.keyClick(page.edits["name"], Qt.Key.Key_Return)
    assert page.note, "an empty field is not passed by"
    QTest.keyClicks(page.edits["name"], "Jo")
    QTest.keyClick(page.edits["name"], Qt.Key.Key_Return)
    assert sent == [{"organization": "Lantern", "name": "Jo", "email": "jo@lantern.example"}]


def test_back_from_a_server_of_this_laptop_that_does_not_start_leads_to_the_first_question(
    desk: OrganizerDesk, tmp_path: Path, qtbot: QtBot
) -> None:
    """Not to a sign-in at a server that does not run: another one may have taken over."""
    memory = DeskMemory(url="https://127.0.0.1:1", email="jo@lantern.example", port=PORT)
    save_memory(FolderDisk(tmp_path), memory)
    (tmp_path / "server").write_text("no folder")
    desk.begin()
    qtbot.waitUntil(lambda: "cannot be started" in desk.first.progress.said)
    press(desk, "progressAgain")
    qtbot.waitUntil(lambda: "cannot be started" in desk.first.progress.said)
    press(desk, "progressBack")
    assert desk.window.currentWidget() is desk.first.choice


def test_damaged_memory_of_the_desk_is_said_in_the_window(
    desk: OrganizerDesk, tmp_path: Path
) -> None:
    """Started from an icon, nobody reads what a program writes as it ends."""
    (tmp_path / FILE).write_text("{")
    desk.begin()
    assert desk.window.currentWidget() is desk.first.progress
    assert FILE in desk.first.progress.said
    (tmp_path / FILE).unlink()
    press(desk, "progressAgain")
    assert desk.window.currentWidget() is desk.first.choice


def test_digits_are_compared_by_keys_alone(desk: OrganizerDesk) -> None:
    """No part of their page had the keys: Esc and Enter did nothing there."""
    first = desk.first
    desk.window.show()
    first._show_step("desk.join.looking")
    first._meet(DeskMemory(url="https://192.0.2.1:8000", authority_pem=make_authority()))
    page = desk.window.currentWidget()
    assert page is first.compare
    back = desk.window.focusWidget()
    assert back is not None
    assert back.objectName() == "compareBack", "Enter must not agree"
    QTest.keyClick(back, Qt.Key.Key_Escape)
    assert desk.window.currentWidget() is first.join


@pytest.mark.parametrize("has_sheet", [False, True])
def test_a_lost_password_has_a_way_without_a_sheet_that_nobody_has(
    desk: OrganizerDesk, tmp_path: Path, *, has_sheet: bool
) -> None:
    """A first start that was killed before it showed one leaves none, and asked for it."""
    first = desk.first
    first.memory = DeskMemory(url="", email="ada@example.org", port=PORT, has_sheet=has_sheet)
    first.sign_in.left.emit()
    assert desk.window.currentWidget() is first.reset
    said = first.reset.note.replace("\u200b", "")  # where a long word may break
    assert ("gatekeeper-server reset-password --email ada@example.org" in said) is not has_sheet
    assert (str(tmp_path / "server") in said) is not has_sheet
