"""What was answered at the doors while they are open: each question with its answers as bars."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from gatekeeper.organizer.during.door_answers_client import DoorAnswers
from gatekeeper.organizer.how_often_pages_look import ANSWERS_LOOK_MS
from gatekeeper.presenters.desk.door_answer_words import AnswerBar, QuestionLine, ask_by_ask
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import DeskCard, make_text
from gatekeeper.ui.organizer.widgets.long_names import let_break
from gatekeeper.ui.organizer.widgets.watched_board import WatchedBoard
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import respell_stamp

_WHOLE: Final = 100
_BAR_HEIGHT: Final = 18
_STRETCHES: Final = (3, 5, 2)
"""Of an answer, its bar and its count."""


class AnswersBoard(WatchedBoard):
    """Shows counts, and asks for newer ones while it is seen."""

    def __init__(self) -> None:
        super().__init__(ANSWERS_LOOK_MS)
        self._shown: tuple[QuestionLine, ...] | None = None
        self._lines: list[tuple[QProgressBar, QLabel]] = []
        self.note = make_text("", "lead", "answersNote")
        self._cards = QWidget()
        self._rows = QVBoxLayout(self)
        fill(self._rows, make_text(TEXTS.say("answers.lead"), "lead"), self.note, self._cards)
        self._rows.addStretch(1)

    @property
    def lines(self) -> tuple[tuple[str, int, str], ...]:
        """Of each bar what it stands for, how long it is, and what is said beside it."""
        return tuple((bar.accessibleName(), bar.value(), said.text()) for bar, said in self._lines)

    def show_answers(self, answers: DoorAnswers) -> None:
        """Show what was counted; the bars that stand already grow, and nothing jumps."""
        asked = ask_by_ask(answers.counts)
        made = TEXTS.say("reports.made", time=respell_stamp(answers.made_at))
        self.note.setText(made if asked else TEXTS.say("answers.none"))
        if self._shown is None or _frame_of(asked) != _frame_of(self._shown):
            self._build(asked)
        self._shown = asked
        bars = [one for question in asked for one in question.bars]
        for (bar, said), one in zip(self._lines, bars, strict=True):
            bar.setValue(one.percent)
            bar.setAccessibleDescription(one.said)
            said.setText(one.said)

    def forget(self) -> None:
        """Show nothing of the event before."""
        self.note.setText("")
        self._build(())
        self._shown = None

    def _build(self, asked: tuple[QuestionLine, ...]) -> None:
        former, self._cards, self._lines = self._cards, QWidget(), []
        column = edge_to_edge(QVBoxLayout(self._cards))
        for question in asked:
            column.addWidget(self._make_card(question))
        self._rows.replaceWidget(former, self._cards)
        former.hide()
        former.deleteLater()
        self._cards.show()

    def _make_card(self, question: QuestionLine) -> QFrame:
        card = DeskCard()
        grid = QGridLayout(card)
        grid.addWidget(make_text(let_break(question.title), "heading"), 0, 0, 1, len(_STRETCHES))
        for column, stretch in enumerate(_STRETCHES):
            grid.setColumnStretch(column, stretch)
        for row, one in enumerate(question.bars, 1):
            bar, said = _make_bar(question, one), make_text("")
            grid.addWidget(make_text(let_break(one.answer)), row, 0)
            grid.addWidget(bar, row, 1, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(said, row, 2)
            self._lines.append((bar, said))
        return card


def _make_bar(question: QuestionLine, one: AnswerBar) -> QProgressBar:
    bar = QProgressBar()
    bar.setRange(0, _WHOLE)
    bar.setTextVisible(False)
    bar.setFixedHeight(_BAR_HEIGHT)
    bar.setAccessibleName(TEXTS.beside(question.title, one.answer))
    return bar


def _frame_of(asked: tuple[QuestionLine, ...]) -> tuple[tuple[str, ...], ...]:
    """Return what stands however many answers come."""
    return tuple((one.title, *(bar.answer for bar in one.bars)) for one in asked)
