"""A report by mail as it is typed: which, when, to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QTime, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.afterwards.report_schedules_client import (
    EVERY,
    KINDS,
    Schedule,
    find_flaw,
)
from gatekeeper.organizer.afterwards.reports_client import FORMS
from gatekeeper.organizer.form_defaults import REPORT_HOUR_PROPOSED
from gatekeeper.organizer.merging_edits import Fields
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import called, line_up, make_button, make_text
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.number_box import NumberBox, make_room
from gatekeeper.ui.organizer.widgets.tick_list import TickList
from gatekeeper.ui.organizer.widgets.time_field import CLOCK_FORMAT, ClockField
from gatekeeper.ui.organizer.widgets.time_zone_box import TimeZoneBox
from gatekeeper.ui.organizer.widgets.wrapping_row import WrappingRow
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import NAME_SIZE_MAX
from shared.kernel.languages import LANGUAGE_NAMES

_LIST_HEIGHT = 96
_APART = 6
_DAYS = 7
_NAME_LETTERS = 24
"""Of a report's name that are seen; where its label leaves less, it stands below it."""


class ScheduleForm(QWidget):
    """Takes what is typed of a new report by mail, or of one that is there.

    Attributes:
        base: As it was read when the form was filled; None for a new one.
        save: Sends it.
    """

    sent = Signal(object)
    """The fields, as `Schedule.fields`."""

    def __init__(self) -> None:
        super().__init__()
        self.base: Schedule | None = None
        self._zone = "UTC"
        self.name = QLineEdit(maxLength=NAME_SIZE_MAX)
        self.name.setMinimumWidth(_NAME_LETTERS * self.name.fontMetrics().averageCharWidth())
        self.kind = self._box("kind", [(TEXTS.say(f"mailed.kind.{one}"), one) for one in KINDS])
        self.form = self._box("form", [(one.upper(), one) for one in FORMS])
        self.language = self._box(
            "language", [(name, one) for one, name in LANGUAGE_NAMES.items()]
        )
        self.every = self._box("every", [(TEXTS.say(f"mailed.every.{one}"), one) for one in EVERY])
        self.weekday = self._box(
            "weekday", [(TEXTS.say(f"mailed.weekday.{one}"), one) for one in range(_DAYS)]
        )
        self.every.currentIndexChanged.connect(lambda _row: self._arrange())
        self.month_day = NumberBox()
        self.month_day.setRange(1, 31)
        self.month_day.setToolTip(TEXTS.say("mailed.month_day.hint"))
        self.clock = ClockField()
        make_room(self.clock)
        self.zone = TimeZoneBox("UTC")
        self.events = self._list("event_ids")
        self.recipients = self._list("recipients")
        self.flaw = make_text("", "bad", "mailedFlaw")
        self.save = make_button("", "mailedSave", self._send, is_main=True)
        self._back = make_button(TEXTS.say("programs.undo"), "mailedUndo")
        self._back.clicked.connect(lambda: self.show_schedule(self.base))
        rows = fill(edge_to_edge(QVBoxLayout(self)), self._make_fields(), self.flaw)
        ways = line_up(self.save, self._back)
        rows.addLayout(ways)
        self._shown: Fields = {}
        self.show_schedule(None)
        for changed in (
            self.name.textChanged,
            *(one.currentIndexChanged for one in (self.kind, self.form, self.language)),
            *(one.currentIndexChanged for one in (self.every, self.weekday)),
            self.month_day.valueChanged,
            self.clock.timeChanged,
            self.zone.currentTextChanged,
            *(one.itemChanged for one in (self.events, self.recipients)),
        ):
            changed.connect(lambda _value: self._offer_to_discard())

    def _make_fields(self) -> QFormLayout:
        when = WrappingRow(self.every, self.weekday, self.month_day, self.clock)
        what = WrappingRow(self.kind, self.form, self.language)
        form = QFormLayout(rowWrapPolicy=QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for key, field in (
            ("name", self.name),
            ("kind", what),
            ("event_ids", self.events),
            ("every", when),
            ("timezone", self.zone),
            ("recipients", self.recipients),
        ):
            form.addRow(TEXTS.say(f"mailed.{key}"), field)
        named: tuple[tuple[str, QWidget], ...] = (
            ("name", self.name),
            ("month_day", self.month_day),
            ("clock", self.clock),
            ("timezone", self.zone),
        )
        for key, one in named:
            one.setObjectName(f"mailed_{key}")
            one.setAccessibleName(TEXTS.say(f"mailed.{key}"))
        self.name.returnPressed.connect(self._send)
        return form

    @property
    def fields(self) -> Fields:
        """What is typed."""
        return {
            "name": self.name.text().strip(),
            "kind": self.kind.currentData(),
            "event_ids": sorted([*self.events.ticked, *self._beyond]),
            "form": self.form.currentData(),
            "language": self.language.currentData(),
            "recipients": sorted(self.recipients.ticked),
            "every": self.every.currentData(),
            "weekday": self.weekday.currentData(),
            "month_day": self.month_day.value(),
            "clock": self.clock.time().toString(CLOCK_FORMAT),
            "timezone": self.zone.zone,
        }

    @property
    def _beyond(self) -> list[str]:
        """Return events of a report that are not offered: an edit of the rest would lose them."""
        offered = self.events.ids
        of_base = () if self.base is None else self.base.event_ids
        return [one for one in of_base if one not in offered]

    @property
    def is_typed_in(self) -> bool:
        """Whether something is typed that was not saved."""
        if self.base is None:
            return bool(self.name.text().strip())
        return self.fields != self.base.fields

    def offer(
        self,
        events: Mapping[str, str],
        addresses: Sequence[str],
        zone: str,
    ) -> None:
        """Offer events and addresses; what is ticked stays so."""
        fields = self.fields
        self._zone = zone
        self.events.offer(events, fields["event_ids"])
        chosen = fields["recipients"]
        named = {
            one: one for one in [*addresses, *(one for one in chosen if one not in addresses)]
        }
        self.recipients.offer(named, chosen)
        typed = self.zone.currentText()
        self.zone.setCurrentText(typed if self.base is not None and typed else zone)
        if self._shown == fields:
            self._shown = self.fields
        self._offer_to_discard()

    def show_schedule(self, schedule: Schedule | None) -> None:
        """Show a report as it is, or an empty form."""
        self.base = schedule
        self.name.setText("" if schedule is None else schedule.name)
        for box, value in (
            (self.kind, KINDS[0] if schedule is None else schedule.kind),
            (self.form, FORMS[0] if schedule is None else schedule.form),
            (self.language, TEXTS.language if schedule is None else schedule.language),
            (self.every, EVERY[0] if schedule is None else schedule.every),
            (self.weekday, 0 if schedule is None else schedule.weekday),
        ):
            box.setCurrentIndex(max(box.findData(value), 0))
        self.month_day.setValue(1 if schedule is None else schedule.month_day)
        clock = REPORT_HOUR_PROPOSED if schedule is None else schedule.clock
        self.clock.setTime(QTime.fromString(clock, CLOCK_FORMAT))
        self.zone.setCurrentText(self._zone if schedule is None else schedule.timezone)
        self.events.tick(() if schedule is None else schedule.event_ids)
        self.recipients.tick(() if schedule is None else schedule.recipients)
        key = "mailed.add" if schedule is None else "programs.save"
        self.save.setText(TEXTS.say(key))
        self.say("")
        self._arrange()
        self._shown = self.fields
        self._offer_to_discard()

    def say(self, text: str) -> None:
        """Say what is wrong with what was typed."""
        self.flaw.setText(text)
        self.flaw.setVisible(bool(text))

    def _box(self, key: str, items: Sequence[tuple[str, object]]) -> QComboBox:
        box = called(ChoiceBox(), f"mailed_{key}", TEXTS.say(f"mailed.{key}"))
        for text, value in items:
            box.addItem(text, value)
        return box

    def _list(self, key: str) -> TickList:
        found = called(TickList(_LIST_HEIGHT), f"mailed_{key}", TEXTS.say(f"mailed.{key}"))
        found.setSpacing(_APART)
        return found

    def _arrange(self) -> None:
        every = self.every.currentData()
        self.weekday.setVisible(every == "week")
        self.month_day.setVisible(every == "month")

    def _offer_to_discard(self) -> None:
        self._back.setEnabled(self.fields != self._shown)

    def _send(self) -> None:
        fields = self.fields
        if flaw := find_flaw(fields):
            self.say(TEXTS.say(f"mailed.flaw.{flaw}"))
            (self.name if flaw == "name" else self.recipients).setFocus()
            return
        self.sent.emit(fields)
