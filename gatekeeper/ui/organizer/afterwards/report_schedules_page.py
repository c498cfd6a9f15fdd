"""Reports by mail: listed at the left, one of them beside it with what became of its mails."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gatekeeper.organizer.afterwards.report_schedules_client import (
    Address,
    Schedule,
    ScheduleOverview,
)
from gatekeeper.presenters.desk.report_schedule_words import (
    spell_address,
    spell_leaving,
    spell_runs,
    spell_schedule,
    spell_times,
)
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.organizer.afterwards.report_schedule_form import ScheduleForm
from gatekeeper.ui.organizer.desk_style import DeskCard, called, headed, make_button, make_text
from gatekeeper.ui.organizer.edit_clash_box import ClashBox
from gatekeeper.ui.organizer.failed_work_box import FailedWorkBox
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.confirmation_cards import YesOrNo
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.list_beside_form import make_side_list
from gatekeeper.ui.organizer.widgets.plain_table import fill_table, make_table
from gatekeeper.ui.organizer.widgets.scrolling_page import bring_into_sight
from gatekeeper.wording.texts import TEXTS
from shared.kernel.email_address import EMAIL_SIZE_MAX, is_email

_LEFT = 260
_RUNS_HEIGHT = 110


class SchedulesPage(LastActLine, QWidget):
    """Sets reports by mail up, and looks after them.

    Attributes:
        schedule: Which one is shown; None for a new one.
    """

    added = Signal(object)
    """The fields of a new one."""
    saved = Signal(object, object)
    """One as the form was filled, and its fields as they shall be."""
    paused = Signal(object, bool)
    run = Signal(object)
    removed = Signal(object)
    chose = Signal()
    """Another one is shown."""
    asked_address = Signal(str)
    """A code shall be mailed there."""
    confirmed = Signal(object, str)
    """An address, and the code that was typed."""
    address_removed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskMailed")
        self.schedule: Schedule | None = None
        self._overview: ScheduleOverview | None = None
        self.form, self.clash = ScheduleForm(), ClashBox()
        self.form.sent.connect(self._send)
        self.clash.stand_before(self.form.save)
        rows = headed(self, "mailed")
        self._no_mail = make_text(TEXTS.say("mailed.no_server"), "bad", "mailedNoServer")
        rows.addWidget(self._no_mail)
        middle = fill(QHBoxLayout(), self._make_left(), (self._make_right(), 1))
        rows.addLayout(middle, 1)
        self.forget()

    def _make_left(self) -> QVBoxLayout:
        self.list = make_side_list("mailedList", TEXTS.say("mailed.title"), _LEFT)
        self.list.currentRowChanged.connect(self._choose)
        new = make_button(TEXTS.say("mailed.new"), "mailedNew", lambda: self._turn_to(None))
        return fill(QVBoxLayout(), (self.list, 1), new)

    def _make_right(self) -> QVBoxLayout:
        self.card = YesOrNo("mailed")
        self.card.agreed.connect(self._answer)
        self._state = make_text("", "lead", "mailedState")
        self._note = make_text("", "lead", "mailedNote")
        self.failed = FailedWorkBox()
        columns = [TEXTS.say(f"mailed.column.{one}") for one in ("when", "to", "outcome")]
        self.runs = make_table("mailedRuns", TEXTS.say("mailed.runs"), columns, _RUNS_HEIGHT)
        return fill(
            QVBoxLayout(),
            self._state,
            self._make_ways(),
            self.card,
            self._note,
            self.failed,
            self.form,
            self.clash,
            self._make_addresses(),
            (self.runs, 1),
            STRETCH,
        )

    def _make_ways(self) -> QWidget:
        self._ways = QWidget()
        row = edge_to_edge(QHBoxLayout(self._ways))
        self._run = make_button(TEXTS.say("mailed.run"), "mailedRun")
        self._run.clicked.connect(lambda: self.run.emit(self.schedule))
        row.addWidget(self._run)
        self._pause = make_button("", "mailedPause", self._turn)
        row.addWidget(self._pause)
        remove = make_button(TEXTS.say("mailed.remove"), "mailedRemove")
        remove.clicked.connect(lambda: self.ask(is_asked=True))
        fill(row, remove, STRETCH)
        return self._ways

    def _make_addresses(self) -> QFrame:
        self.email, self.code = QLineEdit(), QLineEdit()
        self.open = ChoiceBox()
        self.email.setMaxLength(EMAIL_SIZE_MAX)
        ask = make_button(TEXTS.say("mailed.ask_code"), "mailedAskCode", self._ask_code)
        self.email.returnPressed.connect(self._ask_code)
        say = make_button(TEXTS.say("mailed.say_code"), "mailedSayCode", self._say_code)
        self.code.returnPressed.connect(self._say_code)
        for key, widget in (("email", self.email), ("code", self.code), ("open", self.open)):
            widget.setObjectName(f"mailed_{key}")
            widget.setAccessibleName(TEXTS.say(f"mailed.{key}"))
        self.email.setPlaceholderText(TEXTS.say("mailed.email"))
        self.code.setPlaceholderText(TEXTS.say("mailed.code"))
        card = DeskCard()
        rows = fill(QVBoxLayout(card), make_text(TEXTS.say("mailed.others"), "lead"))
        first = fill(QHBoxLayout(), (self.email, 1), ask)
        rows.addLayout(first)
        self._second = QWidget()
        fill(edge_to_edge(QHBoxLayout(self._second)), (self.open, 1), self.code, say)
        fill(rows, self._second, self._make_leaving())
        return card

    def _make_leaving(self) -> QWidget:
        """Offer the addresses that are known, to be removed once that was answered."""
        self.known = called(ChoiceBox(), "mailed_known", TEXTS.say("mailed.known"))
        ask = make_button(TEXTS.say("mailed.leave"), "mailedLeave", self._ask_leaving)
        row = fill(QHBoxLayout(), (self.known, 1), ask)
        self.question = YesOrNo("mailedLeave")
        self.question.agreed.connect(self._leave)
        self.question.hide()
        self.known.currentIndexChanged.connect(lambda _row: self.question.hide())
        self._third = QWidget()
        fill(edge_to_edge(QVBoxLayout(self._third)), row, self.question)
        return self._third

    def _ask_leaving(self) -> None:
        """Ask before an address is removed, and say which reports go there."""
        one = self.known.currentData()
        if isinstance(one, Address):
            reports = () if self._overview is None else self._overview.schedules
            names = [report.name for report in reports if one.email in report.recipients]
            self.question.ask(spell_leaving(one, names), TEXTS.say("mailed.leave.yes"))

    def _leave(self) -> None:
        one = self.known.currentData()
        if isinstance(one, Address):
            self.address_removed.emit(one)

    @property
    def event_names(self) -> Mapping[str, str]:
        """What events are called, by their ids."""
        return {} if self._overview is None else self._overview.events

    def forget(self) -> None:
        """Show nothing: it was another organization's."""
        self._overview = None
        self.failed.show_work(None)
        self._no_mail.hide()
        self.list.show_rows({}, None)
        self.email.clear()
        self.code.clear()
        self.open.clear()
        self.known.clear()
        self._second.hide()
        self._third.hide()
        self.show_schedule(None)

    def show_overview(self, overview: ScheduleOverview) -> None:
        """Show how all of it stands; what is typed stays."""
        self._overview = overview
        self.failed.show_work(overview.failed, overview.put_off)
        self._no_mail.setVisible(not overview.has_mail)
        there = [one.email for one in overview.addresses if one.confirmed_at is not None]
        self.form.offer(overview.events, [*overview.members, *there], overview.zone)
        before = self.open.currentData()
        self.open.clear()
        for one in overview.addresses:
            if one.confirmed_at is None:
                self.open.addItem(one.email, one)
                if isinstance(before, Address) and before.id == one.id:
                    self.open.setCurrentIndex(self.open.count() - 1)
        self._second.setVisible(self.open.count() > 0)
        self._show_known(overview)
        shown = self.schedule
        ids = [one.id for one in overview.schedules]
        rows = {one.id: spell_schedule(one) for one in overview.schedules}
        self.list.show_rows(rows, shown.id if shown else None)
        if shown is not None and shown.id not in ids:
            self.show_schedule(None)
        elif shown is not None:
            is_typed_in = self.form.is_typed_in
            self.schedule = overview.schedules[ids.index(shown.id)]
            if not is_typed_in:
                self.form.show_schedule(self.schedule)
        self._show_state()

    def _show_known(self, overview: ScheduleOverview) -> None:
        """List the addresses; the one that is asked about stays, with the question."""
        before = self.known.currentData()
        ids = [one.id for one in overview.addresses]
        with QSignalBlocker(self.known):
            self.known.clear()
            for one in overview.addresses:
                self.known.addItem(spell_address(one), one)
            if isinstance(before, Address) and before.id in ids:
                self.known.setCurrentIndex(ids.index(before.id))
            else:
                self.question.hide()
        self._third.setVisible(bool(overview.addresses))

    def show_schedule(self, schedule: Schedule | None) -> None:
        """Show one report, or the form of a new one."""
        self.schedule = schedule
        self.form.show_schedule(schedule)
        self.clash.clear()
        self.ask(is_asked=False)
        self.say("", "lead")
        fill_table(self.runs, ())
        self.list.mark(schedule.id if schedule else None)
        self._show_state()

    def ask(self, *, is_asked: bool) -> None:
        """Ask before what cannot be undone."""
        self.card.hide()
        if is_asked and self.schedule is not None:
            asked = TEXTS.say("mailed.ask", name=self.schedule.name)
            self.card.ask(asked, TEXTS.say("mailed.yes"))

    def _show_state(self) -> None:
        one = self.schedule
        self._ways.setVisible(one is not None)
        self.runs.setVisible(one is not None)
        if one is None:
            self._state.setText(TEXTS.say("mailed.new_lead"))
            return
        self._state.setText(spell_times(one))
        self._pause.setText(TEXTS.say("mailed.go_on" if one.is_paused else "mailed.pause"))
        runs = () if self._overview is None else self._overview.runs
        self._run.setEnabled(one.has_mail)
        fill_table(self.runs, spell_runs(runs, one.timezone))

    def _choose(self, row: int) -> None:
        if row >= 0 and self._overview is not None:
            self._turn_to(self._overview.schedules[row])

    def _turn_to(self, schedule: Schedule | None) -> None:
        """Show another report, once nothing is lost by it."""
        if self.form.is_typed_in:
            self.list.mark(self.schedule.id if self.schedule else None)
            self.say(TEXTS.say("desk.plan.save_first"))
            bring_into_sight(self._note)
            return
        self.show_schedule(schedule)
        if schedule is not None:
            self.chose.emit()

    def _turn(self) -> None:
        if self.schedule is not None:
            self.paused.emit(self.schedule, not self.schedule.is_paused)

    def _answer(self) -> None:
        if self.schedule is not None:
            self.removed.emit(self.schedule)

    def _ask_code(self) -> None:
        if not is_email(email := self.email.text().strip()):
            self.say(TEXTS.say("mailed.flaw.email"), "bad")
            self.email.setFocus()
            return
        self.asked_address.emit(email)

    def _say_code(self) -> None:
        one, code = self.open.currentData(), self.code.text().strip()
        if isinstance(one, Address) and code:
            self.confirmed.emit(one, code)

    def _send(self, fields: object) -> None:
        if self.form.base is None:
            self.added.emit(fields)
        else:
            self.saved.emit(self.form.base, fields)
