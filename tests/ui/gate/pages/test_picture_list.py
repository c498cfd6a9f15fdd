"""F4 at a gate: the pictures of one folder, and no way to any other."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit, QListWidget
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.colors import ScreenState
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.gate.pages.picture_list import PICTURES_LISTED_MAX, PictureList, list_pictures
from tests.factories.keys import Typist
from tests.fakes.gate_answers import make_answer
from tests.fakes.gate_session import FakeGateSession
from tests.ui.shown import until_shown

CODE = "12345678901234567890"


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the user's pictures, with a folder beside them that is nobody's business."""
    home = tmp_path / "home"
    folder = home / "Pictures"
    (folder / "inside").mkdir(parents=True)
    (home / ".config").mkdir()
    (home / ".config" / "user-dirs.dirs").write_text('XDG_PICTURES_DIR="$HOME/Pictures"\n')
    (home / "secret.png").write_bytes(b"secret")
    (folder / "notes.txt").write_text("no picture")
    (folder / "inside" / "deeper.png").write_bytes(b"deeper")
    (folder / "way-out.png").symlink_to(home / "secret.png")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    return folder


def open_by_f4(kiosk: Kiosk, typist: Typist, qtbot: QtBot) -> QObject:
    """Press F4 as a finger does; returns what opens."""
    typist.press(Qt.Key.Key_F4)
    qtbot.waitUntil(lambda: kiosk.window.findChild(QObject, "imageDialog") is not None)
    dialog = kiosk.window.findChild(QObject, "imageDialog")
    assert isinstance(dialog, QObject)
    return dialog


def test_f4_reveals_and_chooses_no_other_folder(
    kiosk: Kiosk, pictures: Path, qtbot: QtBot
) -> None:
    """No field takes a path, nothing walks elsewhere, and of the folder only pictures show."""
    QImage(9, 9, QImage.Format.Format_RGB32).save(str(pictures / "ticket.png"))
    dialog = open_by_f4(kiosk, Typist(kiosk.window), qtbot)
    assert not isinstance(dialog, QFileDialog)
    assert dialog.findChildren(QLineEdit) == []
    assert dialog.findChildren(QComboBox) == []
    shown = dialog.findChildren(QListWidget)[0]
    assert [shown.item(row).text() for row in range(shown.count())] == ["ticket.png"]


def test_a_finger_opens_the_newest_picture_with_enter(
    kiosk: Kiosk,
    session: FakeGateSession,
    pictures: Path,
    make_qr: Callable[[str], QImage],
    qtbot: QtBot,
) -> None:
    """The list has the focus, so that F4 and Enter are enough; a scanner's Enter opens nothing."""
    session.answers[CODE] = make_answer("ok")
    make_qr("another").save(str(pictures / "older.png"))
    os.utime(pictures / "older.png", (1, 1))
    make_qr(CODE).save(str(pictures / "ticket.png"))
    typist = Typist(kiosk.window)
    open_by_f4(kiosk, typist, qtbot)
    qtbot.waitUntil(lambda: isinstance(kiosk.window.focusWidget(), object))
    typist.press(Qt.Key.Key_Return, "\r", held=1)
    qtbot.wait(200)
    assert kiosk.window.findChild(PictureList) is not None
    typist.press(Qt.Key.Key_Return, "\r")
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert session.scans == [(CODE, False)]


def test_a_scanned_escape_leaves_the_list_open_and_a_fingers_closes_it(
    kiosk: Kiosk, pictures: Path, qtbot: QtBot
) -> None:
    """Also F4 once more opens no second one."""
    assert pictures.is_dir()
    typist = Typist(kiosk.window)
    open_by_f4(kiosk, typist, qtbot)
    typist.press(Qt.Key.Key_Escape, "\x1b", held=1)
    typist.press(Qt.Key.Key_F4)
    qtbot.wait(200)
    assert len(kiosk.window.findChildren(PictureList)) == 1
    typist.press(Qt.Key.Key_Escape, "\x1b")
    qtbot.waitUntil(lambda: kiosk.window.findChild(PictureList) is None)


def test_a_folder_that_is_missing_or_crowded_is_still_a_list(tmp_path: Path) -> None:
    """No folder shows no pictures, and ten thousand show the newest."""
    assert list_pictures(tmp_path / "missing") == []
    for number in range(PICTURES_LISTED_MAX + 5):
        (tmp_path / f"{number}.PNG").touch()
        os.utime(tmp_path / f"{number}.PNG", (number, number))
    found = list_pictures(tmp_path)
    assert len(found) == PICTURES_LISTED_MAX
    assert found[0].name == f"{PICTURES_LISTED_MAX + 4}.PNG"
