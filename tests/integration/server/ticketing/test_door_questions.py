"""What a ticket type asks at the door: kept by the API, told to gates, refused with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from server.plans.compiling_plans import read_event_config
from shared.kernel.id_types import EventId, OrganizationId
from shared.manifest.door_questions import DoorQuestion
from tests.factories.ledger_office import LedgerOffice

BAGS = {"text": "Bags?", "answers": ["No", "Yes"]}
MEAL = {"id": "meal", "text": "Which meal?", "answers": ["Meat", "Fish", "Neither"]}


def types_of(made: LedgerOffice) -> str:
    """Return where the event's ticket types are."""
    return f"{made.path}/ticket-types"


async def add(made: LedgerOffice, questions: list[Any]) -> Any:
    """Add a type with questions."""
    said = {"name": "VIP", "price_minor": 0, "questions": questions}
    return await made.office.call("POST", types_of(made), made.owner, json=said)


@pytest.mark.either_database
async def test_questions_keep_their_ids_and_order_and_reach_the_plan(
    ledger_office: LedgerOffice,
) -> None:
    """One without an id is given one, and keeps it when it is said again without."""
    made = ledger_office
    answer = await add(made, [BAGS, MEAL])
    assert answer.status_code == 201, answer.text
    kind = answer.json()
    drawn = kind["questions"][0]["id"]
    assert kind["questions"] == [BAGS | {"id": drawn}, MEAL]
    place = f"{types_of(made)}/{kind['id']}"
    said = {"name": "VIP", "price_minor": 0, "questions": [MEAL, BAGS]}
    changed = await made.office.ok("PUT", place, made.owner, json=said)
    assert changed["questions"] == [MEAL, BAGS | {"id": drawn}]
    async with made.office.context.read(OrganizationId(made.owner.organization_id)) as unit:
        config = await read_event_config(unit, EventId(made.event_id))
    asked = {one.id: one.questions for one in config.ticket_types}
    assert asked[kind["id"]] == (
        DoorQuestion("meal", "Which meal?", ("Meat", "Fish", "Neither")),
        DoorQuestion(drawn, "Bags?", ("No", "Yes")),
    )


@pytest.mark.either_database
async def test_what_staff_cannot_ask_is_refused_by_its_field(ledger_office: LedgerOffice) -> None:
    """Too many, too few, too long, blank, twice: each names where, and nothing is kept."""
    made = ledger_office
    before = await made.office.ok("GET", types_of(made), made.owner)
    for questions, field in (
        ([BAGS | {"text": f"Q{n}"} for n in range(5)], "questions"),
        ([BAGS | {"answers": ["Yes"]}], "questions[0].answers"),
        ([BAGS | {"answers": [str(n) for n in range(7)]}], "questions[0].answers"),
        ([BAGS, MEAL | {"answers": ["Fish", "fish"]}], "questions[1].answers[1]"),
        ([BAGS | {"text": " "}], "questions[0].text"),
        ([BAGS | {"text": "Two\nlines"}], "questions[0].text"),
        ([BAGS | {"text": "x" * 201}], "questions[0].text"),
        ([BAGS | {"answers": ["", "Yes"]}], "questions[0].answers[0]"),
        ([BAGS | {"id": "Not so"}], "questions[0].id"),
        ([MEAL, BAGS | {"id": "meal"}], "questions[1].id"),
        ([BAGS | {"free_text": True}], "questions[0]"),
    ):
        answer = await add(made, questions)
        assert answer.status_code in {400, 422}, (questions, answer.text)
        fields = [one["field"] for one in answer.json()["errors"]]
        assert any(one.startswith(field) for one in fields), (questions, answer.text)
    assert await made.office.ok("GET", types_of(made), made.owner) == before


async def test_an_answer_keeps_its_number_as_long_as_the_question_keeps_its_id(
    ledger_office: LedgerOffice,
) -> None:
    """Further answers come behind; another order is another question."""
    made = ledger_office
    kind = (await add(made, [MEAL])).json()
    place = f"{types_of(made)}/{kind['id']}"

    async def put(answers: list[str], **more: Any) -> Any:
        asked = {"text": "Which meal?", "answers": answers} | more
        said = {"name": "VIP", "price_minor": 0, "questions": [asked]}
        return await made.office.call("PUT", place, made.owner, json=said)

    for answers in (["Fish", "Meat", "Neither"], ["Meat", "Fish"], ["Meat", "Fish", "None"]):
        refused = await put(answers, id="meal")
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["field"] == "questions[0].answers"
    longer = await put(["Meat", "Fish", "Neither", "Vegan"], id="meal")
    assert longer.json()["questions"][0]["answers"][-1] == "Vegan"
    other = (await put(["Fish", "Meat"])).json()["questions"]
    assert other[0]["id"] != "meal"


@pytest.mark.either_database
async def test_the_id_of_a_withdrawn_question_is_never_another_questions(
    ledger_office: LedgerOffice,
) -> None:
    """Else what was answered before would be told as an answer to the later question."""
    made = ledger_office
    kind = (await add(made, [MEAL, BAGS])).json()
    place = f"{types_of(made)}/{kind['id']}"

    async def put(*questions: Any) -> Any:
        said = {"name": "VIP", "price_minor": 0, "questions": questions}
        return await made.office.call("PUT", place, made.owner, json=said)

    withdrawn = await put()
    assert withdrawn.json()["questions"] == []
    assert (await put()).status_code == 200, "said again, nothing changes"
    waiver = {"id": "meal", "text": "Has signed the waiver?", "answers": ["Yes", "No"]}
    refused = await put(waiver)
    assert refused.status_code == 422, refused.text
    (error,) = refused.json()["errors"]
    assert error["field"] == "questions[0].answers"
    assert "Leave the id out" in error["message"]
    again = await put(MEAL)
    assert again.json()["questions"] == [MEAL], "the same one may come back"
    await put()
    longer = MEAL | {"answers": [*MEAL["answers"], "Vegan"]}
    assert (await put(longer)).json()["questions"] == [longer]
    await put()
    assert (await put(MEAL)).status_code == 422, "nor with fewer answers than it came to"
    async with made.office.context.read(OrganizationId(made.owner.organization_id)) as unit:
        config = await read_event_config(unit, EventId(made.event_id))
    assert {one.id: one.questions for one in config.ticket_types}[kind["id"]] == ()
