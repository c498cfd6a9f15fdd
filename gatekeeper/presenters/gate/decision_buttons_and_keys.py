"""The buttons of a decision: which of them each question has, their order, words and keys."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.presenters.gate.open_decision import Act, OpenDecision, Question
from gatekeeper.wording.texts import TEXTS

_ACTS: Final = {
    Question.ASK: (Act.REFUSE, Act.SUPERVISOR),
    Question.PROOF: (Act.REFUSE, Act.CONFIRM),
    Question.DEBT: (Act.REFUSE, Act.CONFIRM),
    Question.PERSON: (Act.REFUSE, Act.SUPERVISOR),
    Question.COUNT: (Act.REFUSE, Act.CONFIRM),
    Question.APPEAL: (Act.SUPERVISOR,),
    Question.UNDO: (Act.REFUSE, Act.CONFIRM),
}
_LATER_QUESTION: Final = (Act.REFUSE, Act.BACK)
_PLAIN: Final = frozenset({Question.APPEAL, Question.ASK, Question.DEBT, Question.PERSON})
"""No button stands out where none is the usual way on, and a denial stays what is seen first."""
ACT_KEYS: Final = {Act.CONFIRM: "F9", Act.REFUSE: "F10", Act.SUPERVISOR: "F8", Act.BACK: "F7"}
_ICONS: Final = {Act.CONFIRM: "yes", Act.REFUSE: "no", Act.SUPERVISOR: "key", Act.BACK: "undo"}


class Choice(msgspec.Struct, frozen=True):
    """A button.

    Attributes:
        act: What it says.
        label: What is written on it.
        hint: The key that does the same.
        icon: A small drawing.
        is_main: Whether it is the filled one.
    """

    act: Act
    label: str
    hint: str
    icon: str
    is_main: bool


def acts_of(decision: OpenDecision) -> tuple[Act, ...]:
    """Return what can be said, in the order of the buttons."""
    is_later = decision.kind is Question.ASK and bool(decision.said)
    return _LATER_QUESTION if is_later else _ACTS[decision.kind]


def choices_of(decision: OpenDecision) -> tuple[Choice, ...]:
    """Return the buttons of a decision."""
    acts = acts_of(decision)
    return tuple(
        Choice(
            act=act,
            label=_label(decision, act),
            hint=TEXTS.say("decide.hold", key=ACT_KEYS[act]),
            icon=_ICONS[act],
            is_main=act is acts[-1] and decision.kind not in _PLAIN,
        )
        for act in acts
    )


def _label(decision: OpenDecision, act: Act) -> str:
    if act is Act.SUPERVISOR:
        return TEXTS.say("decide.supervisor")
    if decision.kind is Question.COUNT and act is Act.CONFIRM:
        is_out = decision.outlook is not None and decision.outlook.direction == "out"
        key = "decide.count_out" if is_out else "decide.count_in"
        return TEXTS.say(key, count=decision.count)
    return TEXTS.say(f"decide.{decision.kind}_{act}")
