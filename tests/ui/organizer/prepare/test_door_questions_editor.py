"""The questions of a ticket type in the form of the plan: written, ordered, put back, said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget

from gatekeeper.organizer.prepare.plan_client import Freeze, PlanKind
from gatekeeper.presenters.desk.plan_words import spell_field, spell_value
from gatekeeper.ui.organizer.prepare.plan_page import PlanPage
from tests.factories.desk_screens import PLAN
from tests.factories.plan_screen import shown_plan
from tests.factories.question_screens import QUESTIONS, make_asking, questions_of


@pytest.fixture
def page() -> Iterator[PlanPage]:
    """The plan's page with a type that has two questions."""
    with shown_plan(make_asking(PLAN)) as page:
        yield page


def press(page: PlanPage, name: str) -> None:
    """Press a button of the questions, or of the form."""
    button = page.findChild(QPushButton, name)
    assert isinstance(button, QPushButton), name
    assert button.isEnabled(), name
    button.click()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def write(page: PlanPage, name: str, text: str) -> None:
    """Write into a field."""
    field = page.findChild(QLineEdit, name)
    assert isinstance(field, QLineEdit), name
    field.setText(text)


def texts(page: PlanPage) -> list[str]:
    """Return what is asked, in order."""
    return [one["text"] for one in questions_of(page).read()]


def test_questions_are_written_ordered_and_sent_as_they_stand(page: PlanPage) -> None:
    """What nobody touched keeps its id; a fifth question and a seventh answer have no button."""
    editor = next(one for one in page.editors if one.spec.path == "questions")
    assert (editor.is_touched, editor.read()) == (False, list(QUESTIONS))
    press(page, "questionsAdd")
    write(page, "question_2_text", " Any allergies? ")
    press(page, "question_2_more")
    write(page, "question_2_answer_2", "Not said")
    press(page, "question_2_up")
    sent: list[dict[str, object]] = []
    page.saved.connect(lambda _thing, fields: sent.append(fields))
    press(page, "planSave")
    new = {"text": "Any allergies?", "answers": ["Yes", "No", "Not said"]}
    assert sent[0]["questions"] == [QUESTIONS[0], new, QUESTIONS[1]]
    press(page, "questionsAdd")
    add = page.findChild(QPushButton, "questionsAdd")
    assert isinstance(add, QPushButton)
    assert not add.isEnabled()
    for _ in range(4):
        press(page, "question_3_more")
    assert page.findChild(QPushButton, "question_3_more") is None
    assert page.note == ""
    press(page, "planSave")
    assert page.note == "Questions at the door: Question 4: enter what staff ask"
    assert len(sent) == 1


def test_a_question_that_was_taken_out_can_be_put_back(page: PlanPage) -> None:
    """Where it stood, with its answers and its id; the last two answers cannot be taken."""
    press(page, "question_0_remove")
    assert texts(page) == [QUESTIONS[1]["text"]]
    back = page.findChild(QPushButton, "questionsBack")
    assert isinstance(back, QPushButton)
    assert "Any bags?" in back.text()
    press(page, "questionsBack")
    assert questions_of(page).read() == list(QUESTIONS)
    assert not back.isVisible()
    last = page.findChild(QPushButton, "question_0_answer_0_remove")
    assert isinstance(last, QPushButton)
    assert not last.isEnabled()
    press(page, "question_1_answer_0_remove")
    changed = questions_of(page).read()[1]
    assert changed == {"text": QUESTIONS[1]["text"], "answers": ["Fish", "Neither, thank you"]}


def test_answers_are_moved_and_the_keyboard_moves_with_them(page: PlanPage) -> None:
    """What was answered is counted by places: in another order it is another question."""
    for number in (2, 1):
        press(page, f"question_1_answer_{number}_up")
    moved = {"text": QUESTIONS[1]["text"], "answers": ["Neither, thank you", "Meat", "Fish"]}
    assert questions_of(page).read() == [QUESTIONS[0], moved]
    first = page.findChild(QPushButton, "question_1_answer_0_up")
    assert isinstance(first, QPushButton)
    assert not first.isEnabled()
    focused = questions_of(page).focusWidget()
    assert focused is not None
    assert focused.objectName() == "question_1_answer_0"
    for number in (1, 2):
        press(page, f"question_1_answer_{number}_up")
    assert questions_of(page).read() == list(QUESTIONS), (
        "back in their places it is the former one"
    )


def test_the_keyboard_goes_through_questions_as_they_stand(page: PlanPage) -> None:
    """Also after one was moved up: its texts, its answers, the next one, and then on."""
    press(page, "question_1_up")
    QApplication.processEvents()
    window = page.window()
    one = page.findChild(QWidget, "plan_check_id")
    assert one is not None
    one.setFocus()
    seen = [""]
    while not seen[-1].startswith("plan_off"):
        focused = window.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Tab)
        focused = window.focusWidget()
        assert focused is not None
        if focused.objectName():
            seen.append(focused.objectName())
    fields = [name for name in seen if name.endswith("_text") or name[-2:-1] == "_"]
    assert fields == [
        "question_0_text",
        "question_0_answer_0",
        "question_0_answer_1",
        "question_0_answer_2",
        "question_1_text",
        "question_1_answer_0",
        "question_1_answer_1",
    ]
    assert seen[-2] == "questionsAdd"


def test_under_a_freeze_questions_are_seen_and_not_changed(page: PlanPage) -> None:
    """Gates work by what they were handed."""
    since = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    page.plan = msgspec.structs.replace(PLAN, freeze=Freeze(since=since))
    page.show_thing(make_asking(PLAN))
    assert texts(page) == [one["text"] for one in QUESTIONS]
    assert not questions_of(page).isEnabled()


def test_two_edits_of_questions_are_told_apart_in_words(page: PlanPage) -> None:
    """As the question has them whose shall hold."""
    assert page.plan is not None
    assert spell_field("questions", PlanKind.TYPE) == "Questions at the door"
    assert spell_value(PlanKind.TYPE, "questions", QUESTIONS, page.plan).splitlines() == [
        "Any bags? No / Yes",
        "Which meal did they choose? Meat / Fish / Neither, thank you",
    ]
    assert spell_value(PlanKind.TYPE, "questions", [], page.plan) == "no questions"
