"""A gate's settings: put on as they are kept, and as a supervisor changes them."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from gatekeeper.device.profile_folder import ProfileFolder
from gatekeeper.presenters.colors import THEMES
from gatekeeper.presenters.fault_words import spell_fault
from gatekeeper.presenters.gate.how_long_screens_stay import NOT_KEPT_STAYS_MS
from gatekeeper.presenters.gate.verdict_content import Tone
from gatekeeper.supervisor.device_settings import DeviceSettings
from gatekeeper.ui.gate.engine_thread import EngineThread
from gatekeeper.ui.gate.pages.gate_window import GateWindow
from gatekeeper.ui.gate.pages.settings_page import SettingsPage
from gatekeeper.ui.gate.pages.supervisor_frame import SupervisorFrame
from gatekeeper.ui.gate.scan_flow import ScanFlow
from gatekeeper.ui.sound_player import Sounder
from gatekeeper.ui.switching_language import speak_language, system_language
from shared.kernel.errors import StoreFault


class SettingsFlow(QObject):
    """Applies how a device looks, speaks, sounds and works, and keeps it.

    Args:
        window: Has the screens.
        engine: Ends a steward's duty where the public is alone from now on.
        scans: Works with or without staff.
        sounder: Its volume is set here.
        backend: Keeps the settings.

    Attributes:
        current: As they are set.
    """

    changed = Signal()  # language, theme or way of work

    def __init__(
        self,
        window: GateWindow,
        engine: EngineThread,
        scans: ScanFlow,
        sounder: Sounder,
        backend: ProfileFolder,
    ) -> None:
        super().__init__(window)
        self._window, self._engine, self._scans = window, engine, scans
        self._sounder, self._backend = sounder, backend
        self.current = backend.load_settings()
        SupervisorFrame.settings.when_made(window.supervisor_frame, self._wire)

    def _wire(self, page: SettingsPage) -> None:
        page.show_settings(self.current)
        page.changed.connect(self.apply)

    def begin(
        self,
        *,
        theme: str | None = None,
        volume_percent: int | None = None,
        text_percent: int | None = None,
    ) -> None:
        """Look, speak and sound as this device is set; what is given here holds instead."""
        if theme is not None:
            self.current = msgspec.structs.replace(self.current, theme=theme)
        if volume_percent is not None:
            self.current = msgspec.structs.replace(self.current, volume_percent=volume_percent)
        if text_percent is not None:
            self.current = msgspec.structs.replace(self.current, text_percent=text_percent)
        self._put_on(self.current)

    def apply(self, settings: DeviceSettings) -> None:
        """Take settings that were chosen, and keep them."""
        before, self.current = self.current, settings
        self._put_on(settings)
        self._keep(settings)
        if settings.is_self_service:
            self._engine.ask(lambda session: session.end_duty(), lambda _: None)
        if settings.volume_percent != before.volume_percent:
            self._sounder.play(Tone.ADMIT)

    def keep_direction(self, direction: str) -> None:
        """Keep the way that a supervisor has turned the lane."""
        self.current = msgspec.structs.replace(self.current, direction=direction)
        self._keep(self.current)
        self.changed.emit()

    def _put_on(self, settings: DeviceSettings) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        speak_language(app, settings.language or system_language())
        self._window.set_text_percent(settings.text_percent)
        self._window.set_theme(THEMES.get(settings.theme, THEMES["dark"]))
        self._window.retranslate()
        self._sounder.set_volume(settings.volume_percent / 100)
        frame = self._window.supervisor_frame
        SupervisorFrame.settings.if_made(frame, lambda page: page.show_settings(settings))
        self._window.gate_page.set_self_service(is_on=settings.is_self_service)
        self._scans.set_self_service(is_on=settings.is_self_service)
        self.changed.emit()

    def _keep(self, settings: DeviceSettings) -> None:
        try:
            self._backend.save_settings(settings)
        except StoreFault as fault:
            # What was chosen holds until the program ends; the screen says that it is not kept.
            self._window.gate_page.show_hint(spell_fault(fault), ms=NOT_KEPT_STAYS_MS)
