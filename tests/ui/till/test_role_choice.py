"""`gatekeeper kiosk` on any device's folder: a gate's, a till's, or one that may be both."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from command_line.exit_statuses import EXIT_DONE
from gatekeeper.commands import till
from gatekeeper.commands.kiosk import GATE, TILL, find_role
from gatekeeper.ui.application import make_application
from gatekeeper.ui.gate.pages.gate_window import GateWindow
from gatekeeper.ui.gate.pages.pairing_page import PairingPage
from gatekeeper.ui.till.role_choice import RoleChoice
from tests.factories.gate_profile import PairedGate
from tests.factories.till_house import make_market


def role_of(folder: Path) -> str:
    options = argparse.Namespace(profile=folder, theme=None, panel_inches=None, full_screen=False)
    return find_role(options)


@pytest.mark.parametrize(("role", "window"), [("gate", GATE), ("till", TILL)])
def test_a_folder_opens_the_window_of_what_it_is(tmp_path: Path, role: str, window: str) -> None:
    """Nobody is asked what the profile says."""
    PairedGate(tmp_path, make_market(), role=role)
    assert role_of(tmp_path) == window


def test_a_folder_that_is_no_device_yet_is_paired_at_the_gates_window(tmp_path: Path) -> None:
    """Empty, or not there at all."""
    assert role_of(tmp_path) == GATE
    assert role_of(tmp_path / "none") == GATE


@pytest.mark.parametrize(
    ("key", "window"),
    [(Qt.Key.Key_1, GATE), (Qt.Key.Key_2, TILL), (Qt.Key.Key_Escape, "")],
)
def test_a_device_that_may_be_both_asks_which_it_is_now(
    tmp_path: Path, key: Qt.Key, window: str
) -> None:
    """By a key or a finger; closed without an answer, nothing is opened. What follows can turn."""
    PairedGate(tmp_path, make_market(), role="both")
    make_application()

    def answer() -> None:
        (asked,) = [one for one in QApplication.topLevelWidgets() if isinstance(one, RoleChoice)]
        assert all(asked.grid.button(name).isEnabled() for name in (GATE, TILL))
        QTest.keyClick(asked, key)

    QTimer.singleShot(200, answer)
    assert role_of(tmp_path) == window
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    following = QEventLoop()
    QTimer.singleShot(0, lambda: following.exit(7))
    assert following.exec() == 7


def test_a_tills_folder_that_is_no_device_yet_is_paired_at_the_gates_window(
    tmp_path: Path,
) -> None:
    """`gatekeeper till` asks for the code as well; closed without one, no till is opened."""
    parser = argparse.ArgumentParser()
    till.describe(parser)
    options = parser.parse_args(["--profile", str(tmp_path / "none")])
    make_application()
    seen: list[str] = []

    def close() -> None:
        for window in QApplication.topLevelWidgets():
            if window.isVisible():
                assert isinstance(window, GateWindow)
                seen.append(type(window.page).__name__)
                window.close()

    QTimer.singleShot(500, close)
    assert till.run(options) == EXIT_DONE
    assert seen == [PairingPage.__name__]
