"""What one organization, person or device may have of everything: said, and no more is made."""

from __future__ import annotations

import inspect
import re
from base64 import b64encode
from typing import Any

import pytest

from server import quotas
from tests.factories.everything import World, make_world
from tests.factories.office import Office
from tests.fakes.entropy import SeededEntropy

pytestmark = pytest.mark.either_database


EVENT = "events/{event_id}/"
MAKING: dict[str, tuple[str, dict[str, Any]]] = {
    "EVENTS_MAX": ("events", {"name": "E", "timezone": "UTC"}),
    "VENUES_MAX": ("venues", {"name": "V", "timezone": "UTC", "address": "", "template": []}),
    "DEVICES_MAX": ("devices/codes", {}),
    "API_KEYS_MAX": ("api-keys", {"name": "K", "scopes": ["events:read"]}),
    "WEBHOOKS_MAX": ("webhooks", {"name": "W", "url": "https://example.org/in"}),
    "INVITATIONS_MAX": ("invitations", {"role": "staff"}),
    "SUPERVISORS_MAX": ("supervisors", {"name": "S", "pin": "483921"}),
    "OCCURRENCES_MAX": (EVENT + "occurrences", {"name": "O", "starts_at": "2026-08-01T18:00:00Z"}),
    "ZONES_MAX": (EVENT + "zones", {"name": "Z"}),
    "GATES_MAX": (EVENT + "gates", {"name": "G"}),
    "TYPES_MAX": (EVENT + "ticket-types", {"name": "T", "price_minor": 1}),
    "HOLDS_MAX": (EVENT + "holds", {"name": "H", "quantity": 1}),
    "IMPORTS_MAX": (EVENT + "imports", {"content": b"code,type\nA,1\n"}),
    "PROMOTIONS_MAX": (EVENT + "promotions", {"name": "P", "percent_points": 100}),
    "PROMOTIONS_FOR_ALL_MAX": (EVENT + "promotions", {"name": "P", "percent_points": 100}),
}
"""How one more of each is made."""


def small(monkeypatch: pytest.MonkeyPatch, name: str, most: int) -> None:
    """Let there be few of something, so that a test need not make thousands."""
    monkeypatch.setattr(quotas, name, most)


def asked(world: World, name: str) -> tuple[str, dict[str, Any]]:
    """Return where and how one more is made."""
    place, body = MAKING[name]
    path = f"{world.person.path}/{place.format(event_id=world.ids['event_id'])}"
    needed = {"GATES_MAX": "zone_id", "HOLDS_MAX": "ticket_type_id"}
    more = {needed[name]: world.ids[needed[name]]} if name in needed else {}
    return path, {**body, **more}


def sent(body: dict[str, Any]) -> dict[str, Any]:
    """Say how a body is sent: as JSON, or as a list's text."""
    if "content" in body:
        return {"content": body["content"], "headers": {"content-type": "text/csv"}}
    return {"json": body}


async def test_of_everything_there_are_so_many_and_no_more(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer says how many and what to do; another organization makes its own."""
    world, other = await make_world(office, "A"), await make_world(office, "B")
    for name in MAKING:
        path, body = asked(world, name)
        assert (await office.call("POST", path, world.person, **sent(body))).status_code == 201, (
            name
        )
        small(monkeypatch, name, 2)
        await office.call("POST", path, world.person, **sent(body))
        refused = await office.call("POST", path, world.person, **sent(body))
        assert refused.status_code == 409, name
        said = refused.json()
        assert said["type"].endswith("/quota-exceeded"), (name, said)
        assert said["detail"].startswith("At most 2 "), said
        small(monkeypatch, name, 1_000)
        path, body = asked(other, name)
        assert (await office.call("POST", path, other.person, **sent(body))).status_code == 201, (
            name
        )


async def test_lists_that_wait_have_so_many_bytes_whichever_events_they_are_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So few of each event were a disk's worth of all: events are made by a request each."""
    world, other = await make_world(office, "A"), await make_world(office, "B")
    small(monkeypatch, "IMPORTS_MEGABYTES_MAX", 1)
    code = b64encode(bytes(SeededEntropy().random_bytes(1_500_000)))
    lines = b"\n".join(code[at : at + 100] + b",1" for at in range(0, len(code), 100))
    events = f"{world.person.path}/events"
    said = {"name": "Second", "timezone": "UTC"}
    second = (await office.ok("POST", events, world.person, json=said))["id"]
    body = sent({"content": b"code,type\n" + lines})
    brought, refused = [
        await office.call("POST", f"{events}/{event_id}/imports", world.person, **body)
        for event_id in (world.ids["event_id"], second)
    ]
    assert brought.status_code == 201
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("At most 1 MB of lists that wait")
    path, few = asked(other, "IMPORTS_MAX")
    assert (await office.call("POST", path, other.person, **sent(few))).status_code == 201
    first = f"{events}/{world.ids['event_id']}/imports/{brought.json()['id']}"
    await office.ok("POST", f"{first}/cancel", world.person)
    again = await office.call("POST", f"{events}/{second}/imports", world.person, **body)
    assert again.status_code == 201


async def test_zones_of_an_event_say_in_so_many_letters_whom_they_let_in(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each worker reads all of it at once: 200 full rules held up all organizations' claims."""
    world, other = await make_world(office, "A"), await make_world(office, "B")
    small(monkeypatch, "ZONE_LETTERS_MAX", 1_000)

    def named(conditions: int) -> dict[str, Any]:
        return {"name": "Z", "rule": {"all": [{"const": True}] * conditions}}

    path, _ = asked(world, "ZONES_MAX")
    first = await office.ok("POST", path, world.person, json=named(30))
    second = await office.ok("POST", path, world.person, json=named(20))
    for verb, place in (("POST", path), ("PUT", f"{path}/{second['id']}")):
        headers = {} if verb == "POST" else {"if-match": second["etag"]}
        refused = await office.call(verb, place, world.person, json=named(60), headers=headers)
        assert refused.status_code == 409
        assert refused.json()["detail"].startswith("At most 1000 letters of rules"), refused.text
    small(monkeypatch, "ZONE_LETTERS_MAX", 100)
    headers = {"if-match": first["etag"]}
    shorter = {"json": named(25), "headers": headers}
    await office.ok("PUT", f"{path}/{first['id']}", world.person, **shorter)
    small(monkeypatch, "ZONE_LETTERS_MAX", 1_000)
    place, _ = asked(other, "ZONES_MAX")
    await office.ok("POST", place, other.person, json=named(50))


async def test_keys_are_replaced_so_often_and_compromised_ones_without_end(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each gate holds them all, and each replacement tells them all again."""
    world = await make_world(office, "A")
    keys = f"{world.person.path}/keys"
    small(monkeypatch, "KEYS_ROTATED_MAX", 1)
    first = f"{keys}/{world.ids['key_name']}"
    second = await office.ok("POST", f"{first}/rotate", world.person, json={})
    place = f"{keys}/{second['name']}"
    refused = await office.call("POST", f"{place}/rotate", world.person, json={})
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("/quota-exceeded")
    assert refused.json()["detail"].startswith("At most 1 keys of one purpose")
    lost = {"reason": "Its disk was stolen."}
    await office.ok("POST", f"{place}/compromise", world.person, json=lost)


async def test_one_person_makes_so_many_organizations(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Further accounts are a matter of who may register."""
    person = await office.person()
    small(monkeypatch, "ORGANIZATIONS_MAX", 3)
    statuses = []
    for number in range(4):
        body = {"name": "O", "slug": f"mine-{number}", "currency": "EUR", "timezone": "UTC"}
        answer = await office.call("POST", "/api/v1/organizations", person, json=body)
        statuses.append(answer.status_code)
    assert statuses == [201, 201, 409, 409]


def test_every_quota_is_tried_here() -> None:
    """A limit that is added there has its own test."""
    named = set(re.findall(r"^(\w+_MAX): Final", inspect.getsource(quotas), re.MULTILINE))
    elsewhere = {"ORGANIZATIONS_MAX"}
    # What one till asks about: tested beside vouchers.
    elsewhere |= {"VOUCHERS_UNSOLD_MAX"}
    # Of all its events together: tried above.
    elsewhere |= {"IMPORTS_MEGABYTES_MAX"}
    # Of all zones of an event together: tried above.
    elsewhere |= {"ZONE_LETTERS_MAX"}
    # Needs an event that gates were handed: tried beside the freeze.
    elsewhere |= {"LIFTS_MAX"}
    # Each takes the place of another: tried above.
    elsewhere |= {"KEYS_ROTATED_MAX"}
    # Of mails, reports, files and an order's parts: tried where they are.
    elsewhere |= {"MAILS_A_DAY_MAX", "NOTICE_MAILS_A_DAY_MAX", "NOTICES_MAX", "NOTICES_A_DAY_MAX"}
    elsewhere |= {"REPORT_SCHEDULES_MAX", "REPORT_RUNS_A_DAY_MAX", "REPORT_MAILS_A_DAY_MAX"}
    elsewhere |= {"REPORT_ADDRESSES_MAX", "REPORT_CODES_A_DAY_MAX", "ALARM_MAILS_A_DAY_MAX"}
    elsewhere |= {"TICKET_FILES_OPEN_MAX", "PAYMENTS_PER_ORDER_MAX", "TICKETS_PER_ORDER_MAX"}
    # The same picture again is the same one: tried with others, beside looks.
    elsewhere |= {"PICTURES_MAX"}
    assert named == set(MAKING) | elsewhere
