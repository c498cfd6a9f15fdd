"""From where on alarms are raised at an event, and whether I am mailed of them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QSpinBox, QVBoxLayout, QWidget

from gatekeeper.organizer.during.alarms_client import LIMITS, AlarmLimits, AlarmMail
from gatekeeper.organizer.merging_edits import Fields
from gatekeeper.presenters.desk.work_reason_words import spell_ends
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import (
    DeskCard,
    called,
    give_role,
    headed,
    line_up,
    make_button,
    make_text,
)
from gatekeeper.ui.organizer.during.alarm_history import AlarmHistory
from gatekeeper.ui.organizer.edit_clash_box import ClashBox
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.number_box import NumberBox
from gatekeeper.ui.organizer.widgets.page_tabs import PageTabs
from gatekeeper.wording.texts import TEXTS
from shared.kernel.languages import LANGUAGE_NAMES

_UNITS: Final = {
    "denials_percent": "%",
    "zone_percent": "%",
    "overrides_percent": "%",
    "silent_minutes": "min",
}
_TOUCH, _LABEL, _WIDTH = 36, 430, 170


class AlarmLimitsPage(LastActLine, QWidget):
    """Shows an event's limits, and the switch of whoever is signed in.

    Attributes:
        base: The limits as they were read when the fields were filled; None before.
        may_be_mailed: Whether one's role lets one be.
        history: Alarms that were raised.
    """

    saved = Signal(object, object)
    """The limits as they were read, and as they shall be."""
    wants_mail = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskLimits")
        self.base: AlarmLimits | None = None
        self.may_be_mailed = True
        self.fields = {name: self._make_field(name) for name in LIMITS}
        grid = QGridLayout()
        for row, (name, field) in enumerate(self.fields.items()):
            label = make_text(TEXTS.say(f"limits.{name}"), "", f"limitName_{name}")
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        grid.setColumnMinimumWidth(0, _LABEL)
        grid.setColumnStretch(2, 1)
        self.clash = ClashBox()
        self._save = make_button(TEXTS.say("limits.save"), "limitsSave", self._send, is_main=True)
        self._back = make_button(TEXTS.say("programs.undo"), "limitsUndo", self.undo)
        self.clash.stand_before(self._save)
        ways = line_up(self._save, self._back)
        self._note = make_text("", "lead", "limitsNote")
        limits = QWidget()
        rows = headed(limits, "limits")
        rows.addWidget(self.clash)
        rows.addLayout(grid)
        rows.addLayout(ways)
        rows.addWidget(self._note)
        rows.addWidget(self._make_mail())
        rows.addStretch(1)
        self.history, self.tabs = AlarmHistory(), PageTabs("alarmsTabs")
        self.tabs.addTab(limits, TEXTS.say("alarms.tab.limits"))
        self.tabs.addTab(self.history, TEXTS.say("alarms.title"))
        fill(edge_to_edge(QVBoxLayout(self)), self.tabs)
        self.forget()

    def _make_field(self, name: str) -> QSpinBox:
        field = called(NumberBox(), f"limit_{name}", TEXTS.say(f"limits.{name}"))
        field.setRange(0, LIMITS[name])
        field.setFixedWidth(_WIDTH)
        field.setMinimumHeight(_TOUCH)
        if name in _UNITS:
            field.setSuffix(_spell_unit(_UNITS[name]))
        if not name.endswith("_min"):  # of which 0 is only a number
            field.setSpecialValueText(TEXTS.say("limits.none"))
        field.valueChanged.connect(lambda _value: self._arrange())
        return field

    def _make_mail(self) -> QFrame:
        self.mail = called(QCheckBox(TEXTS.say("limits.mail")), "limitsMail")
        self.mail.setMinimumHeight(_TOUCH)
        self.mail.clicked.connect(self.wants_mail)
        self.mail_said = make_text("", "lead", "limitsMailSaid")
        self._mail_card = DeskCard()
        rows = QVBoxLayout(self._mail_card)
        rows.addWidget(make_text(TEXTS.say("limits.mail_title"), "heading"))
        rows.addWidget(self.mail)
        rows.addWidget(self.mail_said)
        return self._mail_card

    @property
    def typed(self) -> Fields:
        """The limits as they stand in the fields."""
        return {name: field.value() for name, field in self.fields.items()}

    @property
    def is_touched(self) -> bool:
        """Whether limits are typed that are not saved."""
        return self.base is not None and self.typed != self.base.limits

    def forget(self) -> None:
        """Show nothing: it was of another event."""
        self.base = None
        self.clash.clear()
        self.say("", "lead")
        self._arrange()
        self._mail_card.hide()

    def show_limits(self, limits: AlarmLimits, *, is_anew: bool = False) -> None:
        """Show limits; what is typed stays, unless they are to be shown anew."""
        if not is_anew and self.is_touched:
            return
        self.base = limits
        self.undo()

    def show_mail(self, mail: AlarmMail) -> None:
        """Show whether I am mailed; of a server without mail, that it sends none."""
        self._mail_card.setVisible(self.may_be_mailed)
        self.mail.setChecked(mail.wanted)
        # Who is to be mailed may say so before there is a mail server.
        key = "limits.mail_off"
        if not mail.is_set_up:
            key = "limits.mail_missing"
        elif mail.wanted:
            key = "limits.mail_on"
        language = LANGUAGE_NAMES.get(mail.language, mail.language)
        said = TEXTS.say(key, language=language)
        if mail.put_off is not None:
            said += " " + TEXTS.say("failed.put_off", said=spell_ends([mail.put_off]))
        self.mail_said.setText(said)
        is_sent = mail.is_set_up and mail.put_off is None
        give_role(self.mail_said, "lead" if is_sent else "warn")

    def undo(self) -> None:
        """Show what was read."""
        if self.base is not None:
            for name, value in self.base.limits.items():
                if name in self.fields:
                    self.fields[name].setValue(value)
        self._arrange()

    def set_busy(self, *, is_busy: bool) -> None:
        """Let no second act begin before the first one has ended."""
        for widget in (self.clash, self._mail_card):
            widget.setEnabled(not is_busy)
        self._arrange(is_busy=is_busy)

    def _arrange(self, *, is_busy: bool = False) -> None:
        """Take numbers once it is known what stands: what was typed before would be lost."""
        for field in self.fields.values():
            field.setEnabled(self.base is not None and not is_busy)
        for button in (self._save, self._back):
            button.setEnabled(self.is_touched and not is_busy)

    def _send(self) -> None:
        if self.base is not None:
            self.saved.emit(self.base, self.typed)


def _spell_unit(unit: str) -> str:
    """Return what stands after a limit's number, and the space before it."""
    if unit == "%":
        return TEXTS.say("limits.unit.%", percent=TEXTS.percent_mark)
    return "\N{NO-BREAK SPACE}" + TEXTS.say(f"limits.unit.{unit}")
