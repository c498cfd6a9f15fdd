"""Opens the demo's window, plays the story in it, and closes all of it again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from command_line.ending_signals import EndingSignals
from gatekeeper.demo.server_and_devices import DemoVenue
from gatekeeper.device.profile_folder import ProfileFolder
from gatekeeper.supervisor.device_settings import DeviceSettings
from gatekeeper.this_machine import System
from gatekeeper.ui.application import listen_to_signals, make_application
from gatekeeper.ui.demo.story_thread import Stage
from gatekeeper.ui.demo.window import DemoWindow
from gatekeeper.ui.gate.kiosk import Kiosk, KioskOptions
from gatekeeper.ui.sound_player import open_sounder
from gatekeeper.ui.switching_language import system_language
from gatekeeper.ui.wedge_filter import KeySource
from gatekeeper.unforeseen_errors import log_unforeseen

_NEVER_DIM_MS: Final = 24 * 3_600_000
_BROKEN: Final = 3


class OpenedDemo:
    """A demo whose window can be shown.

    Args:
        folder: Where everything lies.
        system: This machine.
        seed: Of the story.
        pace: How long beats are; 0 waits for nothing.
        is_passing: Whether the folder vanishes with the demo, however that ends.
        language: Of the window; None for the desktop's, if it is spoken.
        prefix: Before the commands that the window shows.
    """

    def __init__(
        self,
        folder: Path,
        system: System,
        seed: int,
        *,
        pace: float = 1.0,
        is_passing: bool = True,
        language: str | None = None,
        prefix: str = "",
    ) -> None:
        self._system = system
        self._pictures = folder / "tickets"
        self.app = make_application()
        chosen = language or system_language()
        self.window = DemoWindow(self.app, system.clock, self._make_kiosk, chosen, prefix)

        def make_house(stage: Stage) -> DemoVenue:
            return DemoVenue(
                folder,
                system,
                stage.audience,
                self.window.open_gate,
                is_passing=is_passing,
                has_card=True,
            )

        self.stage = Stage(make_house, seed, pace, self.window)
        self.window.take_stage(self.stage)

    def _make_kiosk(self, folder: Path, settings: DeviceSettings) -> Kiosk:
        backend = ProfileFolder(folder, self._system)
        backend.save_settings(settings)
        sounder = open_sounder(lambda _: None)
        options = KioskOptions(dim_after_ms=_NEVER_DIM_MS, pictures=self._pictures)
        return Kiosk(self.app, backend, sounder, self._system.clock, options, KeySource())


def run_demo_window(
    folder: Path,
    system: System,
    seed: int,
    ending: EndingSignals,
    *,
    is_passing: bool,
    prefix: str,
) -> int:
    """Show the window until it is closed or the process is asked to end.

    Returns:
        The exit status.
    """
    opened = OpenedDemo(folder, system, seed, is_passing=is_passing, prefix=prefix)
    sys.excepthook = log_unforeseen
    listening = listen_to_signals()
    ending.call(lambda: opened.app.exit(0))
    opened.window.resize(opened.window.sizeHint())
    opened.window.show()
    opened.stage.start()
    try:
        opened.app.exec()
    finally:
        opened.window.stop()
        listening.stop()
        ending.call(None)
    return ending.status or (_BROKEN if opened.window.is_broken else 0)
