"""What was answered at the doors so far, as the server counts it for the report."""

from __future__ import annotations

from typing import Any

import msgspec

from gatekeeper.organizer.server_api import EventSite, ServerApi


class AnswerCount(msgspec.Struct, frozen=True):
    """An answer, and of how many tickets it was given.

    Attributes:
        ticket_type: Its name; "" of a ticket whose sale is not known yet.
        question: As it is asked; its id where the plan asks it no more.
        answer: As it is given; its place, from 1, where the plan has it no more.
    """

    ticket_type: str
    question: str
    answer: str
    tickets: int


class DoorAnswers(msgspec.Struct, frozen=True):
    """How often each answer to the questions at an event's doors was given.

    Attributes:
        made_at: When, in the event's own time.
        counts: By type and question, in the order in which both are asked.
    """

    made_at: str
    counts: tuple[AnswerCount, ...]


async def read_answers(api: ServerApi, site: EventSite) -> DoorAnswers:
    """Have an event's answers counted."""
    said: dict[str, Any] = await api.get(f"{site.path}/report/answers")
    return DoorAnswers(said["made_at"], tuple(AnswerCount(*row) for row in said["table"]["rows"]))
