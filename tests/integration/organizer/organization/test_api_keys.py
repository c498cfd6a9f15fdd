"""API keys as the desk looks after them, at the real application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

import pytest
from litestar.routes import HTTPRoute

from gatekeeper.organizer.organization.api_key_scopes import SCOPES
from gatekeeper.organizer.organization.api_keys_client import ApiKeyClient, KeyRequest
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.presenters.desk.api_key_words import spell_end, spell_key_trouble, spell_owners
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK
from server.accounts import principal
from server.accounts.guards import Guard
from shared.kernel.id_types import EventId
from tests.factories.desk_seat import take_seat
from tests.factories.office import Office, Person

pytestmark = pytest.mark.either_database


@asynccontextmanager
async def seated(office: Office, person: Person) -> AsyncIterator[ApiKeyClient]:
    """Sit down at the desk."""
    seat = take_seat(office, person)
    yield ApiKeyClient(seat, EventSite(person.organization_id, EventId("ev_probe")))
    await seat._http.aclose()


@pytest.fixture
def berlin() -> Iterator[None]:
    """Let the house be in Berlin."""
    ORGANIZATION_CLOCK.turn_to("Europe/Berlin")
    yield
    ORGANIZATION_CLOCK.turn_to("UTC")


async def test_the_desk_offers_each_scope_that_opens_something_and_no_other(
    office: Office,
) -> None:
    """A tick that opens nothing would be a promise that is not kept."""
    routes = [one for one in office.framework.routes if isinstance(one, HTTPRoute)]
    handlers = [one for route in routes for one in route.route_handlers]
    guards = [one for handler in handlers for one in handler.resolve_guards()]
    used = {one.scope for one in guards if isinstance(one, Guard) and one.scope is not None}
    offered = {f"{one}:{verb}" for one, verbs in SCOPES.items() for verb in verbs}
    assert offered == used
    assert offered <= principal.SCOPES


@pytest.mark.usefixtures("berlin")
async def test_a_key_is_made_used_listed_with_its_maker_and_ended(office: Office) -> None:
    """Until the end of a day of the house's; ended twice is ended."""
    person = await office.person()
    until = ORGANIZATION_CLOCK.end_of(date(2027, 7, 4))
    assert until.astimezone(UTC) == datetime(2027, 7, 4, 22, tzinfo=UTC)
    request = KeyRequest(name="Books", scopes=("events:read",), until=until)
    async with seated(office, person) as desk:
        made = await desk.make(request)
        headers = {"authorization": f"Bearer {made.key}"}
        events = f"{person.path}/events"
        assert (await office.call("GET", events, headers=headers)).status_code == 200
        overview = await desk.look(is_owner=True)
        (listed,) = overview.keys
        assert (listed.name, listed.scopes, listed.expires_at) == ("Books", request.scopes, until)
        assert listed.last_used_at is not None
        assert listed.created_by == person.user_id
        assert person.user_id in overview.names
        now = datetime(2027, 7, 4, 21, 59, tzinfo=UTC)
        assert spell_end(listed, now).endswith("Last day: 2027-07-04")
        assert "Ended: 2027-07-04" in spell_end(listed, until)
        await desk.revoke(listed)
        await desk.revoke(listed)  # somebody was faster
        assert (await office.call("GET", events, headers=headers)).status_code == 401
        assert (await desk.look(is_owner=True)).keys == ()


async def test_who_is_no_owner_is_told_whom_to_ask(office: Office) -> None:
    """The desk asks for no list that would be refused, and the server refuses anyway."""
    owner = await office.person()
    manager = await office.person("manager", organization_id=owner.organization_id)
    async with seated(office, manager) as desk:
        overview = await desk.look(is_owner=False)
        assert overview.keys == ()
        assert overview.names[owner.user_id] in spell_owners(overview)
        with pytest.raises(Refused) as caught:
            await desk.make(KeyRequest(name="x", scopes=("events:read",), until=None))
        assert spell_key_trouble(caught.value) == TEXTS.say("api_keys.owner_only")
