"""What was answered at the doors, question by question, as words and shares. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import msgspec

from gatekeeper.organizer.during.door_answers_client import AnswerCount
from gatekeeper.wording.texts import TEXTS

_WHOLE = 100


class AnswerBar(msgspec.Struct, frozen=True):
    """An answer beside its bar.

    Attributes:
        answer: As it is given.
        said: How many tickets, and what share of those that were asked.
        percent: The share, for the bar.
    """

    answer: str
    said: str
    percent: int


class QuestionLine(msgspec.Struct, frozen=True):
    """A question with its answers.

    Attributes:
        title: Whom it is asked, and what.
        bars: In the order in which answers are offered.
    """

    title: str
    bars: tuple[AnswerBar, ...]


def ask_by_ask(counts: Sequence[AnswerCount]) -> tuple[QuestionLine, ...]:
    """Put each question's answers together; what stood together in the report stays so."""
    return tuple(
        _question(kind, question, tuple(those))
        for (kind, question), those in groupby(
            counts, key=lambda one: (one.ticket_type, one.question)
        )
    )


def _question(kind: str, question: str, counts: Sequence[AnswerCount]) -> QuestionLine:
    whole = sum(one.tickets for one in counts)
    title = TEXTS.beside(kind or TEXTS.say("answers.no_type"), question)
    return QuestionLine(title, tuple(_bar(one, whole) for one in counts))


def _bar(one: AnswerCount, whole: int) -> AnswerBar:
    percent = round(_WHOLE * one.tickets / whole) if whole else 0
    share = TEXTS.percent(percent * _WHOLE)
    said = TEXTS.say("answers.count", count=TEXTS.number(one.tickets), share=share)
    return AnswerBar(one.answer, said, percent)
