"""Keys and clicks as scanners and people give them, keys with the times at which they happen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

SCANNER_MS = 2
PERSON_MS = 180
HELD_MS = 90


class Typist:
    """Sends key events that say when they happened, to whatever has the focus."""

    def __init__(self, window: QWidget, now: int = 1_000_000) -> None:
        """Sit down at a window.

        Args:
            window: What has the focus.
            now: In ms; where several type one after the other, later for each: what comes again
                at the same time is the same scan.
        """
        self._window = window
        self._now = now

    @property
    def now(self) -> int:
        """Ms, when the last key moved."""
        return self._now

    def scan(self, text: str, *, end: Qt.Key | None = Qt.Key.Key_Return) -> None:
        """Type as a scanner does: fast, and with Enter at the end."""
        self._now += 1_000
        for character in text:
            self._tap(_code_of(character), character, held=1)
            self._now += SCANNER_MS
        if end is not None:
            self._tap(end, "\r" if end == Qt.Key.Key_Return else "\t", held=1)

    def type(self, text: str) -> None:
        """Type as a person does."""
        for character in text:
            self._now += PERSON_MS
            self._tap(_code_of(character), character, held=HELD_MS)

    def press(
        self,
        key: Qt.Key,
        text: str = "",
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        *,
        held: int = HELD_MS,
    ) -> None:
        """Press one key, as a finger does unless told otherwise."""
        self._now += 1_000
        self._tap(key, text, held=held, modifiers=modifiers)

    def press_again(self, key: Qt.Key, text: str, *, after: int) -> None:
        """Press a key so many ms after the one before, as one does that bounces."""
        self._now += after - 1_000
        self.press(key, text)

    def burst(
        self,
        *keys: tuple[str, int, Qt.KeyboardModifier],
        pace: int = SCANNER_MS,
        held: int = 1,
    ) -> None:
        """Press keys (text, code, modifiers) one after the other, so many ms apart."""
        self._now += 1_000
        for text, key, modifiers in keys:
            self._tap(key, text, held=held, modifiers=modifiers)
            self._now += pace

    def scan_on(self, text: str, *, after: int, end: Qt.Key | None = Qt.Key.Key_Return) -> None:
        """Go on with a scan after so many ms of silence."""
        self._now += after - 1_000
        self.scan(text, end=end)

    def rest(self, key: Qt.Key, wait: Callable[[], None], text: str = "") -> None:
        """Put a finger on a key, let it rest while `wait` runs, and lift it."""
        self._now += 1_000
        self._send(QEvent.Type.KeyPress, key, text, self._now)
        wait()
        self._now += 500
        self._send(QEvent.Type.KeyRelease, key, text, self._now)

    def _tap(
        self,
        key: int,
        text: str,
        *,
        held: int,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        for kind, at in (
            (QEvent.Type.KeyPress, self._now),
            (QEvent.Type.KeyRelease, self._now + held),
        ):
            self._send(kind, key, text, at, modifiers)

    def _send(
        self,
        kind: QEvent.Type,
        key: int,
        text: str,
        at: int,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        event = QKeyEvent(kind, key, modifiers, text)
        event.setTimestamp(at)
        target = QApplication.focusWidget() or self._window
        QCoreApplication.sendEvent(target, event)


def _code_of(character: str) -> int:
    return ord(character.upper())


def click(widget: QWidget, at: QPoint | None = None) -> None:
    """Press the left mouse button on a widget, in its middle unless told otherwise."""
    place = widget.rect().center() if at is None else at
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


def button(page: QWidget, name: str) -> QPushButton:
    """Find a button of a page."""
    found = page.findChild(QPushButton, name)
    assert isinstance(found, QPushButton), name
    return found


def press(page: QWidget, name: str) -> None:
    """Press a button of a page."""
    button(page, name).click()
