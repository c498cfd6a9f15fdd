"""What a new API key is called, what it may, and until when."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gatekeeper.organizer.form_defaults import API_KEY_DAYS_PROPOSED
from gatekeeper.organizer.organization.api_key_scopes import SCOPES
from gatekeeper.organizer.organization.api_keys_client import KeyRequest, find_key_flaw
from gatekeeper.presenters.desk.api_key_words import spell_scope
from gatekeeper.ui.filled_layouts import edge_to_edge
from gatekeeper.ui.organizer.desk_style import called, line_up, make_button, make_text
from gatekeeper.ui.organizer.widgets.time_field import DayField
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK
from shared.field_limits import NAME_SIZE_MAX

_TOUCH = 40


class ApiKeyForm(QWidget):
    """Takes what is typed and ticked of a new key.

    Attributes:
        name: What it is called.
        scopes: A tick for each thing that a key can do.
        ends: Whether it ends by itself.
        day: Its last day.
    """

    sent = Signal(object)
    """A `KeyRequest`."""

    def __init__(self) -> None:
        super().__init__()
        self._today: date | None = None
        self.name = called(QLineEdit(), "key_name", TEXTS.say("api_keys.name"))
        self.name.setPlaceholderText(TEXTS.say("api_keys.name.hint"))
        self.name.setMaxLength(NAME_SIZE_MAX)
        self.name.returnPressed.connect(self._send)
        self.name.textChanged.connect(lambda _text: self.say(""))
        self.scopes: dict[str, QCheckBox] = {}
        self.flaw = make_text("", "bad", "keyFlaw")
        self._make = make_button(TEXTS.say("api_keys.make"), "keyMake", self._send, is_main=True)
        self._make.setEnabled(False)  # until it is known which day it is
        last = line_up(self._make)
        rows = edge_to_edge(QVBoxLayout(self))
        rows.addWidget(make_text(TEXTS.say("api_keys.name")))
        rows.addWidget(self.name)
        rows.addWidget(make_text(TEXTS.say("api_keys.may")))
        rows.addLayout(self._make_scopes())
        rows.addLayout(self._make_end())
        rows.addWidget(self.flaw)
        rows.addLayout(last)
        self.begin()

    def _make_scopes(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(0)
        for row, (resource, verbs) in enumerate(SCOPES.items()):
            for column, verb in enumerate(verbs):
                box = self.scopes[f"{resource}:{verb}"] = QCheckBox(spell_scope(resource, verb))
                box.setObjectName(f"keyScope_{resource}_{verb}")
                box.setMinimumHeight(_TOUCH)
                box.toggled.connect(lambda _on: self.say(""))
                grid.addWidget(box, row, column)
        return grid

    def _make_end(self) -> QHBoxLayout:
        self.ends = called(QCheckBox(TEXTS.say("api_keys.until")), "keyEnds")
        self.ends.setMinimumHeight(_TOUCH)
        self.day = called(DayField(), "keyDay", TEXTS.say("api_keys.until"))
        self.day.setMinimumHeight(_TOUCH)
        self.ends.toggled.connect(self.day.setEnabled)
        return line_up(self.ends, self.day)

    def begin(self) -> None:
        """Empty the form; a key ends by itself, unless one says otherwise."""
        self.name.clear()
        for box in self.scopes.values():
            box.setChecked(False)
        if self._today is not None:
            self.day.setDate(_day_of(self._today + timedelta(days=API_KEY_DAYS_PROPOSED)))
        self.ends.setChecked(True)
        self.say("")

    def show_today(self, today: date) -> None:
        """Say which day it is for the organization: no key ends before it."""
        was, self._today = self._today, today
        if was == today:
            return
        self.day.setDateRange(_day_of(today), QDate(2200, 12, 31))
        if was is None:
            self.day.setDate(_day_of(today + timedelta(days=API_KEY_DAYS_PROPOSED)))
        self._make.setEnabled(True)

    @property
    def is_typed_in(self) -> bool:
        """Whether something of a new key is filled in."""
        ticked = any(box.isChecked() for box in self.scopes.values())
        return bool(self.name.text().strip()) or ticked

    def _until(self) -> datetime | None:
        if not self.ends.isChecked():
            return None
        day = self.day.date()
        return ORGANIZATION_CLOCK.end_of(date(day.year(), day.month(), day.day()))

    def say(self, text: str) -> None:
        """Say, beside the button, why no key was made."""
        self.flaw.setText(text)
        self.flaw.setVisible(bool(text))

    def _send(self) -> None:
        if self._today is None:
            return
        scopes = tuple(sorted(one for one, box in self.scopes.items() if box.isChecked()))
        flaw = find_key_flaw(self.name.text(), scopes)
        if flaw:
            self.say(TEXTS.say(f"api_keys.flaw.{flaw}"))
            (self.name if flaw == "name" else next(iter(self.scopes.values()))).setFocus()
            return
        name = self.name.text().strip()
        self.sent.emit(KeyRequest(name=name, scopes=scopes, until=self._until()))


def _day_of(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
