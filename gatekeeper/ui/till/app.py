"""Opens the till's window on this machine, until it is closed."""

from __future__ import annotations

import signal
import sys
from functools import partial
from pathlib import Path

from gatekeeper.presenters.colors import THEMES
from gatekeeper.system import System
from gatekeeper.ui.app import listen_to_signals, log_unforeseen, make_application
from gatekeeper.ui.appearance import load_font_family
from gatekeeper.ui.till.till_flow import TillFlow
from gatekeeper.ui.till.till_thread import TillThread, open_till
from gatekeeper.ui.till.till_window import TillWindow
from gatekeeper.ui.wedge_filter import WedgeFilter


def run_till(
    folder: Path,
    system: System,
    *,
    theme: str = "light",
    panel_inches: float | None = None,
    text_percent: int = 100,
    is_full_screen: bool = False,
) -> int:
    """Run the window until it is closed or the process is asked to end.

    Args:
        folder: The till's profile.
        system: This machine.
        theme: Name of its colours.
        panel_inches: The panel's measured diagonal, where it lies about its size.
        text_percent: Of the texts.
        is_full_screen: Whether it takes the whole screen.

    Returns:
        The exit status.
    """
    app = make_application()
    sys.excepthook = log_unforeseen
    keys = WedgeFilter(app, system.clock)
    window = TillWindow(
        load_font_family(),
        THEMES[theme],
        panel_inches,
        may_close=lambda: not keys.was_bursting_lately(),
    )
    window.set_text_percent(text_percent)
    thread = TillThread(partial(open_till, folder, system))
    flow = TillFlow(window, thread, keys)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: app.exit(0))
    listening = listen_to_signals()
    window.resize(window.sizeHint())
    if is_full_screen:
        window.enter_full_screen()
    else:
        window.show()
    flow.begin()
    try:
        return app.exec()
    finally:
        listening.stop()
        flow.stop()
