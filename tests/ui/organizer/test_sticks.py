"""Sticks are offered by name where one is asked for; folders are the other way."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.organization.server_page import ServerPage
from gatekeeper.ui.organizer.sign_in.take_over_and_reset_pages import TakeOverPage
from gatekeeper.ui.organizer.widgets.usb_stick_buttons import Stick, StickButtons, find_sticks
from tests.factories.keys import click

FIRST = Stick("LANTERNS & CO", Path("/media/ada/LANTERNS"), 14_230_000_000)
SECOND = Stick("BACKUP", Path("/media/ada/BACKUP"), 990_000_000)


def texts(sticks: StickButtons) -> list[str]:
    return [one.text() for one in sticks.findChildren(QAbstractButton) if not one.isHidden()]


def test_a_stick_is_said_by_its_name_and_its_room(qtbot: QtBot) -> None:
    """Buttons that stand keep the keyboard while their numbers change; others come and go."""
    make_application()
    sticks = StickButtons(places=())
    qtbot.addWidget(sticks)
    sticks.show()
    sticks.offer((FIRST, SECOND))
    assert texts(sticks) == [
        "Stick LANTERNS && CO: 14.2 GB free",
        "Stick BACKUP: 1.0 GB free",
    ]
    before = sticks.findChildren(QAbstractButton)
    sticks.offer((Stick(FIRST.name, FIRST.folder, 0), SECOND))
    assert sticks.findChildren(QAbstractButton) == before
    assert texts(sticks)[0].endswith(": 0.0 GB free")
    sticks.offer((SECOND,))
    assert texts(sticks) == ["Stick BACKUP: 1.0 GB free"]
    sticks.look()
    assert texts(sticks) == []


def test_one_press_takes_a_stick_for_copies_and_for_taking_over(qtbot: QtBot) -> None:
    """No folder is looked for in a dialog."""
    make_application()
    server, take = ServerPage(), TakeOverPage()
    chosen: list[Path] = []
    server.chose_folder.connect(chosen.append)
    for page in (server, take):
        qtbot.addWidget(page)
        page.sticks.offer((SECOND, FIRST))
        button = page.sticks.findChild(QAbstractButton, "stick_1")
        assert isinstance(button, QAbstractButton)
        click(button)
    assert chosen == [FIRST.folder]
    assert take.edits["folder"].text() == str(FIRST.folder)


def test_what_is_mounted_is_found_and_a_mere_folder_is_not(tmp_path: Path) -> None:
    """The machine's own volumes are read: no list of them is made up."""
    (tmp_path / "ada" / "folder").mkdir(parents=True)
    assert find_sticks((str(tmp_path),)) == ()
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    mounted = {Path(line.split()[1]) for line in mounts}
    found = {one.folder: one for one in find_sticks(("/dev",))}
    assert found.keys() <= mounted
    shared = Path("/dev/shm")  # a volume that Linux mounts beside the disks
    assert (shared in found) == (shared in mounted)
    assert all(one.name and one.free >= 0 for one in found.values())
