"""A ticket type's questions for the door: as the API has them, and as its column keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec

from server.http.schema import Answer, Body
from server.problems import wrong_field
from shared.kernel import ids
from shared.kernel.ports import Entropy
from shared.manifest.questions import (
    ANSWER_SIZE_MAX,
    ANSWERS_MAX,
    ANSWERS_MIN,
    QUESTION_ID_PATTERN,
    QUESTION_ID_SIZE_MAX,
    QUESTION_SIZE_MAX,
    QUESTIONS_MAX,
    DoorQuestion,
    find_flaws,
)

_PREFIX: Final = "qu"
_QuestionId = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=QUESTION_ID_SIZE_MAX,
        pattern=QUESTION_ID_PATTERN,
        description="small letters a to z, digits and hyphens, such as any-bags",
    ),
]
_AnswerText = Annotated[str, msgspec.Meta(min_length=1, max_length=ANSWER_SIZE_MAX)]


class QuestionBody(Body, kw_only=True):
    """A question that staff ask on the holder's first way in.

    Attributes:
        id: Unique within the type; journals and reports name the question by it. Left out or
            null, one is drawn.
        text: One line, as staff read it out.
        answers: One button each, in their order. A journal holds an answer by its place here: a
            question that keeps its id may only get further ones at the end.
    """

    id: _QuestionId | None = None
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=QUESTION_SIZE_MAX)]
    answers: Annotated[
        tuple[_AnswerText, ...], msgspec.Meta(min_length=ANSWERS_MIN, max_length=ANSWERS_MAX)
    ]


class QuestionAnswer(Answer):
    """A question of a ticket type; see `QuestionBody`."""

    id: str
    text: str
    answers: Sequence[str]


QuestionBodies = Annotated[tuple[QuestionBody, ...], msgspec.Meta(max_length=QUESTIONS_MAX)]


def settle_questions(
    said: Sequence[QuestionBody], known: Sequence[DoorQuestion], entropy: Entropy
) -> list[DoorQuestion]:
    """Give each question of a type its id, and see that all of them can be asked.

    Args:
        said: As they shall be.
        known: As the type has them now: one that is said again without an id keeps its own.
        entropy: For the ids of new ones.

    Raises:
        Problem: naming the field that is wrong.
    """
    taken = {one.id for one in said}
    same = {(one.text, one.answers): one.id for one in known if one.id not in taken}
    settled = []
    for one in said:
        own = one.id or same.pop((one.text, one.answers), None) or _draw_id(entropy)
        settled.append(DoorQuestion(own, one.text, one.answers))
    flaws = find_flaws(settled)
    if flaws:
        raise wrong_field(f"questions{flaws[0].path}", flaws[0].message)
    before = {one.id: one.answers for one in known}
    for place, now in enumerate(settled):
        was = before.get(now.id, ())
        if now.answers[: len(was)] != was:
            raise wrong_field(
                f"questions[{place}].answers",
                "keeps each answer in its place, and may have further ones behind them: gates"
                " note an answer by its number. Leave the id out to make it another question",
            )
    return settled


def _draw_id(entropy: Entropy) -> str:
    return ids.new_id(_PREFIX, entropy).replace("_", "-")


def questions_to_json(questions: Sequence[DoorQuestion]) -> list[dict[str, Any]]:
    """Return what the type's `questions` column holds."""
    return [{"id": one.id, "text": one.text, "answers": list(one.answers)} for one in questions]


def questions_from_json(value: object) -> tuple[DoorQuestion, ...]:
    """Read the type's `questions` column."""
    kept = msgspec.convert(value, list[QuestionAnswer])
    return tuple(DoorQuestion(one.id, one.text, tuple(one.answers)) for one in kept)


def show_questions(value: object) -> list[QuestionAnswer]:
    """Return what the type's `questions` column holds as the API shows it."""
    return msgspec.convert(value, list[QuestionAnswer])
