"""What the boards by which the organizer orders something at the doors have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSignalBlocker, QTimer, Signal

from gatekeeper.organizer.how_often_pages_look import WORD_AT_DOORS_LOOK_MS
from gatekeeper.ui.organizer.desk_style import called, fit_letters, make_text
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.watched_board import WatchedBoard
from gatekeeper.wording.texts import TEXTS

_TOLD_LOOKS: Final = 4


class WordAtDoorsBoard(LastActLine, WatchedBoard):
    """Shows how one place stands and who has heard, and takes the organizer's word on it.

    Args:
        name: What is ordered, as it begins its texts' keys and its widgets' names.
        places: What the choice of a place is called among its widgets.

    Attributes:
        place: The places that can be chosen.
    """

    changed = Signal()
    """Something was said to the board, or chosen at it: whoever is one arranges itself anew."""

    def __init__(self, name: str, places: str) -> None:
        super().__init__(WORD_AT_DOORS_LOOK_MS)
        self._lost = f"{name}.lost"
        self._may_order, self._is_busy = False, False
        self.place = called(ChoiceBox(), places)
        fit_letters(self.place)
        self.place.currentIndexChanged.connect(lambda _row: self._turn())
        self.state = make_text("", "heading", f"{name}State")
        self.heard = make_text("", "lead", f"{name}Heard")
        self._note = make_text("", "lead", f"{name}Note")
        self._told = QTimer(self, singleShot=True, interval=_TOLD_LOOKS * WORD_AT_DOORS_LOOK_MS)
        self._told.timeout.connect(self._forget_told)

    def let_order(self, *, may_order: bool) -> None:
        """Let something be ordered, or only be looked at."""
        self._may_order = may_order
        self.changed.emit()

    def forget(self) -> None:
        """Show nothing of the event before."""
        with QSignalBlocker(self.place):
            self.place.clear()
        self.say("")
        self.changed.emit()

    def say_told(self) -> None:
        """Say that a word is on its way, until it is read: who has heard it stands above."""
        self.say(TEXTS.say("evacuation.told"), "good")
        self._told.start()

    def _forget_told(self) -> None:
        if self.note == TEXTS.say("evacuation.told"):
            self.say("")

    @property
    def unanswered(self) -> str:
        """Say that nobody knows of a word whether it was said."""
        return TEXTS.say(self._lost)

    def set_busy(self, *, is_busy: bool) -> None:
        """Let no second act begin before the first one has ended."""
        self._is_busy = is_busy
        self.changed.emit()

    def _offer_places(self, names: Sequence[tuple[str, str]]) -> None:
        """Offer places by id and name; the chosen one stays."""
        rows = range(self.place.count())
        if [(self.place.itemData(row), self.place.itemText(row)) for row in rows] != [*names]:
            chosen = self.place.currentData()
            with QSignalBlocker(self.place):
                self.place.clear()
                for place_id, name in names:
                    self.place.addItem(name, place_id)
                self.place.setCurrentIndex(max(0, self.place.findData(chosen)))
        self.changed.emit()

    def _turn(self) -> None:
        self.say("")
        self.changed.emit()
