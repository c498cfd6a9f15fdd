"""The organization: its name and clock, and what stands on receipts; owners change it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.merging_edits import Fields
from gatekeeper.organizer.organization.organization_client import TEXTS_MAX, OrganizationDetails
from gatekeeper.presenters.desk.organization_words import spell_clock
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.desk_style import DeskCard, called, line_up, make_button, make_text
from gatekeeper.ui.organizer.edit_clash_box import ClashBox
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.time_zone_box import TimeZoneBox
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK, find_zone
from shared.field_limits import NAME_SIZE_MAX
from shared.kernel.currencies import DIGITS

_ADDRESS_HEIGHT = 84
_NARROW = 120


class OrganizationCard(LastActLine, QWidget):
    """Shows an organization's facts, and takes others.

    Attributes:
        base: As it was read when the form was filled; None before.
        may_edit: Whether one's role lets one change it.
    """

    saved = Signal(object, object)
    """The organization as the form was filled, and its fields as they shall be."""

    def __init__(self) -> None:
        super().__init__()
        self.base: OrganizationDetails | None = None
        self.may_edit = True
        self._clock: Callable[[], datetime] | None = None
        self.clash = ClashBox(ORGANIZATION_CLOCK)
        self.name, self.legal_name = self._line("name"), self._line("legal_name")
        self.tax_number, self.currency = self._line("tax_number"), self._line("currency")
        self.currency.setMaxLength(3)
        self.currency.setFixedWidth(_NARROW)
        self.timezone = called(
            TimeZoneBox("UTC"), "house_timezone", TEXTS.say("organization.timezone")
        )
        self.timezone.currentTextChanged.connect(self._follow_zone)
        self.address = called(QPlainTextEdit(), "house_address", TEXTS.say("organization.address"))
        self.address.setTabChangesFocus(True)
        self.address.setFixedHeight(_ADDRESS_HEIGHT)
        self.address.textChanged.connect(self._arrange)
        self.time = make_text("", "lead", "organizationNow")
        self._note = make_text("", "lead", "organizationNote")
        rows = fill(QVBoxLayout(self), make_text(TEXTS.say("organization.title"), "title"))
        self._who = make_text(TEXTS.say("organization.owners"), "warn", "organizationOwners")
        rows.addWidget(self._who)
        rows.addWidget(self._note)
        rows.addWidget(self.clash)
        rows.addWidget(self._make_own())
        rows.addWidget(self._make_papers())
        rows.addLayout(self._make_ways())
        self.clash.stand_before(self._save)
        rows.addStretch(1)
        self.let_edit(may_edit=True)
        self.say("", "lead")

    def _line(self, key: str) -> QLineEdit:
        field = called(QLineEdit(), f"house_{key}", TEXTS.say(f"organization.{key}"))
        field.setMaxLength(TEXTS_MAX.get(key, NAME_SIZE_MAX))
        field.textChanged.connect(self._arrange)
        field.returnPressed.connect(self._send)
        return field

    def _make_own(self) -> QFrame:
        form = QFormLayout()
        form.addRow(TEXTS.say("organization.name"), self.name)
        form.addRow(TEXTS.say("organization.timezone"), self.timezone)
        form.addRow("", self.time)
        form.addRow(TEXTS.say("organization.currency"), self.currency)
        return _card(TEXTS.say("organization.own"), TEXTS.say("organization.own_lead"), form)

    def _make_papers(self) -> QFrame:
        form = QFormLayout()
        self.legal_name.setPlaceholderText(TEXTS.say("organization.legal_name_hint"))
        form.addRow(TEXTS.say("organization.legal_name"), self.legal_name)
        form.addRow(TEXTS.say("organization.address"), self.address)
        form.addRow(TEXTS.say("organization.tax_number"), self.tax_number)
        return _card(TEXTS.say("organization.papers"), TEXTS.say("organization.papers_lead"), form)

    def _make_ways(self) -> QHBoxLayout:
        self._save = make_button(TEXTS.say("staff.save"), "organizationSave", is_main=True)
        self._save.clicked.connect(self._send)
        self._undo = make_button(TEXTS.say("programs.undo"), "organizationUndo", self.undo)
        return line_up(self._save, self._undo)

    @property
    def is_typed_in(self) -> bool:
        """Whether it shows something else than it was filled with."""
        return self.base is not None and self.typed != self.base.fields

    @property
    def typed(self) -> Fields:
        """The fields as they stand."""
        return {
            "name": self.name.text().strip(),
            "timezone": self.timezone.zone,
            "currency": self.currency.text().strip().upper(),
            "legal_name": self.legal_name.text().strip(),
            "address": self.address.toPlainText().strip(),
            "tax_number": self.tax_number.text().strip(),
        }

    def tell_time(self, clock: Callable[[], datetime]) -> None:
        """Say how late it is in a zone by this clock."""
        self._clock = clock
        self._follow_zone()

    def let_edit(self, *, may_edit: bool) -> None:
        """Let the fields be edited, or say who may."""
        self.may_edit = may_edit
        self._who.setVisible(not may_edit)
        for widget in (self.name, self.legal_name, self.tax_number, self.currency, self.address):
            widget.setReadOnly(not may_edit)
        self.timezone.setEnabled(may_edit)
        self._arrange()

    def show_organization(self, details: OrganizationDetails, *, is_anew: bool = False) -> None:
        """Show an organization; what is typed stays, unless it is to be shown anew."""
        if self.is_typed_in and not is_anew:
            return
        if self.base == details and not is_anew:
            return
        self.base = details
        self.undo()

    def undo(self) -> None:
        """Show what was read."""
        details = self.base
        if details is None:
            return
        self.clash.clear()
        for name in ("name", "legal_name", "tax_number", "currency"):
            getattr(self, name).setText(getattr(details, name))
        self.timezone.setCurrentText(details.timezone)
        self.address.setPlainText(details.address)
        self._arrange()

    def _follow_zone(self) -> None:
        now = None if self._clock is None else self._clock()
        self.time.setText("" if now is None else spell_clock(self.timezone.zone, now))
        self._arrange()

    def _arrange(self) -> None:
        if not hasattr(self, "_undo"):
            return  # while the fields are made
        for button in (self._save, self._undo):
            button.setVisible(self.may_edit)
            button.setEnabled(self.is_typed_in)

    def _send(self) -> None:
        if self.base is None or not self.is_typed_in or not self.may_edit:
            return
        fields = self.typed
        if flaw := _find_flaw(fields):
            self.say(TEXTS.say(f"organization.flaw.{flaw}"), "bad")
            getattr(self, flaw).setFocus()
            return
        self.saved.emit(self.base, fields)


def _find_flaw(fields: Fields) -> str:
    """Name the field that cannot be meant; "" for none."""
    if not fields["name"]:
        return "name"
    if find_zone(fields["timezone"]) is None:
        return "timezone"
    if fields["currency"] not in DIGITS:
        return "currency"
    return "address" if len(fields["address"]) > TEXTS_MAX["address"] else ""


def _card(title: str, lead: str, form: QFormLayout) -> QFrame:
    card = DeskCard()
    fill(QVBoxLayout(card), make_text(title, "heading"), make_text(lead, "lead"), form)
    return card
