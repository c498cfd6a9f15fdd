"""A zone's evacuation by the organizer: how it stands, whom to call by radio, what can be said."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout

from gatekeeper.organizer.during.evacuations_client import (
    EvacuationAct,
    EvacuationUnderWay,
    find_evacuation,
    list_shut,
)
from gatekeeper.presenters.desk.evacuation_words import (
    acts_for,
    spell_act,
    spell_heard,
    spell_state,
)
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.organizer.desk_style import called, give_role, make_text
from gatekeeper.ui.organizer.during.evacuation_and_pause_board import WordAtDoorsBoard
from gatekeeper.ui.organizer.widgets.held_button import HeldButton
from gatekeeper.ui.organizer.widgets.long_names import let_break
from gatekeeper.wording.texts import TEXTS
from shared.wire.live_board import LiveZone


class EvacuationBoard(WordAtDoorsBoard):
    """Shows one zone, and takes the organizer's word on it.

    Attributes:
        password: Proves who speaks.
    """

    said = Signal(object, str, str, object)
    """The act, the zone's id, the password, and what is under way there or None."""

    def __init__(self) -> None:
        super().__init__("evacuation", "evacuationZone")
        self.changed.connect(self._arrange)
        self._found: tuple[EvacuationUnderWay, ...] | None = None
        self._subject = ""
        self.password = called(QLineEdit(), "evacuationPassword")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        fields = QGridLayout()
        self._own = QLabel(TEXTS.say("evacuation.password"))
        for row, (label, field) in enumerate(
            ((QLabel(TEXTS.say("evacuation.zone")), self.place), (self._own, self.password))
        ):
            label.setBuddy(field)
            fields.addWidget(label, row, 0)
            fields.addWidget(field, row, 1)
        fields.setColumnStretch(1, 1)
        self._acts = {act: self._make_act(act) for act in EvacuationAct}
        ways = QHBoxLayout()
        for button in self._acts.values():
            ways.addWidget(button)
        ways.addStretch(1)
        self._hint = make_text(TEXTS.say("evacuation.hold"), "lead", "evacuationHint")
        rows = fill(QVBoxLayout(self), make_text(TEXTS.say("evacuation.lead"), "lead"), fields)
        for widget in (self.state, self.heard):
            rows.addWidget(widget)
        fill(rows, ways, self._hint, self._note, STRETCH)
        self.forget()

    def _make_act(self, act: EvacuationAct) -> HeldButton:
        role = "danger" if act is EvacuationAct.STOP else ""
        button = HeldButton(spell_act(act), f"evacuation_{act}", role)
        button.held.connect(lambda: self._say(act))
        return button

    def forget(self) -> None:
        """Show nothing of the event before."""
        self._found = None
        self.password.clear()
        super().forget()

    def show_zones(self, zones: Sequence[LiveZone]) -> None:
        """Offer the event's zones; the chosen one stays."""
        self._offer_places([(one.zone_id, one.name) for one in zones])

    def show_found(self, found: tuple[EvacuationUnderWay, ...]) -> None:
        """Show what is under way by now."""
        self._found = found
        self._arrange()

    def show_said(self, found: tuple[EvacuationUnderWay, ...]) -> None:
        """Show what came of a word; the next one is proven anew, whoever holds the button."""
        self.password.clear()
        self.show_found(found)
        self.say_told()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask no more, and keep no password where nobody looks."""
        super().hideEvent(event)
        self.password.clear()

    def _under_way(self) -> EvacuationUnderWay | None:
        return find_evacuation(self._found or (), str(self.place.currentData() or ""))

    def _arrange(self) -> None:
        under_way = self._under_way()
        subject = f"{self.place.currentData()}/{under_way and under_way.evacuation_id}"
        if subject != self._subject:
            self._subject = subject
            for button in self._acts.values():
                button.let_go()
        is_known = self._found is not None and self.place.count() > 0
        self.state.setText(let_break(spell_state(under_way)) if is_known else "")
        give_role(self.state, "bad" if under_way is not None else "heading")
        shut = list_shut(self._found or (), str(self.place.currentData() or ""))
        self.heard.setText(let_break(spell_heard(under_way, shut)) if is_known else "")
        has_all = all(one.has_heard for one in (shut if under_way is None else under_way.devices))
        give_role(self.heard, "lead" if has_all else "warn")
        offered = acts_for(under_way) if is_known and self._may_order else ()
        for act, button in self._acts.items():
            button.setVisible(act in offered)
            button.setEnabled(not self._is_busy)
        for widget in (self._own, self.password, self._hint):
            widget.setVisible(self._may_order)

    def _say(self, act: EvacuationAct) -> None:
        if act is not EvacuationAct.ANNUL and not self.password.text():
            self.say(TEXTS.say("evacuation.needs_password"))
            self.password.setFocus()
            return
        zone_id, password = str(self.place.currentData()), self.password.text()
        self.said.emit(act, zone_id, password, self._under_way())
