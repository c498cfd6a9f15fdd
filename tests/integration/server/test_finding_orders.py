"""Orders at the desk: found by who bought, and what a refund gives back before it is done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.kernel.id_types import EventId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import datetime_from_instant
from tests.factories.office import Office, Person

pytestmark = [pytest.mark.integration, pytest.mark.either_database]

PRICE = 2_500


async def buy(
    office: Office, person: Person, path: str, kind: str, name: str, count: int = 1
) -> dict[str, Any]:
    """Place a paid order of somebody."""
    body = {
        "payment": "paid",
        "lines": [{"ticket_type_id": kind, "quantity": count}],
        "buyer_name": name,
        "buyer_email": f"{name.split(maxsplit=1)[0].lower()}@example.org",
    }
    return dict(await office.ok("POST", f"{path}/orders", person, json=body))


async def test_an_orders_buyer_is_found_by_parts_of_name_and_address(office: Office) -> None:
    """By pages, the latest first; case and accents count for nothing."""
    ada = await office.person()
    event_id = EventId(await office.event(ada))
    kind, path = await office.ticket_type(ada, event_id), f"{ada.path}/events/{event_id}"
    for name in ("Zoe Müller", "Jo Park", "Mara Muller"):
        await buy(office, ada, path, kind, name)

    async def find(**query: Any) -> dict[str, Any]:
        return dict(await office.ok("GET", f"{path}/orders", ada, params=query))

    first = await find(q="MULLER", limit=1)
    assert [one["buyer_name"] for one in first["items"]] == ["Mara Muller"]
    second = await find(q="MULLER", limit=1, after=first["next"])
    assert [one["buyer_name"] for one in second["items"]] == ["Zoe Müller"]
    assert second["next"] is None
    found = await find(q="jo@example")
    assert [one["buyer_name"] for one in found["items"]] == ["Jo Park"]
    assert (await find(q="nobody"))["items"] == []


async def test_a_refund_says_before_what_it_notes_afterwards(office: Office) -> None:
    """By the event's terms and to the minor unit; asking changes nothing, and used is said."""
    ada = await office.person()
    event_id = EventId(await office.event(ada))
    kind, path = await office.ticket_type(ada, event_id), f"{ada.path}/events/{event_id}"
    placed = await buy(office, ada, path, kind, "Jo Park", 2)
    whole, part = (f"{path}/tickets/{one['id']}/refund" for one in placed["tickets"])
    answer = {"currency": "EUR", "price_minor": PRICE, "noted_minor": None, "is_used": False}
    assert await office.ok("GET", whole, ada) == answer | {"back_minor": PRICE}

    until = datetime_from_instant(office.clock.wall()) + timedelta(days=1)
    terms = [{"until": until.isoformat(), "percent_points": 5_000, "fee_minor": 100}]
    await office.ok("PATCH", path, ada, json={"pricing": {"refunds": terms}})
    owed = PRICE // 2 - 100
    for _ in range(2):
        assert await office.ok("GET", part, ada) == answer | {"back_minor": owed}
    office.usage.ids.add(parse_ticket_id(placed["tickets"][1]["id"]))
    assert (await office.ok("GET", part, ada))["is_used"]
    refused = await office.call("POST", part, ada, json={"reason": "ill"})
    assert refused.status_code == 409
    await office.ok("POST", f"{part}?even_if_used=true", ada, json={"reason": "ill"})
    done = await office.ok("GET", part, ada)
    assert (done["price_minor"], done["back_minor"], done["noted_minor"]) == (0, 0, owed)
    nowhere = await office.call("GET", f"{path}/tickets/0123456789abcdef/refund", ada)
    assert nowhere.status_code == 404
