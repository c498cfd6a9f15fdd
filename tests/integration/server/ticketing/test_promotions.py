"""Promotions through the API: codes are kept as hashes, and uses are never exceeded."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.kernel.id_types import EventId
from tests.factories.office import Office, Person
from tests.factories.racing import rows_of

PRICE = 2_500


class Stand:
    """An event with a ticket type, and what is on offer for it."""

    def __init__(self, office: Office, owner: Person, path: str, kind: str) -> None:
        self.office = office
        self.owner = owner
        self.path = path
        self.kind = kind

    async def offer(self, **terms: Any) -> Any:
        """Ask for a promotion."""
        body = {"name": "Summer"} | terms
        return await self.office.call("POST", f"{self.path}/promotions", self.owner, json=body)

    async def order(self, count: int, *codes: str, payment: str = "paid") -> Any:
        """Ask for an order."""
        lines = [{"ticket_type_id": self.kind, "quantity": count}]
        body = {"payment": payment, "lines": lines, "codes": list(codes)}
        return await self.office.call("POST", f"{self.path}/orders", self.owner, json=body)


@pytest.fixture
async def stand(office: Office) -> Stand:
    """Give a stand."""
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    kind = await office.ticket_type(owner, event_id)
    return Stand(office, owner, f"{owner.path}/events/{event_id}", kind)


async def test_code_takes_its_discount_and_is_kept_as_a_hash(stand: Stand) -> None:
    """However it is spelled; whoever reads the database or the plan does not read it."""
    made = await stand.offer(percent_points=1_000, code="Sum-mer 26")
    assert made.status_code == 201, made.text
    assert made.json()["has_code"]
    placed = (await stand.order(3, "SUMMER26")).json()
    (line,) = placed["lines"]
    assert (line["discount_minor"], line["promotion"]) == (750, made.json()["id"])
    assert placed["order"]["total_minor"] == 3 * PRICE - 750
    assert (await stand.order(1)).json()["order"]["total_minor"] == PRICE
    short = (await stand.offer(percent_points=1_000, code="FEW")).json()["errors"]
    assert [one["field"] for one in short] == ["code"]
    assert "at least 4 letters or digits" in short[0]["message"]
    unknown = await stand.order(1, "WINTER26")
    assert unknown.status_code == 422
    assert unknown.json()["errors"][0]["field"] == "codes"
    ((hashed,),) = await rows_of(stand.office, "SELECT code_hash FROM promotion")
    assert len(bytes(hashed)) == 16


@pytest.mark.either_database
async def test_three_for_two_holds_by_itself_until_it_is_removed(stand: Stand) -> None:
    """Then the list price is back; what was sold stays."""
    made = (await stand.offer(kind="buy_get", buy=2, free=1)).json()
    assert (await stand.order(3)).json()["order"]["total_minor"] == 2 * PRICE
    path = f"{stand.path}/promotions/{made['id']}"
    assert (await stand.office.call("DELETE", path, stand.owner)).status_code == 204
    assert (await stand.office.call("DELETE", path, stand.owner)).status_code == 404
    assert (await stand.order(3)).json()["order"]["total_minor"] == 3 * PRICE


async def test_limited_code_is_used_as_often_as_it_says(stand: Stand) -> None:
    """By buyers at once as well; what is cancelled can be used again."""
    await stand.offer(kind="fixed", fixed_minor=500, code="TWICE", uses=2)
    answers = await asyncio.gather(*(stand.order(1, "twice") for _ in range(6)))
    done = [answer for answer in answers if answer.status_code == 201]
    assert len(done) <= 2
    while len(done) < 2:
        done.append(await stand.order(1, "twice"))
    assert {answer.status_code for answer in done} == {201}
    refused = await stand.order(1, "twice")
    assert refused.status_code == 422
    assert "used up" in refused.json()["errors"][0]["message"]
    path = f"{stand.path}/orders/{done[0].json()['order']['id']}/cancel"
    await stand.office.ok("POST", path, stand.owner, json={"reason": "ill"})
    (shown,) = await stand.office.ok("GET", f"{stand.path}/promotions", stand.owner)
    assert (shown["uses"], shown["taken"]) == (2, 1)
    assert (await stand.order(1, "twice")).status_code == 201


GIVING_NOTHING: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, "percent_points"),
    ({"kind": "fixed"}, "fixed_minor"),
    ({"kind": "buy_get", "free": 1}, "buy"),
    ({"percent_points": 100, "code": "- a1 -"}, "code"),
    ({"percent_points": 100, "ticket_type_ids": ["tt_none"]}, "ticket_type_ids"),
    (
        {
            "percent_points": 100,
            "starts_at": "2026-08-01T00:00:00Z",
            "ends_at": "2026-08-01T00:00:00Z",
        },
        "ends_at",
    ),
)


@pytest.mark.either_database
async def test_promotion_that_gives_nothing_is_refused(stand: Stand) -> None:
    """With the field at fault."""
    for terms, field in GIVING_NOTHING:
        answer = await stand.offer(**terms)
        assert answer.status_code == 422, terms
        assert answer.json()["errors"][0]["field"] == field


@pytest.mark.either_database
async def test_code_stands_for_one_promotion(stand: Stand) -> None:
    """Nobody has to guess which of two is meant."""
    assert (await stand.offer(percent_points=100, code="SAME")).status_code == 201
    assert (await stand.offer(percent_points=200, code="sa-me")).status_code == 409
