"""From a code to a screen: takes scans in, has them decided, shows and sounds the answers."""

from __future__ import annotations

from datetime import tzinfo
from typing import Final, Protocol

import msgspec
from PySide6.QtCore import QObject, QTimer

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.readers.debounce import Debounce
from gatekeeper.ui.engine_thread import OnDone, OnFailed
from gatekeeper.ui.faults import raise_unforeseen, spell_fault
from gatekeeper.ui.sounder import Sounder
from gatekeeper.ui.texts import TEXTS
from gatekeeper.ui.times import spell_clock
from gatekeeper.ui.verdict_content import (
    Tone,
    VerdictContent,
    describe_answer,
    describe_stop,
)
from gatekeeper.ui.widgets.recent_scans import KEPT_COUNT, PastScan
from gatekeeper.ui.windows.gate_page import GatePage
from shared.kernel.instant import SECOND, Duration, Instant
from shared.kernel.ports import Clock

CHECKING_AFTER_MS: Final = 150
_LAST_WITHIN: Final[Duration] = 60 * SECOND
_PREVIOUS_WITHIN: Final[Duration] = 4 * SECOND
_TICKET_DIGITS_SHOWN: Final = 4


class Decider(Protocol):
    """Decides on codes; the engine's thread does."""

    def scan(
        self, text: str, on_done: OnDone[ScanAnswer], on_failed: OnFailed, *, is_manual: bool
    ) -> None:
        """Have a code decided on."""
        ...


class ScanDesk(QObject):
    """Holds what a gate's screen needs to remember between scans.

    Args:
        page: Shows the answers.
        decider: Gives them.
        sounder: Makes them heard.
        clock: The machine's.
        zone: Of the times on the screen; None is the machine's own.
    """

    def __init__(
        self,
        page: GatePage,
        decider: Decider,
        sounder: Sounder,
        clock: Clock,
        zone: tzinfo | None = None,
    ) -> None:
        super().__init__(page)
        self._page, self._decider, self._sounder = page, decider, sounder
        self._clock, self._zone = clock, zone
        self._clock_offset: Duration = 0
        self._waiting = 0
        self._debounce = Debounce.for_imager()
        self._last: tuple[VerdictContent, Duration, str] | None = None
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(CHECKING_AFTER_MS)
        self._slow.timeout.connect(self._show_checking)

    def now(self) -> Instant:
        """Return the time that the screen shows: the machine's, corrected as far as known."""
        return self._clock.wall() + self._clock_offset

    def set_clock_offset(self, offset: Duration | None) -> None:
        """Take what to add to the machine's clock; None while that is unknown."""
        self._clock_offset = offset or 0

    def submit(self, text: str, *, is_manual: bool = False) -> None:
        """Take a code from any reader; the same one still in view is only hinted at."""
        if not text:
            return
        if not is_manual and not self._debounce.is_new(text, self._clock.monotonic()):
            self._page.show_hint(TEXTS.say("verdict.same_ticket"))
            return
        self._waiting += 1
        if not self._slow.isActive():
            self._slow.start()
        self._decider.scan(text, self._show, self._show_stop, is_manual=is_manual)

    def show_last(self) -> None:
        """Bring the last result back, so that it cannot be taken for a fresh one."""
        if self._last is None or self._clock.monotonic() - self._last[1] > _LAST_WITHIN:
            self._page.show_hint(TEXTS.say("last.none"))
            return
        content, _, time = self._last
        header = TEXTS.say("last.title", time=time)
        self._page.show_last(msgspec.structs.replace(content, header=header))

    def fill_recent(self, answers: list[ScanAnswer]) -> None:
        """Show what was scanned before the program started."""
        self._page.recent.fill(
            self._past(self._describe(answer), answer) for answer in answers[:KEPT_COUNT]
        )

    # ---- answers

    def _describe(self, answer: ScanAnswer) -> VerdictContent:
        return describe_answer(answer, now=self.now(), zone=self._zone, texts=TEXTS)

    def _show(self, answer: ScanAnswer) -> None:
        self._end_waiting()
        content = self._describe(answer)
        self._page.show_verdict(content, self._previous())
        self._sounder.play(content.tone)
        past = self._past(content, answer)
        self._page.recent.add(past)
        self._last = (content, self._clock.monotonic(), past.time)

    def _show_stop(self, fault: BaseException) -> None:
        self._end_waiting()
        self._debounce.forget()
        self._page.show_verdict(describe_stop(spell_fault(fault), TEXTS))
        self._sounder.play(Tone.DENY)
        raise_unforeseen(fault)

    def _show_checking(self) -> None:
        if self._waiting:
            self._page.show_checking()

    def _end_waiting(self) -> None:
        self._waiting -= 1
        if self._waiting:
            self._slow.start()
        else:
            self._slow.stop()

    def _previous(self) -> str:
        """Return a small line on the scan before, if it was only moments ago."""
        if self._last is None or self._clock.monotonic() - self._last[1] > _PREVIOUS_WITHIN:
            return ""
        return TEXTS.say("verdict.previous", word=self._last[0].word, time=self._last[2])

    def _past(self, content: VerdictContent, answer: ScanAnswer) -> PastScan:
        tail = "" if answer.ticket_id is None else f"…{answer.ticket_id[-_TICKET_DIGITS_SHOWN:]}"
        time = spell_clock(answer.at, self._zone)
        return PastScan(content.state, content.icon, content.word, tail, time)
