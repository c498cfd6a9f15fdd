"""The fields of a form over one thing of a plan, each a widget that gives the API's value.

A field that nobody touched gives back exactly what the server said, whatever it can show of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.prepare.event_draft import to_utc
from gatekeeper.organizer.prepare.plan_client import EventPlan
from gatekeeper.organizer.prepare.plan_fields import FieldSpec, Shape
from gatekeeper.presenters.desk.plan_words import spell_choice
from gatekeeper.presenters.desk.refund_words import spell_country
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import fit_letters
from gatekeeper.ui.organizer.prepare.door_questions_editor import QuestionsEditor
from gatekeeper.ui.organizer.prepare.guest_list_editor import HostEditor
from gatekeeper.ui.organizer.prepare.refunds_editor import RefundsEditor
from gatekeeper.ui.organizer.prepare.rule_editor import RuleEditor
from gatekeeper.ui.organizer.prepare.tiers_editor import TiersEditor
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.hour_that_comes_twice import WhichOfTwo
from gatekeeper.ui.organizer.widgets.number_box import NumberBox, PercentBox
from gatekeeper.ui.organizer.widgets.plain_table import ROW
from gatekeeper.ui.organizer.widgets.time_field import TimeField
from gatekeeper.ui.organizer.widgets.time_zone_box import TimeZoneBox
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.typed_amounts import read_price, write_amount
from gatekeeper.wording.wall_clocks import find_zone
from shared.field_limits import ADDRESS_SIZE_MAX, NAME_SIZE_MAX
from shared.kernel.errors import BadInput

_ROWS_SHOWN_MAX: Final = 6
_ROW_SPACE: Final = 8
Made = tuple[QWidget, Callable[[], Any]]
"""A widget, and what reads it; that raises `BadInput` in words for what cannot be meant."""


class FieldEditor:
    """One field of the form.

    Args:
        spec: Which.
        value: As the server has it.
        plan: For what can be chosen, and the event's clock and currency.
    """

    def __init__(self, spec: FieldSpec, value: Any, plan: EventPlan) -> None:
        self.spec, self._value = spec, value
        self.widget, self._read = _MAKERS[spec.shape](spec, value, plan)
        self.widget.setObjectName(f"plan_{spec.path}")
        self._shown = self._read()

    @property
    def is_touched(self) -> bool:
        """Whether it shows something else than the server said."""
        try:
            return bool(self._read() != self._shown)
        except BadInput:
            return True

    def read(self) -> Any:
        """Return what the field shall hold.

        Raises:
            BadInput: if that cannot be meant, in words.
        """
        now = self._read()
        if self.spec.is_needed and now in (None, ""):
            raise BadInput(TEXTS.say("desk.fill_in"))
        return self._value if now == self._shown else now


def _text(spec: FieldSpec, value: Any, _plan: EventPlan) -> Made:
    field = QLineEdit(value or "")
    field.setMaxLength(ADDRESS_SIZE_MAX if spec.path == "address" else NAME_SIZE_MAX)
    return field, lambda: field.text().strip()


def _timezone(_spec: FieldSpec, value: Any, _plan: EventPlan) -> Made:
    box = TimeZoneBox(value)

    def read() -> str:
        if find_zone(box.zone) is None:
            raise BadInput(TEXTS.say("desk.flaw.no_zone_time"))
        return box.zone

    return box, read


def _number(spec: FieldSpec, value: Any, _plan: EventPlan) -> Made:
    box = NumberBox()
    box.setRange(spec.least, spec.most)
    box.setValue(spec.default if value is None else value)
    return box, box.value


def _limit(spec: FieldSpec, value: Any, _plan: EventPlan) -> Made:
    box = NumberBox()
    box.setRange(spec.least - 1, spec.most)
    box.setSpecialValueText(TEXTS.say("desk.draft.no_limit"))
    box.setValue(spec.least - 1 if value is None else value)
    return box, lambda: None if box.value() < spec.least else box.value()


def _price(_spec: FieldSpec, value: Any, plan: EventPlan) -> Made:
    field = QLineEdit(write_amount(value or 0, plan.currency))

    return field, lambda: read_price(field.text(), plan.currency)


def _percent(spec: FieldSpec, value: Any, _plan: EventPlan) -> Made:
    box = PercentBox()
    box.setMaximum(spec.most / 100)
    box.setValue((value or 0) / 100)
    return box, lambda: round(box.value() * 100)


def _yes(spec: FieldSpec, value: Any, _plan: EventPlan) -> Made:
    box = QCheckBox()
    box.setChecked(bool(spec.default if value is None else value))
    return box, box.isChecked


def _choice(spec: FieldSpec, value: Any, _plan: EventPlan) -> Made:
    box = ChoiceBox()
    fit_letters(box)
    for one in spec.choices:
        box.addItem(spell_choice(spec.path, one), one)
    chosen = spec.default if value is None and None not in spec.choices else value
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box, box.currentData


def _one_of(spec: FieldSpec, value: Any, plan: EventPlan) -> Made:
    assert spec.of is not None, "one of a kind"
    box = ChoiceBox()
    fit_letters(box)
    if not spec.is_needed:
        box.addItem(TEXTS.say(f"desk.plan.every.{spec.of}"), None)
    for thing in plan.of(spec.of):
        box.addItem(thing.name, thing.id)
    box.setCurrentIndex(max(0, box.findData(value)))
    return box, box.currentData


def _many(spec: FieldSpec, value: Any, plan: EventPlan) -> Made:
    assert spec.of is not None, "several of a kind"
    rows = QListWidget()
    rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    every = QListWidgetItem(TEXTS.say(f"desk.plan.every.{spec.of}"), rows)
    things = plan.of(spec.of)
    for thing in things:
        QListWidgetItem(thing.name, rows)
    rows.setFixedHeight(ROW * min(rows.count(), _ROWS_SHOWN_MAX) + 2 * _ROW_SPACE)
    items = [rows.item(row) for row in range(rows.count())]
    chosen = [value is None, *(value is None or thing.id in value for thing in things)]
    for item, is_chosen in zip(items, chosen, strict=True):
        item.setCheckState(Qt.CheckState.Checked if is_chosen else Qt.CheckState.Unchecked)

    def follow(item: QListWidgetItem) -> None:
        with QSignalBlocker(rows):
            is_checked = item.checkState() is Qt.CheckState.Checked
            if item is items[0] and is_checked:
                for other in items:
                    other.setCheckState(Qt.CheckState.Checked)
            elif not is_checked:
                every.setCheckState(Qt.CheckState.Unchecked)

    rows.itemChanged.connect(follow)

    def read() -> list[str] | None:
        marks = [item.checkState() is Qt.CheckState.Checked for item in items]
        if marks[0]:
            return None
        return [thing.id for thing, is_on in zip(things, marks[1:], strict=True) if is_on]

    return rows, read


def _moment(spec: FieldSpec, value: Any, plan: EventPlan) -> Made:
    edit = MomentEdit(value, plan, is_needed=spec.is_needed)
    return edit, edit.read


def _rule(_spec: FieldSpec, value: Any, _plan: EventPlan) -> Made:
    editor = RuleEditor(value)
    return editor, editor.read


def _tiers(_spec: FieldSpec, value: Any, plan: EventPlan) -> Made:
    def make(text: str | None) -> tuple[QWidget, Callable[[], str | None]]:
        edit = MomentEdit(text, plan, is_needed=False)
        return edit, edit.read

    editor = TiersEditor(value or [], plan.currency, make)
    return editor, editor.read


def _refunds(_spec: FieldSpec, value: Any, plan: EventPlan) -> Made:
    def make(
        text: str | None, on_change: Callable[[], None]
    ) -> tuple[QWidget, Callable[[], str | None]]:
        edit = MomentEdit(text, plan, is_needed=False)
        edit.changed.connect(on_change)
        return edit, edit.read

    editor = RefundsEditor(value or [], plan, make)
    return editor, editor.read


def _country(_spec: FieldSpec, value: Any, plan: EventPlan) -> Made:
    box = ChoiceBox()
    fit_letters(box)
    codes = {one for one in (*TEXTS.countries(), value) if one is not None}
    for code in (None, *sorted(codes, key=TEXTS.country)):
        box.addItem(spell_country(code, plan.currency), code)
    box.setCurrentIndex(max(0, box.findData(value)))
    return box, box.currentData


def _host(_spec: FieldSpec, value: Any, _plan: EventPlan) -> Made:
    editor = HostEditor(value)
    return editor, editor.read


def _questions(_spec: FieldSpec, value: Any, _plan: EventPlan) -> Made:
    editor = QuestionsEditor(value or [])
    return editor, editor.read


class MomentEdit(QWidget):
    """A time of the event's clock, or none; of one that it shows twice, either.

    A moment that nobody changes stays as the server has it, with its seconds.
    """

    changed = Signal()

    def __init__(self, value: str | None, plan: EventPlan, *, is_needed: bool) -> None:
        super().__init__()
        self._zone = find_zone(plan.timezone)
        assert self._zone is not None, "an event has a time zone"
        self._is_set = QCheckBox()
        self._is_set.setChecked(value is not None or is_needed)
        if is_needed:
            self._is_set.hide()
        self.edit = TimeField()
        local = datetime.fromisoformat(value or plan.likely_time).astimezone(self._zone)
        self.edit.show_moment(local)
        self._which = WhichOfTwo(self._times, lambda: self._zone)
        if local.fold:
            self._which.choose_second(self.edit.moment)
        self._value, self._shown = value, self._local
        self.edit.setEnabled(self._is_set.isChecked())
        self._is_set.toggled.connect(self.edit.setEnabled)
        self._is_set.toggled.connect(self.changed)
        self.edit.dateTimeChanged.connect(self.changed)
        self.changed.connect(self._which.tell)
        self._which.changed.connect(self.changed)
        row = fill(QHBoxLayout(), self._is_set, (self.edit, 1))
        fill(edge_to_edge(QVBoxLayout(self)), row, self._which)
        self._which.tell()

    def setAccessibleName(self, name: str) -> None:
        """Name the field that is typed into, and its tick: nobody hears of what is around them."""
        self.edit.setAccessibleName(name)
        self._is_set.setAccessibleName(TEXTS.about(name, TEXTS.say("desk.plan.set_time")))

    def _times(self) -> list[datetime]:
        return [self.edit.moment] if self._is_set.isChecked() else []

    @property
    def _local(self) -> tuple[datetime, int]:
        """What is shown, and which of two: times that differ in nothing else are equal."""
        local = self._which.meant(self.edit.moment)
        return local, local.fold

    def read(self) -> str | None:
        """Return the moment as the API has it, or None.

        Raises:
            BadInput: if the clock never shows this time.
        """
        if not self._is_set.isChecked():
            return None
        if self._value is not None and self._local == self._shown:
            return self._value
        assert self._zone is not None, "an event has a time zone"
        moment = to_utc(self._local[0], self._zone)
        if moment is None:
            raise BadInput(TEXTS.say("desk.flaw.no_such_time"))
        return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


_MAKERS: Final[dict[Shape, Callable[[FieldSpec, Any, EventPlan], Made]]] = {
    Shape.TEXT: _text,
    Shape.TIMEZONE: _timezone,
    Shape.NUMBER: _number,
    Shape.LIMIT: _limit,
    Shape.PRICE: _price,
    Shape.PERCENT: _percent,
    Shape.YES: _yes,
    Shape.MOMENT: _moment,
    Shape.CHOICE: _choice,
    Shape.ONE_OF: _one_of,
    Shape.MANY: _many,
    Shape.RULE: _rule,
    Shape.TIERS: _tiers,
    Shape.REFUNDS: _refunds,
    Shape.COUNTRY: _country,
    Shape.HOST: _host,
    Shape.QUESTIONS: _questions,
}


def make_editors(
    specs: Sequence[FieldSpec], flat: dict[str, Any], plan: EventPlan
) -> list[FieldEditor]:
    """Make the fields of a form over what a thing holds."""
    return [FieldEditor(spec, flat.get(spec.path, spec.default), plan) for spec in specs]
