"""Webhooks: set up, told of what happens, sent at least once, logged, and given up at last."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from server.db.tenancy import SYSTEM
from server.how_long_records_are_kept import WEBHOOK_KEPT
from server.jobs.retry_delays_of_jobs_and_webhooks import JOB_DELAYS
from server.ledger import checkin_webhooks
from server.orders.expiring_unpaid_orders import expire_due_orders
from server.settings import secret_file
from server.webhooks import routes
from server.webhooks.delivering import WebhookLanes
from server.webhooks.message_kinds import Kind
from server.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookMessage
from server.webhooks.outbox import tell_programs
from server.webhooks.receiver_connection import Sender
from server.webhooks.webhook_setup import WEBHOOK_OVERLAP, open_webhook_seal
from server.webhooks.webhook_signatures import sign
from shared.kernel.id_types import EventId
from shared.kernel.instant import DAY, MINUTE, SECOND
from tests.factories.office import Office, Person, open_office, test_settings
from tests.fakes.webhook_receiver import Receiver, Taken, answer, receiving


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Run a program that takes messages."""
    async with receiving() as running:
        yield running


@pytest.fixture
async def office(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Office]:
    """Run a server whose operator lets messages into the loopback; sent when a test says so."""
    monkeypatch.setattr(routes, "WEBHOOK_POLL_S", 3_600)
    monkeypatch.setattr(checkin_webhooks, "CHECKINS_POLL_S", 3_600)
    settings = test_settings(database_url, tmp_path, webhook_networks=frozenset({"127.0.0.0/8"}))
    async with open_office(settings) as opened:
        yield opened


@pytest.fixture
def sqlite_only(sqlite_url: str) -> str:
    """Mark what is not about the database."""
    return sqlite_url


def lanes_of(office: Office, **more: Any) -> WebhookLanes:
    state = office.framework.state
    return routes.make_lanes(state, Sender(state["webhook_networks"], **more))


async def work(office: Office) -> int:
    """Send what is due now."""
    return await lanes_of(office).work()


async def add(office: Office, person: Person, receiver: Receiver, **more: Any) -> dict[str, Any]:
    """Set a webhook up; gives it with its secret."""
    body = {"name": "Books", "url": f"http://127.0.0.1:{receiver.port}/in?token=sesame"} | more
    made = await office.ok("POST", f"{person.path}/webhooks", person, json=body)
    found: dict[str, Any] = made["webhook"] | {"secret": made["secret"]}
    return found


async def sell(office: Office, person: Person, **more: Any) -> tuple[str, dict[str, Any]]:
    """Place an order; gives the event's address and the order."""
    event_id = EventId(await office.event(person))
    kind = await office.ticket_type(person, event_id, price_minor=1_250)
    event = f"{person.path}/events/{event_id}"
    body = {
        "lines": [{"ticket_type_id": kind, "quantity": 2}],
        "buyer_name": "Klara CANARY",
        "buyer_email": "klara-canary@example.org",
    } | more
    return event, await office.ok("POST", f"{event}/orders", person, json=body)


async def tell(office: Office, person: Person, count: int = 1) -> None:
    """Let something happen."""
    for number in range(count):
        async with office.context.write(person.organization_id) as unit:
            await tell_programs(unit, Kind.ORDER_CREATED, EventId("ev_probe"), {"number": number})


async def later(office: Office, person: Person) -> Person:
    """Sign in anew, after days."""
    return await office.person("manager", organization_id=person.organization_id)


async def deliveries(office: Office, person: Person, webhook: dict[str, Any]) -> list[Any]:
    path = f"{person.path}/webhooks/{webhook['id']}/deliveries"
    found: list[Any] = (await office.ok("GET", path, person))["items"]
    return found


def is_signed(taken: Taken, secret: str) -> bool:
    """Check a message as a receiver would."""
    at = int(taken.headers["webhook-timestamp"])
    key = base64.b64decode(secret.removeprefix("whsec_"))
    whole = sign([key], taken.headers["webhook-id"], at, taken.body)
    return whole in taken.headers["webhook-signature"].split(" ")


@pytest.mark.either_database
async def test_what_happens_to_orders_and_events_is_told_signed_and_without_names(
    office: Office, receiver: Receiver
) -> None:
    """Created, confirmed, cancelled, transferred; published and called off: each once."""
    person = await office.person()
    webhook = await add(office, person, receiver)
    event, placed = await sell(office, person)
    order, ticket = placed["order"]["id"], placed["tickets"][0]["id"]
    await office.ok("POST", f"{event}/orders/{order}/paid", person)
    await office.ok("POST", f"{event}/orders/{order}/paid", person)
    for name in ("Klara CANARY", "Klara CANARY", "Tomas CANARY"):
        await office.ok("PUT", f"{event}/tickets/{ticket}/holder", person, json={"name": name})
    await office.ok("POST", f"{event}/orders/{order}/cancel", person, json={"reason": "ill"})
    _, comp = await sell(office, person, payment="paid")
    await office.ok("POST", f"{event}/cancellation", person, json={"reason": "storm"})
    assert await work(office) == 9
    assert await work(office) == 0
    kinds = sorted(one.said["type"] for one in receiver.taken)
    assert kinds == sorted(
        ["event.published"] * 2
        + ["order.created"] * 2
        + ["order.confirmed"] * 2
        + ["order.cancelled", "ticket.transferred", "event.cancelled"]
    )
    assert len({one.headers["webhook-id"] for one in receiver.taken}) == 9
    assert all(is_signed(one, webhook["secret"]) for one in receiver.taken)
    told = {one.said["type"]: one.said["data"] for one in receiver.taken}
    assert told["order.cancelled"]["order_id"] == order
    assert told["order.cancelled"]["state"] == "cancelled"
    assert told["order.cancelled"]["total_minor"] == 2_500
    assert told["ticket.transferred"]["ticket_id"] == ticket
    assert told["event.cancelled"]["organization_id"] == person.organization_id
    assert comp["order"]["number"] in {one.said["data"].get("number") for one in receiver.taken}
    everything = b"".join(one.body for one in receiver.taken)
    assert b"CANARY" not in everything
    assert b"canary" not in everything
    assert max(len(one.body) for one in receiver.taken) < 20_000


@pytest.mark.either_database
async def test_what_is_rolled_back_is_not_told(office: Office, receiver: Receiver) -> None:
    """The message is part of the deed."""
    person = await office.person()
    await add(office, person, receiver)
    with pytest.raises(RuntimeError):
        async with office.context.write(person.organization_id) as unit:
            await tell_programs(unit, Kind.ORDER_CREATED, EventId("ev_probe"), {})
            raise RuntimeError
    assert await work(office) == 0
    assert receiver.taken == []


@pytest.mark.either_database
async def test_each_webhook_hears_what_it_asked_for_and_of_its_own_organization(
    office: Office, receiver: Receiver
) -> None:
    """Nothing of what others hear."""
    person, other = await office.person(), await office.person()
    await add(office, person, receiver, kinds=["event.published"])
    await add(office, other, receiver, kinds=["order.created"])
    await sell(office, person)
    await work(office)
    assert [one.said["type"] for one in receiver.taken] == ["event.published"]
    async with office.database.read(org=SYSTEM) as session:
        assert (await session.get(WebhookMessage, "none")) is None


@pytest.mark.either_database
async def test_an_order_that_expires_is_told_as_cancelled(
    office: Office, receiver: Receiver
) -> None:
    """Its state says that nobody cancelled it."""
    person = await office.person()
    await add(office, person, receiver, kinds=["order.cancelled"])
    await sell(office, person, hold_s=30)
    office.clock.advance(MINUTE)

    assert await expire_due_orders(office.context, office.feed) == 1
    await work(office)
    assert [one.said["data"]["state"] for one in receiver.taken] == ["expired"]


@pytest.mark.either_database
async def test_a_message_that_is_not_taken_is_tried_again_under_its_own_id_and_logged(
    office: Office, receiver: Receiver
) -> None:
    """Each attempt with its status, time and the first of the answer; no secret anywhere."""
    person = await office.person()
    webhook = await add(office, person, receiver)
    receiver.answers = [
        answer(500, b"out of order"),
        answer(302, Location="http://127.0.0.1/"),
        b"",
    ]
    await tell(office, person)
    for delay in JOB_DELAYS[:4]:
        assert await work(office) == 1
        assert await work(office) == 0
        office.clock.advance(delay + delay // 4 + SECOND)
    assert len({one.headers["webhook-id"] for one in receiver.taken}) == 1
    assert len({one.body for one in receiver.taken}) == 1
    stamps = [int(one.headers["webhook-timestamp"]) for one in receiver.taken]
    assert stamps == sorted(set(stamps))
    person = await later(office, person)
    (delivery,) = await deliveries(office, person, webhook)
    assert (delivery["state"], delivery["attempts"], delivery["status"]) == ("taken", 4, 204)
    path = f"{person.path}/webhooks/{webhook['id']}/deliveries/{delivery['message_id']}"
    detail = await office.ok("GET", path, person)
    told = [(one["number"], one["status"], one["answer"]) for one in detail["attempts"]]
    assert told == [(4, 204, ""), (3, None, ""), (2, 302, ""), (1, 500, "out of order")]
    assert "redirects" in detail["attempts"][2]["said"]
    assert detail["body"].encode() == receiver.taken[0].body
    listed = await office.call("GET", f"{person.path}/webhooks", person)
    assert webhook["secret"] not in listed.text + str(detail)


@pytest.mark.either_database
async def test_a_receiver_that_asks_for_time_is_given_it(
    office: Office, receiver: Receiver
) -> None:
    """The header Retry-After is followed."""
    person = await office.person()
    await add(office, person, receiver)
    receiver.answers = [answer(429, Retry_After="3600")]
    await tell(office, person)
    assert await work(office) == 1
    office.clock.advance(30 * MINUTE)
    assert await work(office) == 0
    office.clock.advance(31 * MINUTE)
    assert await work(office) == 1


@pytest.mark.either_database
async def test_a_message_is_given_up_after_three_days_and_sent_again_by_hand(
    office: Office, receiver: Receiver
) -> None:
    """The webhook is shown as failing, then paused; what it missed comes when it goes on."""
    person = await office.person()
    webhook = await add(office, person, receiver)
    path = f"{person.path}/webhooks/{webhook['id']}"
    await tell(office, person)
    receiver.answers = [answer(500)] * 20
    for delay in JOB_DELAYS:
        await work(office)
        office.clock.advance(delay + delay // 4 + SECOND)
    person = await later(office, person)
    shown = await office.ok("GET", path, person)
    assert (shown["is_failing"], shown["failures"]) == (True, 10)
    await work(office)
    shown = await office.ok("GET", path, person)
    assert (shown["state"], shown["paused_because"]) == ("paused", "failing")
    await tell(office, person)
    assert await work(office) == 0
    assert [one["state"] for one in await deliveries(office, person, webhook)] == ["held"] * 2
    refused = await office.call("POST", f"{path}/test", person)
    assert refused.status_code == 409
    receiver.answers, before = [], len(receiver.taken)
    await office.ok("PATCH", path, person, json={"state": "active"})
    assert await work(office) == 2
    assert [one["state"] for one in await deliveries(office, person, webhook)] == ["taken"] * 2
    assert len(receiver.taken) == before + 2
    first = receiver.taken[0].headers["webhook-id"]
    again = await office.ok("POST", f"{path}/deliveries/{first}/again", person)
    assert again["state"] == "waiting"
    await work(office)
    assert receiver.taken[-1].headers["webhook-id"] == first


@pytest.mark.either_database
async def test_a_message_whose_tries_are_used_up_is_shown_as_failed(
    office: Office, receiver: Receiver
) -> None:
    """Others arrive meanwhile, so that the webhook goes on."""
    person = await office.person()
    webhook = await add(office, person, receiver)
    await tell(office, person)
    for delay in JOB_DELAYS:
        receiver.answers = [answer(400)]
        assert await work(office) == 1
        await tell(office, person)
        assert await work(office) == 1
        office.clock.advance(delay + delay // 4 + SECOND)
    receiver.answers = [answer(400)]
    assert await work(office) == 1
    person = await later(office, person)
    failed = await office.ok(
        "GET", f"{person.path}/webhooks/{webhook['id']}/deliveries?state=failed", person
    )
    assert [one["attempts"] for one in failed["items"]] == [11]


@pytest.mark.either_database
async def test_a_receiver_that_is_gone_is_left_at_once(office: Office, receiver: Receiver) -> None:
    """The answer 410 says so for good."""
    person = await office.person()
    webhook = await add(office, person, receiver)
    receiver.answers = [answer(410)]
    await tell(office, person)
    await work(office)
    shown = await office.ok("GET", f"{person.path}/webhooks/{webhook['id']}", person)
    assert (shown["state"], shown["paused_because"]) == ("paused", "gone")


@pytest.mark.either_database
async def test_while_a_secret_is_renewed_both_sign_for_a_day(
    office: Office, receiver: Receiver
) -> None:
    """A receiver changes over when it likes."""
    person = await office.person()
    webhook = await add(office, person, receiver)
    path = f"{person.path}/webhooks/{webhook['id']}"
    renewed = await office.ok("POST", f"{path}/secret", person)
    assert renewed["secret"] != webhook["secret"]
    assert renewed["webhook"]["old_secret_until"] is not None
    await office.ok("POST", f"{path}/test", person)
    await work(office)
    assert receiver.taken[-1].said["type"] == "webhook.test"
    assert is_signed(receiver.taken[-1], webhook["secret"])
    assert is_signed(receiver.taken[-1], renewed["secret"])
    office.clock.advance(WEBHOOK_OVERLAP)
    person = await later(office, person)
    await office.ok("POST", f"{path}/test", person)
    await work(office)
    assert not is_signed(receiver.taken[-1], webhook["secret"])
    assert is_signed(receiver.taken[-1], renewed["secret"])
    assert (await office.ok("GET", path, person))["old_secret_until"] is None


@pytest.mark.either_database
async def test_a_worker_that_dies_between_sending_and_noting_sends_it_again_alike(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once, under one id: the receiver knows the second one by it."""
    person = await office.person()
    await add(office, person, receiver)
    await tell(office, person)
    dying = lanes_of(office)

    class Gone(BaseException):
        """The process is: nothing of it writes anything down."""

    async def die(*_args: object, **_more: object) -> bool:
        raise Gone

    monkeypatch.setattr(dying._handler, "_note", die)
    with pytest.raises(Gone):
        await dying.work()
    assert await work(office) == 0, "its lease is still running"
    office.clock.advance(3 * MINUTE)
    assert await work(office) == 1
    assert len({one.headers["webhook-id"] for one in receiver.taken}) == 1
    assert len(receiver.taken) == 2


@pytest.mark.either_database
async def test_a_receiver_that_fails_and_fails_is_asked_once_a_minute(
    office: Office, receiver: Receiver
) -> None:
    """It is not asked for each of twenty messages."""
    person = await office.person()
    await add(office, person, receiver)
    receiver.answers = [answer(500)] * 40
    await tell(office, person, 20)
    lanes = lanes_of(office)
    await lanes.work()
    assert len(receiver.taken) <= 6
    office.clock.advance(61 * SECOND)
    before = len(receiver.taken)
    await lanes.work()
    assert 1 <= len(receiver.taken) - before <= 2


@pytest.mark.either_database
async def test_a_secret_of_another_folder_is_said_and_nothing_is_sent_unsigned(
    office: Office, receiver: Receiver
) -> None:
    """The log says what to do."""
    person = await office.person()
    webhook = await add(office, person, receiver)
    secret_file(office.settings.data_folder, "webhooks").write_text("00" * 32)

    office.framework.state["webhook_seal"] = open_webhook_seal(
        office.settings.data_folder, office.entropy
    )
    await tell(office, person)
    await work(office)
    assert receiver.taken == []
    (delivery,) = await deliveries(office, person, webhook)
    assert "draw another" in delivery["said"]


@pytest.mark.either_database
async def test_what_is_removed_is_not_sent_to_any_more(office: Office, receiver: Receiver) -> None:
    """What was on its way to it is not sent either."""
    person = await office.person()
    webhook = await add(office, person, receiver)
    await tell(office, person)
    path = f"{person.path}/webhooks/{webhook['id']}"
    await office.ok("DELETE", path, person)
    await work(office)
    assert receiver.taken == []
    assert (await office.call("GET", path, person)).status_code == 404


async def test_deliveries_are_listed_by_pages_the_latest_first_and_forgotten_after_a_month(
    office: Office, receiver: Receiver
) -> None:
    """Each once, however the pages are cut; one that was tried again late leaves nothing."""
    person = await office.person()
    webhook = await add(office, person, receiver)
    receiver.answers = [answer(503)]
    path = f"{person.path}/webhooks/{webhook['id']}/deliveries"
    for _ in range(5):
        await tell(office, person)
        office.clock.advance(SECOND)
    await work(office)
    seen: list[str] = []
    after = ""
    while True:
        page = await office.ok("GET", f"{path}?limit=2{after}", person)
        seen += [one["message_id"] for one in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == len(set(seen)) == 5
    times = [one["created_at"] for one in await deliveries(office, person, webhook)]
    assert times == sorted(times, reverse=True)
    for wrong in ("x", "1" * 40, "1.", "-1.ms_1"):
        answered = await office.call("GET", f"{path}?after={wrong}", person)
        assert answered.status_code in {200, 422}, wrong
    office.clock.advance(WEBHOOK_KEPT + DAY)
    await work(office)
    await office.rest_over_leap()
    await work(office)
    assert await deliveries(office, await later(office, person), webhook) == []
    async with office.database.read(org=SYSTEM) as session:
        for kind in (WebhookAttempt, WebhookMessage, WebhookDelivery):
            assert (await session.execute(select(kind))).first() is None


async def test_no_webhook_leads_into_the_operators_network(
    sqlite_only: str, tmp_path: Path, receiver: Receiver
) -> None:
    """Without the operator's word nothing but https to the internet is taken, or sent."""
    async with open_office(test_settings(sqlite_only, tmp_path)) as office:
        person = await office.person()
        for url in (
            f"http://127.0.0.1:{receiver.port}/",
            "https://127.0.0.1/",
            "https://[::ffff:169.254.169.254]/",
        ):
            body = {"name": "In", "url": url}
            refused = await office.call("POST", f"{person.path}/webhooks", person, json=body)
            assert refused.status_code == 422, url
            assert refused.json()["errors"][0]["field"] == "url"
        named = await office.ok(
            "POST",
            f"{person.path}/webhooks",
            person,
            json={"name": "In", "url": "https://localhost/"},
        )
        path = f"{person.path}/webhooks/{named['webhook']['id']}"
        await office.ok("POST", f"{path}/test", person)
        await work(office)
        (delivery,) = await deliveries(office, person, named["webhook"])
        assert "not one of the internet" in delivery["said"]
    assert receiver.taken == []
