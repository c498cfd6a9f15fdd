"""What the screen says while a person decides, and what became of it."""

from __future__ import annotations

import msgspec

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.presenters.colors import ScreenState
from gatekeeper.presenters.fault_words import spell_trouble
from gatekeeper.presenters.gate.how_long_screens_stay import (
    DEBT_STAYS_MS,
    NOT_ADMITTED_STAYS_MS,
    UNATTENDED_STAYS_MS,
    UNDO_STAYS_MS,
)
from gatekeeper.presenters.gate.open_decision import OpenDecision, Question
from gatekeeper.presenters.gate.verdict_content import (
    Tone,
    VerdictContent,
    spell_holder,
)
from gatekeeper.presenters.ticket_naming import name_ticket
from gatekeeper.turnstile.granted_passages import ArmEnd
from gatekeeper.wording.texts import Texts
from shared.admission.reasons import Reason


def replies_of(decision: OpenDecision, texts: Texts) -> tuple[str, ...]:
    """Return the answers to the question that is asked now, each with the key that is it."""
    asked = decision.asked
    if asked is None:
        return ()
    return tuple(
        f"{number}. {texts.isolate(answer)}" for number, answer in enumerate(asked.answers, 1)
    )


def describe_question(
    decision: OpenDecision, content: VerdictContent, texts: Texts
) -> VerdictContent:
    """Fit an answer's screen to the question that is asked now: what is to be read out is large.

    Args:
        decision: With its questions, and the answers so far.
        content: Of the lane's answer.
        texts: The catalogue.
    """
    asked = decision.asked
    if asked is None:
        return content
    word, count = content.word, len(decision.questions)
    if count > 1:
        word = texts.say("decide.ask_number", number=len(decision.said) + 1, count=count)
    return msgspec.structs.replace(
        content,
        word=word,
        facts=(texts.isolate(asked.text),),
        steps=(),
        staff=texts.beside(content.staff, texts.say("decide.ask_hint")),
        stays_ms=0,
        is_read_out=True,
    )


def frame_decision(
    decision: OpenDecision, content: VerdictContent, texts: Texts
) -> VerdictContent:
    """Fit an answer's screen to the decision that it waits for.

    What the buttons say is not said twice, and what holds the lane does not end by itself here.
    """
    if decision.kind is Question.ASK:
        return describe_question(decision, content, texts)
    if decision.kind is Question.DEBT:
        steps = (texts.say("decide.debt_hint"),)
        return msgspec.structs.replace(content, steps=steps, stays_ms=DEBT_STAYS_MS)
    if not decision.holds_lane:
        return content
    assert decision.answer is not None
    reason = Reason(decision.answer.reason)
    is_proof = decision.kind is Question.PROOF
    key = "decide.proof_hint" if is_proof else f"reason.{reason.value}.next"
    return msgspec.structs.replace(content, steps=(texts.say(key),), stays_ms=0)


def describe_count(decision: OpenDecision, texts: Texts) -> VerdictContent:
    """Ask how many of a group pass now; nothing is green before that is answered."""
    outlook = decision.outlook
    assert outlook is not None
    is_out = outlook.direction == "out"
    kind = outlook.ticket_type
    holder = (spell_holder(outlook.holder, outlook.order),) if outlook.holder else ()
    most = texts.say("decide.most_out" if is_out else "decide.most_in", count=outlook.most)
    return VerdictContent(
        state=ScreenState.REFER,
        icon="refer",
        word=texts.say("decide.how_many_out" if is_out else "decide.how_many"),
        facts=(texts.beside(kind, most) if kind else most,),
        steps=holder,
        staff=name_ticket(outlook.ticket_id, outlook.printed),
        tone=Tone.REFER,
    )


def describe_not_admitted(why: str, texts: Texts) -> VerdictContent:
    """Say that a decision ended without an admission.

    Args:
        why: Key of the sentence.
        texts: The catalogue.
    """
    return VerdictContent(
        state=ScreenState.DENY,
        icon="deny",
        word=texts.say("decide.not_admitted"),
        steps=(texts.say(why), texts.say("decide.not_admitted_next")),
        tone=Tone.DENY,
        stays_ms=NOT_ADMITTED_STAYS_MS,
    )


def describe_undo(answer: ScanAnswer, texts: Texts) -> VerdictContent:
    """Ask whether the last admission is to be taken back, naming the effect."""
    return VerdictContent(
        state=ScreenState.PAUSED,
        icon="undo",
        word=texts.say("undo.title"),
        facts=(answer.ticket_type or texts.say("undo.ticket"),),
        steps=(texts.say("undo.effect"),),
        staff="" if answer.ticket_id is None else name_ticket(answer.ticket_id, answer.printed),
        tone=Tone.TICK,
        stays_ms=UNDO_STAYS_MS,
    )


def describe_undone(texts: Texts) -> VerdictContent:
    """Say that an admission was taken back; grey, never green."""
    return VerdictContent(
        state=ScreenState.PAUSED,
        icon="undo",
        word=texts.say("undo.done"),
        steps=(texts.say("undo.done_next"),),
        tone=Tone.TICK,
        stays_ms=NOT_ADMITTED_STAYS_MS,
    )


def spell_arm_fault(end: ArmEnd) -> str:
    """Say what failed last at the arm of an admission."""
    return spell_trouble(end.why.kind or "", end.why.text)


def _end_key(end: ArmEnd) -> str:
    """Name the sentence that says who counts as what after a passage that not all have used."""
    if not end.granted.is_exit:
        return "service.not_passed_next"
    if end.is_nobody:
        return "service.not_out_next"
    if end.granted.is_offered and end.passed:  # those are on record as gone
        return "service.part_out_next"
    return "service.none_out_next" if end.granted.persons > 1 else "service.some_out_next"


def describe_not_passed(end: ArmEnd, texts: Texts) -> VerdictContent:
    """Say that a passage was taken back, and what to do where the arm failed.

    Args:
        end: What became of it at the arm: nobody went in, or not everybody went out for certain.
        texts: The window's language.
    """
    next_step = texts.say(_end_key(end), count=end.passed, of=end.granted.persons)
    content = VerdictContent(
        state=ScreenState.PAUSED,
        icon="undo",
        word=texts.say("service.not_passed"),
        steps=(next_step,),
        tone=Tone.TICK,
        stays_ms=NOT_ADMITTED_STAYS_MS,
    )
    if not end.why:
        return content
    failed = spell_arm_fault(end)
    if end.is_nobody:
        failed = texts.say("fault.detail", what=texts.say("arm.failed"), detail=failed)
    return msgspec.structs.replace(
        content,
        icon="paused",
        facts=(failed,),
        steps=(next_step, texts.say("paused.next")),
        tone=Tone.DENY,
        stays_ms=0,
    )


def describe_unattended(content: VerdictContent, texts: Texts) -> VerdictContent:
    """Send whoever needs a person to where persons are; nobody answers questions here."""
    if content.state is not ScreenState.REFER:
        return content
    steps = () if content.facts else content.steps[:1]
    return msgspec.structs.replace(
        content,
        facts=content.facts[:1],
        holder="",
        steps=(*steps, texts.say("service.go_to_staff")),
        stays_ms=UNATTENDED_STAYS_MS,
    )
