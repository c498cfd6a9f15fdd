"""Name of somebody with a badge, and of a cashier what they may do without a supervisor."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from gatekeeper.organizer.merging_edits import Fields
from gatekeeper.organizer.organization.staff_client import AMOUNT, PERCENT, YES_RIGHTS, Staff
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import called, make_text
from gatekeeper.ui.organizer.widgets.number_box import NumberBox
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.typed_amounts import read_price, write_amount
from shared.field_limits import AMOUNT_MAX, NAME_SIZE_MAX
from shared.kernel.errors import BadInput
from shared.sales.cashier_rights import PERCENT_MAX

_TOUCH, _NARROW = 36, 170
Typed = tuple[str, list[bool], int, str]


class RightsForm(QWidget):
    """Shows one person's fields; the rights only of cashiers."""

    changed = Signal()
    """Something is typed or ticked."""

    def __init__(self) -> None:
        super().__init__()
        self._base: Fields = {}
        self._shown: Typed | None = None
        self._currency = "EUR"
        self.name = called(QLineEdit(), "staff_name")
        self.name.setMaxLength(NAME_SIZE_MAX)
        self.name.setAccessibleName(TEXTS.say("desk.people.name"))
        self.name.textChanged.connect(self.changed)
        first = QFormLayout()
        first.addRow(TEXTS.say("desk.people.name"), self.name)
        self._rights = QWidget()
        self._form = QFormLayout(self._rights)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(0)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._form.addRow(make_text(TEXTS.say("staff.alone"), "lead"))
        self.ticks = {name: self._make_tick(name) for name in YES_RIGHTS}
        self.percent, self.amount = self._make_percent(), self._make_amount()
        fill(edge_to_edge(QVBoxLayout(self)), first, self._rights)

    def _make_tick(self, name: str) -> QCheckBox:
        box = called(QCheckBox(TEXTS.say(f"staff.right.{name}")), f"staff_{name}")
        box.setMinimumHeight(_TOUCH)
        box.toggled.connect(lambda _on: self.changed.emit())
        self._form.addRow(box)
        return box

    def _make_percent(self) -> QSpinBox:
        box = called(NumberBox(), f"staff_{PERCENT}")
        box.setRange(0, PERCENT_MAX)
        box.setSuffix(TEXTS.percent_mark)
        box.setSpecialValueText(TEXTS.say("staff.none"))
        box.setFixedWidth(_NARROW)
        box.setMinimumHeight(_TOUCH)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.setAccessibleName(TEXTS.say(f"staff.right.{PERCENT}"))
        box.valueChanged.connect(lambda _value: self.changed.emit())
        self._form.addRow(TEXTS.say(f"staff.right.{PERCENT}"), box)
        return box

    def _make_amount(self) -> QLineEdit:
        field = called(QLineEdit(), f"staff_{AMOUNT}")
        field.setFixedWidth(_NARROW)
        field.setMinimumHeight(_TOUCH)
        field.textChanged.connect(self.changed)
        self._amount_name = make_text("")
        self._amount_name.setWordWrap(False)
        self._amount_name.setBuddy(field)
        self._form.addRow(self._amount_name, field)
        return field

    @property
    def is_typed_in(self) -> bool:
        """Whether it shows something else than it was filled with."""
        return bool(self._base) and self._typed != self._shown

    @property
    def _typed(self) -> Typed:
        ticks = [one.isChecked() for one in self.ticks.values()]
        return self.name.text().strip(), ticks, self.percent.value(), self.amount.text().strip()

    def show_staff(self, staff: Staff, currency: str) -> None:
        """Fill the fields."""
        self._currency = currency
        said = TEXTS.say(f"staff.right.{AMOUNT}", currency=currency)
        self._amount_name.setText(said)
        self.amount.setAccessibleName(said)
        self._rights.setVisible(staff.is_cashier)
        self.name.setText(staff.name)
        self.name.setCursorPosition(0)
        for name, box in self.ticks.items():
            box.setChecked(bool(staff.rights.get(name)))
        self.percent.setValue(staff.rights.get(PERCENT, 0))
        self.amount.setText(write_amount(staff.rights.get(AMOUNT, 0), currency))
        self._base = staff.fields
        self._shown = self._typed  # of an older server there are fewer rights than ticks
        self.changed.emit()

    def read(self) -> Fields:
        """Return the fields as they stand.

        Raises:
            BadInput: if one of them cannot be meant, in words.
        """
        name = self.name.text().strip()
        if not name:
            raise BadInput(TEXTS.say("staff.flaw.name"))
        fields: Fields = {"name": name}
        if "rights" in self._base:
            rights: dict[str, Any] = {one: box.isChecked() for one, box in self.ticks.items()}
            rights |= {
                PERCENT: self.percent.value(),
                AMOUNT: read_price(self.amount.text(), self._currency, AMOUNT_MAX),
            }
            fields["rights"] = self._base["rights"] | rights
        return fields
