"""Waits for a verdict on a gate's window that leaves again by itself."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from gatekeeper.presenters.colors import ScreenState
from gatekeeper.ui.gate.kiosk import Kiosk
from tests.factories.waiting import PATIENCE_S


def until_shown(qtbot: QtBot, kiosk: Kiosk, state: ScreenState) -> None:
    """Wait until the window shows a state; one that it leaves at once is not missed.

    A welcome stands for two seconds, and a busy machine may look away for longer.
    """
    page = kiosk.window.gate_page
    if page.state is not state:
        with qtbot.waitSignal(
            page.state_changed,
            timeout=PATIENCE_S * 1_000,
            check_params_cb=lambda shown: shown == state,
        ):
            pass
