"""Moving dates: which, to when, what that means, and what became of the message to buyers."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.before_doors.date_moves_client import (
    REFUNDS_FOR,
    MovePlan,
    MovePreview,
    NoSuchTimeError,
    WantedMove,
    shift_dates,
)
from gatekeeper.organizer.prepare.event_draft import to_utc
from gatekeeper.presenters.desk.date_move_words import spell_date, spell_move, spell_plan
from gatekeeper.presenters.desk.notice_words import spell_telling
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.organizer.before_doors.notice_box import NoticeBox
from gatekeeper.ui.organizer.desk_style import called, give_role, make_button, make_text
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.plain_table import fill_table, make_table
from gatekeeper.ui.organizer.widgets.time_field import TimeField
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import respell_stamp, spell_stamp
from shared.field_limits import TEXT_SIZE_MAX

_DATES_HEIGHT, _FACTS_HEIGHT = 100, 110


class DateMovesPage(LastActLine, QWidget):
    """Asks which dates move to when, shows what it means, and does it when told again.

    Attributes:
        plan: What is shown.
        wanted: What was looked at and may be done now; None after any change.
    """

    wants_preview = Signal(object)
    moved = Signal(object)
    wants_look = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskMoving")
        self.plan: MovePlan | None = None
        self.wanted: WantedMove | None = None
        self._has_mail = True
        self._state = make_text("", "lead", "movingState")
        columns = [TEXTS.say(f"moving.column.{one}") for one in ("date", "now")]
        self.dates = make_table("movingDates", TEXTS.say("moving.dates"), columns, _DATES_HEIGHT)
        self.dates.itemChanged.connect(lambda _item: self._choose())
        self.facts = make_table("movingFacts", TEXTS.say("moving.facts"), ("", ""), _FACTS_HEIGHT)
        self.notice = NoticeBox()
        self._note = make_text("", "lead", "movingNote")
        rows = QVBoxLayout(self)
        rows.addWidget(make_text(TEXTS.say("moving.title"), "title"))
        rows.addWidget(self._state)
        rows.addWidget(self.dates, 1)
        self._form = self._make_form()
        fill(rows, self._form, (self.facts, 2), self._make_ways(), self._note, (self.notice, 1))
        self.forget()
        self._resting = (self._form, self.dates, self._try, self._go, self._look)

    def _make_form(self) -> QWidget:
        self.starts, self.until = TimeField(), TimeField()
        self.starts.setObjectName("movingStarts")
        self.until.setObjectName("movingUntil")
        self._starts_label = QLabel(TEXTS.say("moving.new_start"))
        self._starts_label.setBuddy(self.starts)
        self.refunds = called(QCheckBox(TEXTS.say("moving.refunds")), "movingRefunds")
        self.until.setAccessibleName(TEXTS.say("moving.refunds"))
        self.tells = called(QCheckBox(spell_telling(has_mail=True)), "movingTells")
        self.words = called(QLineEdit(), "movingWords")
        self.words.setMaxLength(TEXT_SIZE_MAX)
        self.words.setPlaceholderText(TEXTS.say("moving.words"))
        self.words.setAccessibleName(TEXTS.say("moving.words"))
        for field in (self.starts, self.until):
            field.dateTimeChanged.connect(lambda _at: self._change())
        for box in (self.refunds, self.tells):
            box.toggled.connect(lambda _on: self._change())
        self.words.textChanged.connect(lambda _text: self._change())
        first, second = QHBoxLayout(), QHBoxLayout()
        fill(first, self._starts_label, self.starts, STRETCH, self.refunds, self.until)
        fill(second, self.tells, (self.words, 1))
        form = QWidget()
        fill(edge_to_edge(QVBoxLayout(form)), first, second)
        return form

    def _make_ways(self) -> QHBoxLayout:
        self._try = make_button(TEXTS.say("moving.try"), "movingTry", self._preview, is_main=True)
        self._go = make_button(TEXTS.say("moving.go"), "movingGo")
        self._go.clicked.connect(lambda: self.moved.emit(self.wanted))
        self._look = make_button(TEXTS.say("calloff.look"), "movingLook", self.wants_look)
        return fill(QHBoxLayout(), self._try, self._go, self._look, STRETCH)

    def forget(self) -> None:
        """Show nothing: it was of another event."""
        self.plan = None
        self._state.setText(TEXTS.say("calloff.looking"))
        fill_table(self.dates, ())
        self.words.clear()
        self.refunds.setChecked(False)
        self.tells.setChecked(True)
        self.notice.show_notice(None)
        self.say("", "lead")
        self._change()

    def show_plan(self, plan: MovePlan) -> None:
        """Show the dates as they are; what is filled in stays while they are the same."""
        is_new = self.plan is None or self.plan.dates != plan.dates
        if is_new and self.plan is not None:
            self.say(TEXTS.say("moving.changed"))
        self.plan = plan
        self._state.setText(spell_plan(plan))
        self.notice.show_notice(plan.notice)
        if is_new:
            self._fill_dates(plan)
        self._show_ways()

    def _fill_dates(self, plan: MovePlan) -> None:
        self.dates.blockSignals(True)
        rows = [(TEXTS.isolate(one.name), spell_date(one, plan.zone)) for one in plan.dates]
        fill_table(self.dates, rows)
        is_only = len(plan.dates) == 1
        for item in self._boxes():
            item.setCheckState(Qt.CheckState.Checked if is_only else Qt.CheckState.Unchecked)
        self.dates.blockSignals(False)
        self._choose()

    def _boxes(self) -> list[QTableWidgetItem]:
        items = (self.dates.item(row, 0) for row in range(self.dates.rowCount()))
        return [item for item in items if item is not None]

    def choose(self, place: int) -> None:
        """Tick a date, by its place from 0."""
        self._boxes()[place].setCheckState(Qt.CheckState.Checked)

    def show_preview(self, wanted: WantedMove, preview: MovePreview) -> None:
        """Show what a move would mean; it may be done now, as it stands."""
        assert self.plan is not None, "a move is of its dates"
        self.wanted = wanted
        self._has_mail = preview.has_mail
        self.tells.setText(spell_telling(has_mail=preview.has_mail))
        fill_table(self.facts, spell_move(preview, wanted, self.plan.zone))
        self._show_ways()

    def _chosen(self) -> list[str]:
        plan = self.plan
        if plan is None:
            return []
        boxes = zip(plan.dates, self._boxes(), strict=True)
        return [one.id for one, box in boxes if box.checkState() is Qt.CheckState.Checked]

    def _choose(self) -> None:
        """Begin with the time at which the first of the chosen dates starts now."""
        plan, chosen = self.plan, self._chosen()
        if plan is not None and chosen:
            first = next(one for one in plan.dates if one.id in chosen)
            self.starts.show_moment(first.starts_at.astimezone(plan.zone))
            local = first.starts_at.astimezone(plan.zone) + REFUNDS_FOR
            self.until.show_moment(local)
        self._change()

    def _change(self) -> None:
        """Another move is meant: it was not looked at yet."""
        self.wanted = None
        self._show_ways()

    def _show_ways(self) -> None:
        is_movable = self.plan is not None and self.plan.is_movable and bool(self.plan.dates)
        self._form.setVisible(is_movable)
        self._try.setVisible(is_movable)
        self._go.setVisible(self.wanted is not None)
        # What leads on is lit: first the look, then the deed.
        give_role(self._try, "" if self.wanted is not None else "main")
        give_role(self._go, "main" if self.wanted is not None else "")
        self.facts.setVisible(self.wanted is not None)
        for one in (self._starts_label, self.starts):
            one.setVisible(bool(self._chosen()))  # before, there is no time to begin with
        self.until.setVisible(self.refunds.isChecked())
        self.words.setVisible(self.tells.isChecked() and self._has_mail)

    def _preview(self) -> None:
        wanted = self._read()
        if wanted is not None:
            self.wants_preview.emit(wanted)

    def _read(self) -> WantedMove | None:
        plan, chosen = self.plan, self._chosen()
        assert plan is not None, "its button is hidden else"
        if not chosen:
            self.say(TEXTS.say("moving.choose_first"), "bad")
            return None
        try:
            after = shift_dates(plan.dates, chosen, self.starts.moment, plan.zone)
        except NoSuchTimeError as fault:
            self.say(TEXTS.say("moving.no_such_time", time=respell_stamp(str(fault))), "bad")
            return None
        if not after:
            self.say(TEXTS.say("moving.same"), "bad")
            return None
        until: datetime | None = None
        if self.refunds.isChecked():
            until = to_utc(self.until.moment, plan.zone)
            if until is None:
                time = spell_stamp(self.until.moment)
                self.say(TEXTS.say("moving.no_such_time", time=time), "bad")
                return None
        return WantedMove(
            before=tuple(one for one in plan.dates if one.id in chosen),
            after=after,
            refund_until=until,
            is_told=self.tells.isChecked(),
            words=self.words.text().strip(),
            language=TEXTS.language,
        )
