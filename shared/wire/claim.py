"""The online claim: a gate, or a thin scanner, asks the ledger before green.

`POST /sync/v1/claims`, JSON, with the device's bearer token. The answer is 200 also when denied;
the same `claim_id` again gets the same answer, and 409 with other content.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec

from shared.admission.purpose import Purpose
from shared.field_limits import AMOUNT_MAX
from shared.journal.bounds import GivenIdOf, IdOf, Name
from shared.kernel.id_types import ClaimId, GateId
from shared.manifest.door_questions import ANSWERS_SAID_MAX, AnswerNumber, DoorQuestion, QuestionId

CODE_SIZE_MAX = 4096
TAG_UID_PATTERN = r"^([0-9a-f]{8}|[0-9a-f]{14}|[0-9a-f]{20})(?!\n)$"
"""UIDs have 4, 7 or 10 bytes. A `$` alone would let a line feed follow."""
_NUMBER_MAX = 2**53
_FEW = msgspec.Meta(max_length=16)
_TICKET_ID_PATTERN = r"^[0-9a-f]{16}(?!\n)$"
_SIGNATURE_PATTERN = r"^([0-9a-f]{128})?(?!\n)$"
_GRANT_CODE_PATTERN = r"^([0-9a-f]{32})?(?!\n)$"
_DIRECTION_PATTERN = r"^(in|out)(?!\n)$"
_PURPOSE_PATTERN = rf"^({'|'.join(sorted(Purpose))})(?!\n)$"
_CURRENCY_PATTERN = r"^([A-Z]{3})?(?!\n)$"


class SeenItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The newest item of the feed that a device knows to be there, from a signed page.

    Attributes:
        epoch: Ledger epoch.
        sequence: Its number.
        lot: What was drawn with it.
    """

    epoch: Annotated[int, msgspec.Meta(ge=0, le=_NUMBER_MAX)]
    sequence: Annotated[int, msgspec.Meta(ge=0, le=_NUMBER_MAX)]
    lot: Annotated[int, msgspec.Meta(ge=0, le=_NUMBER_MAX)]


class ClaimRequest(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """One scan that asks to pass.

    Attributes:
        code: What was scanned, as text; of a tag see `tag_uid`.
        gate_id: Where; "" at a till, for other purposes than admission.
        direction: `in` or `out`.
        claim_id: 1 to 64 characters, random, the same at every retry.
        scanned_at: ISO 8601 with a zone.
        count: Persons who want to pass now.
        pending_acknowledged: Staff were told of the debt and confirmed.
        manual: A person keyed the code in: a manual code, or one of another box office.
        id_checked: Staff have seen the proof that the ticket type asks for.
        tag_uid: The UID, in lower-case hex, of the NFC tag that was read; None for everything
            else. `code` is then the credential on the tag in lower-case hex (180 digits bound to
            a tag, 166 printed), or empty where the tag itself points at its ticket. A text found
            on a tag is claimed as a text, without it.
        seen: What the ledger holds if it has forgotten nothing, or None. A ledger that does not
            hold it grants nothing: it answers 503 `ledger-behind`.
        allotted: Persons whose room the device has set aside in its own share of the zone's
            capacity, for where the ledger has none left.
        journalled: The device keeps a journal: the place that an exit leaves in a zone of limited
            capacity is free when its entry has come. Without one it is free at once.
        ticket_id: The ticket, as 16 lower-case hex digits, where no code was shown and a
            supervisor has found its holder by name; `code` is empty then. Else None.
        person: Who found it: the supervisor's opaque id, or "".
        signature: Their badge's over that, in hex (`BadgeAct.FIND`); without it such a claim is
            referred to a supervisor. For another purpose than admission, over the withdrawal
            (`BadgeAct.WITHDRAW`).
        purpose: What for; all that follows is for other purposes than admission, at tills.
        amount_minor, currency, tender: What will be paid out, and how.
        reference: The sale or the order, or "".
        why: A code word, or "".
        cashier: Opaque id, or "".
        answers: What the holder has answered to the ticket type's questions: the number of the
            answer, from 0, by the question's id.
    """

    code: Annotated[str, msgspec.Meta(max_length=CODE_SIZE_MAX)]
    gate_id: IdOf[GateId]
    direction: Annotated[str, msgspec.Meta(pattern=_DIRECTION_PATTERN)]
    claim_id: GivenIdOf[ClaimId]
    scanned_at: Annotated[str, msgspec.Meta(max_length=40)]
    count: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    pending_acknowledged: bool = False
    manual: bool = False
    id_checked: bool = False
    tag_uid: Annotated[str, msgspec.Meta(pattern=TAG_UID_PATTERN)] | None = None
    seen: SeenItem | None = None
    allotted: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    journalled: bool = False
    ticket_id: Annotated[str, msgspec.Meta(pattern=_TICKET_ID_PATTERN)] | None = None
    person: Name = ""
    signature: Annotated[str, msgspec.Meta(pattern=_SIGNATURE_PATTERN)] = ""
    purpose: Annotated[str, msgspec.Meta(pattern=_PURPOSE_PATTERN)] = Purpose.ADMISSION.value
    amount_minor: Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MAX)] = 0
    currency: Annotated[str, msgspec.Meta(pattern=_CURRENCY_PATTERN)] = ""
    tender: Name = ""
    reference: Name = ""
    why: Name = ""
    cashier: Name = ""
    answers: Annotated[
        dict[QuestionId, AnswerNumber], msgspec.Meta(max_length=ANSWERS_SAID_MAX)
    ] = msgspec.field(default_factory=dict)


class AskedQuestion(msgspec.Struct, frozen=True):
    """A question that is to be asked first.

    Attributes:
        id: What its answer is given under.
        text: As staff read it out.
        answers: What can be answered; the number of one, from 0, is the answer.
    """

    id: str
    text: str
    answers: tuple[str, ...]


class PriorUse(msgspec.Struct, frozen=True):
    """Where and when the ticket was used before: what staff tell the holder."""

    gate_id: GateId
    gate: str
    at: str


class ClaimAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger answers a gate that has claimed a ticket.

    Attributes:
        verdict: `admit`, `deny` or `refer`.
        reason: A reason code.
        ticket_id: 16 hex digits, or None where the code names no ticket.
        remaining: How many may still enter on this ticket, or None where unlimited.
        claim_id: As asked.
        at: Server time of the decision, ISO 8601.
        epoch: Ledger epoch.
        sequence: The feed's sequence of the recorded use; None where nothing was recorded.
        used: The latest earlier use, where the reason is `already_used`.
        ticket_type: Its name, for the screen, or None.
        use_gate: The id of the gate that may admit, where the reason is `offline_policy` and the
            gate is known.
        next_step: What staff should do, in English, unless they simply let the holder in: for
            thin scanners, which have no words of their own.
        allotted: Of the persons let in, how many the device's own share is charged with.
        stop: Why nobody is let into the zone now (`evacuation`), or "".
        stopped_by: The ids of the evacuations whose word that is, all of them, or none: a gate
            that knows their returns knows more than the ledger.
        questions: What is still to be asked, in order, where the reason is `question`.
        grant_code: The ledger's own code of a withdrawal that it grants, in hex, or "": the till's
            journal says it with what was done, and a ledger that has forgotten knows its word.
        paused_at: Since when the organizer has paused entry there, ISO 8601, where that keeps the
            holder out; else None. It is no `stop`: a gate that is older takes each of those for an
            evacuation.
        called_back: Where the reason is `capacity_full`: other devices hold the places in their
            shares, and were asked for them just now. Whoever scans again in a moment may find
            them.
    """

    verdict: str
    reason: str
    ticket_id: str | None
    remaining: Annotated[int, msgspec.Meta(ge=0, le=_NUMBER_MAX)] | None
    claim_id: ClaimId
    at: str
    epoch: Annotated[int, msgspec.Meta(ge=0, le=_NUMBER_MAX)]
    sequence: Annotated[int, msgspec.Meta(ge=0, le=_NUMBER_MAX)] | None = None
    used: PriorUse | None = None
    ticket_type: str | None = None
    use_gate: str | None = None
    next_step: str | None = None
    allotted: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    stop: Name = ""
    stopped_by: Annotated[tuple[Name, ...], _FEW] = ()
    generation: int | None = None
    new_generation: int | None = None
    new_key_id: int | None = None
    new_code: str | None = None
    new_manual_code: str | None = None
    grant_code: Annotated[str, msgspec.Meta(pattern=_GRANT_CODE_PATTERN)] = ""
    questions: Annotated[tuple[AskedQuestion, ...], _FEW] = ()
    paused_at: str | None = None
    called_back: bool = False


def tell_questions(questions: Iterable[DoorQuestion]) -> tuple[AskedQuestion, ...]:
    """Put questions as an answer tells them."""
    return tuple(AskedQuestion(one.id, one.text, one.answers) for one in questions)


def read_questions(questions: Iterable[AskedQuestion]) -> tuple[DoorQuestion, ...]:
    """Read the questions that an answer tells."""
    return tuple(DoorQuestion(one.id, one.text, one.answers) for one in questions)
