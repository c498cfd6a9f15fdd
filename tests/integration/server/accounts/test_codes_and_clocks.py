"""One-time codes end once, whatever the server's clock does: nobody is handed a second life."""

from __future__ import annotations

import pytest

from server.accounts.api_keys import end_api_keys
from server.accounts.routes import forget_ended
from server.background.repeating import find_steady_time
from server.devices.enrolment_codes import end_codes
from server.organizations.invitations import end_invitations
from shared.kernel.ed25519 import SigningKey
from shared.kernel.instant import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Duration,
    Instant,
    datetime_from_instant,
)
from tests.factories.enrolling import enrol_by_code
from tests.factories.office import Office, Person

pytestmark = pytest.mark.either_database


async def drawn(office: Office, person: Person) -> str:
    """Draw a code for a device."""
    made = await office.ok("POST", f"{person.path}/devices/codes", person, json={})
    return str(made["code"])


async def enrols(office: Office, code: str) -> bool:
    """Tell whether a code enrols a device."""
    answer = await enrol_by_code(office.client, code, SigningKey.generate(office.entropy))
    assert answer.status_code in {201, 403}
    return answer.status_code == 201


@pytest.mark.parametrize("ahead", [12 * MINUTE, -12 * MINUTE])
async def test_a_code_of_somebody_who_was_removed_stays_ended_when_the_clock_is_set_right(
    office: Office, ahead: Duration
) -> None:
    """Whether it had ended by the wrong clock, or was to end by it."""
    owner = await office.person()
    codes = []
    for step in (ahead, -ahead):
        manager = await office.person("manager", organization_id=owner.organization_id)
        codes.append(await drawn(office, manager))
        office.clock.step_wall(step)
        await office.ok("DELETE", f"{owner.path}/members/{manager.user_id}", owner)
    assert not any([await enrols(office, one) for one in codes])
    office.clock.step_wall(ahead)
    assert not any([await enrols(office, one) for one in codes])


async def test_a_code_that_was_drawn_by_a_clock_that_was_ahead_ends_when_that_is_set_right(
    office: Office,
) -> None:
    """It would be good for as long as the clock was ahead; another one is drawn at once."""
    owner = await office.person()
    guest = await office.person(None)
    office.clock.step_wall(DAY)
    then = await office.person("owner", organization_id=owner.organization_id)
    path = f"{owner.path}/invitations"
    invited = (await office.ok("POST", path, then, json={"role": "manager"}))["code"]
    ahead, near = await drawn(office, then), await drawn(office, then)
    office.clock.step_wall(-30 * SECOND)
    assert await enrols(office, near), "servers' clocks differ by so much"
    office.clock.step_wall(-DAY)
    assert not await enrols(office, ahead)
    accept = "/api/v1/invitations/accept"
    refused = await office.call("POST", accept, guest, json={"code": invited})
    assert refused.status_code == 403
    assert await enrols(office, await drawn(office, owner))


async def test_a_code_that_was_seen_to_have_ended_is_not_good_again(office: Office) -> None:
    """The next one's issue ends it for good: its paper may lie about."""
    owner = await office.person()
    code = await drawn(office, owner)
    office.clock.advance(20 * MINUTE)
    assert await enrols(office, await drawn(office, owner))
    office.clock.step_wall(-15 * MINUTE)
    assert not await enrols(office, code)


async def test_an_invitation_that_was_seen_to_have_ended_is_not_good_again(office: Office) -> None:
    """The next one ends it for good; those whose time is not over stay good."""
    owner = await office.person()
    guests = [await office.person(None) for _ in range(3)]
    path, accept = f"{owner.path}/invitations", "/api/v1/invitations/accept"
    codes: list[str] = []
    for hours in (1, 5, 1):
        if len(codes) == 2:
            office.clock.advance(2 * HOUR)
            owner = await office.person("owner", organization_id=owner.organization_id)
        made = await office.ok("POST", path, owner, json={"role": "manager", "hours": hours})
        codes.append(made["code"])
    office.clock.step_wall(-90 * MINUTE)
    taken = [
        (await office.call("POST", accept, guest, json={"code": code})).status_code
        for guest, code in zip(guests, codes, strict=True)
    ]
    assert taken[0] == 403
    assert taken[1] < 300


async def invited(office: Office, owner: Person, hours: int) -> str:
    """Draw an invitation."""
    body = {"role": "manager", "hours": hours}
    return str((await office.ok("POST", f"{owner.path}/invitations", owner, json=body))["code"])


async def is_taken(office: Office, guest: Person, code: str) -> bool:
    """Tell whether an invitation makes a member."""
    accept = "/api/v1/invitations/accept"
    return (await office.call("POST", accept, guest, json={"code": code})).status_code < 300


async def look(office: Office) -> None:
    """Let a worker look at what has come to its end, as each does every minute."""
    due_by = await find_steady_time(office.context)
    if due_by is not None:
        await end_codes(office.context, due_by)
        await end_invitations(office.context, due_by)
        await end_api_keys(office.context, due_by)


@pytest.mark.parametrize("is_next", [False, True])
async def test_what_a_clock_drew_that_was_ahead_is_not_good_when_that_time_comes(
    office: Office, is_next: bool
) -> None:
    """It was refused once the clock was right, and was good again a day later."""
    owner = await office.person()
    guest = await office.person(None)
    office.clock.step_wall(DAY)
    then = await office.person("owner", organization_id=owner.organization_id)
    codes = await drawn(office, then), await invited(office, then, 1)
    office.clock.step_wall(-DAY)
    owner = await office.person("owner", organization_id=owner.organization_id)
    if is_next:
        await drawn(office, owner), await invited(office, owner, 1)
    else:
        await look(office)
    office.clock.advance(DAY + MINUTE)
    guest = await office.person(None)
    assert not await enrols(office, codes[0])
    assert not await is_taken(office, guest, codes[1])


async def test_what_a_worker_saw_to_have_ended_is_not_good_again(office: Office) -> None:
    """Nobody need draw another; a clock that leaps ahead for a while ends nothing."""
    owner = await office.person()
    await look(office)
    ended = await drawn(office, owner), await invited(office, owner, 1)
    office.clock.step_wall(2 * HOUR)
    await look(office)
    office.clock.step_wall(-2 * HOUR)
    await look(office)
    assert await enrols(office, ended[0])
    assert await is_taken(office, await office.person(None), ended[1])
    ended = await drawn(office, owner), await invited(office, owner, 1)
    for _ in range(14):
        office.clock.advance(5 * MINUTE)
        await look(office)
    office.clock.step_wall(-65 * MINUTE)
    assert not await enrols(office, ended[0])
    assert not await is_taken(office, await office.person(None), ended[1])


async def test_an_api_key_that_was_seen_to_have_ended_is_not_good_again(office: Office) -> None:
    """Who has kept it has nothing when the clock is set back; its owner still finds it listed."""
    owner = await office.person()
    path, events = f"{owner.path}/api-keys", f"{owner.path}/events"
    keys: list[dict[str, str]] = []
    for end in (HOUR, 3 * HOUR):
        until = datetime_from_instant(Instant(office.clock.wall() + end)).isoformat()
        body = {"name": "report", "scopes": ["events:read"], "expires_at": until}
        made = await office.ok("POST", path, owner, json=body)
        keys.append({"id": made["api_key"]["id"], "authorization": f"Bearer {made['key']}"})

    async def answers() -> list[int]:
        asked = [{"authorization": key["authorization"]} for key in keys]
        return [(await office.call("GET", events, headers=one)).status_code for one in asked]

    for _ in range(7):
        await look(office)
        office.clock.advance(10 * MINUTE)
    await look(office)
    office.clock.step_wall(-30 * MINUTE)
    assert await answers() == [401, 200]
    owner = await office.person("owner", organization_id=owner.organization_id)
    listed = await office.ok("GET", path, owner)
    assert {one["id"] for one in listed} == {key["id"] for key in keys}
    gone = await office.call("DELETE", f"{path}/{keys[0]['id']}", owner)
    assert gone.status_code == 204
    assert [one["id"] for one in await office.ok("GET", path, owner)] == [keys[1]["id"]]


async def test_a_clock_that_leaps_ahead_ends_no_api_key(office: Office) -> None:
    """Programs of before go on once it is set right within the hour."""
    owner = await office.person()
    until = datetime_from_instant(Instant(office.clock.wall() + 2 * DAY)).isoformat()
    body = {"name": "report", "scopes": ["events:read"], "expires_at": until}
    made = await office.ok("POST", f"{owner.path}/api-keys", owner, json=body)
    await look(office)
    office.clock.step_wall(30 * DAY)
    await look(office)
    office.clock.step_wall(-30 * DAY)
    key = {"authorization": f"Bearer {made['key']}"}
    assert (await office.call("GET", f"{owner.path}/events", headers=key)).status_code == 200


async def test_a_clock_that_leaps_ahead_forgets_no_session_and_no_guess(office: Office) -> None:
    """People go on to work once it is set right, and a copy of their token is still noticed."""
    credentials = {"email": "ada@example.org", "password": "correct horse battery staple"}
    await office.call("POST", "/api/v1/users", json=credentials | {"name": "Ada"})
    signed = await office.ok("POST", "/api/v1/sessions", json=credentials)
    await forget_ended(office.context)
    office.clock.step_wall(90 * DAY)
    await forget_ended(office.context)
    office.clock.step_wall(-90 * DAY)
    headers = {"authorization": f"Bearer {signed['access_token']}"}
    assert (await office.call("GET", "/api/v1/me", headers=headers)).status_code == 200
