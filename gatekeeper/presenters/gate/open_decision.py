"""What a person still has to decide about a scan, and what each way out of it is. Without Qt."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from gatekeeper.gate.answer import GroupOutlook, ScanAnswer
from gatekeeper.gate.requests import Scan
from shared.admission.reasons import NEVER_OVERRIDDEN, Reason, Verdict
from shared.manifest.door_questions import DoorAnswer, DoorQuestion


class Question(StrEnum):
    """What a gate's screen asks its staff after a scan."""

    ASK = "ask"
    """What does the holder answer to what the organizer wants asked?"""
    PROOF = "proof"
    """Has the holder shown what the ticket type asks for?"""
    DEBT = "debt"
    """Was the holder told of the debt, where the zone lets them in then?"""
    PERSON = "person"
    """Does a supervisor let the holder in?"""
    COUNT = "count"
    """How many of a group pass now?"""
    APPEAL = "appeal"
    """Nothing: it is denied, but a supervisor could say otherwise."""
    UNDO = "undo"
    """Is the last admission to be taken back?"""


class Act(StrEnum):
    """What a gate's staff answer such a question, by a button or a key that is held."""

    CONFIRM = "confirm"
    REFUSE = "refuse"
    SUPERVISOR = "supervisor"
    BACK = "back"


_HOLDING: Final = frozenset({Question.ASK, Question.PROOF, Question.PERSON, Question.COUNT})
_PERSON_REASONS: Final = frozenset({Reason.SUPERVISOR, Reason.STALE_MANIFEST, Reason.QUESTION})


class OpenDecision(msgspec.Struct, frozen=True):
    """A scan that waits for a person.

    Attributes:
        kind: What is asked.
        request: The scan, with what was confirmed so far.
        answer: The lane's, where it has given one.
        outlook: How many may pass, where that is asked.
        count: The number chosen so far.
        said: The numbers of the answers so far, from 0, in the order of the questions.
    """

    kind: Question
    request: Scan
    answer: ScanAnswer | None = None
    outlook: GroupOutlook | None = None
    count: int = 1
    said: tuple[int, ...] = ()

    @property
    def holds_lane(self) -> bool:
        """Whether the next visitor waits until this is decided."""
        return self.kind in _HOLDING

    @property
    def questions(self) -> tuple[DoorQuestion, ...]:
        """The organizer's questions to the holder, in order; none if something else is asked."""
        is_asking = self.kind is Question.ASK and self.answer is not None
        return self.answer.questions if is_asking and self.answer is not None else ()

    @property
    def asked(self) -> DoorQuestion | None:
        """The question that is asked now; None where none is left."""
        return self.questions[len(self.said)] if len(self.said) < len(self.questions) else None

    def reply(self, number: int) -> OpenDecision | None:
        """Answer the question that is asked now; None where it has no such answer.

        Args:
            number: Of the answer, from 0.
        """
        asked = self.asked
        if asked is None or not 0 <= number < len(asked.answers):
            return None
        return msgspec.structs.replace(self, said=(*self.said, number))

    def step_back(self) -> OpenDecision:
        """Take the holder's last answer back."""
        return msgspec.structs.replace(self, said=self.said[:-1])

    @property
    def most(self) -> int:
        """The most persons of a group that can be chosen to pass."""
        return 1 if self.outlook is None else self.outlook.most

    def step(self, by: int) -> OpenDecision:
        """Choose another number of persons, one up or down, between one and the most."""
        return self._with(self.count + by)

    def type_digit(self, digit: int, before: int | None) -> OpenDecision:
        """Choose a number of persons by its digits.

        Args:
            digit: 0 to 9.
            before: The number that the digits before have made, or None for the first one.
        """
        number = (before or 0) * 10 + digit
        if not 1 <= number <= self.most:
            number = digit
        return self._with(number) if 1 <= number <= self.most else self

    def _with(self, count: int) -> OpenDecision:
        return msgspec.structs.replace(self, count=max(1, min(self.most, count)))

    def confirmed(self) -> Scan:
        """Return the scan that goes on after a yes."""
        claim_id = None if self.answer is None else self.answer.claim_id
        said = self.answer or self.outlook
        count = self.count if self.kind is Question.COUNT else self._count_so_far()
        return msgspec.structs.replace(
            self.request,
            claim_id=claim_id,
            count=count,
            answers=self._answers_so_far(),
            id_checked=self.request.id_checked or self.kind is Question.PROOF,
            pending_acknowledged=self.request.pending_acknowledged or self.kind is Question.DEBT,
            asked_at=self.request.asked_at or (None if said is None else said.at),
        )

    def _answers_so_far(self) -> tuple[DoorAnswer, ...]:
        """Return what was answered before and now; who is asked again has answered anew."""
        now = tuple(
            DoorAnswer(question.id, number)
            for question, number in zip(self.questions, self.said, strict=False)
        )
        names = {one.question for one in now}
        return (*(one for one in self.request.answers if one.question not in names), *now)

    def _count_so_far(self) -> int:
        return 1 if self.answer is None else self.answer.count


def decision_on(request: Scan, answer: ScanAnswer) -> OpenDecision | None:
    """Return what a person has to say, or may say, to an answer; None where nothing."""
    reason = Reason(answer.reason)
    if answer.stop:
        return None
    if reason is Reason.CHECK_ID:
        return OpenDecision(Question.PROOF, request, answer)
    if reason is Reason.QUESTION and answer.questions:
        return OpenDecision(Question.ASK, request, answer)
    if reason in _PERSON_REASONS:
        return OpenDecision(Question.PERSON, request, answer)
    if reason is Reason.UNPAID and answer.may_acknowledge:
        return OpenDecision(Question.DEBT, request, answer)
    if reason.verdict is Verdict.DENY and reason not in NEVER_OVERRIDDEN:
        return OpenDecision(Question.APPEAL, request, answer)
    return None


def ask_count(request: Scan, outlook: GroupOutlook) -> OpenDecision:
    """Return the question how many; all who may pass is where it begins."""
    return OpenDecision(Question.COUNT, request, outlook=outlook, count=outlook.most)
