"""Other programs as the desk looks after them, at the real application and a real receiver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from inspect import getsource
from pathlib import Path

import pytest

from gatekeeper.organizer.merging_edits import Clash
from gatekeeper.organizer.organization.webhooks_client import (
    KINDS,
    TRIAL,
    NewSecret,
    WebhookClient,
)
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.presenters.desk.webhook_words import SAID, spell_webhook_refusal
from gatekeeper.wording.texts import TEXTS
from server.webhooks import delivering, message_kinds, receiver_connection, routes
from server.webhooks.receiver_connection import Sender
from shared.kernel.id_types import EventId
from shared.kernel.instant import MINUTE
from tests.factories.desk_seat import take_seat
from tests.factories.office import Office, Person, open_office, test_settings
from tests.fakes.webhook_receiver import answer, receiving


@asynccontextmanager
async def seated(office: Office, person: Person) -> AsyncIterator[WebhookClient]:
    """Sit down at the desk."""
    seat = take_seat(office, person)
    yield WebhookClient(seat, EventSite(person.organization_id, EventId("ev_probe")))
    await seat._http.aclose()


@pytest.fixture
async def office(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Office]:
    """Run a server that sends into the loopback, when a test says so."""
    monkeypatch.setattr(routes, "WEBHOOK_POLL_S", 3_600)
    settings = test_settings(sqlite_url, tmp_path, webhook_networks=frozenset({"127.0.0.0/8"}))
    async with open_office(settings) as opened:
        yield opened


async def send(office: Office) -> None:
    """Send what is due now."""
    state = office.framework.state
    await routes.make_lanes(state, Sender(state["webhook_networks"])).work()


def test_the_desk_has_a_box_for_each_kind_of_the_server() -> None:
    """And words for the trial."""
    assert [kind.value for kind in message_kinds.Kind] == list(KINDS)
    assert message_kinds.TEST == TRIAL


def test_the_desk_knows_the_sentences_of_the_server_that_it_translates() -> None:
    """Letter by letter: another one would stand there in English."""
    sources = getsource(receiver_connection) + getsource(delivering)
    assert [said for said in SAID if f'"{said}"' not in sources] == []


async def test_a_program_is_set_up_tried_and_looked_after_from_the_desk(office: Office) -> None:
    """Its log says what it answered; again by hand, paused, renewed for a day, removed."""
    person = await office.person()
    async with seated(office, person) as desk, receiving() as receiver:
        fields = {"name": "Books", "url": f"http://127.0.0.1:{receiver.port}/in", "kinds": []}
        made = await desk.add(fields)
        assert made.secret.startswith("whsec_")
        receiver.answers = [answer(503, b"The books are closed.")]
        tried = await desk.try_out(made.webhook)
        await send(office)
        (logged,) = (await desk.read_log(made.webhook)).items
        assert (logged.message_id, logged.kind, logged.status) == (tried.message_id, TRIAL, 503)
        (attempt,) = (await desk.read_sent(made.webhook, tried.message_id)).attempts
        assert (attempt.status, attempt.answer) == (503, "The books are closed.")
        second = await desk.renew(made.webhook)
        assert isinstance(second, NewSecret)
        assert second.secret != made.secret
        assert second.webhook.old_secret_until is not None
        await desk.pause(made.webhook, is_paused=True)
        (paused,) = await desk.list_programs()
        assert (paused.is_paused, paused.paused_because) == (True, "asked")
        with pytest.raises(Refused, match="paused"):
            await desk.send_again(paused, tried.message_id)
        await desk.pause(made.webhook, is_paused=False)  # as it was read before: meant anyway
        office.clock.advance(MINUTE)
        await send(office)
        assert (await desk.read_log(paused)).items[0].state == "taken"
        await desk.send_again(paused, tried.message_id)
        await send(office)
        assert len({one.headers["webhook-id"] for one in receiver.taken}) == 1
        assert len(receiver.taken) == 3
        (now,) = await desk.list_programs()
        assert await desk.remove(now) is None
        assert await desk.remove(now) is None  # somebody was faster
        assert await desk.list_programs() == ()


async def test_a_secret_that_another_desk_has_just_drawn_is_voided_by_nobody_unaware(
    office: Office,
) -> None:
    """It may be in the program already, which a day later would take no message any more."""
    async with seated(office, await office.person()) as desk:
        made = await desk.add({"name": "Books", "url": "https://example.org/in", "kinds": []})
        assert isinstance(await desk.renew(made.webhook), NewSecret)
        clash = await desk.renew(made.webhook)
        assert isinstance(clash, Clash)
        assert clash.by
        (now,) = await desk.list_programs()
        assert isinstance(await desk.renew(now), NewSecret)


async def test_two_who_edit_a_program_are_told_and_an_address_of_the_network_is_not_taken(
    office: Office,
) -> None:
    """Whoever saves second sees what the first one changed; a pause is no edit."""
    person = await office.person()
    async with seated(office, person) as desk:
        made = await desk.add({"name": "Books", "url": "https://example.org/in", "kinds": []})
        read = made.webhook
        await desk.pause(read, is_paused=True)
        assert await desk.save(read, read.fields | {"name": "Ledger"}) is None
        clash = await desk.save(read, read.fields | {"kinds": ["order.created"]})
        assert clash is not None
        assert [one.path for one in clash.fields] == ["name"]
        mine = read.fields | {"name": "Ledger", "kinds": ["order.created"]}
        assert await desk.save(read, mine, clash.etag) is None
        assert (await desk.remove(read)) is not None
        with pytest.raises(Refused) as caught:
            await desk.add({"name": "Router", "url": "https://192.168.1.1/", "kinds": []})
        assert spell_webhook_refusal(caught.value) == TEXTS.say("programs.wrong_url")
