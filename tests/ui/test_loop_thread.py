"""The loop that works beside a window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from gatekeeper.ui.loop_thread import LoopThread


@pytest.mark.parametrize("is_started", [False, True])
def test_a_loop_is_closed_when_its_window_ends_also_if_it_was_never_begun(
    is_started: bool, qtbot: QtBot
) -> None:
    """A window that is closed before it did anything leaves no sockets open."""
    owner = QObject()
    beside = LoopThread("beside", owner)
    if is_started:
        beside.start()
    beside.stop()
    assert beside._loop.is_closed()
