"""Lists of tickets as long jobs: looked at line by line, taken as one, given up or taken back."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

import pytest
from sqlalchemy import delete, func, select

import server.imports.routes
from server.feed.appending import activate_feed
from server.imports import import_acts, import_job
from server.imports.import_acts import IMPORT_BATCH, KIND, get_import
from server.imports.import_job import Importer
from server.imports.models import ImportFile, ImportLine
from server.jobs.runner import JOB_LEASE, JobRunner
from server.ticketing.models import ImportedCode, TicketHolder
from shared.kernel.id_types import EventId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import HOUR, MINUTE, SECOND
from tests.factories.dying_worker import CutContext, Killed
from tests.factories.office import Office, Person
from tests.factories.spreadsheets import sheet_of
from tests.factories.strength import sized

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BATCH: Final = sized(50, IMPORT_BATCH)
"""Lines that a worker takes at once here; what it does at the end of a batch is the same."""
PLACES: Final = 4 * BATCH
EARLIER: Final = [
    pytest.param(state, marks=pytest.mark.either_database)
    for state in ("checking", "placing", "telling")
]
"""States of an import; what is being undone has been through all of them."""
GOOD = (
    "Barcode;Kategorie;Name;E-Mail\nLN-1;Adult;Klára;klara@example.org\n"
    "LN-2;child;Sam;\nLN-3;1;;\n"
)


class Desk:
    """An organizer before an event with two types, and the worker that does their jobs."""

    def __init__(self, office: Office, person: Person, event_id: str) -> None:
        self.office, self.person = office, person
        self.event = f"{person.path}/events/{event_id}"

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        """Ask something that must succeed."""
        return await self.office.ok(method, f"{self.event}{path}", self.person, **more)

    async def refused(self, method: str, path: str, **more: Any) -> str:
        """Ask something that must be refused; returns the problem's type and words."""
        answer = await self.office.call(method, f"{self.event}{path}", self.person, **more)
        assert answer.status_code in {400, 404, 409, 413, 422}, answer.text
        said = answer.json()
        return f"{said['type'].rpartition('/')[2]}: {said['detail']} {said['errors']}"

    async def bring(self, body: bytes | str, kind: str = "text/csv") -> dict[str, Any]:
        """Bring a list; returns the import."""
        content = body.encode() if isinstance(body, str) else body
        made = await self.ask("POST", "/imports", content=content, headers={"content-type": kind})
        assert isinstance(made, dict)
        return made

    async def checked(self, body: bytes | str, **mapping: Any) -> dict[str, Any]:
        """Bring a list and have it looked at by the guessed columns."""
        made = await self.bring(body, XLSX if isinstance(body, bytes) else "text/csv")
        path = f"/imports/{made['id']}"
        await self.ask("POST", f"{path}/check", json=made["mapping"] | mapping)
        return await self.settled(made["id"])

    async def taken(self, body: str, *, leave_out_wrong: bool = False) -> dict[str, Any]:
        """Bring a list and take it."""
        made = await self.checked(body)
        start = {"leave_out_wrong": leave_out_wrong}
        await self.ask("POST", f"/imports/{made['id']}/start", json=start)
        return await self.settled(made["id"])

    async def settled(self, import_id: str) -> dict[str, Any]:
        """Work until nothing is due; returns the import."""
        await self.work()
        found = await self.ask("GET", f"/imports/{import_id}")
        assert isinstance(found, dict)
        return found

    async def work(self) -> None:
        """Do what is due."""
        await server.imports.routes.make_runner(self.office.framework.state).work()

    async def tickets(self) -> dict[str | None, dict[str, Any]]:
        """Return the event's tickets by their holders."""
        page = await self.ask("GET", "/tickets?limit=500")
        return {row["holder_name"]: row for row in page["items"]}

    async def counts(self) -> list[tuple[int, int]]:
        """Return how many of each type are sold and held."""
        kinds = await self.ask("GET", "/ticket-types")
        return [(kind["sold"], kind["held"]) for kind in kinds]


@pytest.fixture(autouse=True)
def _idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the application's own worker wait: each test has its own, and such batches."""
    monkeypatch.setattr(import_acts, "IMPORT_BATCH", BATCH)
    monkeypatch.setattr(import_job, "IMPORT_BATCH", BATCH)
    monkeypatch.setattr(server.imports.routes, "IMPORT_POLL_S", 3_600)


@pytest.fixture
async def desk(office: Office) -> Desk:
    person = await office.person()
    event_id = await office.event(person)
    await office.ticket_type(person, EventId(event_id), name="Adult", quantity_limit=PLACES)
    await office.ticket_type(person, EventId(event_id), name="Child")
    return Desk(office, person, event_id)


def many(first: int, count: int) -> str:
    """Write a list of codes."""
    lines = [f"A-{number},Adult,Guest {number}\n" for number in range(first, first + count)]
    return "code,type,name\n" + "".join(lines)


async def test_a_list_is_shown_looked_at_and_taken_once(desk: Desk) -> None:
    """Columns are guessed, a look takes nothing; once more it adds missing hashes alone."""
    made = await desk.bring(GOOD)
    assert made["columns"] == ["Barcode", "Kategorie", "Name", "E-Mail"]
    assert made["sample"][0] == ["LN-1", "Adult", "Klára", "klara@example.org"]
    guessed = {"code": "Barcode", "uid": "", "type": "Kategorie", "name": "Name"}
    assert guessed.items() <= made["mapping"].items()
    looked = await desk.checked(GOOD)
    told = {"state": "checked", "lines": 3, "added": 3, "known": 0, "wrong": 0, "named": 2}
    assert told.items() <= looked.items()
    assert await desk.tickets() == {}
    assert await desk.counts() == [(0, 0), (0, 0)]
    done = await desk.taken(GOOD)
    assert told | {"state": "done"} == {name: done[name] for name in told}
    assert {one["state"] for one in (await desk.tickets()).values()} == {"claimed", "paid"}
    assert await desk.counts() == [(2, 0), (1, 0)]
    kept = select(ImportedCode.ticket_id, ImportedCode.digest).order_by(ImportedCode.ticket_id)
    async with desk.office.database.write(org=desk.person.organization_id) as session:
        before = (await session.execute(kept)).all()
        await session.execute(delete(ImportedCode))
    again = await desk.taken(GOOD.replace("Klára", "Clara"))
    assert (again["added"], again["known"]) == (0, 3)
    async with desk.office.database.read(org=desk.person.organization_id) as session:
        assert [*before] == [*(await session.execute(kept)).all()] != []
    assert set(await desk.tickets()) == {"Clara", "Sam", None}


@pytest.mark.either_database
async def test_spreadsheets_are_read_as_they_are_shown(desk: Desk) -> None:
    """Numbers are codes without a point; one that the program has rounded is told."""
    rows = ["code", "type", "name"], [1001, "Adult", "=1+1"], [10**15, "Adult", ""]
    found = await desk.checked(sheet_of(*rows, [], ["LN-9", "Adult", "Zoë"], hidden=5))
    assert (found["form"], found["lines"], found["added"], found["wrong"]) == ("xlsx", 3, 2, 1)
    assert found["hidden"] == 1
    (wrong,) = await lines_of(desk, found["id"], "wrong")
    assert (wrong["line"], wrong["field"]) == (3, "code")
    assert "spreadsheet has made" in wrong["message"]


async def lines_of(desk: Desk, import_id: str, outcome: str) -> list[dict[str, Any]]:
    page = await desk.ask("GET", f"/imports/{import_id}/lines?outcome={outcome}&limit=500")
    found = page["items"]
    assert isinstance(found, list)
    return found


@pytest.mark.either_database
async def test_each_wrong_line_is_named_and_left_out_if_wanted(desk: Desk) -> None:
    """In the report as well; without that word nothing is taken."""
    text = (
        "code,uid,type,name,email\n"
        "LN-1,,Adult,Fine,\n"
        "LN-1,,Adult,,\n"
        ",,Adult,,\n"
        "LN-3,,Senior,,\n"
        "LN-4,,Adult,,a@example.org\n"
        'LN-5,,Adult,"Sam\nwho wraps",nobody\n'
        ",xyz,Adult,,\n"
        "LN-6,Adult,1,2,3,4\n"
    )
    made = await desk.checked(text)
    assert (made["lines"], made["added"], made["wrong"]) == (8, 1, 7)
    wrong = await lines_of(desk, made["id"], "wrong")
    assert [(one["line"], one["field"]) for one in wrong] == [
        *[(3, "code"), (4, "code"), (5, "type"), (6, "name"), (7, "email")],
        *[(9, "uid"), (10, "columns")],
    ]
    path = f"/imports/{made['id']}"
    assert "lines are wrong" in await desk.refused("POST", f"{path}/start", json={})
    assert await desk.tickets() == {}
    await desk.ask("POST", f"{path}/start", json={"leave_out_wrong": True})
    done = await desk.settled(made["id"])
    assert (done["state"], done["added"], done["wrong"]) == ("done", 1, 7)
    assert set(await desk.tickets()) == {"Fine"}
    report = await desk.office.call("GET", f"{desk.event}{path}/report.csv", desk.person)
    told = report.text.splitlines()
    assert told[0] == "line,outcome,field,message,ticket_id"
    assert [line.split(",")[1] for line in told[1:]] == ["new"] + ["wrong"] * 7
    assert "Fine" not in report.text


@pytest.mark.either_database
async def test_a_look_counts_each_type_by_itself(desk: Desk) -> None:
    """New, known and wrong ones; a wrong line without a type of the event counts by itself."""
    adult, child = [kind["id"] for kind in await desk.ask("GET", "/ticket-types")]
    await desk.taken("code,type\nA-0,Adult\nA-1,Child\nA-2,Child\n")
    late = BATCH + 1  # doubles are found within a batch, and from one to the next
    text = (
        "code,type,name\nA-0,Adult,\nA-0,Adult,\n,Adult,\nA-1,Adult,\nA-2,Child,\n"
        + "".join(f"B-{number},Child,\n" for number in range(late))
        + "B-0,Child,\nC-1,Senior,\nC-2,,\nC-3,Child,,,x\n"
    )

    def types(of: dict[str, Any]) -> list[dict[str, Any]]:
        sums = {name: sum(one[name] for one in of["types"]) for name in ("added", "wrong")}
        assert {name: of[name] for name in sums} == sums
        return [dict(one) for one in of["types"]]

    made = await desk.checked(text)
    looked = [
        {"ticket_type_id": adult, "added": 0, "again": 0, "known": 1, "wrong": 3, "kept": 0},
        {"ticket_type_id": child, "added": late, "again": 0, "known": 1, "wrong": 1, "kept": 0},
        {"ticket_type_id": None, "added": 0, "again": 0, "known": 0, "wrong": 3, "kept": 0},
    ]
    assert types(made) == looked
    path = f"/imports/{made['id']}"
    await desk.ask("POST", f"{path}/start", json={"leave_out_wrong": True})
    assert types(await desk.settled(made["id"])) == looked
    await desk.ask("POST", f"{path}/undo")
    assert types(await desk.settled(made["id"])) == [
        looked[0],
        looked[1] | {"added": 0},
        looked[2],
    ]
    back = await desk.checked("code,type\nB-0,Child\nA-0,Adult\n")
    assert [(one["known"], one["again"]) for one in types(back)] == [(1, 0), (0, 1)]


@pytest.mark.either_database
async def test_a_type_that_is_removed_after_the_look_is_taken_by_no_line(desk: Desk) -> None:
    """The import fails in words, and leaves nothing."""
    made = await desk.checked("code,type\nA-0,Adult\nA-1,Child\n")
    kinds = await desk.ask("GET", "/ticket-types")
    path = f"{desk.event}/ticket-types/{kinds[1]['id']}"
    gone = await desk.office.call("DELETE", path, desk.person)
    assert gone.status_code == 204, gone.text
    await desk.ask("POST", f"/imports/{made['id']}/start", json={})
    failed = await desk.settled(made["id"])
    assert (failed["state"], await desk.counts()) == ("failed", [(0, 0)])


async def die_after(desk: Desk, batches: int) -> None:
    """Let a worker take up what is due, and die; its lease then ends."""
    office = desk.office
    context = CutContext(office.database, office.clock, office.entropy, left=[None] * batches)
    importer = Importer(context, office.feed, office.usage, bytes(32))
    runner = JobRunner(office.context, {KIND: importer})
    with pytest.raises(Killed):
        await runner.work()
    office.clock.advance(JOB_LEASE + SECOND)


@pytest.mark.parametrize("state", [*EARLIER, "undoing"])
async def test_a_worker_that_dies_leaves_what_another_ends(desk: Desk, state: str) -> None:
    """In the middle of anything: nothing is lost, nothing is there twice."""
    count = 2 * BATCH + 10
    text = many(0, count)
    made = await (desk.bring(text) if state == "checking" else desk.checked(text))
    path = f"/imports/{made['id']}"
    if state == "checking":
        await desk.ask("POST", f"{path}/check", json=made["mapping"])
    else:
        await desk.ask("POST", f"{path}/start", json={})
    if state == "undoing":
        await desk.settled(made["id"])
        await desk.ask("POST", f"{path}/undo")
    await die_after(desk, {"telling": 5}.get(state, 3))
    assert (await desk.ask("GET", path))["state"] == state
    found = await desk.settled(made["id"])
    assert (found["state"], found["lines"]) == (
        {"checking": "checked", "undoing": "undone"}.get(state, "done"),
        count,
    )
    sold = count if state in {"placing", "telling"} else 0
    assert await desk.counts() == [(sold, 0), (0, 0)]


@pytest.mark.either_database
@pytest.mark.parametrize("state", ["checking", "placing"])
async def test_a_list_that_ends_every_worker_is_said_to_have_failed_and_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """Nobody waits for what no worker can read, or take."""
    made = await (desk.bring if state == "checking" else desk.checked)(many(0, 10))
    act, body = ("check", made["mapping"]) if state == "checking" else ("start", {})
    await desk.ask("POST", f"/imports/{made['id']}/{act}", json=body)

    async def end(_importer: Importer, _job: Any) -> Any:
        raise Killed

    organization_id, event_id = desk.person.organization_id, EventId(desk.event.rpartition("/")[2])
    app = desk.office.framework
    with monkeypatch.context() as broken:
        broken.setattr(Importer, "do", end)
        for step in [10 * MINUTE] * 3 + [4 * HOUR] * 40:  # more than four days
            with suppress(Killed):
                await server.imports.routes.make_runner(app.state).work()
            async with desk.office.context.read(organization_id) as unit:
                if (await get_import(unit, event_id, made["id"])).state != state:
                    break
            desk.office.clock.advance(step)
    desk.office.clock.advance(JOB_LEASE + SECOND)
    desk.person = await desk.office.person("manager", organization_id=organization_id)
    found = await desk.settled(made["id"])
    assert (found["state"], "smaller parts" in found["said"]) == ("failed", True)
    assert await desk.counts() == [(0, 0), (0, 0)]


async def test_what_is_cancelled_in_the_middle_leaves_nothing(desk: Desk) -> None:
    """No ticket, no name, no place taken; and the same list is taken afterwards."""
    text = many(0, 3 * BATCH)
    made = await desk.checked(text)
    path = f"/imports/{made['id']}"
    await desk.ask("POST", f"{path}/start", json={})
    await die_after(desk, 3)
    middle = await desk.ask("GET", path)
    assert (middle["state"], middle["position"]) == ("placing", 2 * BATCH + 1)
    assert await desk.counts() == [(0, 2 * BATCH), (0, 0)]
    assert {one["state"] for one in (await desk.tickets()).values()} == {"held"}
    told = await desk.ask("POST", f"{path}/cancel")
    assert told["state"] == "cancelling"
    assert (await desk.settled(made["id"]))["state"] == "cancelled"
    assert await desk.counts() == [(0, 0), (0, 0)]
    assert await desk.tickets() == {}
    async with desk.office.database.read(org=desk.person.organization_id) as session:
        for table in (TicketHolder, ImportedCode, ImportFile, ImportLine):
            assert (await session.execute(select(func.count()).select_from(table))).scalar() == 0
    done = await desk.taken(text)
    assert (done["state"], done["added"]) == ("done", 3 * BATCH)
    assert "can be undone" in await desk.refused("POST", f"/imports/{done['id']}/cancel")


@pytest.mark.either_database
@pytest.mark.parametrize("end", ["done", "cancelled"])
async def test_one_act_on_a_placed_ticket_does_not_hold_up_the_others(
    desk: Desk, end: str
) -> None:
    """What is removed or refunded while a list is being taken is gone; the list goes its way."""
    made = await desk.checked(many(0, 2 * BATCH))
    path = f"/imports/{made['id']}"
    await desk.ask("POST", f"{path}/start", json={})
    await die_after(desk, 2)
    one, other, third = list((await desk.tickets()).values())[:3]
    removed, refunded = f"/tickets/{one['id']}", f"/tickets/{other['id']}"
    await desk.ask("DELETE", removed)
    await desk.ask("POST", f"{refunded}/refund", json={"reason": "cannot come"})
    code = third["holder_name"].replace("Guest ", "A-")
    again = {"ticket_type_id": third["ticket_type_id"], "codes": [code]}
    assert "is being taken" in await desk.refused("POST", "/tickets/import", json=again)
    if end == "cancelled":
        await desk.ask("POST", f"{path}/cancel")
    assert (await desk.settled(made["id"]))["state"] == end
    left = 2 * BATCH - 2 if end == "done" else 0
    assert await desk.counts() == [(left, 0), (0, 0)]
    for path in (removed, refunded):
        assert (await desk.ask("GET", path))["state"] == "cancelled"


@pytest.mark.either_database
async def test_used_tickets_of_a_list_stay_while_the_others_go(desk: Desk) -> None:
    """One guest who had come in kept a list of thousands from being undone at all."""
    done = await desk.taken(many(0, 3))
    used = (await lines_of(desk, done["id"], "new"))[1]["ticket_id"]
    desk.office.usage.ids.add(parse_ticket_id(used))
    await desk.ask("POST", f"/imports/{done['id']}/undo?keep_used=true")
    assert sum(one["kept"] for one in (await desk.settled(done["id"]))["types"]) == 1
    assert [one["ticket_id"] for one in await lines_of(desk, done["id"], "kept")] == [used]
    assert (await desk.taken(many(0, 3)))["again"] == 2


@pytest.mark.either_database
async def test_a_code_that_went_after_the_look_is_brought_all_the_same(desk: Desk) -> None:
    """The list that had brought it was undone, or given up, between the look and the start."""
    first = await desk.taken(many(0, 2))
    looked = await desk.checked(many(0, 2))
    assert looked["known"] == 2
    await desk.ask("POST", f"/imports/{first['id']}/undo")
    await desk.settled(first["id"])
    await desk.ask("POST", f"/imports/{looked['id']}/start", json={})
    done = await desk.settled(looked["id"])
    assert (done["known"], done["again"]) == (0, 2)
    assert await desk.counts() == [(2, 0), (0, 0)]
    assert {"Guest 0", "Guest 1"} <= (await desk.tickets()).keys()


async def test_of_lists_that_are_begun_at_once_one_is(desk: Desk) -> None:
    """Two would take each other's tickets for known, and lose them with a cancel."""
    made = [await desk.checked(f"code,type\nA-{number},Adult\n") for number in range(6)]
    started = [f"{desk.event}/imports/{one['id']}/start" for one in made]
    answers = await asyncio.gather(
        *(desk.office.call("POST", path, desk.person, json={}) for path in started)
    )
    assert sorted(one.status_code for one in answers) == [202, 409, 409, 409, 409, 409]


@pytest.mark.either_database
async def test_an_import_is_undone_as_long_as_nobody_has_come_in(desk: Desk) -> None:
    """Its tickets are cancelled, its names gone; the same list brings them again."""
    await desk.taken(many(0, 3))
    done = await desk.taken(many(2, 4))
    assert (done["added"], done["known"]) == (3, 1)
    path = f"/imports/{done['id']}"
    ticket_id = (await lines_of(desk, done["id"], "new"))[0]["ticket_id"]
    desk.office.usage.ids.add(parse_ticket_id(ticket_id))
    assert "1 of its tickets were used" in await desk.refused("POST", f"{path}/undo")
    desk.office.usage.ids.clear()
    await desk.ask("POST", f"{path}/undo")
    assert (await desk.settled(done["id"]))["state"] == "undone"
    assert await desk.counts() == [(3, 0), (0, 0)]
    assert (await desk.ask("GET", f"/tickets/{ticket_id}"))["state"] == "cancelled"
    assert len(await lines_of(desk, done["id"], "undone")) == 3
    back = await desk.taken(many(2, 4))
    assert (back["added"], back["again"], back["known"]) == (0, 3, 1)
    assert await desk.counts() == [(6, 0), (0, 0)]
    shown = await desk.ask("GET", f"/tickets/{ticket_id}")
    assert (shown["state"], shown["holder_name"]) == ("claimed", "Guest 3")
    assert len(await lines_of(desk, done["id"], "replaced")) == 3


@pytest.mark.either_database
async def test_too_few_places_are_told_before_and_take_nothing(desk: Desk) -> None:
    """By the check; where others were quicker, the import fails and leaves nothing."""
    short = await desk.checked(many(0, PLACES + 3))
    assert short["said"] == "Adult: 3 places are missing."
    assert short["because"] == [{"code": "list.places", "values": {"name": "Adult", "count": 3}}]
    path = f"/imports/{short['id']}"
    assert (await desk.refused("POST", f"{path}/start", json={})).startswith("sold-out")
    await desk.ask("POST", f"{path}/cancel")
    late = await desk.checked(many(0, PLACES))
    kinds = await desk.ask("GET", "/ticket-types")
    lines = [{"ticket_type_id": kinds[0]["id"], "quantity": 1}]
    await desk.ask("POST", "/orders", json={"lines": lines, "payment": "paid"})
    await desk.ask("POST", f"/imports/{late['id']}/start", json={})
    failed = await desk.settled(late["id"])
    said = "There are fewer tickets left than requested."
    assert (failed["state"], failed["said"]) == ("failed", said)
    assert [one["code"] for one in failed["because"]] == ["list.sold_out"]
    assert await desk.counts() == [(1, 0), (0, 0)]


@pytest.mark.either_database
async def test_gates_are_told_of_all_and_only_of_what_was_taken(desk: Desk) -> None:
    """A published event's feed names each new ticket once, as paid."""
    async with desk.office.context.write(desk.person.organization_id) as unit:
        await activate_feed(unit.session, EventId(desk.event.rpartition("/")[2]))
    count = BATCH + 5
    await desk.taken(many(0, count))
    told = [change for _, change in desk.office.feed.changes]
    assert len(told) == len({change.ticket_id for change in told}) == count
    assert {change.facts.state for change in told} == {"paid"}


@pytest.mark.either_database
async def test_files_that_are_no_lists_are_refused_in_words(desk: Desk) -> None:
    """Garbage, a cut spreadsheet, an open quotation mark, columns that are not there."""
    xlsx, plain = ({"content-type": one} for one in (XLSX, "text/csv"))
    whole = sheet_of(["code", "type"], *([f"C-{n}", "Adult"] for n in range(50)))
    for content, headers in [
        (b"", plain),
        (b"\n\n", plain),
        (b"PK\x03\x04 and nothing more", xlsx),
        (whole[: len(whole) // 2], xlsx),
    ]:
        said = await desk.refused("POST", "/imports", content=content, headers=headers)
        assert said.startswith(("bad-request", "unsupported-media-type")), said
    cut = await desk.checked('code,type\nA,Adult\nB,Adult\nC,Adult\nD,Adult\nE,Adult\nF,"x')
    assert (cut["state"], "quotation mark" in cut["said"]) == ("failed", True)
    assert [one["code"] for one in cut["because"]] == ["list.quotation"]
    made = await desk.bring("code,type\nA,Adult\n")
    path = f"/imports/{made['id']}/check"
    for mapping in ({"code": "Codes", "type": "type"}, {"type": "type"}, {"code": "code"}):
        assert (await desk.refused("POST", path, json=mapping)).startswith("invalid-fields")
    old = await desk.bring(GOOD.encode("cp1252"))
    assert (old["encoding"], old["sample"][0][2]) == ("cp1252", "Klára")


@pytest.mark.either_database
async def test_names_that_staff_may_read_are_gone_with_the_import(desk: Desk) -> None:
    """Once it has ended, its lines hold no name, and its file is gone."""
    await desk.taken(GOOD)
    async with desk.office.database.read(org=desk.person.organization_id) as session:
        named = select(func.count(ImportLine.name), func.count(ImportLine.email))
        assert (await session.execute(named)).one() == (0, 0)
        assert (await session.execute(select(func.count()).select_from(ImportFile))).scalar() == 0
