"""Money is decided under the order's lock: what was taken is kept or owed back, never neither."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.db.tenancy import SYSTEM
from server.orders.expiring_unpaid_orders import expire_due_orders
from server.settings import sqlite_file_of
from shared.kernel.id_types import EventId, OrderId, OrganizationId, TicketTypeId
from shared.kernel.instant import MINUTE
from tests.factories.office import Office, Person, open_office, test_settings
from tests.factories.postgres import PostgresCluster
from tests.factories.racing import queued, raced, rows_of

PRICE = 2500


class Shop:
    """An event on sale, and whoever sells it."""

    def __init__(
        self, office: Office, owner: Person, event_id: EventId, ticket_type_id: TicketTypeId
    ) -> None:
        self.office = office
        self.owner = owner
        self.path = f"{owner.path}/events/{event_id}"
        self.ticket_type_id = ticket_type_id

    async def order(self, count: int = 2, **more: Any) -> dict[str, Any]:
        """Place an order."""
        lines = [{"ticket_type_id": self.ticket_type_id, "quantity": count}]
        body = {"payment": "pending", "lines": lines} | more
        made = await self.office.ok("POST", f"{self.path}/orders", self.owner, json=body)
        return dict(made)

    async def post(self, path: str, **body: Any) -> httpx.Response:
        """Send a command to the event."""
        return await self.office.call("POST", f"{self.path}/{path}", self.owner, json=body)

    async def paid(self, order_id: OrderId) -> httpx.Response:
        """Tell that an order was paid."""
        return await self.office.call("POST", f"{self.path}/orders/{order_id}/paid", self.owner)

    async def owed(self, order_id: OrderId) -> list[int]:
        """Return what is owed back of an order, ticket by ticket."""
        sql = "SELECT amount_minor FROM refund WHERE order_id = :order ORDER BY amount_minor"
        return [row[0] for row in await rows_of(self.office, sql, order=order_id)]

    async def stock(self) -> tuple[int, int]:
        """Return how many are sold and held."""
        found = await rows_of(self.office, "SELECT sold, held FROM inventory")
        return found[0][0], found[0][1]


@pytest.fixture
async def shop(office: Office) -> Shop:
    """Give an event on sale."""
    owner = await office.person()
    event_id = await office.event(owner)
    return Shop(
        office,
        owner,
        EventId(event_id),
        TicketTypeId(await office.ticket_type(owner, EventId(event_id))),
    )


@pytest.mark.parametrize("is_cancel_first", [False, True])
async def test_a_payment_beside_a_cancellation_is_owed_back_or_refused(
    shop: Shop, is_cancel_first: bool
) -> None:
    """Whoever cancels sees the payment that came meanwhile; who pays, the cancellation."""
    order_id = (await shop.order())["order"]["id"]
    requests = [shop.paid(order_id), shop.post(f"orders/{order_id}/cancel", reason="ill")]
    if is_cancel_first:
        requests.reverse()
    answers = await raced(shop.office, "ticket_order", f"id = '{order_id}'", *requests)
    asked = "SELECT state, paid_at IS NOT NULL FROM ticket_order WHERE id = :id"
    ((state, is_paid),) = await rows_of(shop.office, asked, id=order_id)
    assert state == "cancelled"
    assert await shop.owed(order_id) == ([PRICE, PRICE] if is_paid else [])
    refused = [answer.status_code for answer in answers if answer.status_code != 200]
    assert refused == ([] if is_paid else [409])
    assert await shop.stock() == (0, 0)


async def test_a_refund_beside_its_orders_cancellation_is_noted_once(shop: Shop) -> None:
    """Both lock the order first: neither waits for the other for ever."""
    placed = await shop.order(payment="paid")
    order_id, ticket_id = placed["order"]["id"], placed["tickets"][0]["id"]
    answers = await raced(
        shop.office,
        "ticket",
        f"order_id = '{order_id}'",
        shop.post(f"tickets/{ticket_id}/refund", reason="ill"),
        shop.post(f"orders/{order_id}/cancel", reason="ill"),
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    assert await shop.owed(order_id) == [PRICE, PRICE]
    assert await shop.stock() == (0, 0)


@pytest.mark.either_database
async def test_an_orders_cancellation_keeps_the_events_terms(shop: Shop) -> None:
    """All goes back by a manager's word only; of what was cancelled for less, ticket by ticket."""
    event = await shop.office.ok("GET", shop.path, shop.owner)
    half = {"until": None, "percent_points": 5_000, "fee_minor": 0}
    pricing = event["pricing"] | {"refunds": [half]}
    await shop.office.ok("PATCH", shop.path, shop.owner, json={"pricing": pricing})
    seller = await shop.office.person("box_office", organization_id=shop.owner.organization_id)
    placed = [await shop.order(payment="paid") for _ in range(3)]
    first, second, raced_one = [OrderId(one["order"]["id"]) for one in placed]
    path = f"{shop.path}/orders/{first}/cancel"
    refused = await shop.office.call(
        "POST", f"{path}?in_full=true", seller, json={"reason": "ill"}
    )
    assert (refused.status_code, await shop.owed(first)) == (403, [])
    lacks = {"role_needed": "manager", "role_own": "box_office"}  # desks say it in every language
    assert refused.json()["because"] == {"code": "role.needed", "values": lacks}
    await shop.office.ok("POST", path, seller, json={"reason": "ill"})
    assert await shop.owed(first) == [PRICE // 2] * 2
    assert (await shop.post(f"orders/{first}/cancel", reason="x")).status_code == 200
    whole = await shop.post(f"orders/{first}/cancel?in_full=true", reason="x")
    assert (whole.status_code, whole.json()["because"]["code"]) == (409, "order.refunded_for_less")
    assert await shop.owed(first) == [PRICE // 2] * 2
    again = f"tickets/{placed[0]['tickets'][0]['id']}/refund"
    refused = await shop.office.call(
        "POST", f"{shop.path}/{again}?in_full=true", seller, json={"reason": "ill"}
    )
    assert (refused.status_code, refused.json()["because"]["values"]) == (403, lacks)
    assert (await shop.post(again, reason="x")).status_code == 200
    assert await shop.owed(first) == [PRICE // 2] * 2
    for _ in range(2):  # the rest is owed once
        assert (await shop.post(f"{again}?in_full=true", reason="mistake")).status_code == 200
        assert await shop.owed(first) == [PRICE // 2] * 2 + [PRICE - PRICE // 2]
    seen = await shop.office.ok("GET", f"{shop.path}/{again}", shop.owner)
    assert seen["noted_minor"] == PRICE
    # One ticket went back before; the other's whole price is a manager's word now.
    await shop.post(f"tickets/{placed[1]['tickets'][0]['id']}/refund", reason="ill")
    for _ in range(2):  # asked again, it is answered alike
        done = await shop.post(f"orders/{second}/cancel?in_full=true", reason="ill")
        assert (done.status_code, await shop.owed(second)) == (200, [PRICE // 2, PRICE])
    ways = [shop.post(f"orders/{raced_one}/cancel{way}", reason="x") for way in ("", "?in_full=1")]
    answers = await raced(shop.office, "ticket_order", f"id = '{raced_one}'", *ways)
    first_word = ([answer.status_code for answer in answers], await shop.owed(raced_one))
    assert first_word in (([200, 409], [PRICE // 2] * 2), ([200, 200], [PRICE] * 2))


@pytest.mark.either_database
@pytest.mark.parametrize("gone", [1, 2])
async def test_what_was_cancelled_before_the_payment_is_owed_back(shop: Shop, gone: int) -> None:
    """The whole total is paid; of tickets cancelled before nobody gets anything for it."""
    placed = await shop.order()
    order_id = placed["order"]["id"]
    for ticket in placed["tickets"][:gone]:
        answer = await shop.post(f"tickets/{ticket['id']}/refund", reason="ill")
        assert answer.status_code == 200
    assert await shop.owed(order_id) == []
    assert (await shop.paid(order_id)).status_code == 200
    assert await shop.owed(order_id) == [PRICE] * gone
    assert (await shop.post(f"orders/{order_id}/cancel", reason="ill")).status_code == 200
    assert await shop.owed(order_id) == [PRICE, PRICE]
    assert await shop.stock() == (0, 0)


async def test_a_round_of_expiry_goes_on_after_an_order_that_was_paid_meanwhile(
    shop: Shop,
) -> None:
    """One order that somebody else was faster with holds up no later one."""
    first = (await shop.order(hold_s=60))["order"]["id"]
    later = (await shop.order(hold_s=61))["order"]["id"]
    shop.office.clock.advance(2 * MINUTE)
    changes = shop.office.feed
    await raced(
        shop.office,
        "ticket_order",
        f"id = '{first}'",
        shop.paid(first),
        expire_due_orders(shop.office.context, changes),
    )
    asked = "SELECT id FROM ticket_order WHERE state = 'expired' AND id = :id"
    assert await rows_of(shop.office, asked, id=later) == [(later,)]


@pytest.mark.either_database
async def test_an_order_that_is_held_elsewhere_expires_in_a_later_round(shop: Shop) -> None:
    """A lock that somebody keeps for too long fails one order; the others expire."""
    if shop.office.database.is_sqlite:
        return  # its one writer waits without an end of its own
    first = (await shop.order(hold_s=60))["order"]["id"]
    later = (await shop.order(hold_s=61))["order"]["id"]
    shop.office.clock.advance(2 * MINUTE)
    async with shop.office.context.write(OrganizationId("*")) as unit:
        held = text("SELECT 1 FROM ticket_order WHERE id = :id FOR UPDATE")
        await unit.session.execute(held, {"id": first})
        assert await expire_due_orders(shop.office.context, shop.office.feed) == 1
    asked = "SELECT id FROM ticket_order WHERE state = 'expired'"
    assert await rows_of(shop.office, asked) == [(later,)]
    assert await expire_due_orders(shop.office.context, shop.office.feed) == 1


@pytest.mark.either_database
async def test_what_a_key_keeps_does_not_tell_who_bought(shop: Shop) -> None:
    """Before the erasure another buyer is another order; after it all are answered alike."""
    key = {"Idempotency-Key": "basket-1"}
    lines = [{"ticket_type_id": shop.ticket_type_id, "quantity": 1}]

    async def place(name: str) -> httpx.Response:
        body = {"payment": "paid", "lines": lines, "buyer_name": name}
        orders = f"{shop.path}/orders"
        return await shop.office.call("POST", orders, shop.owner, headers=key, json=body)

    placed = await place("Ottokar Probe")
    order_id = placed.json()["order"]["id"]
    assert (await place("Ottokar Probe")).json()["order"]["id"] == order_id
    assert (await place("Somebody Else")).status_code == 409
    gone = await shop.office.call("DELETE", f"{shop.path}/orders/{order_id}/buyer", shop.owner)
    assert gone.status_code == 204
    answers = [await place(name) for name in ("Ottokar Probe", "Somebody Else")]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    lines[0]["quantity"] = 2
    assert (await place("Ottokar Probe")).status_code == 409


@pytest.mark.either_database
async def test_a_key_of_somebody_else_is_said_to_be_theirs(shop: Shop) -> None:
    """Whoever sends an order again as another one is not told that it was another order."""
    colleague = await shop.office.person("owner", organization_id=shop.owner.organization_id)

    async def place(person: Person, quantity: int = 1) -> httpx.Response:
        lines = [{"ticket_type_id": shop.ticket_type_id, "quantity": quantity}]
        key, body = {"Idempotency-Key": "1"}, {"payment": "paid", "lines": lines}
        return await shop.office.call(
            "POST", f"{shop.path}/orders", person, headers=key, json=body
        )

    placed = (await place(shop.owner)).json()
    assert (await place(shop.owner)).json() == placed
    told = await place(colleague)
    order_id = placed["order"]["id"]
    assert (told.status_code, told.json()["detail"]) == (
        409,
        f"Someone else has already placed this order with this key: it is {order_id}.",
    )
    assert "another order" in (await place(colleague, 2)).json()["detail"]


@pytest.mark.either_database
async def test_a_key_may_not_be_taken_for_a_tills_sale(shop: Shop) -> None:
    """Tills' sales are booked under keys of their own, which nobody else can take away."""
    body = {"lines": [{"ticket_type_id": shop.ticket_type_id, "quantity": 1}]}
    for key, status in (("till:" + "cd" * 16, 422), ("tills", 201)):
        headers = {"Idempotency-Key": key}
        orders = f"{shop.path}/orders"
        answer = await shop.office.call("POST", orders, shop.owner, headers=headers, json=body)
        assert answer.status_code == status


async def test_an_erased_name_is_in_no_file(shop: Shop) -> None:
    """Neither the database nor the log beside it holds who bought, or whom a ticket was for."""
    file = sqlite_file_of(shop.office.settings.database)
    if file is None:
        return  # whose files are its server's
    placed = await shop.order(payment="paid", buyer_name="Ottokar Probe")
    ticket = f"{shop.path}/tickets/{placed['tickets'][0]['id']}/holder"
    await shop.office.ok("PUT", ticket, shop.owner, json={"name": "Xanthippe Probe"})

    def found() -> set[str]:
        held = b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
        return {name for name in ("Ottokar", "Xanthippe") if name.encode() in held}

    assert found() == {"Ottokar", "Xanthippe"}
    buyer = f"{shop.path}/orders/{placed['order']['id']}/buyer"
    for path in (ticket, buyer):
        assert (await shop.office.call("DELETE", path, shop.owner)).status_code == 204
    assert found() == set()


async def test_terms_that_meet_a_sale_the_other_way_round_are_changed_all_the_same(
    postgres_cluster: PostgresCluster, migrated_postgres: str, tmp_path: Path
) -> None:
    """Stock first, then the event, beside the event first, then stock: PostgreSQL ends one."""
    made = postgres_cluster.create_database(migrated_postgres)
    async with open_office(test_settings(made.url, tmp_path)) as office:
        person = await office.person()
        event_id = await office.event(person)
        kind = await office.ticket_type(person, EventId(event_id))
        path = f"{person.path}/events/{event_id}/ticket-types/{kind}"
        body = {"name": "Limited", "price_minor": 2500, "quantity_limit": 40}
        for limit in range(40, 50):
            body["quantity_limit"] = limit
            is_ended = True
            # Who has waited for a second looks whether it waits in vain: on a busy machine that
            # is us, and the change goes on.
            with contextlib.suppress(DBAPIError):
                async with office.database.write(org=SYSTEM) as session:
                    await session.execute(text("SELECT 1 FROM inventory FOR UPDATE"))
                    change = asyncio.create_task(office.call("PUT", path, person, json=body))
                    await queued(office, [change])
                    await session.execute(text("SELECT 1 FROM event FOR SHARE"))
                    is_ended = False
            answer = await change
            assert answer.status_code == 200, answer.text
            assert answer.json()["quantity_limit"] == limit
            if not is_ended:
                return
    pytest.fail("PostgreSQL has ended us each time")
