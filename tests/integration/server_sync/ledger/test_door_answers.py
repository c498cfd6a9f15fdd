"""What was answered at the door: noted once beside its use, and counted as long as that counts."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import msgspec
import pypdfium2
import pytest
from openpyxl import load_workbook

from gatekeeper.organizer.during.door_answers_client import read_answers
from gatekeeper.organizer.server_api import EventSite
from server.reports import door_answer_tables as report_answers
from shared.journal.entry import UndoBody
from shared.kernel.id_types import ClaimId, EventId
from shared.manifest.door_questions import DoorAnswer
from tests.factories.desk_seat import take_seat
from tests.factories.ledger_office import LedgerOffice, open_ledger_office
from tests.factories.office import test_settings

BAGS = {"id": "bags", "text": "Bags?", "answers": ["No", "Yes"]}
MEAL = {"id": "meal", "text": "=Which meal, أي وجبة?", "answers": ["Meat", "Fish", "Neither"]}


async def ask(made: LedgerOffice, *questions: Any) -> str:
    """Give the event's type questions; returns its name."""
    types = f"{made.path}/ticket-types"
    kind = (await made.office.ok("GET", types, made.owner))[0]
    said = {"name": kind["name"], "price_minor": 0, "questions": questions}
    await made.office.ok("PUT", f"{types}/{kind['id']}", made.owner, json=said)
    return str(kind["name"])


async def answered(made: LedgerOffice) -> dict[tuple[str, str], int]:
    """Return how many tickets gave each answer, by the report."""
    report = await made.office.ok("GET", f"{made.path}/report", made.owner)
    (table,) = [one for one in report["tables"] if one["name"] == "answers"]
    assert table["columns"] == ["ticket_type", "question", "answer", "tickets"]
    alone = await made.office.ok("GET", f"{made.path}/report/answers", made.owner)
    assert alone == {"made_at": report["made_at"], "table": table}
    return {(row[1], row[2]): row[3] for row in table["rows"] if row[3]}


async def saved(made: LedgerOffice, form: str) -> bytes:
    """Fetch the report as a file."""
    answer = await made.office.call("GET", f"{made.path}/report.{form}", made.owner)
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.either_database
async def test_answers_of_claims_are_noted_once_and_count_while_the_use_does(
    ledger_office: LedgerOffice,
) -> None:
    """A retry adds nothing, nor a journal that tells it again; an undone use does not count."""
    made = ledger_office
    await ask(made, BAGS, MEAL)
    north = await made.enrol(0)
    for number, answers in enumerate(({"bags": 1, "meal": 0}, {"bags": 0, "meal": 2})):
        for _ in range(2):
            claim_id = ClaimId(f"asked-{number}")
            said = await made.claimed(north, made.codes[number], claim_id, answers=answers)
            assert said["verdict"] == "admit", said
    both = {
        ("Bags?", "Yes"): 1,
        ("Bags?", "No"): 1,
        (MEAL["text"], "Meat"): 1,
        (MEAL["text"], "Neither"): 1,
    }
    assert await answered(made) == both
    told = (DoorAnswer("bags", 1), DoorAnswer("meal", 0))
    made.scan(north, 0, claim_id=ClaimId("asked-0"), mode="online", answers=told)
    for _ in range(2):
        await made.exchanged(north, north.journal.entries)
    assert await answered(made) == both
    seat = take_seat(made.office, made.owner)
    site = EventSite(made.owner.organization_id, EventId(made.event_id))
    counts = (await read_answers(seat, site)).counts
    await seat.close()
    assert {(one.question, one.answer): one.tickets for one in counts if one.tickets} == both
    undo = UndoBody(ClaimId("asked-0"), made.tickets[0], "", "wrong person")
    north.journal.add(undo, made.event_id, made.now)
    await made.exchanged(north, north.journal.entries)
    assert await answered(made) == {("Bags?", "No"): 1, (MEAL["text"], "Neither"): 1}


@pytest.mark.either_database
async def test_a_guest_is_told_what_their_tickets_answered(ledger_office: LedgerOffice) -> None:
    """By name as long as there is one; of nobody else, and not of another organization."""
    made = ledger_office
    await ask(made, BAGS, MEAL)
    north = await made.enrol(0)
    for number, name in enumerate(("Klára Nováková", "Sam Okafor")):
        path = f"{made.path}/tickets/{made.hex_of(number)}/holder"
        await made.office.ok("PUT", path, made.owner, json={"name": name})
        said = {"bags": number, "meal": 2}
        await made.claimed(north, made.codes[number], ClaimId(f"n-{number}"), answers=said)
    await ask(made, BAGS)
    klara = {"name": "Klára Nováková"}

    async def held(who: Any) -> list[Any]:
        path = f"{who.path}/persons/held"
        return list((await made.office.ok("POST", path, who, json=klara))["answers"])

    told = [(one["ticket_id"], one["question"], one["answer"]) for one in await held(made.owner)]
    assert told == [
        (made.hex_of(0), "Bags?", "No"),
        (made.hex_of(0), MEAL["text"], "Neither"),
    ]
    assert await held(await made.office.person()) == []
    await made.office.ok("POST", f"{made.owner.path}/persons/erase", made.owner, json=klara)
    assert await held(made.owner) == []


@pytest.mark.either_database
async def test_what_was_answered_is_not_read_under_other_words(
    ledger_office: LedgerOffice,
) -> None:
    """Until the first answer a text is mended; then other words are another question."""
    made = ledger_office
    await ask(made, BAGS | {"text": "Bgas?"}, MEAL)
    await ask(made, BAGS, MEAL)
    north = await made.enrol(0)
    said = await made.claimed(
        north, made.codes[0], ClaimId("asked-0"), answers={"bags": 1, "meal": 0}
    )
    assert said["verdict"] == "admit", said
    types = f"{made.path}/ticket-types"
    kind, other = (await made.office.ok("GET", types, made.owner))[0], "Waiver signed?"

    async def put(of: str, *questions: Any) -> Any:
        body = {"name": kind["name"], "price_minor": 0, "questions": questions}
        return await made.office.call("PUT", f"{types}/{of}", made.owner, json=body)

    for before in ((BAGS, MEAL), (MEAL,)):  # nor once it was withdrawn
        assert (await put(kind["id"], *before)).status_code == 200
        refused = await put(kind["id"], MEAL, BAGS | {"text": other})
        assert refused.status_code == 422, refused.text
        (error,) = refused.json()["errors"]
        assert error["field"] == "questions[1].text"
        assert "Leave the id out" in error["message"]
    anew = {"text": other, "answers": BAGS["answers"]}
    assert (await put(kind["id"], MEAL, anew)).status_code == 200
    counts = {("bags", "2"): 1, (MEAL["text"], "Meat"): 1}
    assert await answered(made) == counts, "by id and place, under no words at all"
    # An id of another type is another question's: nobody with its tickets has answered.
    second = {"name": "VIP", "price_minor": 0, "questions": [BAGS]}
    vip = await made.office.ok("POST", types, made.owner, json=second)
    assert (await put(vip["id"], BAGS | {"text": other})).status_code == 200


@pytest.mark.either_database
async def test_answers_of_gates_on_their_own_are_noted_from_their_journals(
    ledger_office: LedgerOffice,
) -> None:
    """Each ticket once for an answer, however many ways in; what nobody asks stands apart."""
    made = ledger_office
    name = await ask(made, BAGS)
    north, south = await made.enrol(0), await made.enrol(1)
    yes, no = (DoorAnswer("bags", 1),), (DoorAnswer("bags", 0),)
    made.scan(north, 0, answers=yes)
    made.scan(north, 1, answers=no)
    made.scan(north, 2, verdict="deny", reason="cancelled", seen=b"", answers=yes)
    made.scan(north, 3, answers=(*yes, *no, DoorAnswer("bags", 5), DoorAnswer("old", 9)))
    made.scan(south, 0, answers=yes)  # a double use, asked at both gates
    for device in (north, south, north):
        await made.exchanged(device, device.journal.entries)
    counts = {("Bags?", "Yes"): 2, ("Bags?", "No"): 1, ("old", "10"): 1}
    assert await answered(made) == counts
    report = await made.office.ok("GET", f"{made.path}/report", made.owner)
    (table,) = [one for one in report["tables"] if one["name"] == "answers"]
    assert table["rows"] == [
        [name, "Bags?", "No", 1],
        [name, "Bags?", "Yes", 2],
        [name, "old", "10", 1],
    ]


@pytest.mark.either_database
async def test_a_groups_answers_stay_while_one_of_it_is_in(
    tmp_path: Path, database_url: str
) -> None:
    """Only the first of a group is asked: where that entry is undone, the others stand for it."""
    terms = {"questions": [BAGS], "persons": 4}
    settings = test_settings(database_url, tmp_path)
    async with open_ledger_office(settings, ticket_type=terms) as made:
        await undone_one_by_one(made)


async def undone_one_by_one(made: LedgerOffice) -> None:
    north = await made.enrol(0)

    async def enters(name: str, **answers: int) -> str:
        claim_id = ClaimId(name)
        return str((await made.claimed(north, made.codes[0], claim_id, answers=answers))["reason"])

    async def undo(name: str) -> None:
        made.scan(north, 0, claim_id=ClaimId(name), mode="online")
        north.journal.add(
            UndoBody(ClaimId(name), made.tickets[0], "", "x"), made.event_id, made.now
        )
        await made.exchanged(north, north.journal.entries)

    assert await enters("first", bags=1) == "ok"
    assert await enters("second") == "ok", "nobody else of the group is asked"
    yes, no = {("Bags?", "Yes"): 1}, {("Bags?", "No"): 1}
    await undo("first")
    assert await answered(made) == yes
    lines = (await saved(made, "csv")).decode("utf-8-sig")
    assert lines.count(made.hex_of(0)) == 1
    await undo("second")
    assert await answered(made) == {}, "nobody is in"
    assert await enters("third") == "question", "who comes first now is asked anew"
    assert await enters("third", bags=0) == "ok"
    assert await enters("fourth") == "ok"
    assert await answered(made) == no
    await undo("third")
    assert await answered(made) == no, "what was said last, and that alone"


async def test_what_a_thin_scanner_answers_to_nothing_asked_is_not_noted(
    ledger_office: LedgerOffice,
) -> None:
    """Unknown questions, answers out of range, and ways out."""
    made = ledger_office
    await ask(made, BAGS)
    north = await made.enrol(0)
    said = await made.claimed(
        north, made.codes[0], answers={"bags": 0, "other": 1}, direction="in"
    )
    assert said["verdict"] == "admit", said
    await made.claimed(north, made.codes[0], answers={"bags": 1}, direction="out")
    assert await answered(made) == {("Bags?", "No"): 1}


@pytest.mark.either_database
async def test_what_a_device_makes_up_hides_no_answer_to_a_withdrawn_question(
    ledger_office: LedgerOffice,
) -> None:
    """What was really asked comes first, and what is left out at the end is counted there."""
    made = ledger_office
    await ask(made, BAGS | {"id": "zz-bags"})
    north, south = await made.enrol(0), await made.enrol(1)
    await made.claimed(north, made.codes[0], answers={"zz-bags": 1})
    await ask(made)
    for number in range(1, 5):
        lies = tuple(DoorAnswer(f"a{number}-{one}", 0) for one in range(16))
        made.scan(south, number, answers=lies)
    await made.exchanged(south, south.journal.entries)
    report = await made.office.ok("GET", f"{made.path}/report", made.owner)
    (table,) = [one for one in report["tables"] if one["name"] == "answers"]
    assert len(table["rows"]) == 65
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_answers, "REPORT_UNKNOWN_ANSWERS_MAX", 10)
        report = await made.office.ok("GET", f"{made.path}/report", made.owner)
    (table,) = [one for one in report["tables"] if one["name"] == "answers"]
    assert [row[1:] for row in table["rows"][:2]] == [["zz-bags", "2", 1], ["a1-0", "1", 1]]
    assert table["rows"][10:] == [["…", "", "55 more", 55]]


@pytest.mark.either_database
async def test_every_file_of_the_report_has_the_answers_and_spreadsheets_each_line(
    ledger_office: LedgerOffice,
) -> None:
    """CSV, XLSX and PDF; an answer that looks like a formula is text."""
    made = ledger_office
    await ask(made, MEAL)
    north = await made.enrol(0)
    for number, meal in enumerate((0, 0, 2)):
        await made.claimed(north, made.codes[number], answers={"meal": meal})
    rows = list(csv.reader(StringIO((await saved(made, "csv")).decode("utf-8-sig"), newline="")))
    asked = "'" + str(MEAL["text"])
    counts = {row[2]: row[3] for row in rows if len(row) == 4 and row[1] == asked}
    assert counts == {"Meat": "2", "Fish": "0", "Neither": "1"}
    lines = [row for row in rows if len(row) == 7 and row[3] == asked]
    assert [(row[0], row[4]) for row in lines] == [
        (made.hex_of(0), "Meat"),
        (made.hex_of(1), "Meat"),
        (made.hex_of(2), "Neither"),
    ]
    book = load_workbook(BytesIO(await saved(made, "xlsx")))
    sheet = [row[1:] for row in book["answers"].iter_rows(min_row=2, values_only=True)]
    assert sheet == [
        (MEAL["text"], "Meat", 2),
        (MEAL["text"], "Fish", 0),
        (MEAL["text"], "Neither", 1),
    ]
    assert book["answers_by_ticket"].max_row == 4
    pages = pypdfium2.PdfDocument(await saved(made, "pdf"))
    told = "".join(page.get_textpage().get_text_bounded() for page in pages)
    assert "Neither" in told
    assert made.hex_of(0) not in told, "lines are for spreadsheets"


def test_an_answer_holds_no_words() -> None:
    """Journals cannot forget: what stands in them is the question's id and a number."""
    body = msgspec.json.encode(DoorAnswer("bags", 1))
    assert body == b'["bags",1]'
