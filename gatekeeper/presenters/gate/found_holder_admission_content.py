"""What a supervisor is asked about a holder who was found by name, and may answer."""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.presenters.gate.decision_content import replies_of
from gatekeeper.presenters.gate.open_decision import OpenDecision
from gatekeeper.presenters.gate.supervisor_content import REFUSE, override_options
from gatekeeper.presenters.gate.verdict_content import describe_answer
from gatekeeper.presenters.page_items import Option
from gatekeeper.supervisor.override_reasons import OverrideReason
from gatekeeper.supervisor.shown_to_supervisors import FoundHolder
from gatekeeper.wording.texts import TEXTS
from shared.admission.reasons import NEVER_OVERRIDDEN, Reason
from shared.kernel.instant import Instant

CONFIRM: Final = "confirm"
BACK: Final = "back"


def identity_hint(holder: FoundHolder) -> str:
    """Say what to look at before a holder's ticket is claimed."""
    hint = TEXTS.say("names.identity_hint")
    return f"{hint}\n{TEXTS.say('decide.proof_hint')}" if holder.checks_id else hint


def question_hint(decision: OpenDecision) -> str:
    """Say the question that is asked now, and which of several it is."""
    asked, count = decision.asked, len(decision.questions)
    assert asked is not None
    if count == 1:
        return TEXTS.isolate(asked.text)
    number = TEXTS.say("decide.ask_number", number=len(decision.said) + 1, count=count)
    return f"{number}\n{TEXTS.isolate(asked.text)}"


def question_options(decision: OpenDecision) -> list[Option]:
    """Return the answers to it, the way back and the way not to."""
    options = [Option(str(n), words) for n, words in enumerate(replies_of(decision, TEXTS))]
    if decision.said:
        options.append(Option(BACK, TEXTS.say("decide.ask_back"), icon="undo"))
    return [*options, Option(REFUSE, TEXTS.say("decide.ask_refuse"), icon="no")]


def identity_options(holder: FoundHolder) -> list[Option]:
    """Return the answers to whether it is them, and whether their proof was seen."""
    yes, no = ("names.proof_seen", "decide.proof_refuse")
    if not holder.checks_id:
        yes, no = (f"why.{OverrideReason.IDENTITY_CONFIRMED}", "decide.person_refuse")
    return [
        Option(CONFIRM, TEXTS.say(yes), icon="yes", is_main=True),
        Option(REFUSE, TEXTS.say(no), icon="no"),
    ]


def count_options(holder: FoundHolder) -> list[Option]:
    """Return how many of a ticket for several persons may enter, the first to be offered first."""
    return [
        Option(str(count), TEXTS.say("decide.count_in", count=count))
        for count in range(1, holder.persons + 1)
    ]


def spell_refusal(answer: ScanAnswer, *, now: Instant, zone: tzinfo | None) -> str:
    """Say why a found holder was not let in, where and when the ticket was used included."""
    content = describe_answer(answer, now=now, zone=zone)
    said = [content.word, *content.lines]
    if is_overridable(answer):
        said[-1] = TEXTS.say("duty.override_hint")  # in place of whom to send them to
    return "\n".join(said)


def in_spite_options(answer: ScanAnswer) -> list[Option]:
    """Return what a supervisor may say to a refusal; nothing where it stands whatever they say.

    The way not to comes first: a key that is pressed once too often lets nobody in.
    """
    if not is_overridable(answer):
        return []
    refuse = Option(REFUSE, TEXTS.say("decide.person_refuse"), icon="no")
    return [refuse, *override_options(can_refuse=False)]


def is_overridable(answer: ScanAnswer) -> bool:
    """Whether a supervisor's word may stand against a refusal."""
    return not answer.stop and Reason(answer.reason) not in NEVER_OVERRIDDEN
