"""Waits for what a gate's window shows: that it is open, and verdicts that leave by themselves."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from gatekeeper.presenters.colors import ScreenState
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.gate.start_flow import StartStage


def until_open(qtbot: QtBot, kiosk: Kiosk) -> None:
    """Wait until the window stands at its open gate."""
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.OPEN)


def until_shown(qtbot: QtBot, kiosk: Kiosk, state: ScreenState) -> None:
    """Wait until the window shows a state; one that it leaves at once is not missed.

    A welcome stands for two seconds, and a busy machine may look away for longer.
    """
    page = kiosk.window.gate_page
    if page.state is not state:
        with qtbot.waitSignal(page.state_changed, check_params_cb=lambda shown: shown == state):
            pass
