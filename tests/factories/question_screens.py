"""A ticket type's questions for the door, as they stand in the form of the plan."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QApplication

from gatekeeper.organizer.prepare.plan_client import EventPlan, PlanItem, PlanKind, new_thing
from gatekeeper.ui.organizer.prepare.door_questions_editor import QuestionsEditor
from gatekeeper.ui.organizer.prepare.plan_page import PlanPage

QUESTIONS: Final = (
    {"id": "qu-1", "text": "Any bags?", "answers": ["No", "Yes"]},
    {
        "id": "qu-2",
        "text": "Which meal did they choose?",
        "answers": ["Meat", "Fish", "Neither, thank you"],
    },
)


def make_asking(plan: EventPlan, text: str = "") -> PlanItem:
    """Return a type with questions; the first has a text of one's own, if it shall."""
    fields = new_thing(PlanKind.TYPE, plan).fields
    first = QUESTIONS[0] | ({"text": text[:200]} if text else {})
    asked = {"name": text or "Standing", "questions": [first, *QUESTIONS[1:]]}
    return PlanItem(kind=PlanKind.TYPE, id="tt_asking", etag='"a"', fields=fields | asked)


def questions_of(page: PlanPage) -> QuestionsEditor:
    """Return the editor of the questions in the form that is shown."""
    found = next(one.widget for one in page.editors if one.spec.path == "questions")
    assert isinstance(found, QuestionsEditor)
    return found


def show_questions(page: PlanPage, text: str = "") -> None:
    """Show a type's form down to its questions."""
    assert page.plan is not None
    page.show_thing(make_asking(page.plan, text))
    for _ in range(4):
        QApplication.processEvents()
    bar = page._scroll.verticalScrollBar()
    inner = page._scroll.widget()
    assert inner is not None
    bar.setValue(questions_of(page).mapTo(inner, questions_of(page).rect().topLeft()).y())
