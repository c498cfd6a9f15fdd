"""Windows end in order when the process is asked to, however it is asked."""

from __future__ import annotations

import os
import signal

import pytest
from PySide6.QtCore import QTimer

from gatekeeper.ui.application import ending_by_signals, make_application


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_closed_terminal_ends_a_window_as_ctrl_c_does(number: signal.Signals) -> None:
    """Gate, till and desk close what they have open; the signal then is what it was before."""
    app = make_application()
    # Whoever runs the tests may have it ignored, as a shell has Ctrl-C for what runs behind it.
    before = signal.signal(number, signal.default_int_handler)
    try:
        with ending_by_signals(app):
            QTimer.singleShot(0, lambda: os.kill(os.getpid(), number))
            assert app.exec() == 0
        assert signal.getsignal(number) == signal.default_int_handler
    finally:
        signal.signal(number, before)


def test_a_window_that_was_begun_by_nohup_outlives_its_terminal() -> None:
    """Who has a signal ignored wants just that."""
    app = make_application()
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ending_by_signals(app):
            QTimer.singleShot(0, lambda: os.kill(os.getpid(), signal.SIGHUP))
            QTimer.singleShot(300, lambda: app.exit(7))
            assert app.exec() == 7
    finally:
        signal.signal(signal.SIGHUP, before)
