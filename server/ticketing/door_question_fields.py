"""A ticket type's questions for the door: as the API has them, and as its column keeps them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Any, Final

import msgspec

from server.http.body_and_answer_types import Answer, Body
from server.problem_answers import wrong_field
from shared.kernel import ids
from shared.kernel.ports import Entropy
from shared.manifest.door_questions import (
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
_WITHDRAWN_MAX: Final = 32
"""Of a type, the latest: ids that are drawn never meet, and few are chosen by hand."""
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
        text: One line, as staff read it out. Once somebody has answered, it stays with the id.
        answers: One button each, in their order. A journal holds an answer by its place here: a
            question that keeps its id, or comes back, may only get further ones at the end.
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


class KeptQuestion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A question as the type's `questions` column holds it.

    Attributes:
        is_withdrawn: Nobody is asked it any more. It is kept because its answers were noted, and
            may be brought by a gate that is cut off: its id is no other question's.
    """

    id: str
    text: str
    answers: tuple[str, ...]
    is_withdrawn: bool = False


def is_reworded(said: Sequence[QuestionBody], column: object) -> bool:
    """Tell whether a question that keeps its id, or comes back, is to get another text."""
    texts = {one.id: one.text for one in msgspec.convert(column, list[KeptQuestion])}
    return any(texts.get(one.id or "", one.text) != one.text for one in said)


def settle_questions(
    said: Sequence[QuestionBody],
    column: object,
    entropy: Entropy,
    answered: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Give each question of a type its id, and see that all of them can be asked.

    Args:
        said: As they shall be.
        column: The type's `questions` as they are: one that is said again without an id keeps
            its own, and one that is said no more is withdrawn.
        entropy: For the ids of new ones.
        answered: Ids under which answers are noted: their texts stay.

    Returns:
        What the column is to hold.

    Raises:
        Problem: naming the field that is wrong.
    """
    kept = msgspec.convert(column, list[KeptQuestion])
    taken = {one.id for one in said}
    known = [one for one in kept if not one.is_withdrawn]
    same = {(one.text, one.answers): one.id for one in known if one.id not in taken}
    settled = []
    for one in said:
        own = one.id or same.pop((one.text, one.answers), None) or _draw_id(entropy)
        settled.append(DoorQuestion(own, one.text, one.answers))
    flaws = find_flaws(settled)
    if flaws:
        raise wrong_field(f"questions{flaws[0].path}", flaws[0].message)
    before = {one.id: one for one in kept}
    for place, now in enumerate(settled):
        was = before.get(now.id)
        if was is None:
            continue
        if now.id in answered and now.text != was.text:
            raise wrong_field(
                f"questions[{place}].text",
                "stays as it is: it was answered, and what was answered would be read under other"
                " words. Leave the id out to make it another question",
            )
        if now.answers[: len(was.answers)] != was.answers:
            raise wrong_field(
                f"questions[{place}].answers",
                "keeps each answer in its place, and may have further ones behind them: gates"
                " note an answer by its number. Leave the id out to make it another question",
            )
    return _to_column(settled, kept)


def _to_column(
    settled: Sequence[DoorQuestion], kept: Sequence[KeptQuestion]
) -> list[dict[str, Any]]:
    """Return the questions as they are kept, those that were withdrawn behind them."""
    asked = {one.id for one in settled}
    gone = [one for one in kept if one.id not in asked]
    gone.sort(key=lambda one: not one.is_withdrawn)  # whatever was asked until now comes last
    questions = [
        *(KeptQuestion(id=one.id, text=one.text, answers=one.answers) for one in settled),
        *(msgspec.structs.replace(one, is_withdrawn=True) for one in gone[-_WITHDRAWN_MAX:]),
    ]
    column: list[dict[str, Any]] = msgspec.to_builtins(questions)
    return [one | {"answers": list(one["answers"])} for one in column]


def _draw_id(entropy: Entropy) -> str:
    return ids.new_id(_PREFIX, entropy).replace("_", "-")


def questions_from_json(column: object) -> tuple[DoorQuestion, ...]:
    """Read what is asked from the type's `questions` column."""
    kept = msgspec.convert(column, list[KeptQuestion])
    return tuple(
        DoorQuestion(one.id, one.text, one.answers) for one in kept if not one.is_withdrawn
    )


def withdrawn_from_json(column: object) -> tuple[DoorQuestion, ...]:
    """Read what was asked once from the type's `questions` column."""
    kept = msgspec.convert(column, list[KeptQuestion])
    return tuple(DoorQuestion(one.id, one.text, one.answers) for one in kept if one.is_withdrawn)


def show_questions(column: object) -> list[QuestionAnswer]:
    """Return what is asked as the API shows it."""
    asked = questions_from_json(column)
    return [QuestionAnswer(one.id, one.text, one.answers) for one in asked]


def spell_answer(
    questions: Sequence[DoorQuestion], question_id: str, number: int
) -> tuple[str, str]:
    """Say a question and an answer; by id and place where the plan has not got them."""
    for one in questions:
        if one.id == question_id and number < len(one.answers):
            return one.text, one.answers[number]
    return question_id, str(number + 1)
