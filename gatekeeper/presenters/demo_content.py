"""The demo's steps in words, for its window and for its page of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from gatekeeper.demo.steps import TOLD, Step, Tally
from gatekeeper.wording.texts import Texts


class StepContent(msgspec.Struct, frozen=True, kw_only=True):
    """A step as it is told.

    Attributes:
        number: From 1; 0 before the first and beyond the last.
        title: What happens.
        text: What is seen and why it matters, in a sentence or two.
    """

    number: int
    title: str
    text: str


def describe_step(step: Step, tally: Tally, texts: Texts) -> StepContent:
    """Put a step into words.

    Args:
        step: Of the story.
        tally: Its figures so far.
        texts: The catalogue.
    """
    values = msgspec.structs.asdict(tally)
    return StepContent(
        number=TOLD.index(step) + 1 if step in TOLD else 0,
        title=texts.say(f"demo.{step.value}.title", **values),
        text=texts.say(f"demo.{step.value}.text", **values),
    )


def describe_page(page: str, texts: Texts, **values: object) -> StepContent:
    """Put what is no step into words: `try`, `own` or `broken`."""
    title, text = (texts.say(f"demo.{page}.{part}", **values) for part in ("title", "text"))
    return StepContent(number=0, title=title, text=text)


class Task(msgspec.Struct, frozen=True):
    """One thing to do for an event of one's own.

    Attributes:
        title: What it is.
        command: To be copied.
    """

    title: str
    command: str


_TASKS: Final = (
    ("desk", "gatekeeper organizer"),
    ("kiosk", "gatekeeper kiosk"),
    ("icons", "gatekeeper icons"),
)
"""What is typed is no language's."""


def own_event(texts: Texts, prefix: str = "") -> Sequence[Task]:
    """Return what to do for an event of one's own, in order.

    Args:
        texts: The catalogue.
        prefix: The folder of the programs, where a shell would not find them; ends with `/`.
    """
    return [Task(texts.say(f"demo.own.{name}"), prefix + command) for name, command in _TASKS]
