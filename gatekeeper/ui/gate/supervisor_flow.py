"""A supervisor at the screen: unlocked by badge and PIN, locked after a deed or a minute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from gatekeeper.gate.answer import LaneStatus, ScanAnswer
from gatekeeper.gate.requests import Decline, Override, Scan, ScanOutcome, Turn
from gatekeeper.presenters.fault_words import raise_unforeseen, spell_fault
from gatekeeper.presenters.gate.decision_content import describe_not_admitted, describe_undone
from gatekeeper.presenters.gate.device_content import WindowFacts
from gatekeeper.presenters.gate.open_decision import OpenDecision, Question
from gatekeeper.presenters.gate.supervisor_content import (
    REFUSE,
    direction_options,
    gate_options,
    menu_options,
    override_hint,
    override_options,
)
from gatekeeper.presenters.page_items import Option
from gatekeeper.supervisor.shown_to_supervisors import FoundHolder
from gatekeeper.supervisor.unlocking_and_locking_again import UNLOCK_FOR, Badge, Duty, UnlockAnswer
from gatekeeper.ui.gate.conflict_flow import ConflictFlow
from gatekeeper.ui.gate.device_flow import DeviceFlow
from gatekeeper.ui.gate.engine_thread import EngineThread
from gatekeeper.ui.gate.found_holder_admission_flow import Answer, FoundFlow
from gatekeeper.ui.gate.holder_search_flow import SearchFlow
from gatekeeper.ui.gate.pages.supervisor_frame import SupervisorFrame
from gatekeeper.ui.gate.pages.unlock_page import UnlockPage
from gatekeeper.ui.gate.paper_list_code_flow import PaperCodeFlow
from gatekeeper.ui.gate.paper_list_flow import Doubt, MakeDeed, or_doubt
from gatekeeper.ui.gate.rehearsal_flow import RehearsalFlow
from gatekeeper.ui.gate.scan_flow import ScanFlow
from gatekeeper.ui.gate.steward_holder_search_flow import GuestFlow
from gatekeeper.ui.gate.supervisor_evacuation_flow import EvacuationFlow
from gatekeeper.ui.gate.undo_flow import UndoFlow
from gatekeeper.wording.texts import TEXTS
from shared.journal.entry import NoteBody
from shared.kernel.instant import SECOND, Duration
from shared.kernel.ports import Clock

REFUSAL_STAYS: Final[Duration] = 5 * SECOND
"""Why a supervisor's deed was refused."""

_TICK_MS: Final = 500


class SupervisorFlow(QObject):
    """Leads from the badge to the deed.

    Args:
        frame: Has the screens.
        engine: Does the deeds.
        scans: Knows the last scans.
        clock: Ends the rights.
        window_facts: Tells what the machine's window is like.
    """

    entered = Signal()
    left = Signal()
    overridden = Signal(object)  # ScanAnswer
    ended = Signal(object)  # VerdictContent: somebody was not admitted, or no longer is
    gate_wanted = Signal(str)
    direction_kept = Signal(str)
    device_act = Signal(str)  # `sync`, `pair`, `tone` or `window`

    def __init__(
        self,
        frame: SupervisorFrame,
        engine: EngineThread,
        scans: ScanFlow,
        clock: Clock,
        window_facts: Callable[[], WindowFacts],
    ) -> None:
        super().__init__(frame)
        self._frame, self._engine, self._scans, self._clock = frame, engine, scans, clock
        self._touched_at = Duration(0)
        self._duty: Duty | None = None
        self._decision: OpenDecision | None = None
        self._refused_at: Duration | None = None
        self._status: LaneStatus | None = None
        self._answer_choice: Answer = self._ignore
        self._way_back: Callable[[], None] | None = None
        self._conflicts = ConflictFlow(frame, engine, scans, self._do, self._touch)
        self._device = DeviceFlow(frame, engine, window_facts)
        self._search = SearchFlow(frame, engine, scans, self._touch)
        self._guests = GuestFlow(
            self._search, scans, ask=self._put, show_search=self._show_search, call=self.begin
        )
        ask = partial(self._ask_from, self._show_paper)
        self._paper = PaperCodeFlow(
            frame, engine, scans, ask=ask, do=self._do, show=self._show_paper
        )
        self._undo = UndoFlow(
            engine,
            scans,
            ask=self._put,
            do=self._do,
            on_done=lambda: self._end(describe_undone(TEXTS)),
        )
        self._found = FoundFlow(
            partial(self._ask_from, self._show_search),
            self._claim,
            self._override,
            self._do,
            scans,
            self._end_override,
            self._show_search,
        )
        self._evacuation = EvacuationFlow(
            frame, engine, scans, ask=self._put, do=self._do, on_done=self.leave
        )
        self._rehearsal = RehearsalFlow(frame, engine, scans, self._touch, window_facts)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._watch_time)
        self._connect()

    @property
    def duty(self) -> Duty | None:
        """Who is at work, or None."""
        return self._duty

    @property
    def is_open(self) -> bool:
        """Whether a supervisor's screens are shown."""
        return self._tick.isActive()

    def take_status(self, status: LaneStatus) -> None:
        """Know the lane's condition."""
        self._status = status

    # ---- in and out

    def begin(self, decision: OpenDecision | None = None, badge: Badge | None = None) -> None:
        """Ask for badge and PIN; afterwards decide on a scan, or show the menu.

        Args:
            decision: The scan that a supervisor was called to.
            badge: Whose badge was shown already, or None.
        """
        self._decision = decision
        self._duty = self._refused_at = self._guests.steward = None
        self._way_back = None
        self._scans.decisions.pause()
        self._touch()
        self._frame.unlock.restart(badge)
        self._frame.show_part(self._frame.unlock)
        self._tick.start()
        self._watch_time()
        self.entered.emit()

    def begin_guests(self, steward: Badge) -> None:
        """Let a steward on duty look guests up, or call a supervisor."""
        self.begin()
        self._guests.begin(steward)
        self._watch_time()

    def _pick(self, holder: FoundHolder) -> None:
        if self._guests.steward is None:
            self._found.begin(holder)
        else:
            self._way_back = self._show_search
            self._guests.show(holder)

    def _leave_search(self) -> None:
        if self._guests.steward is None:
            self._show_menu()
        else:
            self.leave()

    def leave(self) -> None:
        """Lock, and give the screen back."""
        if not self.is_open:
            return
        self._tick.stop()
        self._duty = self._decision = self._guests.steward = None
        self._frame.unlock.restart(None)
        self._search.end()
        self._rehearsal.stop()
        self.left.emit()
        self._scans.decisions.resume()

    def take_code(self, text: str) -> bool:
        """Take a code from a reader: a badge where one is asked for, else somebody's ticket.

        It lengthens nobody's rights: a queue that goes on scanning would keep a menu open that
        was left. A menu is locked, and the gate answers; what is being done is not torn up.

        Returns:
            Whether the gate is to answer it: its screen is back.
        """
        part = self._frame.part
        if isinstance(part, UnlockPage):
            self._engine.ask(lambda session: session.find_badge(text), self._take_badge)
            return False
        is_left = (
            part is SupervisorFrame.menu.made_in(self._frame) or self._guests.steward is not None
        )
        if is_left and not self._scans.decisions.holds_lane:
            self.leave()
            return True
        self._refuse_scan()
        return False

    def _refuse_scan(self) -> None:
        """Say aloud that a ticket was not looked at."""
        self._refused_at = self._clock.monotonic()
        self._scans.say_not_scanned()
        self._watch_time()

    def take_key(self, key: int) -> None:
        """Take a key that a finger pressed."""
        self._touch()
        if isinstance(part := self._frame.part, UnlockPage):
            part.take_key(key)

    def _take_badge(self, badge: Badge | None) -> None:
        unlock = self._frame.unlock
        if badge is not None:
            self._touch()
            unlock.restart(badge)
            return
        if unlock.badge is None:
            unlock.say(TEXTS.say("unlock.no_badge"), "bad")
        self._refuse_scan()

    def _connect(self) -> None:
        frame, has = self._frame, SupervisorFrame
        self._rehearsal.settings_wanted.connect(lambda: frame.show_part(frame.settings))
        self._search.picked.connect(self._pick)
        has.unlock.when_made(frame, lambda page: page.submitted.connect(self._try_pin))
        has.unlock.when_made(frame, lambda page: page.touched.connect(self._touch))
        has.unlock.when_made(frame, lambda page: page.cancelled.connect(self.leave))
        has.menu.when_made(frame, lambda page: page.chosen.connect(self._take_menu))
        has.choice.when_made(frame, lambda page: page.chosen.connect(self._take_choice))
        has.device.when_made(frame, lambda page: page.acted.connect(self._take_device_act))
        has.settings.when_made(frame, lambda page: page.changed.connect(lambda _: self._touch()))
        has.menu.when_made(frame, lambda page: page.left.connect(self.leave))
        has.choice.when_made(frame, lambda page: page.left.connect(self._go_back))
        has.search.when_made(frame, lambda page: page.left.connect(self._leave_search))
        has.paper.when_made(frame, lambda page: page.touched.connect(self._touch))
        has.paper.when_made(frame, lambda page: page.left.connect(self._show_menu))
        for part in (has.conflicts, has.device, has.settings, has.listing, has.rehearsal):
            part.when_made(frame, lambda page: page.left.connect(self._show_menu))

    # ---- time

    def _touch(self) -> None:
        self._touched_at = self._clock.monotonic()
        if self._duty is not None:
            self._duty = self._duty.touched(self._touched_at)

    def _watch_time(self) -> None:
        now = self._clock.monotonic()
        if self._duty is None:
            left = max(0, UNLOCK_FOR - (now - self._touched_at))
            name = TEXTS.say("duty.locked")
            if self._guests.steward is not None:
                name = TEXTS.say("bar.steward", name=self._guests.steward.name)
        else:
            left = self._duty.left(now)
            name = TEXTS.say("duty.strip", name=self._duty.badge.name)
            self._engine.ask(
                lambda session: session.is_badge_good(), self._end_withdrawn, lambda _: None
            )
        seconds = -(-left // SECOND)
        time = f"{seconds // 60}:{seconds % 60:02d}"
        said = TEXTS.say("duty.closes", time=time)
        if self._refused_at is not None and now - self._refused_at < REFUSAL_STAYS:
            said = TEXTS.say("duty.not_scanned")
        self._frame.say_duty(name, said)
        if left == 0:
            self.leave()

    def _end_withdrawn(self, is_good: bool) -> None:  # noqa: FBT001 - what the engine answers
        if not is_good and self._duty is not None:
            self.leave()

    # ---- unlocking

    def _try_pin(self, badge: Badge, pin: str) -> None:
        def take(answer: UnlockAnswer) -> None:
            if self._frame.unlock.badge is not badge:
                return  # they left, or another badge was shown meanwhile: it has its own PIN
            if answer.is_right:
                self._duty = Duty.begin(badge, self._clock.monotonic())
                self._begin_duty()
            else:
                self._frame.unlock.take_answer(answer)

        def fail(fault: BaseException) -> None:
            if self._frame.unlock.badge is badge:
                self._frame.unlock.restart(badge)
                self._frame.unlock.say(spell_fault(fault), "bad")
            raise_unforeseen(fault)

        self._frame.unlock.say(TEXTS.say("checking.title"), "")
        self._engine.work(lambda gate: gate.unlock(badge, pin), take, fail)

    def _begin_duty(self) -> None:
        self._watch_time()
        if self._decision is None:
            self._show_menu()
        else:
            self._ask_override(self._decision)

    # ---- the menu

    def _show_menu(self, problem: str = "") -> None:
        self._touch()
        self._way_back = None
        conflicts = 0 if self._status is None else self._status.conflicts
        options = menu_options(
            can_override=self._scans.latest is not None,
            conflicts=conflicts,
            status=self._status,
        )
        title = TEXTS.say("duty.title")
        self._frame.menu.ask(title, problem, options, role="bad" if problem else "muted")
        self._frame.show_part(self._frame.menu)

    def _take_menu(self, key: str) -> None:
        self._touch()
        latest = self._scans.latest
        if key == "override" and latest is not None:
            self._ask_override(latest)
        elif key == "undo":
            self._undo.begin()
        elif key == "direction":
            self._ask("duty.direction", "", direction_options(self._status), self._turn)
        elif key == "gate":
            self._engine.ask(lambda session: list(session.gates()), self._ask_gate)
        elif key == "conflicts":
            self._conflicts.show()
        elif key == "device":
            self._device.show(self._status)
        elif key == "settings":
            self._frame.show_part(self._frame.settings)
        elif key == "lock":
            self._engine.ask(lambda session: session.end_duty(), lambda _: None)
            self.leave()
        elif self._duty is not None:
            self._begin_in_name(key, self._duty.badge.person)

    def _begin_in_name(self, key: str, person: str) -> None:
        """Begin what asks for the supervisor's id at once."""
        if key == "evacuation":
            self._evacuation.begin(self._status, person, self._tell_fault)
        elif key == "names":
            self._search.begin(person)
            self._show_search()
        elif key == "paper":
            self._paper.begin(person)
        elif key == "rehearsal":
            self._frame.show_part(self._frame.rehearsal)
            self._rehearsal.offer(person)

    def _ask(self, title: str, hint: str, options: list[Any], answer: Answer) -> None:
        self._put(TEXTS.say(title), hint, options, answer)

    def _put(
        self, title: str, hint: str, options: Sequence[Option], answer: Answer, role: str = "muted"
    ) -> None:
        self._touch()
        self._answer_choice = answer
        self._frame.choice.ask(title, hint, options, role=role)
        self._frame.show_part(self._frame.choice)

    def _ask_from(
        self,
        way_back: Callable[[], None],
        title: str,
        hint: str,
        options: Sequence[Option],
        answer: Answer,
        role: str,
    ) -> None:
        if self._duty is not None:  # else it was locked while the ticket was decided on
            self._way_back = way_back
            self._put(title, hint, options, answer, role)

    def _show_again(self, part: QWidget) -> None:
        self._way_back = None
        self._frame.show_part(part)

    def _show_paper(self) -> None:
        self._show_again(self._frame.paper)

    def _show_search(self) -> None:
        self._show_again(self._frame.search)
        self._search.look_again()

    def _take_choice(self, key: str) -> None:
        self._touch()
        answer, self._answer_choice = self._answer_choice, self._ignore
        answer(key)

    def _ignore(self, key: str) -> None:
        """Take a second press on a button that has done its work."""

    def _go_back(self) -> None:
        if self._way_back is not None:
            self._way_back()
        elif self._guests.steward is not None:
            self.leave()
        elif self._decision is None:
            self._show_menu()
        else:
            self.leave()

    # ---- deeds

    def _do(self, make: MakeDeed, on_done: Callable[[int], None], doubt: Doubt = None) -> None:
        """Have a deed done in the supervisor's name; a fault is told on the menu."""
        if self._duty is not None:
            on_failed = or_doubt(doubt, self._tell_fault)
            self._engine.do(make(self._duty.badge.person), on_done, on_failed)

    def _override(self, scan: Scan, why: str, on_done: Callable[[ScanAnswer], None]) -> None:
        """Have holders let in on the supervisor's word."""
        if self._duty is not None:
            request = Override(scan, why, self._duty.badge.person)
            self._engine.override(request, on_done, self._tell_fault)

    def _claim(self, make: Callable[[str], Scan], on_done: Callable[[ScanOutcome], None]) -> None:
        """Have a scan of the supervisor's own decided on."""
        if self._duty is not None:
            self._engine.scan(make(self._duty.badge.person), on_done, self._tell_fault)

    def _tell_fault(self, fault: BaseException) -> None:
        if self.is_open and self._duty is not None:
            self._decision = None
            self._show_menu(spell_fault(fault))
        raise_unforeseen(fault)

    def _ask_override(self, decision: OpenDecision) -> None:
        is_open = decision.kind in {Question.PERSON, Question.ASK}
        can_refuse = is_open and decision is self._decision
        options = override_options(can_refuse=can_refuse)

        def answer(why: str) -> None:
            scanned = decision.answer
            assert scanned is not None
            if why == REFUSE:
                self._do(
                    partial(Decline, scanned.claim_id, scanned.ticket_id, "supervisor_refused"),
                    lambda _: self._end(describe_not_admitted("decide.why_person", TEXTS)),
                )
                return
            self._override(decision.request.after(scanned), why, self._end_override)

        hint = override_hint(decision.answer, self._scans.zone)
        self._ask("duty.override", hint, options, answer)

    def _end_override(self, answer: ScanAnswer) -> None:
        self._scans.decisions.drop()
        self.leave()
        self.overridden.emit(answer)

    def _end(self, content: object) -> None:
        self._scans.decisions.drop()
        self.leave()
        self.ended.emit(content)

    def _turn(self, key: str) -> None:
        direction = "" if key == "both" else key

        def done(_: int) -> None:
            self.leave()
            self.direction_kept.emit(direction)

        self._do(partial(Turn, direction), done)

    def _ask_gate(self, gates: list[Any]) -> None:
        now = None if self._status is None else self._status.gate_id
        hint = TEXTS.say("gate.others" if gates else "gate.none")
        self._ask("gate.title", hint, gate_options(gates, now), self._change_gate)

    def _change_gate(self, gate_id: str) -> None:
        def done(_: int) -> None:
            self.leave()
            self.gate_wanted.emit(gate_id)

        self._do(partial(NoteBody, "gate", gate_id), done)

    def refresh_device(self) -> None:
        """Say anew in what condition the machine is, where that is shown."""
        if self.is_open and self._frame.part is self._frame.device:
            self._device.show(self._status)

    def _take_device_act(self, act: str) -> None:
        self._touch()
        self.device_act.emit(act)
        self.refresh_device()
