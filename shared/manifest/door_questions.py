"""What staff ask a holder at the door on the first way in, and what they were told. Pure.

An answer is one of those that the organizer wrote, by its number: no words of a holder's stand in
a journal, whose chains nobody can take anything out of again.

Source:
    docs/decisions/0094-questions-at-the-door-have-buttons.md
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Final

import msgspec

QUESTIONS_MAX: Final = 4
"""Of one ticket type: a queue waits while they are asked."""
QUESTION_SIZE_MAX: Final = 200
"""Letters of a question: it is read in the dark, in one look."""
ANSWERS_MIN: Final = 2
ANSWERS_MAX: Final = 6
"""Each is one large button of a small screen."""
ANSWER_SIZE_MAX: Final = 60
QUESTION_ID_SIZE_MAX: Final = 32
QUESTION_ID_PATTERN: Final = r"^[a-z0-9-]{1,32}(?!\n)$"
"""A `$` alone would let a line feed follow."""
ANSWERS_SAID_MAX: Final = 16
"""Answers that one scan or one claim may bring; what nobody asked is passed over."""
_NUMBER_MAX: Final = 255
_ID: Final = re.compile(r"[a-z0-9-]{1,32}")
_NO_LETTERS: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of characters, ends of lines."""

QuestionId = Annotated[str, msgspec.Meta(pattern=QUESTION_ID_PATTERN)]
AnswerNumber = Annotated[int, msgspec.Meta(ge=0, le=_NUMBER_MAX)]


class DoorQuestion(msgspec.Struct, frozen=True, array_like=True):
    """One question of a ticket type, with all that can be answered.

    Attributes:
        id: Unique within the type: journals and reports name it by this.
        text: As staff read it out.
        answers: What can be answered, in the order of the buttons.
    """

    id: str
    text: str
    answers: tuple[str, ...]


class DoorAnswer(msgspec.Struct, frozen=True, array_like=True):
    """What a holder answered to one of the organizer's questions at the door.

    Attributes:
        question: The question's id.
        answer: The number of the answer, from 0.
    """

    question: QuestionId
    answer: AnswerNumber


AnswersSaid = Annotated[tuple[DoorAnswer, ...], msgspec.Meta(max_length=ANSWERS_SAID_MAX)]


class QuestionFlaw(msgspec.Struct, frozen=True):
    """What is wrong with a type's questions.

    Attributes:
        path: Where, such as `[1].answers[0]`; "" for all of them.
        message: What to change, in English.
    """

    path: str
    message: str


def valid_answers(
    questions: Iterable[DoorQuestion], answers: Iterable[DoorAnswer]
) -> tuple[DoorAnswer, ...]:
    """Return what counts of the answers: one for each question that has one, in their order.

    An answer to no question of these, or with a number that the question has not, does not count;
    of two to the same question the first does.
    """
    given: dict[str, list[DoorAnswer]] = {}
    for one in answers:
        given.setdefault(one.question, []).append(one)
    counted = []
    for question in questions:
        of_it = given.get(question.id, ())
        counted += [one for one in of_it if 0 <= one.answer < len(question.answers)][:1]
    return tuple(counted)


def open_questions(
    questions: Iterable[DoorQuestion], answers: Iterable[DoorAnswer]
) -> tuple[DoorQuestion, ...]:
    """Return the questions that are not answered yet, in their order."""
    asked = tuple(questions)
    answered = {one.question for one in valid_answers(asked, answers)}
    return tuple(one for one in asked if one.id not in answered)


def answers_of(said: Mapping[str, int]) -> tuple[DoorAnswer, ...]:
    """Turn a claim's `answers` into what they stand for."""
    return tuple(DoorAnswer(question, answer) for question, answer in said.items())


def said_of(answers: Iterable[DoorAnswer]) -> dict[str, int]:
    """Turn answers into a claim's `answers`; of two to the same question the first counts."""
    said: dict[str, int] = {}
    for one in answers:
        said.setdefault(one.question, one.answer)
    return said


def find_flaws(questions: Sequence[DoorQuestion]) -> tuple[QuestionFlaw, ...]:
    """Return what is wrong with a type's questions; nothing where they can be asked."""
    flaws = []
    if len(questions) > QUESTIONS_MAX:
        flaws.append(QuestionFlaw("", f"a ticket type has at most {QUESTIONS_MAX} questions"))
    seen: set[str] = set()
    for place, question in enumerate(questions):
        flaws += _flaws_of(question, f"[{place}]", seen)
        seen.add(question.id)
    return tuple(flaws)


def _flaws_of(question: DoorQuestion, path: str, seen: set[str]) -> list[QuestionFlaw]:
    """Return what is wrong with one question."""
    flaws = []
    if _ID.fullmatch(question.id) is None:
        wanted = f"1 to {QUESTION_ID_SIZE_MAX} small letters a to z, digits or hyphens"
        flaws.append(QuestionFlaw(f"{path}.id", wanted))
    if question.id in seen:
        flaws.append(QuestionFlaw(f"{path}.id", "another question of the type has this id"))
    if not _is_line(question.text, QUESTION_SIZE_MAX):
        wanted = f"one line of 1 to {QUESTION_SIZE_MAX} letters, without spaces around it"
        flaws.append(QuestionFlaw(f"{path}.text", wanted))
    if not ANSWERS_MIN <= len(question.answers) <= ANSWERS_MAX:
        wanted = f"{ANSWERS_MIN} to {ANSWERS_MAX} answers"
        flaws.append(QuestionFlaw(f"{path}.answers", wanted))
    names: set[str] = set()
    for place, answer in enumerate(question.answers):
        where = f"{path}.answers[{place}]"
        if not _is_line(answer, ANSWER_SIZE_MAX):
            wanted = f"one line of 1 to {ANSWER_SIZE_MAX} letters, without spaces around it"
            flaws.append(QuestionFlaw(where, wanted))
        if _look_of(answer) in names:
            flaws.append(QuestionFlaw(where, "the question has this answer already"))
        names.add(_look_of(answer))
    return flaws


def _is_line(text: str, size_max: int) -> bool:
    """Tell whether a text is one line that something can be read on."""
    if not 0 < len(text) <= size_max or text != text.strip():
        return False
    if not _look_of(text):
        return False
    return all(unicodedata.category(letter) not in _NO_LETTERS for letter in text)


def _look_of(text: str) -> str:
    """Return what a text looks like on a button: two of one look cannot be told apart.

    Neither how a letter is put together shows nor what has no width.
    """
    seen = (letter for letter in text if unicodedata.category(letter) != "Cf")
    return unicodedata.normalize("NFKC", "".join(seen)).casefold()
