"""A ticket type's questions for the door as they are written in a form: what is wrong. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from shared.manifest.door_questions import ANSWERS_MIN


class QuestionFormFlaw(StrEnum):
    """Why a question cannot be asked."""

    NO_TEXT = "no_text"
    FEW = "few"
    TWICE = "twice"


class QuestionDraft(msgspec.Struct):
    """One question as it stands in the form.

    Attributes:
        text: What staff read out.
        answers: One button each; blank ones are left out.
        id: As the server knows it; "" for one that it does not know yet.
        known: The text and the answers that the server knows it by.
    """

    text: str = ""
    answers: list[str] = msgspec.field(default_factory=list)
    id: str = ""
    known: tuple[str, ...] = ()

    @property
    def given(self) -> list[str]:
        """The answers that are written."""
        return [one.strip() for one in self.answers if one.strip()]


def draft_of(question: Mapping[str, Any]) -> QuestionDraft:
    """Return a question of the API's as a draft."""
    answers = [str(one) for one in question["answers"]]
    own = str(question.get("id") or "")
    text = str(question["text"])
    return QuestionDraft(text, answers, own, (text, *answers))


def find_flaw(drafts: Sequence[QuestionDraft]) -> tuple[QuestionFormFlaw, int] | None:
    """Return what is wrong first, and with which question, 1 and on; None for nothing."""
    for row, draft in enumerate(drafts, 1):
        if not draft.text.strip():
            return QuestionFormFlaw.NO_TEXT, row
        if len(draft.given) < ANSWERS_MIN:
            return QuestionFormFlaw.FEW, row
        if len({one.casefold() for one in draft.given}) < len(draft.given):
            return QuestionFormFlaw.TWICE, row
    return None


def say_question(draft: QuestionDraft) -> dict[str, Any]:
    """Return a question as the API takes it.

    What was answered is kept by an answer's place. So a question of which another answer stands
    in that place, or that is asked in other words, is another one, and goes without the id.
    """
    text, given = draft.text.strip(), draft.given
    is_same = draft.id and (text, *given)[: len(draft.known)] == draft.known
    own = {"id": draft.id} if is_same else {}
    return own | {"text": text, "answers": given}
