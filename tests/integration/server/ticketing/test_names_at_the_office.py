"""Somebody without a ticket gives a name: the office finds it, whoever spelt it how."""

from __future__ import annotations

import pytest

from server.ticketing import holder_search_at_desk
from shared.kernel.id_types import EventId
from tests.factories.office import Office, Person

NAMES = (
    "Klára Nováková",
    "KLARA Meier",
    "Åsa Øberg",
    "Jean-Luc Strauß",
    "100% Guest_1",
    "Zoë O'Brien",
)


async def _named(office: Office, person: Person) -> tuple[str, dict[str, str]]:
    event_id = await office.event(person)
    kind = await office.ticket_type(person, EventId(event_id))
    path = f"{person.path}/events/{event_id}"
    body = {"lines": [{"ticket_type_id": kind, "quantity": len(NAMES)}], "payment": "paid"}
    placed = await office.ok("POST", f"{path}/orders", person, json=body)
    named = {}
    for ticket, name in zip(placed["tickets"], NAMES, strict=True):
        address = f"{path}/tickets/{ticket['id']}/holder"
        await office.ok("PUT", address, person, json={"name": name})
        named[ticket["id"]] = name
    return path, named


async def test_a_guest_is_found_by_parts_of_the_name(office: Office) -> None:
    """Case and accents count for nothing, order and completeness neither."""
    person = await office.person()
    path, named = await _named(office, person)

    async def found(text: str, **more: str) -> set[str]:
        params = {"name": text} | more
        page = await office.ok("GET", f"{path}/tickets", person, params=params)
        assert page["next"] is None
        return {named[row["id"]] for row in page["items"]}

    assert await found("klara") == {"Klára Nováková", "KLARA Meier"}
    assert await found("novak klá") == {"Klára Nováková"}
    assert await found("ASA oberg") == {"Åsa Øberg"}
    assert await found("strauss") == {"Jean-Luc Strauß"}
    assert await found("luc-str") == {"Jean-Luc Strauß"}
    assert await found("aasa oeberg") == {"Åsa Øberg"}
    assert await found("obrien") == {"Zoë O'Brien"}
    assert await found("klara", whole="true") == {"Klára Nováková", "KLARA Meier"}
    assert await found("guest 1", whole="true") == {"100% Guest_1"}
    assert await found("obrien", whole="true") == {"Zoë O'Brien"}
    assert await found("aasa", whole="true") == {"Åsa Øberg"}
    assert await found("guest 10", whole="true") == await found("novak", whole="true") == set()
    assert await found("%%_1x") == set()
    assert await found("klara", state="cancelled") == set()
    short = await office.call("GET", f"{path}/tickets?name=%25k", person)
    assert short.status_code == 422
    assert short.json()["errors"][0]["field"] == "name"
    # Whom one may not see, one does not find, nor learns that somebody is there.
    stranger = await office.person()
    assert (await office.call("GET", f"{path}/tickets?name=klara", stranger)).status_code == 404
    theirs, _ = await _named(office, stranger)
    page = await office.ok("GET", f"{theirs}/tickets?name=klara", stranger)
    assert not {row["id"] for row in page["items"]} & set(named)
    # Erased is erased.
    (asa,) = [one for one, name in named.items() if name.startswith("Å")]
    await office.ok("DELETE", f"{path}/tickets/{asa}/holder", person)
    assert await found("asa") == set()


@pytest.mark.either_database
async def test_a_search_goes_on_where_it_has_stopped(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By pages of hits, and by so many names at once: following `next` finds each once."""
    person = await office.person()
    path, named = await _named(office, person)
    for asked_max, limit in ((100, 1), (2, 10)):
        monkeypatch.setattr(holder_search_at_desk, "HOLDERS_LOOKED_AT_MAX", asked_max)
        found, after = [], ""
        for _ in range(len(NAMES) + 2):
            address = f"{path}/tickets?name=klara&limit={limit}" + (
                f"&after={after}" * bool(after)
            )
            page = await office.ok("GET", address, person)
            found += [named[row["id"]] for row in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert sorted(found) == ["KLARA Meier", "Klára Nováková"]


@pytest.mark.either_database
async def test_where_terms_bind_tickets_only_a_manager_gives_another_name(office: Office) -> None:
    """A first name is no other one, and the same one again neither."""
    owner = await office.person()
    path, named = await _named(office, owner)
    seller = await office.person("box_office", organization_id=owner.organization_id)
    await office.ok("PATCH", path, owner, json={"pricing": {"transfers": False}})
    ticket_id, name = next(iter(named.items()))
    address = f"{path}/tickets/{ticket_id}/holder"
    await office.ok("PUT", address, seller, json={"name": name})
    refused = await office.call("PUT", address, seller, json={"name": "Jo"})
    assert (refused.status_code, refused.json()["because"]["code"]) == (403, "ticket.bound")
    found = await office.ok("GET", f"{path}/tickets/{ticket_id}", owner)
    assert found["holder_name"] == name
    await office.ok("PUT", address, owner, json={"name": "Jo"})
    await office.ok("DELETE", address, owner)
    await office.ok("PUT", address, seller, json={"name": "Mara"})
