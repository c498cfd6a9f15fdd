"""Who did what, and when: the newest lines first, narrowed by event, person, kind and days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from gatekeeper.organizer.afterwards.audit_client import (
    KINDS,
    AuditFacts,
    AuditFilter,
    AuditLine,
    AuditLines,
)
from gatekeeper.presenters.desk.audit_words import spell_audit_line, spell_request, spell_shown
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.desk_style import called, line_up, make_button, make_text
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.days_field import DaysField
from gatekeeper.ui.organizer.widgets.file_dialogs import ask_where_to_save
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.plain_table import fill_table, fit_column, make_table
from gatekeeper.ui.widget_texts import plain_tip
from gatekeeper.wording.texts import TEXTS

_COLUMNS = ("at", "by", "what", "event", "id")
_HEIGHT = 260
_NARROW = 150


class AuditPage(LastActLine, QWidget):
    """Shows the lines, and asks for others.

    Attributes:
        facts: What lines are shown with; None until it is read.
        lines: What is shown.
    """

    _keeps_room = True
    wanted = Signal()
    """The first page of what is chosen."""
    wants_more = Signal()
    saved = Signal(str)
    """What is chosen, as a file of that name."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskAudit")
        self.facts: AuditFacts | None = None
        self.lines: list[AuditLine] = []
        self._names: Mapping[str, str] = {}
        rows = fill(QVBoxLayout(self), make_text(TEXTS.say("audit.title"), "title"))
        self._lead = make_text("", "lead")
        fill(rows, self._lead, self._make_choices())
        columns = [TEXTS.say(f"audit.column.{one}") for one in _COLUMNS]
        self.table = make_table("auditLines", TEXTS.say("audit.list"), columns, _HEIGHT)
        fit_column(self.table, _COLUMNS.index("at"))
        rows.addWidget(self.table, 1)
        self._count = make_text("", "lead", "auditCount")
        rows.addWidget(self._count)
        self.more = make_button(TEXTS.say("audit.more"), "auditMore", self.wants_more)
        self.save = make_button(TEXTS.say("audit.save"), "auditSave", self._choose_file)
        ways = line_up(self.more, self.save)
        rows.addLayout(ways)
        self._note = make_text("", "lead", "auditNote")
        rows.addWidget(self._note)
        self.forget()

    def _make_choices(self) -> QVBoxLayout:
        event = TEXTS.about(TEXTS.say("desk.page.audit"), TEXTS.say("audit.column.event"))
        self.events = self._combo("auditEvent", event)  # the desk's own is above it
        self.people = self._combo("auditPerson", TEXTS.say("audit.column.by"))
        self.kinds = self._combo("auditKind", TEXTS.say("audit.column.what"))
        self.days = DaysField("audit")
        self.days.changed.connect(self.wanted)
        look = make_button(TEXTS.say("audit.look"), "auditLook", self.wanted, is_main=True)
        first, second = QHBoxLayout(), QHBoxLayout()
        for combo in (self.events, self.people, self.kinds):
            first.addWidget(combo, 1)
        fill(second, (self.days, 1), look)
        return fill(QVBoxLayout(), first, second)

    def _combo(self, name: str, says: str) -> QComboBox:
        combo = called(ChoiceBox(), name, says)
        combo.setMinimumContentsLength(1)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumWidth(_NARROW)
        combo.activated.connect(self.wanted)
        return combo

    @property
    def chosen(self) -> AuditFilter:
        """Which lines are asked for."""
        return AuditFilter(
            event_id=self.events.currentData() or "",
            actor=self.people.currentData() or "",
            kind=self.kinds.currentData() or "",
            days=self.days.days,
        )

    def forget(self) -> None:
        """Show nothing of any organization."""
        self.facts = None
        self.show_page(AuditLines((), ""))
        self._count.setText("")
        self.say("", "lead")

    def show_facts(self, facts: AuditFacts) -> None:
        """Offer what lines can be narrowed by; what is chosen stays where it still is there."""
        self.facts = facts
        self._lead.setText(TEXTS.say("audit.lead", zone=f"\u2066{facts.zone}\u2069"))
        _offer(self.events, TEXTS.say("audit.all_events"), facts.events.items())
        _offer(self.people, TEXTS.say("audit.everybody"), facts.people.items())
        kinds = [(one, TEXTS.say(f"audit.kind.{one}")) for one in KINDS]
        _offer(self.kinds, TEXTS.say("audit.everything"), kinds)

    def show_page(self, page: AuditLines) -> None:
        """Show the first lines."""
        self.lines, self._names = [], {}
        self.table.scrollToTop()
        self.add_page(page)

    def add_page(self, page: AuditLines) -> None:
        """Show earlier lines below those that are shown."""
        self.lines += page.lines
        self._names = {**self._names, **page.names}
        facts = self.facts or AuditFacts(events={}, people={}, zone="UTC")
        fill_table(self.table, self._spell(facts))
        for row, line in enumerate(self.lines):
            if (item := self.table.item(row, _COLUMNS.index("what"))) is not None:
                item.setToolTip(plain_tip(spell_request(line)))
        self._count.setText(spell_shown(len(self.lines), is_more=bool(page.next)))
        self.more.setVisible(bool(page.next))
        self.save.setEnabled(bool(self.lines))

    def _spell(self, facts: AuditFacts) -> list[tuple[str, ...]]:
        return [spell_audit_line(one, facts, self._names) for one in self.lines]

    def set_busy(self, *, is_busy: bool) -> None:
        """Ask for no second page before the first one has come."""
        self.more.setEnabled(not is_busy)
        self.save.setEnabled(not is_busy and bool(self.lines))

    def _choose_file(self) -> None:
        if name := ask_where_to_save(self, TEXTS.say("audit.save"), "who-did-what.csv"):
            self.saved.emit(name)


def _offer(combo: QComboBox, whole: str, items: Iterable[tuple[str, str]]) -> None:
    """Fill a choice, the whole first."""
    before = combo.currentData()
    combo.clear()
    combo.addItem(whole, "")
    for one, name in items:
        combo.addItem(name, one)
    combo.setCurrentIndex(max(combo.findData(before), 0))
