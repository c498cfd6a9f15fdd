"""From a code to a screen: takes scans in, has them decided, shows and sounds the answers.

One scan is decided at a time. What a person has to decide holds the lane: a code that comes
meanwhile gets a tick and no verdict, because its visitor is not the one who stands here.
"""

from __future__ import annotations

from collections import deque
from datetime import tzinfo
from typing import Final

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from gatekeeper.gate.answer import (
    AddressHeard,
    DutyChange,
    GroupOutlook,
    SameTicket,
    ScanAnswer,
    StrangeBadge,
)
from gatekeeper.gate.requests import Scan, ScanOutcome
from gatekeeper.gate.undoing import UNDO_WITHIN
from gatekeeper.presenters.colors import ScreenState
from gatekeeper.presenters.fault_words import raise_unforeseen, spell_fault
from gatekeeper.presenters.gate.decision_content import describe_unattended, describe_undone
from gatekeeper.presenters.gate.how_long_screens_stay import (
    ADVICE_STAYS_MS,
    STRANGE_BADGE_STAYS_MS,
)
from gatekeeper.presenters.gate.open_decision import OpenDecision, Question, ask_count, decision_on
from gatekeeper.presenters.gate.verdict_content import (
    Tone,
    VerdictContent,
    describe_advice,
    describe_answer,
    describe_misread,
    describe_practice,
    describe_reading,
    describe_revoked,
    describe_stop,
    describe_typed,
)
from gatekeeper.presenters.ticket_naming import UNKNOWN, tail_of
from gatekeeper.readers.debounce import Debounce
from gatekeeper.readers.nfc.tag_scan import TagScan
from gatekeeper.supervisor.unlocking_and_locking_again import Badge
from gatekeeper.ui.gate.decision_flow import DecisionFlow, DecisionPace
from gatekeeper.ui.gate.engine_thread import EngineThread
from gatekeeper.ui.gate.pages.gate_page import GatePage
from gatekeeper.ui.sound_player import Sounder
from gatekeeper.ui.widgets.recent_scans import SCANS_LISTED_MAX, PastScan
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_past_scan
from shared.admission.reasons import Reason
from shared.credential.codec import is_misread
from shared.kernel.instant import SECOND, Duration, Instant
from shared.kernel.ports import Clock

CHECKING_AFTER_MS: Final = 150
"""A scan that is not answered by then is said to be checked."""
LAST_SHOWN_WITHIN: Final[Duration] = 60 * SECOND
"""So long after a scan its result can be brought back to the screen."""
PREVIOUS_WITHIN: Final[Duration] = 4 * SECOND
"""So long after a scan the next result says beside it, small, what it was."""
NEXT_SCAN_AFTER_MS: Final = 500
"""A scan that waits for the one before it is asked about so long after that one's verdict."""

_WAITING_MAX: Final = 32
_GIVE_WAY: Final = frozenset({ScreenState.IDLE, ScreenState.CHECKING, ScreenState.DENY})
"""What advice may cover: nothing that somebody is let in by or has to decide on."""


class ScanFlow(QObject):
    """Holds what a gate's screen needs to remember between scans.

    Args:
        page: Shows the answers.
        decider: Gives them.
        sounder: Makes them heard.
        clock: The machine's.
        debounce: Of the lane: which codes are still the same scan.
        zone: Of the times on the screen; None is the machine's own.
        pace: How long a person may take to decide.

    Attributes:
        decisions: What a person has to say.
    """

    badge_shown = Signal(object)  # Badge: what was scanned is no ticket
    duty_changed = Signal(object)  # DutyChange: what was scanned is a steward's badge
    arrived = Signal()  # what came of a scan is shown next: a verdict, a question or a fault
    answered = Signal(object)  # ScanAnswer: it stands on the screen
    offered = Signal(object, object)  # Scan, ScanAnswer: likewise; recorded once somebody passed

    def __init__(
        self,
        page: GatePage,
        decider: EngineThread,
        sounder: Sounder,
        clock: Clock,
        debounce: Debounce,
        *,
        zone: tzinfo | None,
        pace: DecisionPace,
    ) -> None:
        super().__init__(page)
        self._page, self._decider, self._sounder = page, decider, sounder
        self._clock, self._zone, self._debounce = clock, zone, debounce
        self._is_revoked = self._is_practice = False
        self._clock_offset: Duration = Duration(0)
        self._waiting: deque[Scan] = deque()
        self._asked: Scan | None = None
        self._is_self_service = self._is_passing = False
        self._opens_arm = self._awaits_passage = False
        self._refused: OpenDecision | None = None
        self._last: tuple[VerdictContent, Duration, PastScan] | None = None
        self._admitted: tuple[ScanAnswer, Duration] | None = None
        self._slow = self._make_timer(CHECKING_AFTER_MS)
        self._slow.timeout.connect(self._show_checking)
        self._next = self._make_timer(NEXT_SCAN_AFTER_MS)
        self._next.timeout.connect(self._ask_next)
        self.decisions = DecisionFlow(page, decider, sounder, pace)
        self.decisions.confirmed.connect(self._go_on)
        self.decisions.ended.connect(self.show_end)
        self.decisions.failed.connect(self._show_stop)
        page.undo_wanted.connect(self._ask_undo)

    def now(self) -> Instant:
        """Return the time that the screen shows: the machine's, corrected as far as known."""
        return self._clock.wall() + self._clock_offset

    def set_clock_offset(self, offset: Duration | None) -> None:
        """Take what to add to the machine's clock; None while that is unknown."""
        self._clock_offset = offset or Duration(0)

    def set_revoked(self, *, is_revoked: bool) -> None:
        """Take whether the device itself is blocked: then no ticket is at fault, and no cable."""
        self._is_revoked = is_revoked

    def set_practice(self, *, is_practice: bool) -> None:
        """Take whether this is a world to practise in: then no guest's ticket is at fault."""
        self._is_practice = is_practice

    def set_zone(self, zone: tzinfo | None) -> None:
        """Take the zone of the times on the screen."""
        self._zone = zone

    @property
    def zone(self) -> tzinfo | None:
        """The zone of the times on the screen."""
        return self._zone

    @property
    def _is_held(self) -> bool:
        """Whether the next visitor has to wait for a person's word, or for the arm."""
        return self.decisions.holds_lane or self._is_passing

    @property
    def latest(self) -> OpenDecision | None:
        """The last scan that was not admitted and that a supervisor could admit, if any."""
        return self._refused

    def submit(
        self,
        code: str | TagScan,
        *,
        other_texts: tuple[str, ...] = (),
        is_manual: bool = False,
        is_new: bool = False,
    ) -> None:
        """Take a code from any reader; the same one still in view is only hinted at.

        Args:
            code: What was read.
            other_texts: How else its keys can be read.
            is_manual: It was typed.
            is_new: The reader knows already that it is not the same one, still in view.
        """
        count = 1 if self._is_self_service else None
        request = Scan(
            code,
            count=count,
            is_manual=is_manual,
            opens_arm=self._opens_arm,
            awaits_passage=self._awaits_passage,
            is_unattended=self._is_self_service,
            other_texts=other_texts,
        )
        text = request.text
        if not text or (is_manual and self._is_self_service and not self._is_held):
            return
        if self._is_held or len(self._waiting) >= _WAITING_MAX:
            if is_new:  # nothing came of it: held up once more, it is a scan
                self._debounce.forget(text)
            self._page.show_hint(TEXTS.say(self._why_not_now()))
            self._sounder.play(Tone.TICK)
            return
        is_known = is_new or is_manual
        if not is_known and not self._debounce.is_new(text, self._clock.monotonic()):
            self._page.show_hint(TEXTS.say("verdict.same_ticket"))
            return
        self._waiting.append(request)
        self._ask_next()

    def _why_not_now(self) -> str:
        """Return which text says why a ticket is not looked at now."""
        if self._is_passing:
            return "service.pass_first"
        return "decide.finish_first" if self._is_held else "verdict.too_many_waiting"

    def set_self_service(self, *, is_on: bool) -> None:
        """Work without staff: one person a passage, no codes by hand, no questions."""
        self._is_self_service = is_on

    def await_arm(self, *, has_sensor: bool) -> None:
        """Have it kept that an arm opens; exits are recorded once its sensor told who passed."""
        self._opens_arm, self._awaits_passage = True, has_sensor

    def hold_for_passage(self, *, is_held: bool) -> None:
        """Let the next visitor wait until the one who was admitted has passed the arm."""
        self._is_passing = is_held
        if not is_held:
            self._ask_next()

    def hint(self, text: str) -> None:
        """Say something small under the bar for a moment."""
        self._page.show_hint(text)

    def say_not_scanned(self) -> None:
        """Let everybody hear that a ticket was not looked at, and staff look at the screen."""
        self._debounce.forget()
        self._sounder.play(Tone.REFER)

    def show_reading(self) -> None:
        """Say that a picture is being read, until something comes of it."""
        if self._page.state in _GIVE_WAY and self.decisions.current is None:
            said = TEXTS.say("image.reading_hint")
            self._page.show_verdict(describe_reading(TEXTS.say("image.reading"), said))
        else:
            self._page.show_hint(TEXTS.say("image.reading"))

    def forget_last(self) -> None:
        """Leave nothing of the last scan on the screen, nor behind it.

        It bears a name and nobody is on duty any more, or it was of another gate or way.
        """
        self._last = self._refused = None
        if self.decisions.current is None:
            self._page.show_idle()

    def show_last(self) -> None:
        """Bring the last result back, so that it cannot be taken for a fresh one."""
        if self.decisions.holds_lane:
            return
        if self._last is None or self._clock.monotonic() - self._last[1] > LAST_SHOWN_WITHIN:
            self._page.show_hint(TEXTS.say("last.none"))
            return
        content, _, past = self._last
        header = TEXTS.say("last.title", time=past.time)
        self._page.show_last(msgspec.structs.replace(content, header=header))

    def show_advice(self, word: str, *lines: str, stays_ms: int = ADVICE_STAYS_MS) -> None:
        """Say large how to show a ticket; over a verdict that a person needs, only small.

        Args:
            word: The one thing to do.
            lines: Why and how; the last one says enough alone.
            stays_ms: How long.
        """
        advice = describe_advice(word, *lines, stays_ms=stays_ms)
        if self._page.state in _GIVE_WAY and self.decisions.current is None:
            self._page.show_verdict(advice)
        else:
            self._page.show_hint(lines[-1], ms=stays_ms)
        self._sounder.play(advice.tone)

    def show_silent_phone(self) -> None:
        """Say what to do with a phone at a reader of tags, where tickets wait for nothing else."""
        if self._page.isVisible() and self._page.state is ScreenState.IDLE:
            self.show_advice(TEXTS.say("advice.show_code"), TEXTS.say("reader.silent_phone"))

    def show_answer(self, answer: ScanAnswer) -> None:
        """Show an answer that was given otherwise than to a scan, such as an override."""
        self._show(Scan(""), answer)

    def fill_recent(self, answers: list[ScanAnswer]) -> None:
        """Show what was scanned before the program started.

        Who was let in just before it ended may have seen no green: staff take that back as ever.
        """
        self._page.recent.fill(
            self._past(self._describe(answer), answer) for answer in answers[:SCANS_LISTED_MAX]
        )
        last = next((one for one in answers if one.verdict == "admit"), None)
        if self._admitted is None and last is not None and not last.is_taken_back:
            age = abs(self.now() - last.at)  # a clock that was set back makes nothing young
            self._admitted = (last, Duration(self._clock.monotonic() - age))
            self.refresh_undo()

    def take_back(self, claim_id: str) -> None:
        """Let nothing on the screen say any more that somebody was let in who did not enter."""
        undone = describe_undone(TEXTS)
        self._page.recent.take_back(claim_id, undone)
        if self._last is not None and self._last[2].claim_id == claim_id:
            self._last = (undone, *self._last[1:])

    def refresh_undo(self) -> None:
        """Offer to take the last admission back, for as long as staff may do that alone."""
        self._page.offer_undo(is_possible=self._undoable() is not None)

    # ---- asking

    def _go_on(self, request: Scan) -> None:
        """Have a scan decided on that a person has answered, before any other."""
        self._waiting.appendleft(request)
        self._ask_next()

    def _ask_next(self) -> None:
        is_busy = self._asked is not None or self._next.isActive()
        if is_busy or not self._waiting or self._is_held:
            return
        self._asked = self._waiting.popleft()
        self._slow.start()
        self._decider.scan(self._asked, self._take, self._take_fault)

    def _take(self, outcome: ScanOutcome) -> None:
        request = self._end_asking()
        if isinstance(outcome, Badge):
            self._page.show_idle()
            self.badge_shown.emit(outcome)
        elif isinstance(outcome, DutyChange):
            self._page.show_idle()
            self.duty_changed.emit(outcome)
        elif isinstance(outcome, StrangeBadge):
            self._page.show_idle()
            key = "badge.cashiers" if outcome.is_cashiers else "badge.unknown"
            said = TEXTS.say(key)
            self.show_advice(TEXTS.say("badge.title"), said, stays_ms=STRANGE_BADGE_STAYS_MS)
        elif isinstance(outcome, AddressHeard):
            self._page.show_idle()
            key = "safe.gate.moved" if outcome.is_new else "safe.gate.known"
            self._page.show_hint(TEXTS.say(key))
        elif isinstance(outcome, SameTicket):
            if self._page.state is ScreenState.CHECKING:
                self._page.show_idle()
            self._page.show_hint(TEXTS.say("verdict.same_ticket"))
        elif isinstance(outcome, GroupOutlook):
            self.arrived.emit()
            self.decisions.ask_count(ask_count(request, outcome))
        else:
            self.arrived.emit()
            self._show(request, outcome)
            if self._waiting and self._page.state is ScreenState.DENY:
                self._next.start()  # what came together with it does not wipe a red unseen
        self._ask_next()

    def _take_fault(self, fault: BaseException) -> None:
        self._end_asking()
        self._ask_next()
        self.arrived.emit()
        self._show_stop(fault)

    def _end_asking(self) -> Scan:
        request, self._asked = self._asked, None
        assert request is not None
        self._slow.stop()
        return request

    def _show_checking(self) -> None:
        if self._asked is not None:
            self._page.show_checking()

    # ---- answers

    def _describe(self, answer: ScanAnswer) -> VerdictContent:
        content = describe_answer(answer, now=self.now(), zone=self._zone)
        if self._is_practice:
            return describe_practice(content, answer)
        return describe_revoked(content) if self._is_barred(answer) else content

    def _is_barred(self, answer: ScanAnswer) -> bool:
        """Tell whether the device, not the ticket, is what lets nobody in."""
        return self._is_revoked and answer.reason == Reason.STALE_MANIFEST

    def _show(self, request: Scan, answer: ScanAnswer) -> None:
        content = self._describe(answer)
        if request.is_manual:
            content = describe_typed(content, answer)
        elif is_misread(request.text):
            content = describe_misread(content, answer)
        is_open = bool(request.text) and not self._is_barred(answer)
        decision = decision_on(request, answer) if is_open else None
        if decision is not None and self._is_self_service:
            decision = msgspec.structs.replace(decision, kind=Question.APPEAL)
            content = describe_unattended(content, TEXTS)
        self._refused = decision
        if decision is None:
            self._page.show_verdict(content, self._previous())
        else:
            self.decisions.show(decision, content)
        self._sounder.play(content.tone)
        past = self._past(content, answer)
        self._page.recent.add(past)
        self._last = (content, self._clock.monotonic(), past)
        if content.state is ScreenState.ADMIT and not answer.is_repeat:
            nameless = msgspec.structs.replace(answer, holder="", order="")
            self._admitted = (nameless, self._clock.monotonic())
        self.refresh_undo()
        if answer.is_offered:
            self.offered.emit(request, answer)
        else:
            self.answered.emit(answer)

    def show_end(self, content: VerdictContent) -> None:
        """Show how a decision ended where nobody was admitted."""
        self._debounce.forget()
        self._admitted = None if content.state is ScreenState.PAUSED else self._admitted
        self._page.show_verdict(content)
        self._sounder.play(content.tone)
        self.refresh_undo()
        self._next.start()

    def _show_stop(self, fault: BaseException) -> None:
        self._debounce.forget()
        self._page.show_verdict(describe_stop(spell_fault(fault)))
        self._sounder.play(Tone.DENY)
        raise_unforeseen(fault)

    def _undoable(self) -> ScanAnswer | None:
        if self._admitted is None:
            return None
        answer, at = self._admitted
        return answer if self._clock.monotonic() - at <= UNDO_WITHIN else None

    def _ask_undo(self) -> None:
        answer = self._undoable()
        if answer is not None and not self.decisions.holds_lane:
            self.decisions.ask_undo(answer)

    def _previous(self) -> str:
        """Return a small line on the scan before, if it was only moments ago."""
        if self._last is None or self._clock.monotonic() - self._last[1] > PREVIOUS_WITHIN:
            return ""
        return TEXTS.say("verdict.previous", word=self._last[0].word, time=self._last[2].time)

    def _past(self, content: VerdictContent, answer: ScanAnswer) -> PastScan:
        tail = tail_of(answer.ticket_id, answer.printed)
        tail = TEXTS.isolate(f"…{tail}") if tail and tail != UNKNOWN else ""
        time = spell_past_scan(answer.at, self.now(), self._zone, TEXTS)
        shown = describe_undone(TEXTS) if answer.is_taken_back else content
        return PastScan(shown.state, shown.icon, shown.word, tail, time, answer.claim_id)

    def _make_timer(self, ms: int) -> QTimer:
        return QTimer(self, interval=ms, singleShot=True)
