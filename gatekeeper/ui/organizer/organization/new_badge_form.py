"""A badge for somebody new: their name, which role is offered first, and the button."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from gatekeeper.organizer.organization.new_staff import CASHIER, STEWARD, SUPERVISOR
from gatekeeper.presenters.desk.role_state_and_age_words import spell_role
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import called, make_button
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import NAME_SIZE_MAX

_ROLES: Final = (SUPERVISOR, STEWARD, CASHIER)
"""As they are offered; the first one is chosen until somebody chooses otherwise."""


class NewBadgeForm(QWidget):
    """Asks whose badge is to be made."""

    wanted = Signal(str, str)
    """A badge for a name and a role."""

    def __init__(self) -> None:
        super().__init__()
        row = edge_to_edge(QHBoxLayout(self))
        self.name, self.role = QLineEdit(), ChoiceBox()
        go = make_button(TEXTS.say("desk.people.go"), "personGo", self._ask, is_main=True)
        called(self.name, "personName", TEXTS.about(go.text(), TEXTS.say("desk.people.name")))
        self.name.setMaxLength(NAME_SIZE_MAX)
        self.name.setPlaceholderText(TEXTS.say("desk.people.name"))
        self.name.returnPressed.connect(self._ask)
        called(self.role, "personRole", TEXTS.say("desk.devices.column.role"))
        for role in _ROLES:
            self.role.addItem(spell_role(role), role)
        fill(row, (self.name, 1), self.role, go)

    def _ask(self) -> None:
        self.name.setFocus()  # badges are made one after the other
        if self.name.text().strip():
            self.wanted.emit(self.name.text().strip(), str(self.role.currentData()))
