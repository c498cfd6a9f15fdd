"""Leads a supervisor through a rehearsal: one button, a striped page, a sheet of paper."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.gate.answer import LaneStatus
from gatekeeper.presenters.fault_words import raise_unforeseen, spell_fault
from gatekeeper.presenters.gate.device_content import WindowFacts
from gatekeeper.presenters.gate.rehearsal_content import (
    find_rehearsed_device,
    headline,
    recording_rows,
    replay_options,
    report_rows,
    speed_of,
)
from gatekeeper.rehearsal.judging_readiness import Played, Replay, Report, judge_rehearsal
from gatekeeper.rehearsal.recording import Recording
from gatekeeper.supervisor.shown_to_supervisors import MachineFacts
from gatekeeper.ui.gate.engine_thread import EngineThread
from gatekeeper.ui.gate.pages.rehearsal_page import AGAIN, SAVE, VOLUME, RehearsalPage
from gatekeeper.ui.gate.pages.supervisor_frame import SupervisorFrame
from gatekeeper.ui.gate.rehearsal_paper import draw_paper, name_paper
from gatekeeper.ui.gate.scan_flow import ScanFlow
from gatekeeper.wording.texts import TEXTS
from shared.admission.local_time import local_datetime
from shared.journal.entry import READY, REHEARSED, NoteBody

_TOLD_EVERY = 17


class RehearsalFlow(QObject):
    """One rehearsal after another; one that is left ends.

    Args:
        frame: Has the page.
        engine: Plays it.
        scans: Knows the venue's zone.
        touch: Told of every act, so that the supervisor's rights go on.
        window_facts: Tells what the machine's window is like.
    """

    settings_wanted = Signal()
    """What was found of the sound is set there."""
    _progressed = Signal(int, int)

    def __init__(
        self,
        frame: SupervisorFrame,
        engine: EngineThread,
        scans: ScanFlow,
        touch: Callable[[], None],
        window_facts: Callable[[], WindowFacts],
    ) -> None:
        super().__init__(frame)
        self._frame, self._engine, self._scans, self._touch = frame, engine, scans, touch
        self._report: Report | None = None
        self._recording: Recording | None = None
        self._person = ""
        self._is_wanted = False
        self._window_facts = window_facts
        SupervisorFrame.rehearsal.when_made(frame, self._wire)
        self._progressed.connect(self._show_progress)

    @property
    def _page(self) -> RehearsalPage:
        return self._frame.rehearsal

    def _wire(self, page: RehearsalPage) -> None:
        page.acted.connect(self._act)
        page.left.connect(self.stop)

    def offer(self, person: str) -> None:
        """Say what it would do.

        Args:
            person: The supervisor.
        """
        self._person, self._report = person, None
        # Nothing can be pressed before it is known that there may be a rehearsal now.
        self._page.show_running("")
        self._engine.ask(
            lambda session: session.prepare_rehearsal(), self._offer_recording, self._fail
        )

    def stop(self) -> None:
        """End a queue that is being played: nobody looks any more."""
        self._is_wanted = False

    def _offer_recording(self, recording: Recording | None) -> None:
        self._recording = recording
        if self._is_wanted or self._report is not None:
            return
        zone = self._scans.zone
        self._page.offer(recording_rows(recording, zone), replay_options(recording))

    def _act(self, key: str) -> None:
        self._touch()
        if key == SAVE:
            self._save()
        elif key == VOLUME:
            self.settings_wanted.emit()
        elif key == AGAIN:
            self._report = None
            self._offer_recording(self._recording)
        else:
            self._play(speed_of(key))

    def _play(self, speed: int | None) -> None:
        replay = None
        if speed is not None and self._recording is not None:
            replay = Replay(self._recording, speed)
        self._is_wanted = True
        self._page.show_running(TEXTS.say("rehearsal.running"))
        self._engine.work(lambda gate: gate.rehearse(replay, self._go_on), self._take, self._fail)

    def _go_on(self, done: int, count: int) -> bool:
        """Pass on how far it is, from the engine's thread, a few times a second."""
        if done % _TOLD_EVERY == 1:
            self._progressed.emit(done, count)
        return self._is_wanted

    def _show_progress(self, done: int, count: int) -> None:
        if self._is_wanted:
            self._touch()
            said = TEXTS.say("rehearsal.progress", done=done, total=count)
            self._page.show_running(said, done, count)

    def _take(self, played: Played) -> None:
        if not self._is_wanted:
            return
        self._is_wanted = False

        def read(session: AttendedGate) -> tuple[MachineFacts, LaneStatus]:
            return session.device_facts(), session.status()

        self._engine.ask(read, lambda found: self._judge(played, *found), self._fail)

    def _judge(self, played: Played, facts: MachineFacts, status: LaneStatus) -> None:
        self._touch()
        around = find_rehearsed_device(facts, status, self._window_facts())
        report = self._report = judge_rehearsal(played, around)
        said = headline(report)
        self._page.show_report(said, report_rows(report, self._scans.zone))
        note = NoteBody(REHEARSED, ",".join(report.objections) or READY, self._person)
        self._engine.do(note, lambda _: None, self._fail)

    def _save(self) -> None:
        report = self._report
        if report is None:
            return
        at = local_datetime(report.played.at, self._scans.zone)
        rows = report_rows(report, self._scans.zone)
        content = draw_paper(report.played.gate, at, headline(report), rows)
        name = name_paper(at)

        def tell(path: str) -> None:
            said = TEXTS.say("rehearsal.saved", path=path)
            self._page.show_report(said, rows)

        self._engine.ask(lambda session: session.keep_page(name, content), tell, self._fail)

    def _fail(self, fault: BaseException) -> None:
        self._is_wanted = False
        self._page.show_problem(spell_fault(fault))
        raise_unforeseen(fault)
