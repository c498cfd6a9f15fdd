"""Pausing entry at a gate or a zone, and resuming it: one press each, and who has heard."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from gatekeeper.organizer.during.pauses_client import PausePlace, Pauses
from gatekeeper.presenters.desk.pause_words import (
    has_unheard,
    spell_heard,
    spell_pause,
    spell_place,
)
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.organizer.desk_style import give_role, make_button, make_text
from gatekeeper.ui.organizer.during.evacuation_and_pause_board import WordAtDoorsBoard
from gatekeeper.ui.organizer.widgets.long_names import let_break
from gatekeeper.ui.second_of_two_presses import echo_ms
from gatekeeper.wording.texts import TEXTS


class PauseBoard(WordAtDoorsBoard):
    """Shows how one gate or zone stands, and takes the organizer's word on it.

    Attributes:
        press: Pauses, or resumes, whichever is next.
    """

    said = Signal(object, bool)
    """The place, and whether entry is paused there from now on."""

    def __init__(self) -> None:
        super().__init__("pause", "pausePlace")
        self.changed.connect(self._arrange)
        self._pauses: Pauses | None = None
        self._offered: tuple[str, str] | None = None
        # What the button says has changed under the finger: a second click was not meant for it.
        self._settling = QTimer(self, singleShot=True)
        self._settling.timeout.connect(self._arrange)
        label = QLabel(TEXTS.say("pause.place"))
        label.setBuddy(self.place)
        self.press = make_button("", "pausePress", self._say, is_main=True)
        rows, fields, ways = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        fill(fields, label, (self.place, 1))
        fill(ways, self.press, STRETCH)
        fill(rows, make_text(TEXTS.say("pause.lead"), "lead"), fields)
        for widget in (self.state, self.heard):
            rows.addWidget(widget)
        fill(rows, ways, self._note, STRETCH)
        self.forget()

    def forget(self) -> None:
        """Show nothing of the event before."""
        self._pauses = self._offered = None
        super().forget()

    def show_pauses(self, pauses: Pauses) -> None:
        """Show how things stand by now; the chosen place stays."""
        self._pauses = pauses
        self._offer_places([(one.place_id, spell_place(pauses, one)) for one in pauses.places])

    def _turn(self) -> None:
        self._offered = None
        super()._turn()

    def _chosen(self) -> PausePlace | None:
        found = () if self._pauses is None else self._pauses.places
        return next((one for one in found if one.place_id == self.place.currentData()), None)

    def _is_paused(self, place: PausePlace) -> bool:
        return self._pauses is not None and self._pauses.since(place.place_id) is not None

    def _arrange(self) -> None:
        pauses, place = self._pauses, self._chosen()
        self._offer(place)
        if pauses is None or place is None:
            self.state.setText("")
            self.heard.setText("")
            return
        is_shut = pauses.since(place.place_id, place.zone_id) is not None
        self.state.setText(let_break(spell_pause(pauses, place)))
        give_role(self.state, "warn" if is_shut else "heading")
        self.heard.setText(let_break(spell_heard(pauses, place)))
        give_role(self.heard, "warn" if has_unheard(pauses, place) else "lead")

    def _offer(self, place: PausePlace | None) -> None:
        """Let the place be paused, or resumed, by whoever has had the time to read which."""
        self.press.setVisible(place is not None and self._may_order)
        if place is not None:
            key = "pause.end" if self._is_paused(place) else "pause.begin"
            before, self._offered = self._offered, (place.place_id, key)
            if before not in {None, self._offered}:
                self._settling.start(echo_ms())
            self.press.setText(TEXTS.say(key))
        self.press.setEnabled(not self._is_busy and not self._settling.isActive())

    def _say(self) -> None:
        place = self._chosen()
        if place is not None:
            self.said.emit(place, not self._is_paused(place))
