"""At which gate the chosen device stands; another one, and what that means, said before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from gatekeeper.organizer.before_doors.device_gates_client import FIXED, STANDING, DevicePlace
from gatekeeper.organizer.before_doors.devices_client import Device
from gatekeeper.presenters.desk.device_gate_words import spell_move, spell_spot
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.desk_style import (
    DeskCard,
    called,
    fit_letters,
    make_button,
    make_text,
)
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.long_names import let_break
from gatekeeper.wording.texts import TEXTS

_ANY: Final = ""
"""Stands for any gate: a list finds no entry by None."""


class DeviceGateCard(LastActLine, DeskCard):
    """Offers another gate; hidden while no device is chosen, or it lets nobody in anywhere.

    Attributes:
        device: Whose gate; None for none.
        place: As it was read when the gates were offered; None before.
    """

    entered = Signal()
    """Another device is shown, of which nothing is read yet."""
    moved = Signal(object, object)
    """The place as it was read, and the gate's id or None."""
    busy = Signal(bool)
    """An act began, or is over: meanwhile no other device is chosen."""

    def __init__(self) -> None:
        super().__init__("moveCard")
        self.device: Device | None = None
        self.place: DevicePlace | None = None
        self._devices: tuple[Device, ...] = ()
        self._now: datetime | None = None
        self._may_edit, self._is_busy = True, False
        self._title = make_text("", "heading", "moveTitle")
        self.gate = called(ChoiceBox(), "moveGate")
        fit_letters(self.gate)
        self.gate.currentIndexChanged.connect(lambda _place: self._arrange())
        self._go = make_button(TEXTS.say("move.go"), "moveGo", self._send)
        ways = fill(QHBoxLayout(), (self.gate, 1), self._go)
        self._words = make_text("", "", "moveWords")
        self._note = make_text("", "lead", "moveNote")
        fill(QVBoxLayout(self), self._title, ways, self._words, self._note)
        for part in (self, self._words, self._note):
            part.hide()
        self._arrange()

    @property
    def said(self) -> str:
        """What the move that is chosen would mean; "" for none."""
        return "" if self._words.isHidden() else self._words.text()

    @property
    def is_chosen(self) -> bool:
        """Whether another gate is chosen than the one where it stands."""
        if self.place is None or self.gate.currentIndex() < 0:
            return False
        return self._chosen != self.place.gate_id

    @property
    def _chosen(self) -> str | None:
        return self.gate.currentData() or None

    def let_edit(self, *, may_edit: bool) -> None:
        """Let devices be moved, or hide how."""
        self._may_edit = may_edit
        self.show_device(self.device, self._devices, self._now)

    def forget(self) -> None:
        """Show nothing: it was of another event."""
        self.show_device(None, (), None)

    def show_device(
        self, device: Device | None, devices: Sequence[Device], now: datetime | None
    ) -> None:
        """Show the chosen device among all of them; another gate stays chosen for the same one."""
        stands = device is not None and device.role in STANDING and not device.is_revoked
        shown = device if stands and self._may_edit else None
        before, self.device = self.device, shown
        self._devices, self._now = tuple(devices), now
        self.setVisible(shown is not None)
        if shown is not None:
            self._title.setText(let_break(TEXTS.say("move.title", name=shown.name)))
            self.gate.setAccessibleName(self._title.text())
        if (before and before.id) == (shown and shown.id):
            self._arrange()
            return
        self.place = None
        self.say("", "lead")
        self._fill()
        if shown is not None:
            self.entered.emit()

    def show_place(self, place: DevicePlace, *, is_anew: bool = False) -> None:
        """Show where it stands; a gate that is chosen stays, unless it is to be shown anew."""
        if self.is_chosen and not is_anew:
            return  # it is sent with the tag of what was read when it was chosen
        is_same = self.place is not None and self.place.spots == place.spots
        self.place = place
        if not is_same:
            self._fill()
        with QSignalBlocker(self.gate):
            self.gate.setCurrentIndex(self.gate.findData(place.gate_id or _ANY))
        self._arrange()

    def set_busy(self, *, is_busy: bool) -> None:
        """Let no second act begin before the first one has ended."""
        self._is_busy = is_busy
        self._arrange()
        self.busy.emit(is_busy)

    def _fill(self) -> None:
        place = self.place
        with QSignalBlocker(self.gate):
            self.gate.clear()
            if place is not None:
                for spot in place.spots:
                    self.gate.addItem(spell_spot(spot), spot.gate_id)
                if place.fields["role"] not in FIXED:
                    self.gate.addItem(spell_spot(None), _ANY)
        self._arrange()

    def _arrange(self) -> None:
        is_open = self.place is not None and not self._is_busy
        self.gate.setEnabled(is_open)
        self._go.setEnabled(is_open and self.is_chosen)
        device, place, now = self.device, self.place, self._now
        said = ""
        if device is not None and place is not None and now is not None and self.is_chosen:
            spot = place.find(self._chosen)
            said = spell_move(place, spot, device, self._devices, now)
        self._words.setText(let_break(said))
        self._words.setVisible(bool(said))

    def _send(self) -> None:
        if self.place is not None and self.is_chosen:
            self.moved.emit(self.place, self._chosen)
