"""The questions that a ticket type's holders are asked at the door, each with its answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from textwrap import shorten
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.prepare.door_questions_form import (
    QuestionDraft,
    draft_of,
    find_flaw,
    say_question,
)
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import called, make_button, make_text
from gatekeeper.ui.organizer.widgets.long_names import let_break
from gatekeeper.ui.widget_texts import plain_tip
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import BadInput
from shared.manifest.door_questions import (
    ANSWER_SIZE_MAX,
    ANSWERS_MAX,
    ANSWERS_MIN,
    QUESTION_SIZE_MAX,
    QUESTIONS_MAX,
)

_ANSWERS_IN_ROW: Final = 2
_GAP: Final = 6
_NAMED_MAX: Final = 30


class QuestionsEditor(QWidget):
    """Cards of questions in the order in which they are asked.

    Args:
        questions: As the API has them.
    """

    def __init__(self, questions: Sequence[Mapping[str, Any]]) -> None:
        super().__init__()
        self.drafts = [draft_of(one) for one in questions]
        self._taken: tuple[int, QuestionDraft] | None = None
        self._cards = self._make_cards()  # before what stands below: so the keyboard finds them
        column = fill(edge_to_edge(QVBoxLayout(self)), make_text(TEXTS.say("doorq.lead"), "lead"))
        self._home = QVBoxLayout()
        column.addLayout(self._home)
        self._home.addWidget(self._cards)
        self._back = make_button("", "questionsBack", self._put_back)
        self._add = make_button(TEXTS.say("doorq.add"), "questionsAdd", self._begin_one)
        for button in (self._back, self._add):
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeading)
        self._tell()

    def read(self) -> list[dict[str, Any]]:
        """Return the questions as the API takes them.

        Raises:
            BadInput: if one cannot be asked, in words that name it.
        """
        flaw = find_flaw(self.drafts)
        if flaw is not None:
            said = TEXTS.say(f"doorq.flaw.{flaw[0]}")
            raise BadInput(TEXTS.say("doorq.flaw", number=flaw[1], said=said))
        return [say_question(one) for one in self.drafts]

    # ---- what buttons do

    def _begin_one(self) -> None:
        answers = [TEXTS.say("doorq.yes"), TEXTS.say("doorq.no")]
        self.drafts.append(QuestionDraft(answers=answers))
        self._show(f"question_{len(self.drafts) - 1}_text")

    def _remove(self, place: int) -> None:
        self._taken = (place, self.drafts.pop(place))
        self._show("questionsBack")

    def _put_back(self) -> None:
        assert self._taken is not None, "one was taken out"
        place, draft = self._taken
        self._taken = None
        self.drafts.insert(min(place, len(self.drafts)), draft)
        self._show(f"question_{place}_text")

    def _move(self, place: int, by: int) -> None:
        self.drafts.insert(place + by, self.drafts.pop(place))
        way = "up" if by < 0 else "down"
        self._show(f"question_{place + by}_{way}", f"question_{place + by}_text")

    def _begin_answer(self, place: int) -> None:
        answers = self.drafts[place].answers
        answers.append("")
        self._show(f"question_{place}_answer_{len(answers) - 1}")

    def _remove_answer(self, place: int, number: int) -> None:
        del self.drafts[place].answers[number]
        self._show(f"question_{place}_answer_{max(0, number - 1)}")

    def _move_answer(self, place: int, number: int) -> None:
        """Offer an answer before the one that stands before it."""
        answers = self.drafts[place].answers
        answers.insert(number - 1, answers.pop(number))
        name = f"question_{place}_answer_{number - 1}"
        self._show(f"{name}_up", name)

    # ---- what is seen

    def _show(self, *focused: str) -> None:
        """Make the cards anew.

        Args:
            focused: Where the keyboard goes on: the first of these that can be used.
        """
        former, self._cards = self._cards, self._make_cards()
        self._home.removeWidget(former)
        former.hide()
        former.deleteLater()
        self._home.addWidget(self._cards)
        self._cards.show()  # else nothing of it could have the keyboard yet
        self._tell()
        for name in focused:
            found = self._cards.findChild(QWidget, name) or self.findChild(QWidget, name)
            if found is not None and found.isEnabled():
                found.setFocus()
                break

    def _tell(self) -> None:
        """Let the buttons below the cards say what they can do."""
        is_full = len(self.drafts) >= QUESTIONS_MAX
        self._add.setEnabled(not is_full)
        self._add.setToolTip(TEXTS.say("doorq.full", most=QUESTIONS_MAX) if is_full else "")
        self._back.setVisible(self._taken is not None and not is_full)
        if self._taken is not None:
            named = shorten(self._taken[1].text, _NAMED_MAX, placeholder="…")
            self._back.setText(let_break(TEXTS.say("doorq.back", question=named or "–")))

    def _make_cards(self) -> QWidget:
        cards = QWidget()
        column = edge_to_edge(QVBoxLayout(cards))
        column.setSpacing(_GAP)
        for place in range(len(self.drafts)):
            column.addWidget(self._make_card(place))
        return cards

    def _make_card(self, place: int) -> QFrame:
        draft, card = self.drafts[place], QFrame()
        card.setProperty("role", "card")
        named = _name_question(place)
        head = fill(QHBoxLayout(), (QLabel(named), 1))
        for text, way, press, can in (
            ("↑", "up", lambda: self._move(place, -1), place > 0),
            ("↓", "down", lambda: self._move(place, 1), place < len(self.drafts) - 1),
            ("×", "remove", lambda: self._remove(place), True),
        ):
            button = _small(text, f"question_{place}_{way}", f"doorq.{way}", named, press)
            button.setEnabled(can)
            head.addWidget(button)
        field = called(QLineEdit(draft.text), f"question_{place}_text")
        field.setMaxLength(QUESTION_SIZE_MAX)
        field.setPlaceholderText(TEXTS.say("doorq.text"))
        field.setAccessibleName(named)
        field.setCursorPosition(0)
        field.textChanged.connect(lambda text: setattr(draft, "text", text))
        column = QVBoxLayout(card)
        column.setSpacing(_GAP)
        fill(column, head, field, self._make_answers(place))
        return card

    def _make_answers(self, place: int) -> QGridLayout:
        draft, grid = self.drafts[place], QGridLayout()
        grid.setSpacing(_GAP)
        for number, answer in enumerate(draft.answers):
            cell = fill(QHBoxLayout(), (self._make_answer(draft, place, number, answer), 1))
            named = _name_answer(place, number)
            name = f"question_{place}_answer_{number}"
            for text, way, key, act, can in (
                ("↑", "up", "doorq.answer_up", self._move_answer, number > 0),
                ("×", "remove", "doorq.remove", self._remove_answer, self._may_shrink(draft)),
            ):
                press = _pressing(act, place, number)
                button = _small(text, f"{name}_{way}", key, named, press)
                button.setEnabled(can)
                cell.addWidget(button)
            grid.addLayout(cell, number // _ANSWERS_IN_ROW, number % _ANSWERS_IN_ROW)
        count = len(draft.answers)
        if count < ANSWERS_MAX:
            more = make_button(TEXTS.say("doorq.more"), f"question_{place}_more")
            more.setAccessibleName(TEXTS.about(_name_question(place), more.text()))
            more.clicked.connect(lambda: self._begin_answer(place))
            grid.addWidget(more, count // _ANSWERS_IN_ROW, count % _ANSWERS_IN_ROW)
        for column in range(_ANSWERS_IN_ROW):
            grid.setColumnStretch(column, 1)
        return grid

    @staticmethod
    def _may_shrink(draft: QuestionDraft) -> bool:
        return len(draft.answers) > ANSWERS_MIN

    @staticmethod
    def _make_answer(draft: QuestionDraft, place: int, number: int, answer: str) -> QLineEdit:
        name = f"question_{place}_answer_{number}"
        field = called(QLineEdit(answer), name, _name_answer(place, number))
        field.setMaxLength(ANSWER_SIZE_MAX)
        field.setPlaceholderText(TEXTS.say("doorq.answer", number=number + 1))
        field.setCursorPosition(0)

        def keep(text: str) -> None:
            draft.answers[number] = text

        field.textChanged.connect(keep)
        return field


def _name_question(place: int) -> str:
    return TEXTS.say("doorq.number", number=place + 1)


def _name_answer(place: int, number: int) -> str:
    """Name an answer for whoever hears it without the question that it belongs to."""
    return TEXTS.about(_name_question(place), TEXTS.say("doorq.answer", number=number + 1))


def _pressing(act: Callable[[int, int], None], place: int, number: int) -> Callable[[], None]:
    return lambda: act(place, number)


def _small(text: str, name: str, key: str, what: str, press: Callable[[], None]) -> QPushButton:
    """Make a button with a sign for a word, which says in full what it does, and of what."""
    button = make_button(text, name, press)
    said = TEXTS.say(key, what=what)
    button.setAccessibleName(said)
    button.setToolTip(plain_tip(said))
    return button
