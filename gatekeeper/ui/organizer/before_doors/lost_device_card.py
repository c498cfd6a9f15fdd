"""A device that is lost or stolen: what that means, why, and a question before it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout

from gatekeeper.organizer.before_doors.devices_client import Device
from gatekeeper.presenters.desk.role_state_and_age_words import spell_role
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.desk_style import DeskCard, called, line_up, make_button, make_text
from gatekeeper.ui.organizer.widgets.confirmation_cards import YesOrNo
from gatekeeper.ui.organizer.widgets.long_names import let_break
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import REASON_SIZE_MAX


class LostDeviceCard(DeskCard):
    """Offers what is done about the chosen device; hidden while none is, or it is revoked."""

    lost = Signal(object, str, bool)
    """A device, why, and whether it is in other hands."""

    def __init__(self) -> None:
        super().__init__("lostCard")
        self.device: Device | None = None
        self._is_stolen = False
        self._title = make_text("", "heading", "lostTitle")
        lost = make_button(TEXTS.say("lost.lost"), "deviceLost", lambda: self.ask(is_stolen=False))
        stolen = make_button(TEXTS.say("lost.stolen"), "deviceStolen")
        stolen.clicked.connect(lambda: self.ask(is_stolen=True))
        ways = line_up(lost, stolen)
        self.reason = called(QLineEdit(), "lostReason")
        self.reason.setMaxLength(REASON_SIZE_MAX)
        self.reason.setPlaceholderText(TEXTS.say("lost.reason"))
        self.reason.setAccessibleName(TEXTS.say("lost.reason"))
        self._question = YesOrNo("lost", self.reason)
        self._question.agreed.connect(self._answer)
        fill(QVBoxLayout(self), self._title, ways, self._question)
        self.show_device(None)

    @property
    def asked(self) -> str:
        """What is asked before it is done; "" for nothing."""
        return self._question.asked

    def show_device(self, device: Device | None) -> None:
        """Show the chosen device; a question stays only with the device that it is about."""
        if device is None or self.device is None or device.id != self.device.id:
            self.forget_question()
        self.device = device
        self.setVisible(device is not None and not device.is_revoked)
        if device is not None:
            title = TEXTS.beside(device.name, spell_role(device.role), device.gate)
            self._title.setText(let_break(title))

    def forget_question(self) -> None:
        """Ask nothing."""
        self.reason.clear()
        self._question.hide()

    def ask(self, *, is_stolen: bool) -> None:
        """Ask before what cannot be undone."""
        if self.device is None:
            return
        self._is_stolen = is_stolen
        self.reason.clear()
        key = "stolen" if is_stolen else "lost"
        said = TEXTS.say(f"lost.{key}.ask", name=self.device.name)
        self._question.ask(said, TEXTS.say(f"lost.{key}.yes"))

    def _answer(self) -> None:
        if self.device is not None:
            self.lost.emit(self.device, self.reason.text().strip(), self._is_stolen)
