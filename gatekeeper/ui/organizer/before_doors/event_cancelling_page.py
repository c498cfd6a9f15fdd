"""Calling an event off: what it would mean, the question, and what became of the money."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.before_doors.event_cancelling_client import (
    Calling,
    is_typed,
    word_to_type,
)
from gatekeeper.presenters.desk.event_cancelling_words import (
    Rows,
    spell_calling,
    spell_left,
    spell_preview,
    spell_standing,
)
from gatekeeper.presenters.desk.notice_words import spell_telling
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.organizer.before_doors.notice_box import NoticeBox
from gatekeeper.ui.organizer.desk_style import called, give_role, make_button, make_text
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.confirmation_cards import TypedName
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.plain_table import (
    fill_table,
    fit_column,
    make_table,
    set_figures,
)
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import TEXT_SIZE_MAX

_LEFT = ("order", "reach", "owed", "what")
_FACTS_HEIGHT, _LEFT_HEIGHT = 150, 110
_ALL = 100
"""The share of the height of what takes all that is left of it."""
_LETTERS = 40
"""Of a date's name that are seen; the list that opens shows all."""


class EventCancellingPage(LastActLine, QWidget):
    """Shows what calling off would mean, asks, and follows the refunds.

    Attributes:
        calling: What is shown.
    """

    called_off = Signal(str, object)
    """Why; what buyers are told beside that, or None where they are told nothing."""
    chose_date = Signal(str)
    """Its id, or "" for the whole event."""
    stopped = Signal()
    went_on = Signal()
    wants_look = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskCalling")
        self.calling: Calling | None = None
        self.what = called(ChoiceBox(), "callingWhat", TEXTS.say("calloff.what"))
        self.what.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.what.setMinimumContentsLength(_LETTERS)
        self.what.activated.connect(lambda row: self.chose_date.emit(self.what.itemData(row)))
        self.state = make_text("", "lead", "callingState")
        self._bar = called(QProgressBar(), "callingBar", TEXTS.say("calloff.progress"))
        self._bar.setTextVisible(False)  # the line above says it, and can be read
        self.facts = make_table(
            "callingFacts", TEXTS.say("calloff.facts"), ("", ""), _FACTS_HEIGHT
        )
        fit_column(self.facts, 1)
        set_figures(self.facts, (1,))
        self._left_title = make_text(TEXTS.say("calloff.left_title"), "heading")
        columns = [TEXTS.say(f"calloff.column.{one}") for one in _LEFT]
        self.left = make_table(
            "callingLeft", TEXTS.say("calloff.left_title"), columns, _LEFT_HEIGHT
        )
        fit_column(self.left, _LEFT.index("owed"))
        set_figures(self.left, (_LEFT.index("owed"),))
        self.notice = NoticeBox()
        self._note = make_text("", "lead", "callingNote")
        rows = fill(QVBoxLayout(self), make_text(TEXTS.say("calloff.title"), "title"))
        for widget in (self.what, self.state, self._bar):
            rows.addWidget(widget)
        rows.addLayout(self._make_ways())
        rows.addWidget(self.facts, _ALL)
        rows.addWidget(self._left_title)
        rows.addWidget(self.left, _ALL)
        fill(rows, self.notice, self._make_question(), self._note)
        rows.addStretch(1)  # where no table is shown, words stay together at the top
        self.forget()
        self._resting = (self.what, self._stop, self._on, self._look, self._question)

    def _make_ways(self) -> QHBoxLayout:
        self._stop = make_button(TEXTS.say("calloff.stop"), "callingStop", self.stopped)
        self._on = make_button(TEXTS.say("calloff.go_on"), "callingOn", self.went_on, is_main=True)
        self._look = make_button(TEXTS.say("calloff.look"), "callingLook", self.wants_look)
        return fill(QHBoxLayout(), self._on, self._stop, self._look, STRETCH)

    def _make_question(self) -> TypedName:
        self.reason = called(QLineEdit(), "callingReason")
        self.reason.setMaxLength(TEXT_SIZE_MAX)
        self.reason.setPlaceholderText(TEXTS.say("calloff.reason"))
        self.reason.setAccessibleName(TEXTS.say("calloff.reason"))
        self.tells = called(QCheckBox(spell_telling(has_mail=True)), "callingTells")
        self.words = called(QLineEdit(), "callingWords")
        self.words.setMaxLength(TEXT_SIZE_MAX)
        self.words.setPlaceholderText(TEXTS.say("moving.words"))
        self.words.setAccessibleName(TEXTS.say("moving.words"))
        self.tells.toggled.connect(lambda _on: self._show_ways())
        telling = fill(QHBoxLayout(), self.tells, (self.words, 1))
        self._question = TypedName(
            "calling", TEXTS.say("calloff.go"), "callingGo", (self.reason, telling)
        )
        self.typed = self._question.typed
        self.typed.textChanged.connect(lambda _text: self._show_ways())
        self._question.go.clicked.connect(self._call_off)
        return self._question

    def forget(self) -> None:
        """Show nothing: it was of another event."""
        for field in (self.reason, self.typed, self.words):
            field.clear()
        self.tells.setChecked(True)
        self.what.clear()
        self.what.hide()
        self.say("", "lead")
        self.show_calling(None)

    def show_calling(self, calling: Calling | None) -> None:
        """Show how an event stands; what is typed stays while it is the same question."""
        self.calling = calling
        self._offer_dates(calling)
        standing = None if calling is None else calling.standing
        preview = None if calling is None else calling.preview
        if calling is None:
            self.state.setText(TEXTS.say("calloff.looking"))
            facts: Rows = ()
        else:
            self.state.setText(spell_calling(calling))
            facts = ()
            if preview is not None:
                facts = spell_preview(preview)
                self.tells.setText(spell_telling(has_mail=preview.has_mail))
                self._question.ask(TEXTS.say("calloff.ask", name=word_to_type(calling.name)))
            if standing is not None:
                facts = spell_standing(standing)
        is_stuck = standing is not None and (standing.is_stuck or standing.state == "stopped")
        give_role(self.state, "bad" if is_stuck else "lead")
        fill_table(self.facts, facts)
        self.facts.setVisible(bool(facts))
        left = () if calling is None else calling.left
        fill_table(self.left, [spell_left(one) for one in left])
        for widget in (self._left_title, self.left):
            widget.setVisible(bool(left))
        self.notice.show_notice(None if calling is None else calling.notice)
        self._bar.setVisible(standing is not None)
        if standing is not None:
            self._bar.setMaximum(max(1, standing.orders))
            self._bar.setValue(standing.settled if standing.orders else 1)
        self._show_ways()

    def _offer_dates(self, calling: Calling | None) -> None:
        """Let one date of several be called off by itself."""
        if calling is None or self.what.count() == len(calling.dates) + 1:
            return
        self.what.clear()
        self.what.addItem(TEXTS.say("calloff.whole"), "")
        for one in calling.dates:
            self.what.addItem(one.name, one.id)
        self.what.setVisible(bool(calling.dates))

    def _show_ways(self) -> None:
        calling = self.calling
        standing = None if calling is None else calling.standing
        preview = None if calling is None else calling.preview
        self._question.setVisible(preview is not None)
        self.words.setVisible(self.tells.isChecked() and (preview is None or preview.has_mail))
        self._stop.setVisible(standing is not None and standing.state == "working")
        self._on.setVisible(standing is not None and standing.may_go_on and not self._is_at_work)
        is_meant = calling is not None and is_typed(calling.name, self.typed.text())
        self._question.go.setEnabled(is_meant)

    @property
    def _is_at_work(self) -> bool:
        standing = None if self.calling is None else self.calling.standing
        return standing is not None and standing.is_under_way

    def _call_off(self) -> None:
        reason = self.reason.text().strip()
        if not reason:
            self.say(TEXTS.say("calloff.reason_first"), "bad")
            self.reason.setFocus()
            return
        words = self.words.text().strip() if self.tells.isChecked() else None
        self.called_off.emit(reason, words)
