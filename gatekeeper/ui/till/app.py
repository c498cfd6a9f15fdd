"""Opens the till's window on this machine, until it is closed."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import NamedTuple

from gatekeeper.device.opened_till import open_till
from gatekeeper.device.profile_folder import ProfileFolder
from gatekeeper.presenters.colors import THEMES, Theme
from gatekeeper.this_machine import System
from gatekeeper.ui.application import ending_by_signals, make_application
from gatekeeper.ui.switching_language import speak_language, system_language
from gatekeeper.ui.till.customer_display_window import CustomerDisplay
from gatekeeper.ui.till.customer_watch import CustomerWatch, DisplayWish
from gatekeeper.ui.till.till_flow import TillFlow
from gatekeeper.ui.till.till_thread import TillThread
from gatekeeper.ui.till.till_window import TillWindow
from gatekeeper.ui.wedge_filter import WedgeFilter
from gatekeeper.unforeseen_errors import log_unforeseen
from gatekeeper.wording.texts import TEXTS, Texts


class CustomerOptions(NamedTuple):
    """What a till's customer display is.

    Attributes:
        wish: When it is shown.
        logo: A picture that it shows while nobody buys, or None.
        language: That it speaks; "" for the window's.
    """

    wish: DisplayWish = DisplayWish.AUTO
    logo: Path | None = None
    language: str = ""


class TillLook(NamedTuple):
    """How the till's window looks.

    Attributes:
        theme: Name of its colours.
        panel_inches: The panel's measured diagonal, where it lies about its size.
        text_percent: Of the texts.
        is_full_screen: Whether it takes the whole screen.
        language: That it speaks; "" for the one that was chosen at this device as a gate, else
            the system's.
    """

    theme: str = "light"
    panel_inches: float | None = None
    text_percent: int = 100
    is_full_screen: bool = False
    language: str = ""


def run_till(
    folder: Path,
    system: System,
    look: TillLook,
    *,
    badge: str = "",
    customer: CustomerOptions | None = None,
) -> int:
    """Run the window until it is closed or the process is asked to end.

    Args:
        folder: The till's profile.
        system: This machine.
        look: How it looks.
        badge: Of whoever is at work from the start; "" for one that is scanned.
        customer: The customer's display; None for one on a second screen, where there is one.

    Returns:
        The exit status.
    """
    app = make_application()
    sys.excepthook = log_unforeseen
    settings = ProfileFolder(folder, system).load_settings()
    speak_language(app, look.language or settings.language or system_language())
    keys = WedgeFilter(app, system.clock)
    window = TillWindow(
        THEMES[look.theme],
        look.panel_inches,
        may_close=lambda: not keys.was_bursting_lately(),
    )
    window.set_text_percent(look.text_percent)
    thread = TillThread(partial(open_till, folder, system))
    flow = TillFlow(window, thread, keys)
    watch = _open_display(window, THEMES[look.theme], customer or CustomerOptions())
    flow.shown.connect(watch.take_state)
    with ending_by_signals(app):
        # A till's keys want all of the screen, also where nothing makes a window larger.
        window.resize(window.screen().availableSize())
        if look.is_full_screen:
            window.enter_full_screen()
        else:
            window.showMaximized()
        watch.take_place()
        flow.begin(badge)
        try:
            return app.exec()
        finally:
            watch.end()
            flow.stop()


def _open_display(window: TillWindow, theme: Theme, options: CustomerOptions) -> CustomerWatch:
    """Make the customer's display; it is shown once the till's window stands."""
    texts = Texts(options.language) if options.language else TEXTS
    display = CustomerDisplay(theme, options.logo, texts)
    return CustomerWatch(display, window, options.wish)
