"""The supervisor's part of the kiosk: its flow between the others, and the device's acts."""

from __future__ import annotations

import os
from typing import Final

from PySide6.QtCore import QObject, Signal

from gatekeeper.gate.answer import DutyChange, LaneStatus
from gatekeeper.presenters.fault_words import raise_unforeseen, spell_fault
from gatekeeper.presenters.gate.device_content import WindowFacts
from gatekeeper.presenters.gate.how_long_screens_stay import DUTY_HINT_STAYS_MS
from gatekeeper.presenters.gate.open_decision import OpenDecision
from gatekeeper.presenters.gate.verdict_content import Tone
from gatekeeper.readers.black_still_or_silent_camera import CameraState
from gatekeeper.supervisor.unlocking_and_locking_again import Badge
from gatekeeper.this_machine import machine_battery
from gatekeeper.ui.gate.engine_thread import EngineThread
from gatekeeper.ui.gate.pages.gate_window import GateWindow
from gatekeeper.ui.gate.pages.manual_page import ManualPage
from gatekeeper.ui.gate.pages.supervisor_frame import SupervisorFrame
from gatekeeper.ui.gate.pages.unlock_page import UnlockPage
from gatekeeper.ui.gate.scan_flow import ScanFlow
from gatekeeper.ui.gate.settings_flow import SettingsFlow
from gatekeeper.ui.gate.supervisor_flow import SupervisorFlow
from gatekeeper.ui.sound_player import Sounder
from gatekeeper.wording.texts import TEXTS
from shared.kernel.ports import Clock

_LOCKED_SESSION: Final = "GATEKEEPER_LOCKED_SESSION"
"""Set to 1 by the service that runs the kiosk in a session of its own."""


class StaffFlow(QObject):
    """Unlocks, and does at the device what a supervisor wants of it.

    Args:
        window: Has the screens.
        engine: Does the deeds.
        scans: Knows the last scans.
        sounder: Is tried, and ticks.
        settings: As they are set now.
        clock: Ends a supervisor's rights.
    """

    pairing_wanted = Signal()

    def __init__(
        self,
        window: GateWindow,
        engine: EngineThread,
        scans: ScanFlow,
        sounder: Sounder,
        settings: SettingsFlow,
        clock: Clock,
    ) -> None:
        super().__init__(window)
        self._window, self._engine, self._scans = window, engine, scans
        self._sounder, self._settings = sounder, settings
        self._camera = CameraState.NONE
        self._status: LaneStatus | None = None
        self.flow = SupervisorFlow(
            window.supervisor_frame, engine, scans, clock, self.window_facts
        )
        self._readers_problem = ""
        self.flow.entered.connect(lambda: window.show_page(window.supervisor_frame))
        self.flow.left.connect(lambda: window.show_page(window.gate_page))
        self.flow.overridden.connect(scans.show_answer)
        self.flow.ended.connect(scans.show_end)
        self.flow.direction_kept.connect(settings.keep_direction)
        self.flow.device_act.connect(self._act_on_device)
        scans.arrived.connect(self._uncover)
        scans.badge_shown.connect(self.take_badge)
        scans.duty_changed.connect(self._tell_duty)
        scans.decisions.supervisor_wanted.connect(self.call)
        window.gate_page.supervisor_wanted.connect(lambda: self.call(None))

    def call(self, decision: OpenDecision | None) -> None:
        """Ask for a supervisor; a steward on duty may look for a guest instead."""
        status = self._status
        if decision is None and status is not None and status.searcher:
            if not self._scans.decisions.holds_lane:
                self.flow.begin_guests(Badge(status.searcher, status.steward))
            return
        if decision is not None or not self._scans.decisions.holds_lane:
            self.flow.begin(decision)

    def take_badge(self, badge: Badge) -> None:
        """Take a badge that was scanned at the gate's screen: for what is decided there, if so."""
        current = self._scans.decisions.current
        is_decided = current is not None and current.holds_lane and current.answer is not None
        self.flow.begin(current if is_decided else None, badge)

    def _uncover(self) -> None:
        """Let be seen what came of a scan, whatever was opened since: the guest comes first."""
        if isinstance(self._window.page, ManualPage):
            self._window.show_page(self._window.gate_page)
        elif self.flow.is_open and isinstance(self._window.supervisor_frame.part, UnlockPage):
            self.flow.leave()

    def _tell_duty(self, change: DutyChange) -> None:
        """Say that a steward's shift begins or ends; where the public is alone there is none."""
        if self._settings.current.is_self_service:
            self._engine.ask(lambda session: session.end_duty(), lambda _: None)
            return
        key = "steward.ended"
        if change.is_on:
            key = "steward.begun" if change.shows_names else "steward.begun_no_names"
        self._window.gate_page.show_hint(TEXTS.say(key, name=change.name), ms=DUTY_HINT_STAYS_MS)
        self._sounder.play(Tone.TICK)

    def try_badge(self, text: str) -> None:
        """Look whether a code that may not be a ticket now is a badge."""

        def take(badge: Badge | None) -> None:
            if badge is not None and not self.flow.is_open:
                self.take_badge(badge)

        self._engine.ask(lambda session: session.find_badge(text), take)

    def take_status(self, status: LaneStatus) -> None:
        """Know the lane's condition."""
        self._status = status
        self.flow.take_status(status)

    def take_readers(self, problem: str, camera: CameraState) -> None:
        """Know what is wrong with readers, in words or "", and how the camera is."""
        self._readers_problem, self._camera = problem, camera

    def _act_on_device(self, act: str) -> None:
        if act == "tone":
            self._sounder.play(Tone.ADMIT)
        elif act == "window":
            self._window.toggle_full_screen()
        elif act == "pair":
            self.flow.leave()
            self.pairing_wanted.emit()
        elif act == "sync":
            self._tell_sync(TEXTS.say("pair.working"))
            self._engine.sync(
                lambda _: self._tell_sync(TEXTS.say("sync.step_done"), "good"),
                self._tell_sync_fault,
            )

    def _tell_sync(self, text: str, role: str = "") -> None:
        """Say on the page, if it is still there, how the sync goes, and what is the case now."""
        page = SupervisorFrame.device.made_in(self._window.supervisor_frame)
        if page is not None and page.isVisible():
            page.tell(text, role)
            self.flow.refresh_device()

    def _tell_sync_fault(self, fault: BaseException) -> None:
        self._tell_sync(spell_fault(fault), "bad")
        raise_unforeseen(fault)

    def window_facts(self) -> WindowFacts:
        """Tell what the machine's window and its readers are like."""
        return WindowFacts(
            camera=self._camera,
            readers=self._readers_problem,
            is_audible=self._sounder.is_audible,
            is_silenced=not self._settings.current.volume_percent,
            is_full_screen=self._window.covers_screen,
            is_session_locked=os.environ.get(_LOCKED_SESSION) == "1",
            battery=machine_battery(),
        )
