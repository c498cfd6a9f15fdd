"""One-time codes end once, whatever the server's clock does: nobody is handed a second life."""

from __future__ import annotations

import pytest

from shared.kernel.ed25519 import SigningKey
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration
from tests.factories.enrolling import enrol_by_code
from tests.factories.office import Office, Person

pytestmark = [pytest.mark.integration, pytest.mark.either_database]


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
