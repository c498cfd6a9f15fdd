"""The till at work: keys to its presenter, whose requests go to the engine, answers back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from gatekeeper.presenters.fault_words import spell_fault
from gatekeeper.presenters.till.card_step_screen import step_key
from gatekeeper.presenters.till.keypad import is_letter
from gatekeeper.presenters.till.presenter import TillPresenter
from gatekeeper.presenters.till.state import (
    COUNTING,
    SELLING,
    WRITTEN,
    TillFacts,
    TillStep,
)
from gatekeeper.presenters.till.window_requests import Answer, ListSales, LookAt, LookUp, Request
from gatekeeper.readers.debounce import Debounce
from gatekeeper.readers.wedge import WedgeScan
from gatekeeper.readers.wedge_readings import readings
from gatekeeper.supervisor.unlocking_and_locking_again import UNLOCK_FOR
from gatekeeper.terminals.card_payments import CardStep
from gatekeeper.ui.second_of_two_presses import is_recent
from gatekeeper.ui.till.till_keyboard import ALWAYS, KEYS, TILES
from gatekeeper.ui.till.till_thread import TillThread
from gatekeeper.ui.till.till_window import TillWindow
from gatekeeper.ui.wedge_filter import KeySource
from shared.credential.badges_and_pins import is_badge
from shared.kernel.instant import MILLISECOND

TILL_LOOK_MS: Final = 1_000
"""Between two looks of a till's window at how its till stands, and at seats that others take."""

_TILE: Final = "type:"
_STOPS_CARD: Final = frozenset({"cancel_card", "back"})
_UNCHANGED: Final = frozenset({TillStep.WORKING, TillStep.STARTING})
_ENTER: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})
_BUTTONS_OWN: Final = _ENTER | {Qt.Key.Key_Space}
"""What presses the button that has the keyboard: it is given these keys besides."""
_HOME: Final = SELLING | {TillStep.REST}
"""Where *back* takes something away."""
_SIGNS_END: Final = 0x110000
"""Keys below are letters, of every script; those above are Qt's own numbers."""


class TillFlow(QObject):
    """Joins window, desk and engine.

    Args:
        window: Shows the desk's screen.
        thread: Does what the desk asks for.
        keys: The keyboard and its scanner.
    """

    shown = Signal(object)  # where the till's window stands, for who shows it to the customer

    def __init__(self, window: TillWindow, thread: TillThread, keys: KeySource) -> None:
        super().__init__(window)
        self.window, self.desk = window, TillPresenter()
        self._thread, self._is_over, self._badge = thread, False, ""
        self._shown = Debounce()
        self._tapped: tuple[int, TillStep] | None = None
        self._since = QElapsedTimer()
        self._untouched = QTimer(self, interval=UNLOCK_FOR // MILLISECOND, singleShot=True)
        self._untouched.timeout.connect(lambda: self._go_on(self.desk.press("left_alone")))
        self._refresh = QTimer(self, interval=TILL_LOOK_MS)
        self._refresh.timeout.connect(self._read)
        window.page.pressed.connect(self.press)
        thread.broke.connect(self._take_unread)
        thread.stepped.connect(self._take_card_step)
        keys.scanned.connect(self._take_scan)
        keys.tapped.connect(self._take_key)
        self._show()

    def begin(self, badge: str = "") -> None:
        """Open the till; with a badge, as if that were scanned as soon as it is known here."""
        self._badge = badge
        self._thread.start()
        self._thread.open(self._take_opened, self._take_unopened)

    def stop(self) -> None:
        """Close the till in order; an answer that is still under way is not taken any more."""
        self._is_over = True
        self._refresh.stop()
        self._thread.stop()

    def press(self, key: str) -> None:
        """Take a press of a button, by its key."""
        self._untouched.start()
        if self.desk.state.card_step and key in _STOPS_CARD:
            self._thread.cancel_card()
            return
        self._go_on(self.desk.press(key))

    def take_code(self, code: str) -> None:
        """Take a code from a reader: a badge, a ticket, or the code that is asked for."""
        self._go_on(self.desk.take_code(code))

    # ---- wiring

    def _take_scan(self, scan: WedgeScan) -> None:
        text, others = readings(scan)
        # A badge that a scanner sends twice allows one thing, and signs nobody in by its echo.
        is_shown = any(map(is_badge, (text, *others)))
        if is_shown and not self._shown.is_new(text, scan.at):
            return
        self._untouched.start()
        self._go_on(self.desk.take_code(text, others))

    def _take_key(self, key: int, _modifiers: int) -> None:
        step, is_echo = self.desk.state.step, self._is_echo(key)
        if is_echo or (key in _BUTTONS_OWN and self._is_at_button()):
            return
        if step is TillStep.SEATS and self._walk(key):
            return
        if key in _ENTER:
            self.press("enter")  # what the screen leads on with
        elif step in WRITTEN and self._write(step, key):
            return
        elif key in TILES:
            tiles = [one for one in self.window.page.ways.keys if one.startswith(_TILE)]
            self._press_at(tiles, TILES.index(Qt.Key(key)))
        elif Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
            self._take_digit(step, key - Qt.Key.Key_0)
        elif key in KEYS:
            offered = self.window.page.offered()
            for name in KEYS[Qt.Key(key)]:
                if name in offered or name in ALWAYS:
                    self.press(name)
                    return

    def _is_echo(self, key: int) -> bool:
        """Tell whether a key is the second of two, as of taps: it was meant for what is gone.

        It would close the shift, or take the change away, that the first has brought to be seen;
        or take a ticket out of the basket, or give a part back, to which the first led back.
        """
        step, before = self.desk.state.step, self._tapped
        if before is None or before[0] != key or not is_recent(self._since):
            self._tapped = key, step
            self._since.start()
            return False
        return key in _ENTER or (key == Qt.Key.Key_Escape and step in _HOME and step != before[1])

    def _walk(self, key: int) -> bool:
        """Let the map take a key, but where a button has the keyboard; tell whether it did."""
        return not self._is_at_button() and self.window.page.seats.map.take_key(key)

    def _is_at_button(self) -> bool:
        """Tell whether a button has the keyboard."""
        focused: QWidget | None = self.window.focusWidget()
        return focused is not None and focused.objectName().startswith("option_")

    def _take_digit(self, step: TillStep, digit: int) -> None:
        if step in COUNTING or self.desk.screen().has_digits:
            self.press(f"digit:{digit}")
        else:
            self._press_at(self.window.page.listed(), digit - 1)

    def _press_at(self, keys: Sequence[str], place: int) -> None:
        if 0 <= place < len(keys) and keys[place] in self.window.page.offered():
            self.press(keys[place])

    def _write(self, step: TillStep, key: int) -> bool:
        """Write a sign of a code or a name; tell whether the key is one."""
        sign = chr(key) if key < _SIGNS_END else ""
        if not is_letter(sign, is_name=self.desk.state.is_name):
            return False
        if step is TillStep.GUEST and sign.isdigit():
            return False  # it says how many they bring
        self.press(f"letter:{sign}")
        return True

    def _go_on(self, request: Request | None) -> None:
        self._show()
        if request is not None and not self._is_over:
            failed = partial(self._take_fault, request)
            self._thread.do(request, partial(self._take_answer, request), failed)

    def _read(self) -> None:
        if self.desk.state.facts.seats is not None:
            self._thread.watch_seats()
        self._thread.read(self._take_facts, self._take_unread)

    def _take_opened(self, facts: TillFacts) -> None:
        self._take_facts(facts)
        self._refresh.start()

    def _take_unopened(self, fault: BaseException) -> None:
        self.desk.take_facts(TillFacts(problem=spell_fault(fault)))
        self._show()

    def _take_facts(self, facts: TillFacts) -> None:
        self._go_on(self.desk.take_facts(facts))
        if self.desk.state.person is not None:
            self._badge = ""
        elif self._badge and facts.event:
            self.take_code(self._badge)  # until the till has been told of its cashiers

    def _take_card_step(self, step: CardStep) -> None:
        self.desk.take_card_step(step_key(step.kind) if step.name else "")
        self._show()

    def _take_unread(self, fault: BaseException) -> None:
        self.desk.state.say_meanwhile(spell_fault(fault))
        self._show()

    def _take_answer(self, request: Request, answer: Answer) -> None:
        if self._is_over:
            return
        self._go_on(self.desk.take(request, answer))
        if not isinstance(request, LookAt | LookUp | ListSales):
            self._read()

    def _take_fault(self, request: Request, fault: BaseException) -> None:
        self.desk.take_fault(spell_fault(fault), request)
        self._show()
        if not self._is_over:
            self._read()

    def _show(self) -> None:
        screen = self.desk.screen()
        is_new = self.window.page.property("step") != screen.step.value
        self.window.page.show_screen(screen)
        self.shown.emit(self.desk.state)
        if is_new and screen.step not in _UNCHANGED:
            self.window.page.begin()
