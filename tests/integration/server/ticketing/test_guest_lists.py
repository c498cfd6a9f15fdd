"""A list of guests in one call: all or nothing, each wrong line named, tried without harm."""

from __future__ import annotations

from typing import Any

import pytest

from server.http.json_body import ERRORS_MAX
from shared.kernel.id_types import EventId
from shared.kernel.ids import parse_ticket_id
from tests.factories.office import Office, Person

pytestmark = pytest.mark.either_database

GOOD = (
    "\ufeffCode;Type;Name;Email\r\n"
    "LN-1;Adult;Klára Nováková;klara@example.org\r\n"
    'LN-2;child;"Lee; Sam";\r\n'
    "LN-3;1;;\r\n"
    "\r\n"
)


async def _event(office: Office, person: Person) -> str:
    event_id = await office.event(person)
    await office.ticket_type(person, EventId(event_id), name="Adult", quantity_limit=3)
    await office.ticket_type(person, EventId(event_id), name="Child")
    return f"{person.path}/events/{event_id}/tickets"


async def _send(office: Office, person: Person, path: str, text: str, query: str = "") -> Any:
    headers = {"content-type": "text/csv"}
    address = f"{path}/import/csv{query}"
    return await office.call("POST", address, person, content=text.encode(), headers=headers)


async def _tickets(office: Office, person: Person, path: str) -> dict[str, Any]:
    page = await office.ok("GET", path, person)
    return {row["holder_name"]: row for row in page["items"]}


async def test_a_list_is_taken_whole_and_once(office: Office) -> None:
    """Names travel with the codes; sent again, it adds nothing and names anew."""
    person = await office.person()
    path = await _event(office, person)
    tried = await _send(office, person, path, GOOD, "?dry_run=true")
    told = {"lines": 3, "added": 3, "known": 0, "named": 2, "names_at_gates": "off"}
    assert tried.json() == told | {"dry_run": True}
    assert await _tickets(office, person, path) == {}
    kinds = await office.ok("GET", path.removesuffix("/tickets") + "/ticket-types", person)
    assert [kind["sold"] for kind in kinds] == [0, 0], "a look took places"
    taken = await _send(office, person, path, GOOD)
    assert taken.json() == told | {"dry_run": False}
    assert set(await _tickets(office, person, path)) == {"Klára Nováková", "Lee; Sam", None}
    again = await _send(office, person, path, GOOD.replace("Klára", "Clara"))
    assert again.json() == told | {"added": 0, "known": 3, "dry_run": False}
    assert set(await _tickets(office, person, path)) == {"Clara Nováková", "Lee; Sam", None}


async def test_every_wrong_line_is_named_and_none_is_taken(office: Office) -> None:
    """By its number in the file and the column; too small a stock takes none either."""
    person = await office.person()
    path = await _event(office, person)
    text = (
        "code,uid,type,name,email\n"
        "LN-1,,Adult,Fine,\n"
        "LN-1,,Adult,,\n"
        ",,Adult,,\n"
        "LN-3,,Senior,,\n"
        "LN-4,,Adult,,a@example.org\n"
        "LN-5,,Adult,Sam,nobody\n"
        ",xyz,Adult,,\n"
        "LN-6,Adult\n"
    )
    refused = await _send(office, person, path, text)
    assert refused.status_code == 422
    errors = {one["field"]: one["message"] for one in refused.json()["errors"]}
    assert list(errors) == [
        "line 3, code",
        "line 4, code",
        "line 5, type",
        "line 6, name",
        "line 7, email",
        "line 8, uid",
        "line 9, columns",
    ]
    assert "line 2" in errors["line 3, code"]
    assert "Adult, Child" in errors["line 5, type"]
    many = "code,type\n" + "".join(f"LN-{n},Adult\n" for n in range(4))
    assert (await _send(office, person, path, many)).json()["type"].endswith("sold-out")
    assert await _tickets(office, person, path) == {}


NO_LISTS = (
    ("", 400, "columns"),
    ("code,typ\n", 422, "takes code, uid, type, name, email"),
    ("name\n", 422, "is missing"),
    ('code,type\n"LN-1,Adult\n', 400, "quotation mark"),
    ("code,type\n" + "x,Adult\n" * 5_001, 413, "5000"),
)


async def test_what_is_no_list_is_refused(office: Office) -> None:
    """An empty file, unknown columns, a missing quotation mark, too many lines."""
    person = await office.person()
    path = await _event(office, person)
    for text, status, told in NO_LISTS:
        refused = await _send(office, person, path, text)
        assert refused.status_code == status, refused.text
        assert told in refused.text


async def test_a_list_of_nothing_but_separators_is_told_in_few_words(office: Office) -> None:
    """A megabyte of commas was answered by forty, and all who ask the server waited for them."""
    person = await office.person()
    path = await _event(office, person)
    refused = await _send(office, person, path, "," * 100_000)
    assert refused.status_code == 422
    assert len(refused.json()["errors"]) < 2 * ERRORS_MAX
    endless = "code,type\n" + "x,Adult\n" * 6_000 + '"'
    assert (await _send(office, person, path, endless)).status_code == 413, "read to its end"


async def test_an_imported_code_is_taken_out_while_unused(office: Office) -> None:
    """Its place is free again and gates hear of it; used ones and our own tickets stay."""
    person = await office.person()
    path = await _event(office, person)
    await _send(office, person, path, GOOD)
    rows = await _tickets(office, person, path)
    used, unused = rows["Klára Nováková"]["id"], rows["Lee; Sam"]["id"]
    office.usage.ids.add(parse_ticket_id(used))
    assert (await office.call("DELETE", f"{path}/{used}", person)).status_code == 409
    assert (await office.call("DELETE", f"{path}/{unused}", person)).status_code == 204
    assert (await office.call("DELETE", f"{path}/{unused}", person)).status_code == 204
    removed = await office.ok("GET", f"{path}/{unused}", person)
    assert (removed["state"], removed["holder_name"]) == ("cancelled", None)
    kinds = await office.ok("GET", path.removesuffix("/tickets") + "/ticket-types", person)
    assert {kind["name"]: kind["sold"] for kind in kinds} == {"Adult": 2, "Child": 0}
    again = await _send(office, person, path, GOOD)
    assert again.status_code == 422
    assert "removed before" in again.text
    body = {"lines": [{"ticket_type_id": kinds[1]["id"], "quantity": 1}], "payment": "paid"}
    orders = path.removesuffix("/tickets") + "/orders"
    own = await office.ok("POST", orders, person, json=body)
    address = f"{path}/{own['tickets'][0]['id']}"
    assert (await office.call("DELETE", address, person)).status_code == 409
    stranger = await office.person()
    assert (await office.call("DELETE", f"{path}/{used}", stranger)).status_code == 404
    assert (await _send(office, stranger, path, GOOD)).status_code == 404
