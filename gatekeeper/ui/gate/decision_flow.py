"""Keeps the one decision that a person has to make, from the question to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Decline, Deed, Scan, Undo
from gatekeeper.presenters.gate.decision_buttons_and_keys import acts_of, choices_of
from gatekeeper.presenters.gate.decision_content import (
    describe_count,
    describe_not_admitted,
    describe_question,
    describe_undo,
    describe_undone,
    frame_decision,
    replies_of,
)
from gatekeeper.presenters.gate.open_decision import Act, OpenDecision, Question
from gatekeeper.presenters.gate.verdict_content import Tone, VerdictContent
from gatekeeper.ui.gate.engine_thread import EngineThread
from gatekeeper.ui.gate.gate_keyboard import ACTS, STEPS
from gatekeeper.ui.gate.pages.gate_page import GatePage
from gatekeeper.ui.sound_player import Sounder
from gatekeeper.wording.texts import TEXTS
from shared.journal.entry import NoteBody

QUESTION_REPEATED_MS: Final = 20_000
"""While a question holds the gate its calm tone comes again after each of these."""
QUESTION_EXPIRES_MS: Final = 60_000
"""A question that holds the gate and is not answered by then has admitted nobody."""
DIGITS_WITHIN_MS: Final = 2_000
"""Digits of a count that follow each other within this are one number."""

_TICK_MS: Final = 500
_WHY: Final = {
    Question.ASK: ("not_answered", "decide.why_question"),
    Question.PROOF: ("proof_not_shown", "decide.why_proof"),
    Question.PERSON: ("supervisor_refused", "decide.why_person"),
    Question.COUNT: ("nobody_passed", "decide.why_count"),
}
_NO_ANSWER: Final = ("no_answer", "decide.why_no_answer")


class DecisionPace(msgspec.Struct, frozen=True):
    """How long a decision may take, in milliseconds.

    Attributes:
        repeat_ms: The calm tone comes again after each of these.
        expiry_ms: After this nobody was admitted.
    """

    repeat_ms: int = QUESTION_REPEATED_MS
    expiry_ms: int = QUESTION_EXPIRES_MS


class DecisionFlow(QObject):
    """Asks, waits, and hands on what was said.

    Args:
        page: Shows the question and its buttons.
        doer: Records what ends without an admission.
        sounder: Repeats the tone.
        pace: How long it may take.
    """

    begun = Signal()  # something is asked: what a finger began before was not meant for it
    confirmed = Signal(object)  # Scan: the scan goes on
    supervisor_wanted = Signal(object)  # OpenDecision
    ended = Signal(object)  # VerdictContent: nobody was admitted
    failed = Signal(object)  # the fault: it could not be recorded

    def __init__(
        self, page: GatePage, doer: EngineThread, sounder: Sounder, pace: DecisionPace
    ) -> None:
        super().__init__(page)
        self._page, self._doer, self._sounder = page, doer, sounder
        self._pace = pace
        self._open: OpenDecision | None = None
        self._unframed: VerdictContent | None = None
        self._typed: int | None = None
        self._since = QElapsedTimer()
        self._typed_at = QElapsedTimer()
        self._repeat = self._make_timer(self._pace.repeat_ms, self._sound_again)
        self._expiry = self._make_timer(self._pace.expiry_ms, self._expire)
        self._expiry.setSingleShot(True)
        self._tick = self._make_timer(_TICK_MS, self._tell_time)
        page.acted.connect(lambda act: self.act(Act(act)))
        page.stepped.connect(self._step)
        page.typed.connect(self._type)
        page.replied.connect(self._reply)
        page.left_verdict.connect(self.drop)

    @property
    def current(self) -> OpenDecision | None:
        """What is asked now, or None."""
        return self._open

    @property
    def holds_lane(self) -> bool:
        """Whether the next visitor has to wait."""
        return self._open is not None and self._open.holds_lane

    def show(self, decision: OpenDecision, content: VerdictContent) -> VerdictContent:
        """Show an answer with what a person can say to it; returns the screen's content."""
        framed = frame_decision(decision, content, TEXTS)
        self._unframed = content
        self._begin(decision, framed)
        return framed

    def ask_count(self, decision: OpenDecision) -> None:
        """Ask how many pass, before anything is decided."""
        content = describe_count(decision, TEXTS)
        self._begin(decision, content)
        self._sounder.play(content.tone)

    def ask_undo(self, answer: ScanAnswer) -> None:
        """Ask whether the last admission is to be taken back."""
        self._begin(OpenDecision(Question.UNDO, Scan(""), answer), describe_undo(answer, TEXTS))

    def drop(self) -> None:
        """Forget what was asked, because another screen took its place."""
        self._open = self._typed = None
        for timer in (self._repeat, self._expiry, self._tick):
            timer.stop()

    def pause(self) -> None:
        """Let no time pass while a supervisor is at the screen."""
        for timer in (self._repeat, self._expiry, self._tick):
            timer.stop()

    def resume(self) -> None:
        """Let time pass again; it begins anew."""
        if self._open is not None and self._open.holds_lane:
            self._start_time()

    def press_held(self, key: int) -> None:
        """Take a key on which a finger rests: it decides what the screen shows."""
        if self._open is None:
            return
        if Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
            self._reply(key - Qt.Key.Key_1)
            return
        act = ACTS.get(key)
        if act is not None:
            self.act(act)

    def press_tapped(self, key: int) -> bool:
        """Take a key that a finger pressed: it chooses how many, and decides nothing.

        Returns:
            Whether it meant that.
        """
        if self._open is None or self._open.kind is not Question.COUNT:
            return False
        if Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
            self._type(key - Qt.Key.Key_0)
        elif key in STEPS:
            self._step(STEPS[key])
        else:
            return False
        return True

    def act(self, act: Act) -> None:
        """Do what a person said; what was not offered does nothing."""
        decision = self._open
        if decision is None or act not in acts_of(decision):
            return
        if act is Act.SUPERVISOR:
            self.supervisor_wanted.emit(decision)
        elif act is Act.REFUSE:
            self._refuse(decision, _WHY.get(decision.kind))
        elif act is Act.BACK:
            self._ask_next(decision.step_back())
        elif decision.kind is Question.UNDO:
            self._undo(decision)
        else:
            self._confirm(decision)

    def _confirm(self, decision: OpenDecision) -> None:
        self.drop()
        self._page.show_working()
        self.confirmed.emit(decision.confirmed())

    def _reply(self, number: int) -> None:
        """Take an answer to the question that is asked; the last one lets the scan go on."""
        decision = None if self._open is None else self._open.reply(number)
        if decision is None:
            return
        if decision.asked is None:
            self._confirm(decision)
        else:
            self._ask_next(decision)

    def _ask_next(self, decision: OpenDecision) -> None:
        """Ask another of the questions; the time for it begins anew."""
        assert self._unframed is not None
        self._begin(decision, describe_question(decision, self._unframed, TEXTS))
        self._sounder.play(Tone.TICK)

    # ---- asking

    def _begin(self, decision: OpenDecision, content: VerdictContent) -> None:
        self.drop()
        self._page.show_verdict(content)
        self._open = decision
        self._page.action_bar.forget_presses()
        self._offer()
        self.begun.emit()
        if decision.holds_lane:
            self._start_time()

    def _offer(self) -> None:
        decision = self._open
        assert decision is not None
        count = decision.count if decision.kind is Question.COUNT else None
        choices = choices_of(decision)
        replies = replies_of(decision, TEXTS)
        self._page.offer(choices, count=count, most=decision.most, replies=replies)

    def _start_time(self) -> None:
        self._since.start()
        for timer in (self._repeat, self._expiry, self._tick):
            timer.start()
        self._tell_time()

    def _step(self, by: int) -> None:
        if self._open is not None and self._open.kind is Question.COUNT:
            self._typed = None
            self._open = self._open.step(by)
            self._offer()

    def _type(self, digit: int) -> None:
        if self._open is None or self._open.kind is not Question.COUNT:
            return
        is_going_on = self._typed is not None and self._typed_at.elapsed() < DIGITS_WITHIN_MS
        self._open = self._open.type_digit(digit, self._typed if is_going_on else None)
        self._typed = self._open.count
        self._typed_at.start()
        self._offer()

    # ---- time

    def _make_timer(self, ms: int, call: Callable[[], None]) -> QTimer:
        timer = QTimer(self, interval=ms)
        timer.timeout.connect(call)
        return timer

    def _tell_time(self) -> None:
        seconds = self._since.elapsed() // 1000
        held = f"{seconds // 60}:{seconds % 60:02d}"
        self._page.verdict.set_note(TEXTS.say("decide.lane_held", time=held))

    def _sound_again(self) -> None:
        self._sounder.play(Tone.REFER)

    def _expire(self) -> None:
        if self._open is not None:
            self._refuse(self._open, _NO_ANSWER)

    # ---- ends

    def _refuse(self, decision: OpenDecision, why: tuple[str, str] | None) -> None:
        self.drop()
        if why is None:  # it was denied already, or nothing was to change
            self._page.show_idle()
            return
        code, sentence = why
        self._page.show_working()

        deed: Deed
        if decision.answer is not None:
            deed = Decline(decision.answer.claim_id, decision.answer.ticket_id, code)
        else:
            assert decision.outlook is not None
            deed = NoteBody("not_admitted", f"{code} {decision.outlook.ticket_id}")
        self._doer.do(
            deed,
            lambda _: self.ended.emit(describe_not_admitted(sentence, TEXTS)),
            self.failed.emit,
        )

    def _undo(self, decision: OpenDecision) -> None:
        answer = decision.answer
        assert answer is not None
        self.drop()
        self._page.show_working()
        self._doer.do(
            Undo(answer.claim_id, "did_not_enter"),
            lambda _: self.ended.emit(describe_undone(TEXTS)),
            self.failed.emit,
        )
