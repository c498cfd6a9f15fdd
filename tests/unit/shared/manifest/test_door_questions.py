"""What staff ask at the door: what may be asked, and what counts as answered."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shared.journal.entry import ScanBody
from shared.kernel.id_types import TicketTypeId
from shared.manifest.door_questions import (
    DoorAnswer,
    DoorQuestion,
    answers_of,
    find_flaws,
    open_questions,
    said_of,
    valid_answers,
)
from shared.manifest.event_config import TicketTypeConfig
from shared.wire.claim import ClaimAnswer, ClaimRequest, read_questions, tell_questions

BAGS = DoorQuestion("bags", "Any bags larger than A4?", ("No", "Yes, left at the cloakroom"))
DRINK = DoorQuestion("drink", "Welcome drink?", ("Wine", "Juice", "None"))
BOTH = (BAGS, DRINK)
CLAIM: dict[str, Any] = {
    "code": "1",
    "gate_id": "gt_1",
    "direction": "in",
    "claim_id": "c",
    "scanned_at": "2026-07-04T20:00:00Z",
}


@pytest.mark.parametrize(
    ("said", "counted", "still"),
    [
        ((), [], ["bags", "drink"]),
        ((("drink", 2),), [("drink", 2)], ["bags"]),
        ((("drink", 0), ("bags", 1)), [("bags", 1), ("drink", 0)], []),
        ((("bags", 2),), [], ["bags", "drink"]),
        ((("hat", 0), ("bags", 0)), [("bags", 0)], ["drink"]),
        ((("bags", 1), ("bags", 0)), [("bags", 1)], ["drink"]),
        ((("bags", 9), ("bags", 0)), [("bags", 0)], ["drink"]),
    ],
)
def test_an_answer_counts_where_its_question_has_it(
    said: tuple[tuple[str, int], ...], counted: list[tuple[str, int]], still: list[str]
) -> None:
    """Unknown questions and numbers out of range leave the question open."""
    answers = tuple(DoorAnswer(*one) for one in said)
    found = [(one.question, one.answer) for one in valid_answers(BOTH, answers)]
    assert found == counted
    assert [one.id for one in open_questions(BOTH, answers)] == still


def test_two_questions_with_their_answers_may_be_asked() -> None:
    """Letters of every script may stand in them, marks without a width too."""
    thai = DoorQuestion("q-3", "มี\u200bกระเป๋า\u200bไหม", ("มี", "ไม่มี"))
    arabic = DoorQuestion("q-4", "هل معك حقيبة؟", ("نعم", "لا"))
    assert find_flaws((*BOTH, thai, arabic)) == ()
    assert find_flaws(()) == ()


@pytest.mark.parametrize(
    ("questions", "path"),
    [
        (tuple(DoorQuestion(f"q{n}", "?", ("a", "b")) for n in range(5)), ""),
        ((BAGS, DoorQuestion("bags", "?", ("a", "b"))), "[1].id"),
        ((DoorQuestion("", "?", ("a", "b")),), "[0].id"),
        ((DoorQuestion("Bags", "?", ("a", "b")),), "[0].id"),
        ((DoorQuestion("q\n", "?", ("a", "b")),), "[0].id"),
        ((DoorQuestion("q" * 33, "?", ("a", "b")),), "[0].id"),
        ((DoorQuestion("q", " ", ("a", "b")),), "[0].text"),
        ((DoorQuestion("q", "\u200b", ("a", "b")),), "[0].text"),
        ((DoorQuestion("q", "a\nb", ("a", "b")),), "[0].text"),
        ((DoorQuestion("q", "x" * 201, ("a", "b")),), "[0].text"),
        ((DoorQuestion("q", "?", ("a",)),), "[0].answers"),
        ((DoorQuestion("q", "?", tuple("abcdefg")),), "[0].answers"),
        ((DoorQuestion("q", "?", ("a", "")),), "[0].answers[1]"),
        ((DoorQuestion("q", "?", ("Yes", "yes")),), "[0].answers[1]"),
        ((DoorQuestion("q", "?", ("caf\u00e9", "cafe\u0301")),), "[0].answers[1]"),
        ((DoorQuestion("q", "?", ("Yes", "Y\u200bes\u202c")),), "[0].answers[1]"),
        ((DoorQuestion("q", "?", ("a", "\ufeff")),), "[0].answers[1]"),
        ((DoorQuestion("q", "?", ("a", "x" * 61)),), "[0].answers[1]"),
    ],
)
def test_what_cannot_be_asked_is_named(questions: tuple[DoorQuestion, ...], path: str) -> None:
    """Each flaw says where it is."""
    assert [flaw.path for flaw in find_flaws(questions)] == [path]


def test_a_claim_brings_answers_by_the_questions_ids() -> None:
    """On the wire it is an object; a claim without answers looks as it always did."""
    plain = msgspec.convert(CLAIM, ClaimRequest)
    assert b"answers" not in msgspec.json.encode(plain)
    request = msgspec.convert(CLAIM | {"answers": {"bags": 1, "drink": 0}}, ClaimRequest)
    assert b'"answers":{"bags":1,"drink":0}' in msgspec.json.encode(request)
    assert said_of(answers_of(request.answers)) == {"bags": 1, "drink": 0}


@pytest.mark.parametrize(
    "answers",
    [{"bags": -1}, {"bags": 256}, {"Bags": 1}, {"bags": "1"}, {f"q{n}": 0 for n in range(17)}],
)
def test_a_claim_with_other_answers_is_none(answers: dict[str, Any]) -> None:
    """Numbers, ids and how many are bounded."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(CLAIM | {"answers": answers}, ClaimRequest)


def test_an_answer_of_the_ledger_tells_the_questions() -> None:
    """As objects, which thin scanners can read."""
    told = msgspec.json.decode(msgspec.json.encode(tell_questions(BOTH)))
    assert told[0] == {"id": "bags", "text": BAGS.text, "answers": list(BAGS.answers)}
    assert read_questions(tell_questions(BOTH)) == BOTH
    old = {
        "verdict": "admit",
        "reason": "ok",
        "ticket_id": None,
        "remaining": 0,
        "claim_id": "c",
        "at": "",
        "epoch": 1,
    }
    assert msgspec.convert(old, ClaimAnswer).questions == ()


def test_what_was_written_before_there_were_questions_is_read() -> None:
    """A type and an entry without the field have none."""
    kind = TicketTypeConfig(id=TicketTypeId("tt"), code=1, name="Day", questions=BOTH)
    fields = msgspec.to_builtins(kind)
    assert msgspec.convert(fields, TicketTypeConfig) == kind
    assert msgspec.convert(fields[:-3], TicketTypeConfig).questions == ()
    body = ["c", "gt", "z", "", "in", 1, None, None, None, b"", "admit", "ok", "online"]
    assert msgspec.convert(body, ScanBody).answers == ()
    rest = ["", None, "", False, "", 0, b"", b"", None, None]
    whole = msgspec.convert([*body, *rest, [["bags", 1]]], ScanBody)
    assert whole.answers == (DoorAnswer("bags", 1),)


@pytest.mark.parametrize("answers", [[["bags", -1]], [["", 0]], [["bags", 0]] * 17, [["bags"]]])
def test_an_entry_with_other_answers_is_no_scan(answers: list[Any]) -> None:
    """The bounds of an entry's body are those of a claim."""
    body = ["c", "gt", "z", "", "in", 1, None, None, None, b"", "admit", "ok", "online"]
    rest = ["", None, "", False, "", 0, b"", b"", None, None]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert([*body, *rest, answers], ScanBody)
