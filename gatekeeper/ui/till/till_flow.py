"""The till at work: presses and keys to the desk, its requests to the engine, answers back."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from gatekeeper.boxoffice.answers import TillAnswer
from gatekeeper.boxoffice.requests import SellRequest
from gatekeeper.boxoffice.shift_requests import ShiftAnswer, ShiftRequest
from gatekeeper.presenters.faults import spell_fault
from gatekeeper.presenters.till_card import step_key
from gatekeeper.presenters.till_desk import Request, TillDesk
from gatekeeper.presenters.till_values import Person, PrintRequest, TillFacts, TillStep
from gatekeeper.readers.wedge import WedgeScan
from gatekeeper.readers.wedge_text import choose_text
from gatekeeper.terminals.card_desk import CardStep
from gatekeeper.ui.till.till_thread import TillThread
from gatekeeper.ui.till.till_window import TillWindow
from gatekeeper.ui.wedge_filter import KeySource

_REFRESH_MS: Final = 1_000
_KEYS: Final = {
    Qt.Key.Key_C: "cash",
    Qt.Key.Key_K: "card",
    Qt.Key.Key_Y: "approved",
    Qt.Key.Key_N: "declined",
    Qt.Key.Key_Escape: "back",
    Qt.Key.Key_Backspace: "erase",
    Qt.Key.Key_F8: "menu",
    Qt.Key.Key_F10: "enter",
    Qt.Key.Key_Right: "turn",
}
"""What a finger on the keyboard means; F1 to F7 and F9 are the tiles, in their order."""
_TILES: Final = (
    Qt.Key.Key_F1,
    Qt.Key.Key_F2,
    Qt.Key.Key_F3,
    Qt.Key.Key_F4,
    Qt.Key.Key_F5,
    Qt.Key.Key_F6,
    Qt.Key.Key_F7,
    Qt.Key.Key_F9,
)
_STOPS_CARD: Final = frozenset({"cancel_card", "back"})
_ENTER: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


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
        self.window, self.desk = window, TillDesk()
        self._thread = thread
        self._refresh = QTimer(self)
        self._refresh.setInterval(_REFRESH_MS)
        self._refresh.timeout.connect(self._read)
        window.page.pressed.connect(self.press)
        thread.broke.connect(self._take_unread)
        thread.stepped.connect(self._take_card_step)
        keys.scanned.connect(self._take_scan)
        keys.tapped.connect(self._take_key)
        self._show()

    def begin(self) -> None:
        """Open the till."""
        self._thread.start()
        self._thread.open(self._take_opened, self._take_unopened)

    def stop(self) -> None:
        """Close the till in order."""
        self._refresh.stop()
        self._thread.stop()

    def press(self, key: str) -> None:
        """Take a press of a button, by its key."""
        if self.desk.state.card_step and key in _STOPS_CARD:
            self._thread.cancel_card()
            return
        request = self.desk.press(key)
        self._show()
        if request is not None:
            self._ask(request)

    def take_code(self, code: str) -> None:
        """Take a code from a reader: at a till a badge counts."""
        self._thread.find_badge(code, self._take_badge, self._take_unread)

    # ---- wiring

    def _take_scan(self, scan: WedgeScan) -> None:
        self.take_code(choose_text(scan))

    def _take_key(self, key: int, _modifiers: int) -> None:
        if key in _TILES:
            place, tiles = _TILES.index(Qt.Key(key)), self.window.page.ways.keys
            if place < len(tiles) and self.window.page.ways.button(tiles[place]).isEnabled():
                self.press(tiles[place])
        elif Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
            self.press(f"digit:{key - Qt.Key.Key_0}")
        elif key in _ENTER:
            self._enter()
        elif key in _KEYS:
            self.press(_KEYS[Qt.Key(key)])

    def _enter(self) -> None:
        """Press what has the keyboard, or what the screen leads on with."""
        focused: QWidget | None = self.window.focusWidget()
        name = "" if focused is None else focused.objectName()
        if name.startswith("option_"):
            self.press(name.removeprefix("option_"))
        else:
            self.press("enter")

    def _ask(self, request: Request) -> None:
        if isinstance(request, SellRequest):
            self._thread.sell(request, self._take_answer, self._take_fault)
        elif isinstance(request, PrintRequest):
            self._thread.settle_job(request, self._take_facts, self._take_unread)
        else:
            done = partial(self._take_shift_answer, request)
            self._thread.do_shift(request, done, self._take_fault)

    def _read(self) -> None:
        self._thread.read(self._take_facts, self._take_unread)

    def _take_opened(self, facts: TillFacts) -> None:
        self._take_facts(facts)
        self._refresh.start()

    def _take_unopened(self, fault: BaseException) -> None:
        self.desk.take_facts(TillFacts(problem=spell_fault(fault)))
        self._show()

    def _take_facts(self, facts: TillFacts) -> None:
        self.desk.take_facts(facts)
        self._show()

    def _take_card_step(self, step: CardStep) -> None:
        self.desk.take_card_step(step_key(step.code) if step.name else "")
        self._show()

    def _take_unread(self, fault: BaseException) -> None:
        self.desk.state.say(spell_fault(fault), is_bad=True)
        self._show()

    def _take_badge(self, person: Person | None) -> None:
        if person is None:
            self.desk.refuse_badge()
        else:
            self.desk.take_person(person)
        self._show()

    def _take_answer(self, answer: TillAnswer) -> None:
        self.desk.take_answer(answer)
        self._show()
        self._read()

    def _take_shift_answer(self, request: ShiftRequest, answer: ShiftAnswer) -> None:
        self.desk.take_shift_answer(request, answer)
        self._show()
        self._read()

    def _take_fault(self, fault: BaseException) -> None:
        self.desk.take_fault(spell_fault(fault))
        self._show()

    def _show(self) -> None:
        screen = self.desk.screen()
        is_new = self.window.page.property("step") != screen.step.value
        self.window.page.show_screen(screen)
        self.shown.emit(self.desk.state)
        if is_new and screen.step is not TillStep.WORKING:
            self.window.page.setFocus()
