"""Questions for the door as they are written in a form: what is wrong, and what keeps its id."""

from __future__ import annotations

import pytest

from gatekeeper.organizer.prepare.door_questions_form import (
    QuestionDraft,
    QuestionFormFlaw,
    draft_of,
    find_flaw,
    say_question,
)

MEAL = {"id": "qu-2", "text": "Which meal?", "answers": ["Meat", "Fish"]}


def test_what_nobody_touched_is_said_as_it_came() -> None:
    """With its id, so that what was answered goes on counting."""
    assert say_question(draft_of(MEAL)) == MEAL


@pytest.mark.parametrize(
    ("text", "answers", "keeps"),
    [
        ("Which dish?", ["Meat", "Fish"], False),
        ("Which meal? ", ["Meat", "Fish"], True),
        ("Which meal?", ["Meat", "Fish", " Neither ", ""], True),
        ("Which meal?", ["Fish", "Meat"], False),
        ("Which meal?", ["Meat"], False),
        ("Which meal?", ["Meat", "Trout"], False),
    ],
)
def test_other_words_or_another_answer_in_its_place_make_another_question(
    text: str,
    answers: list[str],
    keeps: bool,
) -> None:
    """What was answered is kept by its place; only further answers may come behind."""
    draft = draft_of(MEAL)
    draft.text, draft.answers = text, answers
    said = say_question(draft)
    assert ("id" in said) is keeps
    assert said["answers"] == [one.strip() for one in answers if one.strip()]


def test_the_first_question_that_cannot_be_asked_is_named() -> None:
    """Blank texts, less than two answers, one twice; blank answers are left out."""
    fine = draft_of(MEAL)
    assert find_flaw([]) is None
    assert find_flaw([fine]) is None
    for draft, flaw in (
        (QuestionDraft("  ", ["Yes", "No"]), QuestionFormFlaw.NO_TEXT),
        (QuestionDraft("Bags?", ["Yes", " "]), QuestionFormFlaw.FEW),
        (QuestionDraft("Bags?", ["Yes", "yes "]), QuestionFormFlaw.TWICE),
    ):
        assert find_flaw([fine, draft]) == (flaw, 2)
