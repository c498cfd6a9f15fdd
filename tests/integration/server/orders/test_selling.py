"""Events, ticket types, orders and tickets through the REST API, on both databases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.orders.expiring_unpaid_orders import expire_due_orders
from server.quotas import TICKETS_PER_ORDER_MAX
from shared.kernel.id_types import EventId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import DAY, HOUR, SECOND, Instant, format_instant
from tests.factories.office import Office, Person


async def order(
    office: Office, person: Person, event_id: EventId, kind: str, count: int = 1, **more: Any
) -> Any:
    body = {"lines": [{"ticket_type_id": kind, "quantity": count}], "payment": "paid"} | more
    return await office.ok("POST", f"{person.path}/events/{event_id}/orders", person, json=body)


async def stock(office: Office, person: Person, event_id: EventId, kind: str) -> dict[str, int]:
    path = f"{person.path}/events/{event_id}/ticket-types"
    rows = await office.ok("GET", path, person)
    (row,) = [row for row in rows if row["id"] == kind]
    return {name: row[name] for name in ("sold", "held", "available")}


@pytest.mark.either_database
async def test_an_order_gives_valid_tickets_and_announces_them(office: Office) -> None:
    """A paid order's tickets are counted as sold and told to the gates as they are."""
    person = await office.person()
    event_id = await office.event(person)
    kind = await office.ticket_type(person, EventId(event_id), quantity_limit=10, persons=2)
    placed = await order(office, person, EventId(event_id), kind, 3, buyer_name="Zoe")
    assert placed["order"]["total_minor"] == 7500
    assert placed["order"]["number"] == 1
    assert [row["state"] for row in placed["tickets"]] == ["paid"] * 3
    assert await stock(office, person, EventId(event_id), kind) == {
        "sold": 3,
        "held": 0,
        "available": 7,
    }
    told = {change.ticket_id: change for _, change in office.feed.changes}
    assert set(told) == {parse_ticket_id(row["id"]) for row in placed["tickets"]}
    (change, *_) = told.values()
    assert (change.facts.state, change.facts.generation, change.facts.persons) == ("paid", 1, 2)
    assert change.facts.ticket_type_code == 1


async def test_nothing_is_oversold_when_many_buy_the_last_tickets(office: Office) -> None:
    """Of 40 buyers at once for 7 tickets, exactly 7 get one and the others a plain refusal."""
    person = await office.person()
    event_id = await office.event(person)
    kind = await office.ticket_type(person, EventId(event_id), quantity_limit=7)
    path = f"{person.path}/events/{event_id}/orders"
    body = {"lines": [{"ticket_type_id": kind, "quantity": 1}], "payment": "paid"}
    answers = await asyncio.gather(
        *(office.call("POST", path, person, json=body) for _ in range(40))
    )
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(201) == 7, statuses
    refused = [answer.json() for answer in answers if answer.status_code != 201]
    assert {problem["type"].rpartition("/")[2] for problem in refused} == {"sold-out"}
    assert await stock(office, person, EventId(event_id), kind) == {
        "sold": 7,
        "held": 0,
        "available": 0,
    }
    page = await office.ok("GET", path, person)
    assert sorted(row["number"] for row in page["items"]) == list(range(1, 8))


@pytest.mark.either_database
async def test_an_order_has_so_many_tickets(office: Office) -> None:
    """In one line, or over all of them."""
    person = await office.person()
    event_id = EventId(await office.event(person))
    kinds = [await office.ticket_type(person, event_id, name=name) for name in ("A", "B")]
    path = f"{person.path}/events/{event_id}/orders"
    for counts in ((TICKETS_PER_ORDER_MAX + 1,), (TICKETS_PER_ORDER_MAX, 1)):
        lines = [
            {"ticket_type_id": kind, "quantity": count}
            for kind, count in zip(kinds, counts, strict=False)
        ]
        answer = await office.call(
            "POST", path, person, json={"lines": lines, "payment": "pending"}
        )
        assert answer.status_code == 422, answer.text
        assert str(TICKETS_PER_ORDER_MAX) in answer.text
    assert (await office.ok("GET", path, person))["items"] == []


@pytest.mark.either_database
async def test_a_refused_order_leaves_nothing_behind(office: Office) -> None:
    """If the second line is sold out, the first one's stock and number come back."""
    person = await office.person()
    event_id = await office.event(person)
    plenty = await office.ticket_type(person, EventId(event_id))
    scarce = await office.ticket_type(person, EventId(event_id), quantity_limit=1)
    path = f"{person.path}/events/{event_id}/orders"
    lines = [
        {"ticket_type_id": plenty, "quantity": 2},
        {"ticket_type_id": scarce, "quantity": 2},
    ]
    answer = await office.call("POST", path, person, json={"lines": lines})
    assert answer.status_code == 409
    assert (await stock(office, person, EventId(event_id), plenty))["held"] == 0
    assert (await order(office, person, EventId(event_id), plenty))["order"]["number"] == 1


@pytest.mark.either_database
async def test_the_same_idempotency_key_gives_the_same_order(office: Office) -> None:
    """A retry sells nothing twice; the key with other content is refused."""
    person = await office.person()
    event_id = await office.event(person)
    kind = await office.ticket_type(person, EventId(event_id))
    path = f"{person.path}/events/{event_id}/orders"
    key = {"idempotency-key": "till-7-000123"}
    body = {"lines": [{"ticket_type_id": kind, "quantity": 1}], "payment": "paid"}
    first = await office.ok("POST", path, person, json=body, headers=key)
    again = await office.ok("POST", path, person, json=body, headers=key)
    assert again == first
    other = {"lines": [{"ticket_type_id": kind, "quantity": 2}], "payment": "paid"}
    answer = await office.call("POST", path, person, json=other, headers=key)
    assert answer.status_code == 409
    assert (await stock(office, person, EventId(event_id), kind))["sold"] == 1


@pytest.mark.either_database
async def test_a_pending_order_withholds_then_is_paid_or_expires(office: Office) -> None:
    """Held tickets become sold by payment; unpaid ones come back after their time."""
    person = await office.person()
    event_id = await office.event(person)
    kind = await office.ticket_type(person, EventId(event_id), quantity_limit=5)
    kept = await order(office, person, EventId(event_id), kind, 2, payment="pending")
    lost = await order(office, person, EventId(event_id), kind, 3, payment="pending", hold_s=60)
    assert kept["tickets"][0]["state"] == "held"
    assert await stock(office, person, EventId(event_id), kind) == {
        "sold": 0,
        "held": 5,
        "available": 0,
    }
    path = f"{person.path}/events/{event_id}/orders"
    paid = await office.ok("POST", f"{path}/{kept['order']['id']}/paid", person)
    assert [row["state"] for row in paid["tickets"]] == ["paid"] * 2
    office.clock.advance(61 * SECOND)
    assert await expire_due_orders(office.context, office.feed) == 1
    assert await expire_due_orders(office.context, office.feed) == 0
    gone = await office.ok("GET", f"{path}/{lost['order']['id']}", person)
    assert (gone["order"]["state"], gone["tickets"][0]["state"]) == ("expired", "expired")
    assert await stock(office, person, EventId(event_id), kind) == {
        "sold": 2,
        "held": 0,
        "available": 3,
    }
    late = await office.call("POST", f"{path}/{lost['order']['id']}/paid", person)
    assert late.status_code == 409


@pytest.mark.either_database
async def test_cancelling_and_refunding_give_stock_back_once(office: Office) -> None:
    """A ticket is refunded once, its order later cancelled for the rest; both are announced."""
    person = await office.person()
    event_id = await office.event(person)
    kind = await office.ticket_type(person, EventId(event_id), quantity_limit=5)
    placed = await order(office, person, EventId(event_id), kind, 3)
    ticket_id = placed["tickets"][0]["id"]
    path = f"{person.path}/events/{event_id}"
    for _ in range(2):
        refunded = await office.ok(
            "POST", f"{path}/tickets/{ticket_id}/refund", person, json={"reason": "ill"}
        )
        assert refunded["state"] == "cancelled"
    assert (await stock(office, person, EventId(event_id), kind))["sold"] == 2
    office.feed.changes.clear()
    cancelled = await office.ok(
        "POST", f"{path}/orders/{placed['order']['id']}/cancel", person, json={"reason": "rain"}
    )
    assert {row["state"] for row in cancelled["tickets"]} == {"cancelled"}
    assert [change.facts.state for _, change in office.feed.changes] == ["cancelled"] * 2
    assert await stock(office, person, EventId(event_id), kind) == {
        "sold": 0,
        "held": 0,
        "available": 5,
    }


@pytest.mark.either_database
async def test_blocking_and_reissuing_are_announced(office: Office) -> None:
    """A block and a new generation reach the gates; the manual code changes with it.

    Not both: a gate that is cut off would know of the new code only that it is signed.
    """
    person = await office.person()
    event_id = await office.event(person)
    kind = await office.ticket_type(person, EventId(event_id))
    (ticket,) = (await order(office, person, EventId(event_id), kind))["tickets"]
    path = f"{person.path}/events/{event_id}/tickets/{ticket['id']}"
    office.feed.changes.clear()
    await office.ok("PUT", f"{path}/block", person, json={"blocked": True})
    await office.ok("PUT", f"{path}/block", person, json={"blocked": True})
    refused = await office.call("POST", f"{path}/reissue", person)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "conflict")
    await office.ok("PUT", f"{path}/block", person, json={"blocked": False})
    again = await office.ok("POST", f"{path}/reissue", person)
    assert again["generation"] == 2
    assert again["manual_code"] != ticket["manual_code"]
    told = [(change.facts.blocked, change.facts.generation) for _, change in office.feed.changes]
    assert told == [(True, 1), (False, 1), (False, 2)]


@pytest.mark.either_database
async def test_a_reissue_that_is_sent_again_leaves_the_new_code_good(office: Office) -> None:
    """Of four twins that name the generation one raises it; the others are told that it has."""
    person = await office.person()
    event_id = await office.event(person)
    kind = await office.ticket_type(person, EventId(event_id))
    (ticket,) = (await order(office, person, EventId(event_id), kind))["tickets"]
    path = f"{person.path}/events/{event_id}/tickets/{ticket['id']}"
    reissue = f"{path}/reissue?generation={ticket['generation']}"
    answers = await asyncio.gather(*[office.call("POST", reissue, person) for _ in range(4)])
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    told = {one.json()["detail"] for one in answers if one.status_code == 409}
    assert told == {"This ticket has been reissued: its generation is 2 now."}
    (code,) = [one.json()["manual_code"] for one in answers if one.is_success]
    assert (await office.ok("GET", path, person))["manual_code"] == code


@pytest.mark.either_database
async def test_ticket_that_is_not_paid_is_not_reissued(office: Office) -> None:
    """Its new code would say nothing of the debt to a gate that is cut off."""
    person = await office.person()
    event_id = await office.event(person)
    kind = await office.ticket_type(person, EventId(event_id))
    placed = await order(office, person, EventId(event_id), kind, payment="pending")
    path = f"{person.path}/events/{event_id}"
    reissue = f"{path}/tickets/{placed['tickets'][0]['id']}/reissue"
    assert (await office.call("POST", reissue, person)).status_code == 409
    await office.ok("POST", f"{path}/orders/{placed['order']['id']}/paid", person)
    assert (await office.ok("POST", reissue, person))["generation"] == 2


@pytest.mark.either_database
async def test_the_shown_state_is_derived(office: Office) -> None:
    """Naming a holder makes a ticket claimed, using it validated, its window's end expired."""
    person = await office.person()
    event_id = await office.event(person)
    kind = await office.ticket_type(person, EventId(event_id), valid_until="2026-07-05T00:00:00Z")
    (ticket,) = (await order(office, person, EventId(event_id), kind))["tickets"]
    path = f"{person.path}/events/{event_id}/tickets/{ticket['id']}"
    named = await office.ok("PUT", f"{path}/holder", person, json={"name": "Zoe"})
    assert (named["state"], named["holder_name"], named["holder_email"]) == (
        "claimed",
        "Zoe",
        None,
    )
    assert named["names_at_gates"] == "off"
    policy = {"policy": {"names_at_gates": True}}
    await office.ok("PATCH", f"{person.path}/events/{event_id}", person, json=policy)
    again = await office.ok("PUT", f"{path}/holder", person, json={"name": "Zoe"})
    assert again["names_at_gates"] == "next_handover"
    await office.ok("DELETE", f"{path}/holder", person)
    assert (await office.ok("GET", path, person))["state"] == "paid"
    office.clock.advance(12 * HOUR)
    assert (await office.ok("GET", path, person))["state"] == "expired"
    office.usage.ids.add(parse_ticket_id(ticket["id"]))
    assert (await office.ok("GET", path, person))["state"] == "validated"


async def test_tickets_are_listed_page_by_page_and_found(office: Office) -> None:
    """Pages follow each other without gap or repeat; a manual code finds its ticket."""
    person = await office.person()
    event_id = await office.event(person)
    kind = await office.ticket_type(person, EventId(event_id))
    placed = await order(office, person, EventId(event_id), kind, 7)
    path = f"{person.path}/events/{event_id}/tickets"
    found: list[str] = []
    after: str | None = None
    while True:
        query = {"limit": "3"} | ({"after": after} if after else {})
        page = await office.ok("GET", path, person, params=query)
        found += [row["id"] for row in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert found == sorted(row["id"] for row in placed["tickets"])
    code = placed["tickets"][4]["manual_code"]
    spoken = code.replace("-", " ").lower()
    page = await office.ok("GET", path, person, params={"manual_code": spoken})
    assert [row["id"] for row in page["items"]] == [placed["tickets"][4]["id"]]


@pytest.mark.either_database
async def test_what_is_not_on_sale_is_refused(office: Office) -> None:
    """Drafts, closed sales windows and comps without a reason sell nothing."""
    person = await office.person()
    draft = await office.event(person, state="draft")
    kind = await office.ticket_type(person, EventId(draft))
    body = {"lines": [{"ticket_type_id": kind, "quantity": 1}]}
    answer = await office.call("POST", f"{person.path}/events/{draft}/orders", person, json=body)
    assert answer.status_code == 409
    event_id = await office.event(person)
    late = await office.ticket_type(person, EventId(event_id), sales_until="2026-01-01T00:00:00Z")
    body = {"lines": [{"ticket_type_id": late, "quantity": 1}]}
    path = f"{person.path}/events/{event_id}/orders"
    answer = await office.call("POST", path, person, json=body)
    assert answer.json()["errors"][0]["field"] == "lines[0].ticket_type_id"
    answer = await office.call("POST", path, person, json=body | {"payment": "comp"})
    assert answer.json()["errors"] == [
        {"field": "comp_reason", "message": "is needed for tickets at no price"}
    ]
    comp = await office.ok(
        "POST", path, person, json=body | {"payment": "comp", "comp_reason": "press"}
    )
    assert comp["order"]["total_minor"] == 0


@pytest.mark.either_database
@pytest.mark.parametrize("how", ["date", "line", "hours"])
async def test_nothing_is_sold_that_no_gate_lets_in_any_more(office: Office, how: str) -> None:
    """A night that is over, or hours that are, by whatever channel; also one that a line names.

    What was sold elsewhere before is booked.
    """
    person = await office.person()
    event_id = await office.event(person)
    event, now = f"{person.path}/events/{event_id}", office.clock.wall()
    nights = [
        {
            "name": name,
            "starts_at": format_instant(Instant(now + at)),
            "ends_at": format_instant(Instant(now + end)),
        }
        for name, at, end in (
            ("First", -5 * HOUR, -HOUR),
            ("Second", 19 * HOUR, DAY),
        )
    ]
    dates = [await office.ok("POST", f"{event}/occurrences", person, json=one) for one in nights]
    over = {"valid_until": format_instant(Instant(now - HOUR))}
    terms = {"hours": over, "date": {"occurrence_id": dates[0]["id"]}, "line": {}}[how]
    late = await office.ticket_type(person, EventId(event_id), **terms)
    open_ = await office.ticket_type(person, EventId(event_id), occurrence_id=dates[1]["id"])
    path = f"{event}/orders"

    async def ask(kind: str, channel: str, **more: object) -> int:
        line = {"ticket_type_id": kind, "quantity": 1}
        if how == "line" and kind == late:
            line["occurrence_id"] = dates[0]["id"]
        body = {"lines": [line], "channel": channel, **more}
        return (await office.call("POST", path, person, json=body)).status_code

    assert [await ask(late, one) for one in ("web", "api", "box_office")] == [422] * 3
    assert await ask(late, "comp", payment="comp", comp_reason="artist") == 422
    assert [await ask(late, "import"), await ask(open_, "web"), await ask(open_, "api")] == [
        201
    ] * 3


@pytest.mark.either_database
async def test_an_event_goes_only_where_its_state_may(office: Office) -> None:
    """A draft cannot be completed; an approval goes through a platform admin."""
    person = await office.person()
    admin = await office.person(role=None, is_admin=True)
    event_id = await office.event(person, state="draft")
    path = f"{person.path}/events/{event_id}/state"
    assert (
        await office.call("POST", path, person, json={"state": "completed"})
    ).status_code == 409
    await office.ok("PUT", f"{person.path}/approval", admin, json={"needs_approval": True})
    refused = await office.call("POST", path, person, json={"state": "published"})
    assert (refused.status_code, refused.json()["because"]["code"]) == (403, "event.approval")
    await office.ok("POST", path, person, json={"state": "pending_approval"})
    changed = await office.ok("POST", path, admin, json={"state": "published"})
    assert changed["state"] == "published"


async def test_a_venue_is_copied_into_an_event(office: Office) -> None:
    """Zones and gates are a snapshot; rules are checked; each change raises the plan's version."""
    person = await office.person()
    event_id = await office.event(person)
    template = [{"name": "Hall", "capacity": 900, "gates": [{"name": "North", "lanes": 2}]}]
    venue = await office.ok(
        "POST",
        f"{person.path}/venues",
        person,
        json={"name": "Arena", "timezone": "Europe/Berlin", "template": template},
    )
    path = f"{person.path}/events/{event_id}"
    before = (await office.ok("GET", path, person))["plan_version"]
    plan = await office.ok("POST", f"{path}/plan", person, json={"venue_id": venue["id"]})
    assert (plan["zones"][0]["capacity"], plan["gates"][0]["lanes"]) == (900, 2)
    zone = plan["zones"][0]
    kind = await office.ticket_type(person, EventId(event_id))
    body = {
        "name": "Hall",
        "ticket_type_ids": [kind],
        "rule": {"fact": "entries_today", "cmp": "<", "value": 3},
    }
    changed = await office.ok("PUT", f"{path}/zones/{zone['id']}", person, json=body)
    assert changed["ticket_type_ids"] == [kind]
    wrong = body | {"rule": {"fact": "moon", "cmp": "<", "value": 3}}
    answer = await office.call("PUT", f"{path}/zones/{zone['id']}", person, json=wrong)
    assert answer.json()["errors"][0]["field"] == "rule"
    answer = await office.call("DELETE", f"{path}/zones/{zone['id']}", person)
    assert answer.status_code == 409
    assert (await office.ok("GET", path, person))["plan_version"] > before
