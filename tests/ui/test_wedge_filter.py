"""Scanners and people at one keyboard: who is heard, and by whom."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from command_line.clock_and_randomness import SystemClock
from gatekeeper.readers.key_taps import Press
from gatekeeper.readers.wedge import KEY_IDLE_MAX, KEY_PAUSE_MAX, WedgeKey
from gatekeeper.ui.application import make_application
from gatekeeper.ui.wedge_filter import WedgeFilter
from shared.kernel.instant import MILLISECOND
from tests.factories.keys import Typist

CODE = "12345678901234567890"


class Desk(QWidget):
    """A field and a button under a filter, and what happened to them."""

    wedge: WedgeFilter

    def __init__(self) -> None:
        super().__init__()
        self.field, self.button = QLineEdit(), QPushButton("Press")
        self.button.setAutoDefault(True)
        rows = QVBoxLayout(self)
        rows.addWidget(self.field)
        rows.addWidget(self.button)
        self.presses = 0
        self.scans: list[str] = []
        self.taps: list[int] = []
        self.button.clicked.connect(self._count)

    def _count(self) -> None:
        self.presses += 1


class KeyedField(QObject):
    """Notes the keys that get through to a desk's field."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._field = desk.field
        self.pressed: list[int] = []
        desk.field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt
        if watched is self._field and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            self.pressed.append(event.key())
        return False


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    app = make_application()
    desk = Desk()
    qtbot.addWidget(desk)
    with qtbot.waitActive(desk):
        desk.show()
        desk.activateWindow()
    desk.wedge = wedge = WedgeFilter(app, SystemClock())
    wedge.scanned.connect(lambda scan: desk.scans.append(scan.text))
    wedge.tapped.connect(lambda key, _: desk.taps.append(key))
    yield desk
    app.removeEventFilter(wedge)
    wedge.deleteLater()


def test_a_scan_never_leaks_into_the_field_that_has_the_focus(desk: Desk) -> None:
    """A visitor's code is no text of the form that is open."""
    desk.field.setFocus()
    Typist(desk).scan(CODE)
    assert desk.scans == [CODE]
    assert desk.field.text() == ""


def test_a_scanners_enter_presses_no_button(desk: Desk, qtbot: QtBot) -> None:
    """Neither at the end of a scan nor alone does a scanner's Enter press what has the focus."""
    desk.button.setFocus()
    typist = Typist(desk)
    typist.scan(CODE)
    typist.press(Qt.Key.Key_Return, "\r", held=1)
    qtbot.wait(200)
    assert desk.scans == [CODE]
    assert desk.presses == 0


def test_a_finger_on_enter_presses_the_button(desk: Desk, qtbot: QtBot) -> None:
    """What a scanner may not do a person may."""
    desk.button.setFocus()
    Typist(desk).press(Qt.Key.Key_Return, "\r")
    qtbot.waitUntil(lambda: desk.presses == 1)


def test_no_key_of_a_scan_is_kept_though_the_next_scan_follows_at_once(desk: Desk) -> None:
    """A queue that never pauses leaves nothing behind to be searched through, scan by scan."""
    typist = Typist(desk)
    for number in range(5):
        typist.scan(f"{CODE}{number}")
    assert len(desk.scans) == 5
    kept = [one for one in gc.get_objects() if type(one) in (WedgeKey, Press)]
    assert kept == []


@pytest.mark.parametrize("end", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab])
def test_each_usual_suffix_ends_a_scan(desk: Desk, end: Qt.Key) -> None:
    """Enter, keypad Enter and Tab are what scanners are set to."""
    Typist(desk).scan(CODE, end=end)
    assert desk.scans == [CODE]


def test_a_scanner_without_a_suffix_is_understood(desk: Desk, qtbot: QtBot) -> None:
    """A long run that just stops is a scan as well."""
    desk.field.setFocus()
    Typist(desk).scan(CODE, end=None)
    qtbot.waitUntil(lambda: desk.scans == [CODE])
    assert desk.field.text() == ""


def test_a_code_that_pauses_midway_is_one_scan(desk: Desk, qtbot: QtBot) -> None:
    """By radio keys stop and come on: what comes before was half a ticket, and nobody's."""
    typist = Typist(desk)
    typist.scan(CODE)
    typist.scan(CODE, end=None)
    desk.wedge._end_run(KEY_IDLE_MAX)  # as its timer does when it has been quiet
    typist.scan_on(CODE[::-1], after=KEY_PAUSE_MAX // MILLISECOND - 10)
    assert desk.scans == [CODE, CODE + CODE[::-1]]
    typist.scan(CODE, end=None)
    qtbot.waitUntil(lambda: len(desk.scans) == 3)
    assert desk.scans[2] == CODE, "nobody waits for more for ever"
    assert desk.taps == []


def test_typing_reaches_the_field_with_edits(desk: Desk, qtbot: QtBot) -> None:
    """A person's keys arrive complete and in order, Backspace included."""
    desk.field.setFocus()
    typist = Typist(desk)
    typist.type("mullex")
    typist.press(Qt.Key.Key_Backspace)
    typist.type("r")
    qtbot.waitUntil(lambda: desk.field.text() == "muller")
    assert desk.scans == []


def test_a_key_that_leaves_a_field_does_nothing_more(desk: Desk, qtbot: QtBot) -> None:
    """Tab goes to the button and no further, although the keys' target is no field any more."""
    desk.field.setFocus()
    Typist(desk).press(Qt.Key.Key_Tab, "\t")
    qtbot.waitUntil(desk.button.hasFocus)
    qtbot.wait(200)
    assert desk.button.hasFocus()


def test_a_short_roll_of_keys_in_a_field_writes_and_does_nothing_else(
    desk: Desk, qtbot: QtBot
) -> None:
    """Three keys and Enter at a scanner's speed may be a barcode: what it says is not entered."""
    entered: list[str] = []
    desk.field.returnPressed.connect(lambda: entered.append(desk.field.text()))
    desk.field.setFocus()
    typist = Typist(desk)
    typist.scan("abc")
    qtbot.wait(200)
    assert (desk.field.text(), entered, desk.scans) == ("abc", [], [])
    typist.press(Qt.Key.Key_Return, "\r")
    qtbot.waitUntil(lambda: entered == ["abc"])


NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


@pytest.mark.parametrize(
    ("key", "text", "modifiers"),
    [
        (Qt.Key.Key_Return, "\r", NONE),
        (Qt.Key.Key_Enter, "\r", NONE),
        (Qt.Key.Key_Tab, "\t", NONE),
        (Qt.Key.Key_Escape, "\x1b", NONE),
        (Qt.Key.Key_F4, "", NONE),
        (Qt.Key.Key_V, "\x16", CONTROL),
        (Qt.Key.Key_C, "\x03", CONTROL),
        (Qt.Key.Key_Z, "\x1a", CONTROL),
    ],
)
def test_a_scanned_command_key_reaches_no_field_and_a_fingers_does(
    desk: Desk, qtbot: QtBot, key: Qt.Key, text: str, modifiers: Qt.KeyboardModifier
) -> None:
    """Alone or in the midst of a run it enters nothing, moves no focus and pastes nothing."""
    field = KeyedField(desk)
    desk.field.setFocus()
    typist = Typist(desk)
    typist.press(key, text, modifiers, held=1)
    qtbot.wait(150)
    typist.burst(("a", ord("A"), NONE), (text, key, modifiers), ("b", ord("B"), NONE))
    qtbot.wait(150)
    assert key not in field.pressed
    assert (desk.field.hasFocus(), desk.taps) == (True, [])
    typist.press(key, text, modifiers)
    qtbot.waitUntil(lambda: key in field.pressed)


def test_quick_fingers_lose_no_command_in_a_field(desk: Desk, qtbot: QtBot) -> None:
    """Enter and the next letter 60 ms later are both a person's."""
    entered: list[str] = []
    desk.field.returnPressed.connect(lambda: entered.append(desk.field.text()))
    desk.field.setFocus()
    typist = Typist(desk)
    typist.burst(
        ("a", ord("A"), NONE), ("\r", Qt.Key.Key_Return, NONE), ("b", ord("B"), NONE),
        pace=60, held=45,
    )  # fmt: skip
    qtbot.waitUntil(lambda: desk.field.text() == "ab")
    assert entered == ["a"]


def test_a_scanned_shortcut_fires_nothing(desk: Desk, qtbot: QtBot) -> None:
    """Ctrl with a letter is looked up in no list of shortcuts, also as the first key of a run."""
    fired: list[str] = []
    shortcut = QShortcut(QKeySequence("Ctrl+Q"), desk)
    shortcut.activated.connect(lambda: fired.append("quit"))
    desk.button.setFocus()
    # As the window system delivers it: through the window, which asks the shortcuts first.
    handle = desk.windowHandle()
    QTest.keyClick(handle, Qt.Key.Key_Q, CONTROL, 0)
    qtbot.wait(150)
    assert fired == []


@pytest.mark.parametrize("text", ["A1001", "042"])
def test_a_short_code_of_a_list_is_a_scan_where_nothing_takes_text(desk: Desk, text: str) -> None:
    """A list of guests may have codes of its own making; in a field the same keys are typing."""
    desk.button.setFocus()
    typist = Typist(desk)
    typist.scan(text)
    assert (desk.scans, desk.presses) == ([text], 0)
    desk.field.setFocus()
    typist.scan(text)
    assert (desk.scans, desk.field.text()) == ([text], text)


@pytest.mark.parametrize(
    ("text", "end"), [("L", Qt.Key.Key_Return), ("LL", None), ("U\x1b", Qt.Key.Key_Return)]
)
def test_short_barcodes_do_nothing(
    desk: Desk, qtbot: QtBot, text: str, end: Qt.Key | None
) -> None:
    """A visitor's barcode that says L and Enter is no key on the gate's keyboard."""
    desk.button.setFocus()
    Typist(desk).scan(text, end=end)
    qtbot.wait(200)
    assert (desk.scans, desk.taps, desk.presses) == ([], [], 0)


@pytest.mark.parametrize("key", [Qt.Key.Key_L, Qt.Key.Key_F3, Qt.Key.Key_F11, Qt.Key.Key_Escape])
def test_a_single_key_of_a_scanner_is_no_tap(desk: Desk, qtbot: QtBot, key: Qt.Key) -> None:
    """A key that goes up within a millisecond was no finger's."""
    desk.button.setFocus()
    typist = Typist(desk)
    typist.press(key, held=1)
    qtbot.wait(200)
    assert desk.taps == []
    typist.press(key)
    qtbot.waitUntil(lambda: desk.taps == [key])


def test_keys_without_times_are_timed_by_the_clock(desk: Desk) -> None:
    """Where the system does not say when a key moved, the clock does."""
    desk.field.setFocus()
    QTest.keyClicks(desk.field, CODE)
    QTest.keyClick(desk.field, Qt.Key.Key_Return)
    assert desk.scans == [CODE]


def test_two_scans_at_once_stay_apart(desk: Desk) -> None:
    """Two scanners on one machine, or a fast steward, are two scans."""
    typist = Typist(desk)
    typist.scan(CODE)
    typist.scan(CODE[::-1])
    assert desk.scans == [CODE, CODE[::-1]]


@pytest.mark.parametrize("pace", [60, 200])
def test_a_scanner_that_pauses_between_keys_is_noticed_once(desk: Desk, pace: int) -> None:
    """Nothing can be made of it, but that something came is told; typing in a field is none."""
    told: list[bool] = []
    desk.wedge.unread.connect(lambda: told.append(True))
    slow = [(digit, ord(digit), Qt.KeyboardModifier.NoModifier) for digit in CODE]
    desk.button.setFocus()
    typist = Typist(desk)
    typist.burst(*slow, pace=pace)
    assert told == [True]
    assert desk.scans == []
    typist.burst(*slow[:8])
    desk.wedge._end_run(KEY_IDLE_MAX)
    assert told == [True, True], "a short code of a scanner that ends it by no key"
    typist.scan(CODE)
    desk.field.setFocus()
    typist.type("Anna Müller")
    assert told == [True, True]
