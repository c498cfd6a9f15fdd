"""Supervisors, stewards and cashiers: the list, and a new badge, which is shown once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.people import CASHIER, STEWARD, SUPERVISOR, Person
from gatekeeper.presenters.desk_words import spell_role
from gatekeeper.ui.organizer.looks import make_button, make_text
from gatekeeper.ui.organizer.members_card import MembersCard
from gatekeeper.ui.organizer.search_field import SearchField
from gatekeeper.ui.widgets.qr_picture import QrPicture
from gatekeeper.wording.texts import TEXTS

_QR_SIDE: Final = 200


class PeoplePage(QWidget):
    """Lists who works at gates and tills, and makes a badge for another one."""

    wanted = Signal(str, str)
    """A badge for a name and a role."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskPeople")
        rows = QVBoxLayout(self)
        rows.addWidget(make_text(TEXTS.say("desk.people.title"), "title"))
        rows.addWidget(make_text(TEXTS.say("desk.people.lead"), "lead"))
        self.list = QListWidget()
        self.list.setObjectName("peopleList")
        rows.addWidget(SearchField(self.list, "peopleSearch"))
        rows.addWidget(self.list, 1)
        ask = QHBoxLayout()
        self.name, self.role = QLineEdit(), QComboBox()
        self.name.setObjectName("personName")
        self.name.setPlaceholderText(TEXTS.say("desk.people.name"))
        self.name.returnPressed.connect(self._ask)
        self.role.setObjectName("personRole")
        for role in (SUPERVISOR, STEWARD, CASHIER):
            self.role.addItem(spell_role(role), role)
        go = make_button(TEXTS.say("desk.people.go"), "personGo", is_main=True)
        go.clicked.connect(self._ask)
        ask.addWidget(self.name, 1)
        ask.addWidget(self.role)
        ask.addWidget(go)
        rows.addLayout(ask)
        self._cards = QVBoxLayout()
        rows.addLayout(self._cards)
        self.members = MembersCard()
        rows.addWidget(self.members)

    def show_people(self, people: Sequence[tuple[str, str]]) -> None:
        """List who there is."""
        self.list.clear()
        self.list.addItems([f"{name} · {spell_role(role)}" for name, role in people])

    def show_badges(self, people: Sequence[Person]) -> None:
        """Show badges that were made just now; they can be had no second time."""
        while (item := self._cards.takeAt(0)) is not None:
            widget = item.widget()
            assert widget is not None, "every item is a card"
            widget.deleteLater()
        for person in people:
            self._cards.addWidget(_make_card(person))
        if people:
            self.name.clear()

    def _ask(self) -> None:
        if self.name.text().strip():
            self.wanted.emit(self.name.text().strip(), str(self.role.currentData()))
        else:
            self.name.setFocus()


def _make_card(person: Person) -> QFrame:
    card = QFrame()
    card.setObjectName("badgeCard")
    card.setProperty("role", "card")
    picture = QrPicture(_QR_SIDE)
    picture.show_code(person.badge)
    text = QVBoxLayout()
    text.addWidget(make_text(person.name, "heading"))
    if person.pin:
        text.addWidget(make_text(TEXTS.say("desk.people.pin", pin=person.pin), "secret", "pin"))
    text.addWidget(make_text(TEXTS.say("desk.people.once"), "lead"))
    text.addStretch(1)
    row = QHBoxLayout(card)
    row.addWidget(picture)
    row.addLayout(text, 1)
    return card
