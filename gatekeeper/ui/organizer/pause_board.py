"""Pausing entry at a gate or a zone, and resuming it: one press each, and who has heard."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QVBoxLayout

from gatekeeper.organizer.pauses import PausePlace, Pauses
from gatekeeper.presenters.pause_words import (
    has_unheard,
    spell_heard,
    spell_pause,
    spell_place,
)
from gatekeeper.ui.organizer.choice_box import ChoiceBox
from gatekeeper.ui.organizer.desk_style import fit_letters, give_role, make_button, make_text
from gatekeeper.ui.organizer.noted import Noted
from gatekeeper.ui.organizer.one_line import let_break
from gatekeeper.ui.organizer.watched_board import WatchedBoard
from gatekeeper.wording.texts import TEXTS

LOOK_MS: Final = 2_000


class PauseBoard(Noted, WatchedBoard):
    """Shows how one gate or zone stands, and takes the organizer's word on it.

    Attributes:
        place: The gates and zones that can be chosen.
        press: Pauses, or resumes, whichever is next.
    """

    said = Signal(object, bool)
    """The place, and whether entry is paused there from now on."""

    def __init__(self) -> None:
        super().__init__(LOOK_MS)
        self._pauses: Pauses | None = None
        self._may_order, self._is_busy = False, False
        self._offered: tuple[str, str] | None = None
        # What the button says has changed under the finger: a second click was not meant for it.
        self._settling = QTimer(self, singleShot=True)
        self._settling.timeout.connect(self._arrange)
        self.place = ChoiceBox()
        self.place.setObjectName("pausePlace")
        fit_letters(self.place)
        self.place.currentIndexChanged.connect(lambda _row: self._turn())
        label = QLabel(TEXTS.say("pause.place"))
        label.setBuddy(self.place)
        self._state = make_text("", "heading", "pauseState")
        self._heard = make_text("", "lead", "pauseHeard")
        self._note = make_text("", "lead", "pauseNote")
        self.press = make_button("", "pausePress", is_main=True)
        self.press.clicked.connect(self._say)
        rows, fields, ways = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        fields.addWidget(label)
        fields.addWidget(self.place, 1)
        ways.addWidget(self.press)
        ways.addStretch(1)
        rows.addWidget(make_text(TEXTS.say("pause.lead"), "lead"))
        rows.addLayout(fields)
        for widget in (self._state, self._heard):
            rows.addWidget(widget)
        rows.addLayout(ways)
        rows.addWidget(self._note)
        rows.addStretch(1)
        self.forget()

    @property
    def state(self) -> str:
        """How the place stands, in words."""
        return self._state.text()

    @property
    def heard(self) -> str:
        """Who has heard, in words."""
        return self._heard.text()

    def let_order(self, *, may_order: bool) -> None:
        """Let entry be paused, or only be looked at."""
        self._may_order = may_order
        self._arrange()

    def forget(self) -> None:
        """Show nothing of the event before."""
        self._pauses = self._offered = None
        with QSignalBlocker(self.place):
            self.place.clear()
        self.say("")
        self._arrange()

    def show_pauses(self, pauses: Pauses) -> None:
        """Show how things stand by now; the chosen place stays."""
        self._pauses = pauses
        names = [(one.place_id, spell_place(pauses, one)) for one in pauses.places]
        held = [
            (self.place.itemData(n), self.place.itemText(n)) for n in range(self.place.count())
        ]
        if held != names:
            chosen = self.place.currentData()
            with QSignalBlocker(self.place):
                self.place.clear()
                for place_id, name in names:
                    self.place.addItem(name, place_id)
                self.place.setCurrentIndex(max(0, self.place.findData(chosen)))
        self._arrange()

    def show_lost(self) -> None:
        """Say that nobody knows of a word whether it was said, unless it is said why not."""
        if not self.note:
            self.say(TEXTS.say("pause.lost"))

    def set_busy(self, *, is_busy: bool) -> None:
        """Let no second act begin before the first one has ended."""
        self._is_busy = is_busy
        self._arrange()

    def _turn(self) -> None:
        self.say("")
        self._offered = None
        self._arrange()

    def _chosen(self) -> PausePlace | None:
        found = () if self._pauses is None else self._pauses.places
        return next((one for one in found if one.place_id == self.place.currentData()), None)

    def _is_paused(self, place: PausePlace) -> bool:
        return self._pauses is not None and self._pauses.since(place.place_id) is not None

    def _arrange(self) -> None:
        pauses, place = self._pauses, self._chosen()
        self._offer(place)
        if pauses is None or place is None:
            self._state.setText("")
            self._heard.setText("")
            return
        is_shut = pauses.since(place.place_id, place.zone_id) is not None
        self._state.setText(let_break(spell_pause(pauses, place)))
        give_role(self._state, "warn" if is_shut else "heading")
        self._heard.setText(let_break(spell_heard(pauses, place)))
        give_role(self._heard, "warn" if has_unheard(pauses, place) else "lead")

    def _offer(self, place: PausePlace | None) -> None:
        """Let the place be paused, or resumed, by whoever has had the time to read which."""
        self.press.setVisible(place is not None and self._may_order)
        if place is not None:
            key = "pause.end" if self._is_paused(place) else "pause.begin"
            before, self._offered = self._offered, (place.place_id, key)
            if before not in {None, self._offered}:
                self._settling.start(QApplication.doubleClickInterval())
            self.press.setText(TEXTS.say(key))
        self.press.setEnabled(not self._is_busy and not self._settling.isActive())

    def _say(self) -> None:
        place = self._chosen()
        if place is not None:
            self.said.emit(place, not self._is_paused(place))
