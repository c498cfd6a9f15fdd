"""Prices through the API: tiers, fees, tax, bounds; each order adds up to the minor unit."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.kernel.id_types import EventId
from shared.kernel.instant import HOUR, datetime_from_instant
from tests.factories.office import Office, Person
from tests.factories.racing import rows_of

PRICE = 10_000


class Shop:
    """An event with one ticket type on sale."""

    def __init__(self, office: Office, owner: Person, path: str, kind: dict[str, Any]) -> None:
        self.office = office
        self.owner = owner
        self.path = path
        self.kind = kind

    async def sell_as(self, **selling: Any) -> dict[str, Any]:
        """Change how the type is sold."""
        path = f"{self.path}/ticket-types/{self.kind['id']}"
        body = {"name": "Adult", "price_minor": PRICE, "currency": "EUR", "selling": selling}
        return dict(await self.office.ok("PUT", path, self.owner, json=body))

    async def place(self, *counts: int, **more: Any) -> Any:
        """Ask for an order."""
        lines = [{"ticket_type_id": self.kind["id"], "quantity": count} for count in counts]
        body = {"payment": "paid", "lines": lines} | more
        return await self.office.call("POST", f"{self.path}/orders", self.owner, json=body)

    async def order(self, *counts: int, **more: Any) -> dict[str, Any]:
        """Place an order."""
        answer = await self.place(*counts, **more)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


@pytest.fixture
async def shop(office: Office) -> Shop:
    """Give a shop."""
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    await office.ticket_type(owner, event_id)
    path = f"{owner.path}/events/{event_id}"
    (kind,) = await office.ok("GET", f"{path}/ticket-types", owner)
    return Shop(office, owner, path, kind)


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("mode", "tax", "total"),
    [
        ("line", 7_985, 50_000),
        ("sum_by_net", 7_983, 49_998),
        ("sum_by_net_keep_gross", 7_983, 50_000),
    ],
)
async def test_order_is_taxed_as_the_event_says_and_goes_back_whole(
    shop: Shop, mode: str, tax: int, total: int
) -> None:
    """Five at 100.00 with 19 %; ticket by ticket all of it is owed back."""
    await shop.sell_as(tax_basis_points=1_900)
    pricing = {"tax_rounding": mode, "country": "CH"}
    changed = await shop.office.ok("PATCH", shop.path, shop.owner, json={"pricing": pricing})
    free = {"refunds": [], "transfers": True, "transfers_until": None}
    assert changed["pricing"] == pricing | free
    placed = await shop.order(2, 3)
    assert placed["order"]["total_minor"] == total
    assert sum(line["tax_minor"] for line in placed["lines"]) == tax
    for ticket in placed["tickets"]:
        path = f"{shop.path}/tickets/{ticket['id']}/refund"
        await shop.office.ok("POST", path, shop.owner, json={"reason": "ill"})
    rows = await rows_of(shop.office, "SELECT sum(amount_minor) FROM refund")
    assert int(rows[0][0]) == total


@pytest.mark.either_database
async def test_tills_stand_in_a_country_that_there_is(shop: Shop) -> None:
    """Two letters that are no country's are refused by name, in a new event and a known one."""
    pricing = {"pricing": {"country": "ZZ"}}
    new = {"name": "Fair", "timezone": "UTC"} | pricing
    events = shop.path.rpartition("/")[0]
    for method, path, body in (("PATCH", shop.path, pricing), ("POST", events, new)):
        refused = await shop.office.call(method, path, shop.owner, json=body)
        assert refused.status_code == 422
        assert [one["field"] for one in refused.json()["errors"]] == ["pricing.country"]


@pytest.mark.either_database
async def test_tier_of_time_ends_by_the_servers_clock(shop: Shop) -> None:
    """The early price, then the list price; the fee is upon both."""
    ends = datetime_from_instant(shop.office.clock.wall()) + timedelta(hours=1)
    early = {
        "key": "early",
        "name": "Early bird",
        "price_minor": 7_500,
        "ends_at": ends.isoformat(),
    }
    await shop.sell_as(tiers=[early], fee_minor=150)
    (line,) = (await shop.order(2))["lines"]
    assert (line["total_minor"], line["fee_minor"], line["tier"]) == (15_300, 300, "1/early")
    shop.office.clock.advance(HOUR)
    (line,) = (await shop.order(2))["lines"]
    assert (line["total_minor"], line["tier"]) == (20_300, "")


async def test_quantity_tier_is_never_sold_beyond_its_count(shop: Shop) -> None:
    """Buyers at once share it, the rest pays the list price; what is cancelled returns."""
    first = {"key": "first", "name": "First 10", "price_minor": 5_000, "count": 10}
    await shop.sell_as(tiers=[first])
    answers = await asyncio.gather(*(shop.place(3) for _ in range(8)))
    while refused := [answer for answer in answers if answer.status_code == 409]:
        answers = [answer for answer in answers if answer.status_code != 409]
        answers += [await shop.place(3) for _ in refused]
    lines = [line for answer in answers for line in answer.json()["lines"]]
    assert sum(line["quantity"] for line in lines if line["tier"]) == 10
    assert sum(line["quantity"] for line in lines) == 24
    gone = next(answer.json() for answer in answers if len(answer.json()["lines"]) == 1)
    path = f"{shop.path}/orders/{gone['order']['id']}/cancel"
    was_cheap = bool(gone["lines"][0]["tier"])
    await shop.office.ok("POST", path, shop.owner, json={"reason": "ill"})
    again = (await shop.order(4))["lines"]
    assert sum(line["quantity"] for line in again if line["tier"]) == (3 if was_cheap else 0)


@pytest.mark.either_database
async def test_order_older_than_a_tiers_count_gives_nothing_of_it_back(shop: Shop) -> None:
    """What it took was not counted: cancelled, it let one more be sold than the count says."""
    first = {"key": "first", "name": "First", "price_minor": 5_000}
    await shop.sell_as(tiers=[first])
    older = await shop.order(2)
    await shop.sell_as(tiers=[first | {"count": 3}])
    (line,) = (await shop.order(3))["lines"]
    assert line["tier"]
    path = f"{shop.path}/orders/{older['order']['id']}/cancel"
    await shop.office.ok("POST", path, shop.owner, json={"reason": "ill"})
    lines = (await shop.order(2))["lines"]
    assert [one["tier"] for one in lines] == [""]


@pytest.mark.either_database
async def test_what_is_not_sold_like_that_names_the_field(shop: Shop) -> None:
    """Too few, too many, not to the public: each says which line, and what would do."""
    await shop.sell_as(order_min=2, order_max=4)
    for count, words in ((1, "at least 2"), (5, "at most 4")):
        answer = await shop.place(count)
        assert answer.status_code == 422, answer.text
        (error,) = answer.json()["errors"]
        assert error["field"] == "lines[0].quantity"
        assert words in error["message"]
    await shop.sell_as(visibility="staff")
    assert (await shop.place(1, channel="web")).status_code == 422
    assert (await shop.place(1)).status_code == 201


SENSELESS = (
    {"tiers": [{"key": "a", "name": "A", "price_minor": 1}] * 2},
    {"tiers": [{"key": "A b", "name": "A", "price_minor": 1}]},
    {"order_min": 3, "order_max": 2},
    {"tax_basis_points": 10_001},
    {"fee_minor": -1},
    {"visibility": "nobody"},
)


@pytest.mark.either_database
async def test_terms_that_make_no_sense_are_refused(shop: Shop) -> None:
    """With the field at fault."""
    path = f"{shop.path}/ticket-types/{shop.kind['id']}"
    for selling in SENSELESS:
        body = {"name": "Adult", "price_minor": PRICE, "selling": selling}
        answer = await shop.office.call("PUT", path, shop.owner, json=body)
        assert answer.status_code == 422, selling
        assert "selling" in answer.json()["errors"][0]["field"]


@pytest.mark.either_database
async def test_currency_must_exist(shop: Shop) -> None:
    """Three capitals are not enough: its decimals must be known."""
    body = {"name": "Adult", "price_minor": PRICE, "currency": "QQQ"}
    answer = await shop.office.call("POST", f"{shop.path}/ticket-types", shop.owner, json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "currency"
