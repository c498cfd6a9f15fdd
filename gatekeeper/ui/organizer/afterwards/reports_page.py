"""What the event came to: its figures, and the whole report to be saved."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.afterwards.reports_client import (
    ENDED_FROM,
    FORMS,
    MONEY,
    OVER,
    EventSums,
)
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.organizer.afterwards.period_report_page import PeriodPage
from gatekeeper.ui.organizer.afterwards.report_schedules_page import SchedulesPage
from gatekeeper.ui.organizer.desk_style import headed, make_button, make_text
from gatekeeper.ui.organizer.widgets.confirmation_cards import YesOrNo
from gatekeeper.ui.organizer.widgets.file_dialogs import ask_where_to_save
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.page_tabs import PageTabs
from gatekeeper.ui.organizer.widgets.plain_table import SUM_SIDE
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import respell_stamp
from shared.kernel.money import Money

_COUNTS = ("orders", "tickets", "came", "no_shows")
_WIDTH = 480
"""Pixels of the figures and their names."""


class ReportsPage(LastActLine, QWidget):
    """Shows figures, and saves reports.

    Attributes:
        period: What several events came to.
        mailed: Reports that are mailed by themselves.
        tabs: Change between them.
    """

    _keeps_room = True
    wanted = Signal()
    """The figures anew."""
    saved = Signal(str, str)
    """A form, and the file's name."""
    ended = Signal()
    reopened = Signal()
    left = Signal()
    """Somebody looks at another page."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskReports")
        one_event = QWidget()
        rows = headed(one_event, "reports")
        form = QFormLayout(horizontalSpacing=24)
        self.figures: dict[str, QLabel] = {}
        for name in (*_COUNTS, *MONEY):
            label = self.figures[name] = make_text("–", "", f"report_{name}")
            label.setAlignment(SUM_SIDE)
            form.addRow(TEXTS.say(f"reports.{name}"), label)
        narrow = QWidget()  # a figure at the page's far side would be far from its name
        narrow.setLayout(form)
        narrow.setMaximumWidth(_WIDTH)
        rows.addWidget(narrow)
        self._note = make_text("", "lead", "reportsNote")
        rows.addWidget(self._note)
        ways = QHBoxLayout()
        for one in FORMS:
            button = make_button(
                TEXTS.say("reports.save", form=one.upper()),
                f"reportSave_{one}",
                is_main=one == FORMS[0],
            )
            button.clicked.connect(lambda _on=False, form=one: self._save(form))
            ways.addWidget(button)
        again = make_button(TEXTS.say("reports.again"), "reportAgain", self.wanted)
        fill(ways, again, STRETCH)
        rows.addLayout(ways)
        self._may_end = True
        self._state = make_text("", "lead", "reportState")
        self._end = make_button(TEXTS.say("reports.end"), "reportEnd", self._ask_to_end)
        self._reopen = make_button(TEXTS.say("reports.reopen"), "reportReopen", self.reopened)
        endings = fill(QHBoxLayout(), self._end, self._reopen, (self._state, 1))
        rows.addLayout(endings)
        self.question = YesOrNo("reportEnd")
        self.question.agreed.connect(self.ended)
        rows.addWidget(self.question)
        self._show_state("")
        rows.addStretch(1)
        self.period, self.mailed = PeriodPage(), SchedulesPage()
        self.tabs = PageTabs("reportsTabs")
        self.tabs.addTab(one_event, TEXTS.say("reports.tab"))
        self.tabs.addTab(self.period, TEXTS.say("period.title"))
        self.tabs.addTab(self.mailed, TEXTS.say("mailed.tab"))
        fill(edge_to_edge(QVBoxLayout(self)), self.tabs)

    def let_manage(self, *, may_manage: bool) -> None:
        """Offer reports by mail and the event's end, or not: managers alone decide on them."""
        self.tabs.setTabVisible(self.tabs.indexOf(self.mailed), may_manage)
        self._may_end = may_manage

    def hideEvent(self, event: QHideEvent) -> None:
        """Say that it was left."""
        self.left.emit()
        super().hideEvent(event)

    @property
    def is_mailed_shown(self) -> bool:
        """Whether reports by mail are looked at."""
        return self.tabs.currentWidget() is self.mailed

    def forget(self) -> None:
        """Show no figures."""
        for label in self.figures.values():
            label.setText("–")
        self._show_state("")
        self.say("", "lead")

    def show_sums(self, sums: EventSums) -> None:
        """Show an event's figures, and when they were folded."""
        for name in _COUNTS:
            self.figures[name].setText(TEXTS.number(getattr(sums, name)))
        for name in MONEY:
            amounts = [
                TEXTS.money(Money(minor, currency))
                for place, (currency, minor) in enumerate(sums.money[name].items())
                if minor or not place
            ]
            self.figures[name].setText("\n".join(amounts))
        self._show_state(sums.state)
        self.say(TEXTS.say("reports.made", time=respell_stamp(sums.made_at)), "lead")

    def _show_state(self, state: str) -> None:
        """Say whether the event goes on, and offer the other to whoever may decide on it."""
        may_end, is_over = state in ENDED_FROM, state == OVER
        self._state.setText(TEXTS.say("reports.over" if is_over else "reports.on_sale"))
        self._state.setVisible(may_end or is_over)
        self._end.setVisible(may_end and self._may_end)
        self._reopen.setVisible(is_over and self._may_end)
        self.question.hide()

    def _ask_to_end(self) -> None:
        self.question.ask(TEXTS.say("reports.end.ask"), TEXTS.say("reports.end"))

    def _save(self, form: str) -> None:
        title = TEXTS.say("reports.save", form=form.upper())
        if name := ask_where_to_save(self, title, f"report.{form}"):
            self.saved.emit(form, name)
