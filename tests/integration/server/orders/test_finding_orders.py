"""Orders at the desk: found by who bought, and what a refund gives back before it is done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server.orders.models import Order
from shared.kernel.id_types import EventId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import datetime_from_instant
from shared.kernel.list_search_folding import fold_text
from tests.factories.office import Office, Person

pytestmark = pytest.mark.either_database

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
    for name in ("Kim Mueller", "Zoë O’Brien"):
        await buy(office, ada, path, kind, name)
    for asked, names in (
        ("mueller", ["Kim Mueller", "Mara Muller", "Zoe Müller"]),
        ("Müller", ["Kim Mueller", "Mara Muller", "Zoe Müller"]),
        ("obrien", ["Zoë O’Brien"]),
    ):
        found = await find(q=asked)
        assert sorted(one["buyer_name"] for one in found["items"]) == names, asked


async def test_a_refund_says_before_what_it_notes_afterwards(office: Office) -> None:
    """By the event's terms and to the minor unit; asking changes nothing, and used is said."""
    ada = await office.person()
    event_id = EventId(await office.event(ada))
    kind, path = await office.ticket_type(ada, event_id), f"{ada.path}/events/{event_id}"
    placed = await buy(office, ada, path, kind, "Jo Park", 2)
    whole, part = (f"{path}/tickets/{one['id']}/refund" for one in placed["tickets"])
    answer = {"currency": "EUR", "price_minor": PRICE, "noted_minor": None, "is_used": False}
    answer |= {"rest_minor": 0}
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
    assert done["rest_minor"] == PRICE - owed
    nowhere = await office.call("GET", f"{path}/tickets/0123456789abcdef/refund", ada)
    assert nowhere.status_code == 404


NAMES = ("Zoë Straße", "ÅSA_Øberg", "Jean-Luc 100%", "Ⅷ. Čapek", "محمد علي", "สมชาย", "o'Neil\\x")


async def test_no_order_is_missed_whatever_is_looked_for(office: Office) -> None:
    """Each part of each name, address and telephone, as the folding has it, finds its order."""
    ada = await office.person()
    event_id = EventId(await office.event(ada))
    kind, path = await office.ticket_type(ada, event_id), f"{ada.path}/events/{event_id}"
    orders = {}
    for at, name in enumerate(NAMES):
        body = {"lines": [{"ticket_type_id": kind, "quantity": 1}], "buyer_name": name}
        said = {"buyer_email": f"Buyer{at}@Example.ORG", "buyer_phone": f"+49 170 55{at} 01"}
        placed = await office.ok("POST", f"{path}/orders", ada, json=body | said)
        orders[placed["order"]["id"]] = "\n".join([name, *said.values(), "pending", "api", "EUR"])

    async def find(text: str) -> set[str]:
        page = await office.ok("GET", f"{path}/orders", ada, params={"q": text, "limit": 100})
        return {one["id"] for one in page["items"]}

    for told in orders.values():
        for word in {*told.split(), told[1:4], told[-9:]}:
            words = fold_text(word).split()
            wanted = {
                one for one, text in orders.items() if all(w in fold_text(text) for w in words)
            }
            assert await find(word) >= wanted, word
    for absent in ("%", "e_s", "\\", "muller", "Buyer7"):
        assert await find(absent) == {
            one for one, text in orders.items() if fold_text(absent) in fold_text(text)
        }
    page = await office.ok("GET", f"{path}/orders", ada, params={"q": "3"})
    assert 3 in {one["number"] for one in page["items"]}


async def test_a_buyer_who_was_forgotten_is_in_no_column_any_more(office: Office) -> None:
    """What a search looks in goes with the name, by whichever way the name goes."""
    ada = await office.person()
    event_id = EventId(await office.event(ada))
    kind, path = await office.ticket_type(ada, event_id), f"{ada.path}/events/{event_id}"
    placed = await buy(office, ada, path, kind, "Zoe Müller")
    order_id = placed["order"]["id"]
    async with office.context.read(ada.organization_id) as unit:
        folded = await unit.find(select(Order.buyer_folded))
    assert folded == "zoe muller\nzoe@example.org"
    await office.ok("DELETE", f"{path}/orders/{order_id}/buyer", ada)
    async with office.context.read(ada.organization_id) as unit:
        assert await unit.find(select(Order.buyer_folded)) == ""
    assert (await office.ok("GET", f"{path}/orders", ada, params={"q": "zoe"}))["items"] == []
