"""Catches what a keyboard-wedge scanner types, wherever the focus is, before any widget sees it.

A person's typing is passed on a moment later; a scanner's code is never typed into a field, and no
key of a scanner does more in one than write: it presses no button, moves no focus, leaves no page.
"""

from __future__ import annotations

import sys
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QInputEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QLineEdit,
    QTextEdit,
    QWidget,
)

from gatekeeper.readers.key_taps import (
    CERTAIN_AFTER,
    HELD_KEY,
    KEY_GAP_MAX,
    HoldJudge,
    Press,
    TapJudge,
)
from gatekeeper.readers.unread_keys import UnreadKeys
from gatekeeper.readers.wedge import (
    KEY_IDLE_MAX,
    KEY_PAUSE_MAX,
    Outcome,
    Typing,
    WedgeFramer,
    WedgeKey,
)
from gatekeeper.readers.wedge_layout import X11_OFFSET
from gatekeeper.ui.second_of_two_presses import echo_ms
from shared.kernel.instant import MILLISECOND, SECOND, Duration
from shared.kernel.ports import Clock

_TERMINATORS: Final = {
    Qt.Key.Key_Return: "\r",
    Qt.Key.Key_Enter: "\r",
    Qt.Key.Key_Tab: "\t",
    0x0A: "\n",  # some imagers send a line feed as a key of this number
}
_MODIFIERS: Final = frozenset(
    {
        Qt.Key.Key_Shift,
        Qt.Key.Key_Control,
        Qt.Key.Key_Alt,
        Qt.Key.Key_AltGr,
        Qt.Key.Key_Meta,
        Qt.Key.Key_CapsLock,
        Qt.Key.Key_NumLock,
    }
)
_EDITING_KEYS: Final = frozenset(
    {
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Delete,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
    }
)
"""What only changes a field's own text; fingers repeat it faster than taps can be told."""
_CONTROL: Final = Qt.KeyboardModifier.ControlModifier
_ALT: Final = Qt.KeyboardModifier.AltModifier
_META: Final = Qt.KeyboardModifier.MetaModifier
_FRAME: Final = "\x02\x03\x04\x1d\x1e"
"""STX, ETX, EOT, GS, RS: a scanner types them as Ctrl with a letter."""
_PRESSING: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space})
"""What presses the button that has the keyboard."""
_DEAD_KEYS: Final = range(Qt.Key.Key_Dead_Grave, Qt.Key.Key_Dead_Longsolidusoverlay + 1)
_HALF_A_LETTER: Final = "\u00b4"
"""Stands for an accent that waits for its letter: of a scanner's keys only its place counts."""
_LATELY: Final[Duration] = SECOND
_WATCHED: Final = frozenset(
    {QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride}
)
_STIRRING: Final = frozenset(
    {
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.TouchBegin,
        QEvent.Type.Wheel,
    }
)


class KeySource(QObject):
    """Tells what was typed; one without a keyboard of its own is told by another."""

    scanned = Signal(object)  # WedgeScan
    unread = Signal()  # as many keys as a code has, of which nothing was read
    stirred = Signal()  # somebody is there: a key, a touch, the mouse
    tapped = Signal(int, int)  # a key and modifiers that a finger pressed, outside text fields
    held = Signal(int, int)  # a key and modifiers that a finger rests on: it may decide something

    def stop(self) -> None:
        """Hear no key any more."""
        app = QCoreApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def forget_hold(self) -> None:
        """Let a key on which a finger rests now decide nothing: something else is asked."""

    def was_bursting_lately(self) -> bool:
        """Whether a scanner typed within the last second."""
        return False


class WedgeFilter(KeySource):
    """Installs itself on the program.

    Args:
        app: The program.
        clock: Says when, where an event does not say it.
    """

    def __init__(self, app: QApplication, clock: Clock) -> None:
        super().__init__(app)
        self._clock = clock
        self._framer = WedgeFramer(offset=0 if sys.platform == "win32" else X11_OFFSET)
        self._taps = TapJudge()
        self._holds = HoldJudge()
        self._unread_keys = UnreadKeys()
        self._presses: dict[int, tuple[WedgeKey, Press]] = {}
        self._held: set[int] = set()
        self._latest: Duration = Duration(0)
        self._given: tuple[Press, QWidget | None] | None = None
        self._burst_at: Duration | None = None
        self._is_replaying = self._was_editing = False
        self._quiet = self._make_timer(CERTAIN_AFTER // MILLISECOND)
        self._confirmed = self._make_timer(0)
        # Keys that already wait are seen first: the window may have been busy, not they.
        self._quiet.timeout.connect(self._confirmed.start)
        self._confirmed.timeout.connect(lambda: self._end_run(KEY_IDLE_MAX))
        self._paused = self._make_timer((KEY_PAUSE_MAX - CERTAIN_AFTER) // MILLISECOND)
        self._come_on = self._make_timer(0)
        self._paused.timeout.connect(self._come_on.start)
        self._come_on.timeout.connect(lambda: self._end_run(KEY_PAUSE_MAX))
        self._resting = self._make_timer(HELD_KEY // MILLISECOND)
        self._rested = self._make_timer(0)
        self._resting.timeout.connect(self._rested.start)
        self._rested.timeout.connect(lambda: self._tell_held(self._holds.settle()))
        app.installEventFilter(self)

    def forget_hold(self) -> None:
        """Let a key on which a finger rests now decide nothing: something else is asked."""
        self._holds.forget()

    def was_bursting_lately(self) -> bool:
        """Whether a scanner typed within the last second."""
        since = None if self._burst_at is None else self._clock.monotonic() - self._burst_at
        return since is not None and since < _LATELY

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hold back keys until it is clear who typed them."""
        if not isinstance(event, QInputEvent):
            return False  # a window has thousands of others: they cost no more than this look
        kind = event.type()
        if kind not in _WATCHED:
            if kind in _STIRRING:
                self.stirred.emit()
            return False
        # The same key is first offered to the window's frame, which is no widget.
        if not watched.isWidgetType() or self._is_replaying:
            return False
        assert isinstance(event, QKeyEvent)
        if kind == QEvent.Type.ShortcutOverride:
            # A shortcut would fire before anybody knows whose key it was: none is ever looked up.
            event.accept()
            return True
        if kind == QEvent.Type.KeyPress:
            self.stirred.emit()
        if event.key() in _MODIFIERS:
            return False
        if kind == QEvent.Type.KeyRelease:
            return self._release(event)
        return self._press(event)

    def _make_timer(self, ms: int) -> QTimer:
        return QTimer(self, interval=ms, singleShot=True)

    # ---- keys

    def _at(self, event: QKeyEvent) -> Duration:
        """Return when the key moved, not when we came to see it."""
        self._latest = Duration(event.timestamp() * MILLISECOND) or self._clock.monotonic()
        return self._latest

    def _press(self, event: QKeyEvent) -> bool:
        before, at = self._latest, self._at(event)
        # X11 calls a digit that a scanner types twice within 10 ms a repetition as well.
        if event.isAutoRepeat() and not 0 <= at - before <= KEY_GAP_MAX:
            # A finger that rests on a key edits text; elsewhere it does nothing again.
            self._latest = before
            return not _is_editing()
        text = _typed_text(event)
        press = Press(event.key(), event.modifiers().value, text, at)
        key = WedgeKey(
            character=text or (_HALF_A_LETTER if event.key() in _DEAD_KEYS else ""),
            at=at,
            scan_code=event.nativeScanCode() or None,
            is_shifted=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier),
        )
        if not self._taps.is_near(at):
            self._settle_tap(at)  # a quick finger's next key, not the rest of a scanner's run
        self._presses[id(key)] = (key, press)
        self._held.add(event.key())
        self._was_editing = _is_editing()
        if self._taps.press(press):
            self._burst_at = self._clock.monotonic()
        self._holds.press(press)
        self._rested.stop()
        self._resting.start()
        self._tell(self._framer.feed(key, takes_text=self._was_editing))
        if not self._framer.is_pending:
            # Not only when it goes quiet: in a queue the next scan follows at once.
            self._presses.clear()
        for timer in (self._confirmed, self._paused, self._come_on):
            timer.stop()
        self._quiet.start()
        return True

    def _release(self, event: QKeyEvent) -> bool:
        if event.key() not in self._held:
            return False
        if not event.isAutoRepeat():
            self._held.discard(event.key())
            at = self._at(event)
            self._taps.release(event.key(), at)
            self._resting.stop()
            self._rested.stop()
            self._tell_held(self._holds.release(event.key(), at))
        return True

    def _tell_held(self, press: Press | None) -> None:
        if press is not None and not _is_editing():
            self.held.emit(press.code, press.modifiers)

    def _end_run(self, quiet: Duration) -> None:
        """Judge what was held back: by now nothing can follow it closely enough.

        Args:
            quiet: For how long no key has come.
        """
        self._tell(self._framer.flush(Duration(self._latest + quiet)))
        if self._framer.is_pending:
            self._paused.start()  # a code may come on
        else:
            self._presses.clear()
        self._settle_tap(self._latest + CERTAIN_AFTER)

    def _settle_tap(self, now: Duration) -> None:
        tap = self._taps.settle(now)
        if tap is None or self._is_echo(tap):
            return
        was_editing = self._was_editing
        if not was_editing or not tap.text:
            self.tapped.emit(tap.code, tap.modifiers)
        # What a field takes as text it has by now, and it may have lost the focus meanwhile.
        if not was_editing or (_is_command(tap) and _is_editing()):
            self._replay([tap])

    def _is_echo(self, tap: Press) -> bool:
        """Tell whether a tap is the second of two, on a button that the first has brought.

        Keys bounce: a reason was given by the second that stood first in the list of them.
        """
        before, self._given = self._given, (tap, QApplication.focusWidget())
        if before is None or tap.code not in _PRESSING or before[0].code != tap.code:
            return False
        passed = tap.at - before[0].at
        target = self._given[1]
        is_quick = 0 <= passed <= echo_ms() * MILLISECOND
        return is_quick and isinstance(target, QAbstractButton) and target is not before[1]

    # ---- what came of them

    def _tell(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            if not isinstance(outcome, Typing):
                self.scanned.emit(outcome)
            elif _is_editing():
                # Elsewhere a run of keys means nothing, and a single one is judged as a tap; so is
                # here what would do more than write.
                presses = [self._presses[id(key)][1] for key in outcome.keys]
                self._replay([press for press in presses if not _is_command(press)])
            elif self._unread_keys.add(outcome.keys):
                self.unread.emit()

    def _replay(self, presses: list[Press]) -> None:
        """Give a person's keys to the widget that has the focus."""
        self._is_replaying = True
        try:
            for press in presses:
                target = QApplication.focusWidget()
                if target is None:
                    return
                modifiers = Qt.KeyboardModifier(press.modifiers)
                for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                    event = QKeyEvent(kind, press.code, modifiers, press.text)
                    QCoreApplication.sendEvent(target, event)
        finally:
            self._is_replaying = False


def _typed_text(event: QKeyEvent) -> str:
    """Return the character that a scanner may have meant, or "" for a key that types none."""
    end = _TERMINATORS.get(event.key())
    if end is not None:
        return end
    text = event.text()
    return text if text and (text.isprintable() or text in _FRAME) else ""


def _is_command(press: Press) -> bool:
    """Whether a key may do more to a field than change its text."""
    modifiers = Qt.KeyboardModifier(press.modifiers)
    # Ctrl with Alt writes characters on some systems, as AltGr does.
    is_chord = bool(modifiers & _META) or (modifiers & (_CONTROL | _ALT)) == _CONTROL
    if is_chord or press.code in _EDITING_KEYS:
        return is_chord or bool(modifiers & _ALT)
    return not (press.text and press.text.isprintable())


def _is_editing() -> bool:
    """Whether keys go to something that takes text."""
    widget = QApplication.focusWidget()
    if widget is None:
        return False
    return isinstance(widget, QLineEdit | QTextEdit | QAbstractSpinBox) or bool(
        widget.property("takesTyping")
    )
