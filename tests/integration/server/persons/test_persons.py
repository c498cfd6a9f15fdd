"""A guest's own data: found over all events, given out, and gone from wherever it stood."""

from __future__ import annotations

import asyncio
import json
import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest

from server.db.database_connections import Database
from server.db.unit import Context
from server.erasures.erasure_list import get_erasure
from server.exchange.worker_parts import WorkerParts
from server.imports.import_acts import get_import
from server.orders.placing_orders import get_order
from server.persons import erasing, routes
from server.persons.erased_persons_beside_database import ERASURES
from server.persons.same_person import Person as Guest
from server.ticketing.persons_among_holders import lock_holders
from shared.kernel.id_types import EventId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import (
    SECOND,
    instant_from_datetime,
)
from tests.factories.office import Office, Person
from tests.factories.racing import rows_of
from tests.factories.strength import sized
from tests.integration.server.commands.test_commands import run

MANY: Final = sized(20, 60)
"""Orders of one person, whose rows fill and split pages."""
NAME, EMAIL, PHONE = "Klára Nováková", "klara.novak@example.org", "+420 602 123 456"
KLARA = {"name": NAME, "email": EMAIL, "phone": PHONE}
SPELLED = {"name": "klara novakova", "email": "Klara.Novak@Example.org", "phone": "602 123 456"}


class Desk:
    """An organizer with two events, at both of which Klára is known."""

    def __init__(self, office: Office, person: Person) -> None:
        self.office, self.person = office, person
        self.events: list[str] = []
        self.orders: list[dict[str, Any]] = []

    async def open(self) -> Desk:
        """Make the events, each with an order and a named ticket."""
        for name in ("Fair", "Ball"):
            event_id = await self.office.event(self.person)
            await self.ask("PATCH", f"/events/{event_id}", {"name": name})
            self.events.append(event_id)
            kind = await self.office.ticket_type(self.person, EventId(event_id))
            said = {"buyer_name": NAME, "buyer_email": EMAIL, "buyer_phone": PHONE}
            self.orders.append(await self.order(event_id, kind, said))
            await self.name(self.orders[-1], {"name": NAME})
        return self

    async def order(self, event_id: str, kind: str, said: dict[str, Any]) -> dict[str, Any]:
        """Place an order that was paid."""
        body = {"lines": [{"ticket_type_id": kind, "quantity": 2}], "payment": "paid"} | said
        placed = await self.ask("POST", f"/events/{event_id}/orders", body)
        return {"event": event_id, "kind": kind, **placed}

    async def name(self, order: dict[str, Any], body: dict[str, Any]) -> None:
        """Say whom an order's first ticket is for."""
        ticket = order["tickets"][0]["id"]
        await self.ask("PUT", f"/events/{order['event']}/tickets/{ticket}/holder", body)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask something that must succeed."""
        more = {} if body is None else {"json": body}
        return await self.office.ok(method, self.person.path + path, self.person, **more)

    async def held(self, who: dict[str, str]) -> dict[str, Any]:
        """Tell what is held of somebody."""
        found = await self.ask("POST", "/persons/held", who)
        assert isinstance(found, dict)
        return found

    async def erase(self, who: dict[str, Any]) -> dict[str, Any]:
        """Erase somebody, and have the rest of it done."""
        done = await self.ask("POST", "/persons/erase", who)
        await routes.make_runner(self.office.framework.state).work()
        ended = await self.ask("GET", f"/erasures/{done['id']}")
        assert ended["state"] == "done"
        assert isinstance(ended, dict)
        return ended


@pytest.fixture(autouse=True)
def _idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the application's own worker wait: each test has its own."""
    monkeypatch.setattr(routes, "ERASURE_POLL_S", 3_600)


@pytest.fixture
async def desk(office: Office) -> Desk:
    """Give an organizer's desk."""
    return await Desk(office, await office.person()).open()


async def test_a_person_is_found_given_out_and_erased_over_all_events(desk: Desk) -> None:
    """Whatever the spelling; a namesake with another address stays, and so does all money."""
    namesake = {"buyer_name": NAME, "buyer_email": "other@example.org"}
    await desk.order(desk.events[0], desk.orders[0]["kind"], namesake)
    found = await desk.ask("POST", "/persons/find", {"text": "novak klar"})
    assert [(one["email"], one["orders"], one["events"]) for one in found["items"]] == [
        (EMAIL, 2, 2),
        (None, 0, 2),
        ("other@example.org", 1, 1),
    ]
    held = await desk.held(SPELLED)
    kinds = sorted((one["kind"], one["event_name"]) for one in held["records"])
    assert kinds == [("order", "Ball"), ("order", "Fair"), ("ticket", "Ball"), ("ticket", "Fair")]
    assert await desk.held({"name": "", "email": "nobody@example.org"}) == {
        "person": {"name": "", "email": "nobody@example.org", "phone": None},
        "records": [],
        "texts": [],
        "answers": [],
    }
    answer = await desk.office.call(
        "POST", f"{desk.person.path}/persons/export", desk.person, json=KLARA
    )
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        assert json.loads(archive.read("person.json"))["records"] == held["records"]
        assert archive.read("records.csv").decode("utf-8-sig").count(EMAIL) == 2
    done = await desk.erase(SPELLED)
    assert (done["orders"], done["holders"], done["asked_by"]) == (2, 2, desk.person.user_id)
    assert (await desk.held({"name": "", "email": EMAIL}))["records"] == []
    for before in desk.orders:
        path = f"/events/{before['event']}/orders/{before['order']['id']}"
        after = await desk.ask("GET", path)
        assert after["order"]["total_minor"] == before["order"]["total_minor"]
        assert after["order"]["buyer_name"] is None
        assert [one["state"] for one in after["tickets"]] == ["paid", "paid"]
    (left,) = (await desk.ask("POST", "/persons/find", {"text": "novakova"}))["items"]
    assert left["email"] == "other@example.org"
    # Twice is no harm; who comes again is a new guest.
    desk.office.clock.advance(SECOND)
    assert (await desk.erase(KLARA))["orders"] == 0
    await desk.order(desk.events[0], desk.orders[0]["kind"], {"buyer_email": EMAIL})
    assert len((await desk.held({"name": "", "email": EMAIL}))["records"]) == 1
    # The list says how much and when, to the organization alone, and never who.
    listed = await desk.ask("GET", "/erasures")
    assert [one["orders"] for one in listed["items"]] == [0, 2]
    kept = (desk.office.settings.data_folder / ERASURES.file_name).read_text()
    assert done["id"] in kept
    for one in (kept, json.dumps(listed)):
        assert "nov" not in one.lower()
        assert "602" not in json.dumps(listed)
    stranger = await desk.office.person()
    path = f"{stranger.path}/persons/held"
    theirs = await desk.office.ok("POST", path, stranger, json=KLARA)
    assert theirs["records"] == []


@pytest.mark.either_database
async def test_words_that_people_have_typed_are_cut_out_of_texts(desk: Desk) -> None:
    """Reasons, notes and callers' own keys; what others are called stays."""
    event, kind = desk.events[0], desk.orders[0]["kind"]
    gift = {
        "payment": "comp",
        "comp_reason": f"For {NAME.upper()} and Nováček",
    }
    placed = await desk.order(event, kind, gift)
    await desk.ask("POST", "/vouchers", {"value_minor": 500, "note": f"{EMAIL}: sorry"})
    held = await desk.held(KLARA)
    assert sorted(one["place"] for one in held["texts"]) == [
        "ticket_order.comp_reason",
        "voucher.note",
    ]
    assert (await desk.erase(KLARA))["texts"] == 2
    async with desk.office.context.read(desk.person.organization_id) as unit:
        order = await get_order(unit, EventId(event), placed["order"]["id"])
    assert order.order.comp_reason == "For … and Nováček"
    assert (await desk.held(KLARA))["texts"] == []


@pytest.mark.either_database
async def test_the_name_of_a_discount_goes_once_it_has_ended(desk: Desk) -> None:
    """Reports name it for good, and nobody may rename it; one that sells stays as it is."""
    path = f"/events/{desk.events[0]}/promotions"
    body = {"name": f"For {NAME}", "kind": "fixed", "fixed_minor": 100}
    ended, _standing = [await desk.ask("POST", path, body) for _ in range(2)]
    await desk.office.call("DELETE", f"{desk.person.path}{path}/{ended['id']}", desk.person)
    [text] = (await desk.held(KLARA))["texts"]
    assert text == {"place": "promotion.name", "text": f"For {NAME}", "rows": 1}
    assert (await desk.erase(KLARA))["texts"] == 1
    rows = await rows_of(desk.office, "SELECT name FROM promotion ORDER BY removed_at IS NULL")
    assert [row[0] for row in rows] == ["For …", f"For {NAME}"]
    assert (await desk.held(KLARA))["texts"] == []


@pytest.mark.either_database
async def test_records_of_a_namesake_can_be_spared(desk: Desk) -> None:
    """Where nothing but the name is known, a person says whose is whose."""
    kind = desk.orders[0]["kind"]
    other = await desk.order(desk.events[0], kind, {"buyer_name": NAME})
    spare = f"order:{desk.events[0]}:{other['order']['id']}"
    assert (await desk.erase({"name": NAME, "spare": [spare]}))["orders"] == 2
    left = await desk.held({"name": NAME})
    assert [one["place"] for one in left["records"]] == [spare]


@pytest.mark.either_database
async def test_a_list_that_waits_is_given_up_and_one_that_is_being_taken_is_waited_for(
    desk: Desk,
) -> None:
    """Its file cannot be mended; brought again without them, or with, it is a new list."""
    event = desk.events[0]
    path = f"{desk.person.path}/events/{event}/imports"
    body = f"Barcode;Kategorie;Name\nLN-1;Adult;{NAME}\nLN-2;Adult;Sam\n"

    async def bring() -> str:
        made = await desk.office.ok(
            "POST",
            path,
            desk.person,
            content=body.encode(),
            headers={"content-type": "text/csv"},
        )
        return str(made["id"])

    first = await bring()
    kinds = [one["kind"] for one in (await desk.held(KLARA))["records"]]
    assert kinds == ["order", "order", "ticket", "ticket", "list"]
    async with desk.office.context.write(desk.person.organization_id) as unit:
        (await get_import(unit, EventId(event), first)).state = "placing"
    refused = await desk.office.call(
        "POST", f"{desk.person.path}/persons/erase", desk.person, json=KLARA
    )
    assert refused.status_code == 409
    assert len((await desk.held(KLARA))["records"]) == 5  # all of it or nothing
    async with desk.office.context.write(desk.person.organization_id) as unit:
        (await get_import(unit, EventId(event), first)).state = "uploaded"
    assert (await desk.erase(KLARA))["lists"] == 1
    ended = await desk.ask("GET", f"/events/{event}/imports/{first}")
    assert (ended["state"], ended["sample"]) == ("cancelled", [])
    assert (await desk.ask("GET", f"/events/{event}/imports/{await bring()}"))["sample"]


@pytest.mark.either_database
@pytest.mark.parametrize(
    "body",
    [
        "Barcode;Nachname;Vorname\nLN-1;Nováková;Klára\n",
        "Barcode;first name;e-mail;surname\nLN-1;KLARA;;Novakova\n",
    ],
    ids=["surname first", "apart"],
)
async def test_a_list_that_waits_with_a_name_in_two_columns_is_given_up(
    desk: Desk, body: str
) -> None:
    """Taken later, it would bring the name back."""
    path = f"/events/{desk.events[0]}/imports"
    made = await desk.office.ok(
        "POST",
        f"{desk.person.path}{path}",
        desk.person,
        content=body.encode(),
        headers={"content-type": "text/csv"},
    )
    assert (await desk.erase(KLARA))["lists"] == 1
    assert (await desk.ask("GET", f"{path}/{made['id']}"))["state"] == "cancelled"


@pytest.mark.either_database
async def test_nothing_is_half_when_it_dies_in_the_middle(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the commit nothing has happened; after it another worker ends it."""

    async def die(*_args: object, **_more: object) -> int:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(erasing, "cut_typed", die)
        await desk.office.call(
            "POST", f"{desk.person.path}/persons/erase", desk.person, json=KLARA
        )
    assert len((await desk.held(KLARA))["records"]) == 4
    assert (await desk.ask("GET", "/erasures"))["items"] == []
    done = await desk.ask("POST", "/persons/erase", KLARA)
    assert done["state"] == "working"
    runner = routes.make_runner(desk.office.framework.state)
    assert await runner.lease() is not None  # a worker that is never heard of again
    assert await runner.work() == 0
    desk.office.clock.advance(600 * SECOND)
    assert await runner.work() == 1
    assert (await desk.ask("GET", f"/erasures/{done['id']}"))["state"] == "done"


def _bytes_of(folder: Path) -> bytes:
    return b"".join(one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_byte_of_a_name_is_left_in_the_files(desk: Desk) -> None:
    """Of the database, its log and its indexes, whatever happened to the rows before."""
    marks = [b"Nov\xc3\xa1kov\xc3\xa1", b"klara.novak", b"602 123 456", b"Renamed-Canary"]
    folder = desk.office.settings.data_folder
    for order in desk.orders:
        # Renamed and moved about, as pages fill and split.
        await desk.name(order, {"name": "Renamed-Canary " + "x" * 150, "email": EMAIL})
        await desk.name(order, {"name": NAME, "email": EMAIL})
    for number in range(MANY):
        said = {"buyer_name": f"{NAME} {number}", "buyer_email": EMAIL, "buyer_phone": PHONE}
        placed = await desk.order(desk.events[0], desk.orders[0]["kind"], said)
        await desk.name(placed, {"name": f"{NAME} {number}", "email": EMAIL})
    before = _bytes_of(folder)
    assert all(mark in before for mark in marks[:3])
    assert (await desk.erase(KLARA))["orders"] == MANY + 2
    left = _bytes_of(folder)
    assert [mark for mark in marks if mark in left] == []


async def test_an_older_copy_that_is_put_back_brings_nobody_back(
    desk: Desk, tmp_path: Path
) -> None:
    """By ids what it knew, by hashes what was changed since; others are as the copy has them."""
    office, event, kind = desk.office, desk.events[0], desk.orders[0]["kind"]
    sam = await desk.order(event, kind, {"buyer_name": "Sam Okafor"})
    await desk.name(sam, {"name": NAME, "email": EMAIL})
    folder, copy = office.settings.data_folder, tmp_path / "older"
    database = office.settings.database
    made = await asyncio.to_thread(run, folder, "backup", str(copy), database=database)
    assert made.returncode == 0, made.stderr
    await desk.name(sam, {"name": "Sam Okafor"})
    erased = await desk.erase(KLARA)
    assert (erased["orders"], erased["holders"]) == (2, 2)
    # Nobody puts a copy back under a server that serves.
    parts: WorkerParts = office.framework.state["parts"]
    await parts.hub.close()
    (
        folder / ERASURES.file_name
    ).unlink()  # lost with its disk: the database that is replaced knows it
    back = await asyncio.to_thread(run, folder, "restore", str(copy), database=database)
    assert back.returncode == 0, back.stderr
    found = Database(database, pool_size=1)
    try:
        context = Context(found, office.clock, office.entropy)
        again = await asyncio.to_thread(run, folder, "migrate", database=database)
        assert again.returncode == 0, again.stderr
        await asyncio.to_thread(run, folder, "keys", "list", database=database)
        async with context.read(desk.person.organization_id) as unit:
            held, texts = await erasing.find_held(unit, Guest(**KLARA))
            assert (held, texts) == ([], [])
            others = await erasing.find_held(unit, Guest(name="Sam Okafor"))
            assert [one.kind for one in others[0]] == ["order"]
            kept = await get_erasure(unit, erased["id"])
        assert kept.at == instant_from_datetime(datetime.fromisoformat(erased["at"]))
        # The server that still runs over this database may have taken it up already.
        assert kept.state in {"working", "done"}
        if found.is_sqlite:
            assert NAME.encode() not in await asyncio.to_thread(_bytes_of, folder)
    finally:
        await found.close()
    assert "klara" not in (folder / ERASURES.file_name).read_text().lower()


@pytest.mark.either_database
async def test_a_key_reads_nobody_by_a_right_to_write(desk: Desk) -> None:
    """Each of the four takes both rights that it needs, and no others do."""
    office, path = desk.office, desk.person.path

    async def tell(*scopes: str) -> dict[str, int]:
        body = {"name": "Program", "scopes": list(scopes)}
        made = await office.ok("POST", f"{path}/api-keys", desk.person, json=body)
        (token,) = (one for one in made.values() if str(one).startswith("gk"))
        key = Person(
            desk.person.user_id,
            desk.person.organization_id,
            {"authorization": f"Bearer {token}"},
        )
        found = {}
        for verb, said in (
            ("find", {"text": "klara"}),
            ("held", SPELLED),
            ("export", SPELLED),
            ("erase", {"name": "Nobody Known"}),
        ):
            answer = await office.call("POST", f"{path}/persons/{verb}", key, json=said)
            found[verb] = answer.status_code
            assert answer.is_success or EMAIL not in answer.text
        return found

    seen = {"find": 200, "held": 200, "export": 200, "erase": 403}
    nothing = dict.fromkeys(seen, 403)
    assert await tell("orders:read", "tickets:read") == seen
    assert await tell("orders:write", "tickets:write") == nothing | {"erase": 200}
    for one in ("orders:read", "tickets:read", "orders:write", "tickets:write"):
        assert await tell(one) == nothing, one


async def test_a_ticket_that_passes_on_meanwhile_keeps_its_new_name(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the erasure it became somebody else's, who asked for nothing."""
    passed, stays = desk.orders
    look = erasing.find_held

    async def find_then_pass_on(*said: Any) -> Any:
        found = await look(*said)
        await desk.name(passed, {"name": "Sam Okafor"})
        return found

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(erasing, "find_held", find_then_pass_on)
        erased = await desk.erase(KLARA)
    assert (erased["orders"], erased["holders"]) == (2, 1)
    tickets = [(one["event"], one["tickets"][0]["id"]) for one in (passed, stays)]
    async with desk.office.context.read(desk.person.organization_id) as unit:
        for (event_id, ticket), left in zip(tickets, ({"Sam Okafor"}, set()), strict=True):
            number = parse_ticket_id(ticket)
            found = await lock_holders(unit, EventId(event_id), [number])
            assert {name for name, _ in found.values()} == left
    assert (await desk.held(KLARA))["records"] == []
