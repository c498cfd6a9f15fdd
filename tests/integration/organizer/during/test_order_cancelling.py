"""A whole order cancelled at the desk, at the real application: as agreed, owed once, resumed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gatekeeper.organizer.during.order_cancelling_client import (
    EndedOrder,
    Ending,
    end_order,
    read_ending,
)
from gatekeeper.organizer.during.orders_client import OrderClient
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_refusal
from shared.kernel.id_types import EventId
from shared.kernel.ids import parse_ticket_id
from tests.factories.desk_seat import take_seat
from tests.factories.office import Office, Person

pytestmark = pytest.mark.either_database
HALF = {"until": None, "percent_points": 5_000, "fee_minor": 0}


class Counter:
    """An event on sale for 25.00; whoever sits at the desk."""

    def __init__(self, office: Office, owner: Person, event_id: EventId, kind: str) -> None:
        self.office, self.owner, self.kind = office, owner, kind
        self.site = EventSite(owner.organization_id, event_id)
        self.open: list[httpx.AsyncClient] = []

    def sit_down(self, person: Person) -> OrderClient:
        """Give somebody a desk."""
        seat = take_seat(self.office, person)
        self.open.append(seat._http)
        return OrderClient(seat, self.site)

    async def sell(self, count: int, **tenders: int) -> dict[str, Any]:
        """Place an order, and let it be paid by these tenders."""
        lines = [{"ticket_type_id": self.kind, "quantity": count}]
        body = {"lines": lines, "buyer_name": "Jo Park"}
        path = f"/api/v1{self.site.path}/orders"
        placed = dict(await self.office.ok("POST", path, self.owner, json=body))
        for tender, amount in tenders.items():
            paid = {"tender": tender, "amount_minor": amount, "fact": "paid"}
            where = f"{path}/{placed['order']['id']}/payments"
            await self.office.ok("POST", where, self.owner, json=paid)
        return placed

    async def set_terms(self, desk: OrderClient, *rules: dict[str, Any]) -> None:
        """Let the event give back so much."""
        event = await desk.api.get(self.site.path)
        pricing = event["pricing"] | {"refunds": list(rules)}
        await desk.api.patch(self.site.path, {"pricing": pricing}, event["etag"])

    async def owed(self, desk: OrderClient, order_id: str) -> int:
        """Return what the server says is owed."""
        account = await desk.api.get(f"{self.site.path}/orders/{order_id}/payments")
        return int(account["owed_minor"])


@pytest.fixture
async def counter(office: Office) -> AsyncIterator[Counter]:
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    made = Counter(office, owner, event_id, await office.ticket_type(owner, event_id))
    yield made
    for one in made.open:
        await one.aclose()


async def test_an_order_is_cancelled_as_it_was_shown_and_owed_once(counter: Counter) -> None:
    """All of it goes back without terms; of an unpaid order only what was paid so far."""
    desk = counter.sit_down(counter.owner)
    order_id = (await counter.sell(3, cash=5_000, card=2_500))["order"]["id"]
    told: list[tuple[int, int]] = []
    ending = await read_ending(desk, order_id, lambda *far: told.append(far))
    assert told == [(0, 3), (1, 3), (2, 3)]
    assert (len(ending.tickets), ending.price_minor, ending.back_minor) == (3, 7_500, 7_500)
    assert ending.by_tender == {"card": 2_500, "cash": 5_000}
    ended = await end_order(desk, ending, "ill", even_if_used=False, in_full=False)
    assert isinstance(ended, EndedOrder)
    assert (ended.tickets, ended.owed_minor) == (3, 7_500)
    opened = await desk.open_order(order_id)
    assert opened.order is not None
    assert opened.order.state == "cancelled"
    assert all(one.is_over for one in opened.tickets)
    again = await end_order(desk, ending, "ill", even_if_used=False, in_full=False)
    assert isinstance(again, Ending), "somebody was faster: nothing is done, and it is said"
    assert again.tickets == ()
    assert await counter.owed(desk, order_id) == 7_500

    pending = (await counter.sell(2, cash=1_000))["order"]["id"]
    ending = await read_ending(desk, pending)
    assert (ending.is_paid, ending.price_minor, ending.back_minor) == (False, 1_000, 1_000)
    ended = await end_order(desk, ending, "never came", even_if_used=False, in_full=False)
    assert isinstance(ended, EndedOrder)
    assert ended.owed_minor == 1_000
    unpaid = (await counter.sell(1))["order"]["id"]
    ending = await read_ending(desk, unpaid)
    ended = await end_order(desk, ending, "by mistake", even_if_used=False, in_full=False)
    assert isinstance(ended, EndedOrder)
    assert ended.owed_minor == 0


async def test_terms_hold_for_a_whole_order_and_more_is_a_managers(counter: Counter) -> None:
    """Killed in the middle it is said again, and each ticket is owed once."""
    us = counter.owner.organization_id
    seller = counter.sit_down(await counter.office.person("box_office", organization_id=us))
    manager = counter.sit_down(counter.owner)
    first, second, third = [(await counter.sell(2, cash=5_000))["order"]["id"] for _ in range(3)]
    before = await read_ending(seller, first)
    await counter.set_terms(manager, HALF)
    changed = await end_order(seller, before, "ill", even_if_used=False, in_full=False)
    assert isinstance(changed, Ending), "the terms are others by now"
    assert (changed.price_minor, changed.back_minor) == (5_000, 2_500)
    await seller.refund(changed.tickets[0].id, "ill", even_if_used=False, in_full=False)
    rest = await read_ending(seller, first)
    ended = await end_order(seller, rest, "ill", even_if_used=False, in_full=False)
    assert isinstance(ended, EndedOrder)
    assert (ended.tickets, ended.owed_minor) == (1, 2_500)
    assert (await read_ending(seller, first)).tickets == ()

    ending = await read_ending(seller, second)
    with pytest.raises(Refused) as refused:
        await end_order(seller, ending, "ill", even_if_used=False, in_full=True)
    assert "needs the role Manager" in spell_refusal(refused.value, is_managers=True)
    assert await counter.owed(seller, second) == 0
    ended = await end_order(manager, ending, "ill", even_if_used=False, in_full=True)
    assert isinstance(ended, EndedOrder)
    assert ended.owed_minor == 5_000

    ending = await read_ending(seller, third)
    counter.office.usage.ids.add(parse_ticket_id(ending.tickets[1].id))
    used = await end_order(seller, ending, "ill", even_if_used=False, in_full=False)
    assert isinstance(used, Ending), "somebody has come in since it was shown"
    assert used.used == 1
    with pytest.raises(Refused) as refused:
        await end_order(seller, used, "ill", even_if_used=True, in_full=False)
    assert "needs the role Manager" in spell_refusal(refused.value, is_managers=True)
    assert await counter.owed(seller, third) == 0
    ended = await end_order(manager, used, "ill", even_if_used=True, in_full=False)
    assert isinstance(ended, EndedOrder)
    assert ended.owed_minor == 2_500


async def test_who_may_not_cancel_or_asks_for_another_order_is_told(counter: Counter) -> None:
    """Staff look only; an order of nobody is not there."""
    us = counter.owner.organization_id
    steward = counter.sit_down(await counter.office.person("staff", organization_id=us))
    order_id = (await counter.sell(1, cash=2_500))["order"]["id"]
    ending = await read_ending(steward, order_id)
    with pytest.raises(Refused) as refused:
        await end_order(steward, ending, "ill", even_if_used=False, in_full=False)
    assert refused.value.status == 403
    with pytest.raises(Refused) as refused:
        await read_ending(steward, "or_nobody")
    assert refused.value.status == 404
