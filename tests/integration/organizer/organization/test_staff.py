"""Supervisors, stewards and cashiers as the desk looks after them, at the real application."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gatekeeper.organizer.merging_edits import Clash, Whose, merge
from gatekeeper.organizer.organization.new_staff import CASHIER, STEWARD, SUPERVISOR, MadePerson
from gatekeeper.organizer.organization.staff_client import AMOUNT, PERCENT, Staff, StaffClient
from gatekeeper.organizer.server_api import Refused
from tests.factories.desk_seat import take_seat
from tests.factories.office import Office, Person

pytestmark = pytest.mark.either_database


def sit(office: Office, person: Person) -> StaffClient:
    """Sit down at the desk."""
    seat = take_seat(office, person)
    return StaffClient(seat, person.organization_id, office.entropy)


@pytest.fixture
async def desk(office: Office) -> AsyncIterator[StaffClient]:
    """An owner's."""
    desk = sit(office, await office.person())
    yield desk
    await desk._api.close()


async def named(desk: StaffClient, name: str) -> Staff:
    """Read one of them."""
    return next(one for one in await desk.read() if one.name == name)


async def test_a_cashiers_rights_are_given_and_merged(desk: StaffClient) -> None:
    """Two people at once: each right by itself, and none that was not named is lost."""
    for name, role in (("Sam", SUPERVISOR), ("Ada", STEWARD), ("Kim", CASHIER)):
        made = await desk.add(name, role)
        assert (made.role, bool(made.pin)) == (role, role == SUPERVISOR)
    assert [(one.name, one.role) for one in await desk.read()] == [
        ("Sam", SUPERVISOR),
        ("Ada", STEWARD),
        ("Kim", CASHIER),
    ]
    kim = await named(desk, "Kim")
    theirs = kim.fields | {"rights": kim.rights | {"find": True, PERCENT: 10}}
    assert await desk.save(kim, theirs) is None
    mine = kim.fields | {"rights": kim.rights | {AMOUNT: 5_000, PERCENT: 20}}
    clash = await desk.save(kim, mine)
    assert clash is not None
    assert {one.path: one.is_both for one in clash.fields} == {
        "rights.find": False,
        f"rights.{PERCENT}": True,
    }
    joined = merge(kim.fields, clash.theirs, mine, {f"rights.{PERCENT}": Whose.THEIRS})
    assert await desk.save(kim, joined, clash.etag) is None
    rights = (await named(desk, "Kim")).rights
    assert (rights["sell"], rights["find"]) == (True, True)
    assert (rights[PERCENT], rights[AMOUNT]) == (10, 5_000)


async def test_a_badge_is_withdrawn_renewed_and_its_holder_removed(desk: StaffClient) -> None:
    """An edit of the name outlives another badge; an end does not overrun somebody's edit."""
    first = await desk.add("Kim", CASHIER)
    kim = await named(desk, "Kim")
    second = await desk.renew_badge(kim)
    assert isinstance(second, MadePerson)
    assert second.badge != first.badge
    assert second.role == CASHIER
    assert await desk.save(kim, kim.fields | {"name": "Kim B."}) is None
    assert await desk.withdraw(kim) is not None
    kim = await named(desk, "Kim B.")
    assert kim.has_badge
    assert await desk.withdraw(kim) is None
    kim = await named(desk, "Kim B.")
    assert not kim.has_badge
    assert await desk.remove(kim) is None
    assert await desk.read() == ()
    with pytest.raises(Refused) as refused:
        await desk.save(kim, kim.fields | {"name": "Nobody"})
    assert refused.value.status == 404


@pytest.mark.parametrize("role", [SUPERVISOR, STEWARD, CASHIER])
async def test_a_badge_that_another_desk_has_just_drawn_is_voided_by_nobody_unaware(
    desk: StaffClient, role: str
) -> None:
    """Two desks draw at once: the second is told, sees it anew, and may draw all the same."""
    await desk.add("Kim", role)
    kim = await named(desk, "Kim")
    assert isinstance(await desk.renew_badge(kim), MadePerson)
    clash = await desk.renew_badge(kim)
    assert isinstance(clash, Clash)
    assert clash.by
    now = await named(desk, "Kim")
    assert await desk.save(now, now.fields | {"name": "Kim B."}) is None
    kim = await named(desk, "Kim B.")
    assert isinstance(await desk.renew_badge(kim), MadePerson)


async def test_a_pin_that_another_desk_has_just_drawn_is_voided_by_nobody_unaware(
    desk: StaffClient,
) -> None:
    """The first one's is on its way to the supervisor."""
    await desk.add("Sam", SUPERVISOR)
    sam = await named(desk, "Sam")
    assert isinstance(await desk.renew_pin(sam), str)
    assert isinstance(await desk.renew_pin(sam), Clash)
    assert isinstance(await desk.renew_badge(await named(desk, "Sam")), MadePerson)


async def test_a_pin_is_drawn_anew_and_a_reader_changes_nothing(
    office: Office, desk: StaffClient
) -> None:
    """The badge stays as it is."""
    made = await desk.add("Sam", SUPERVISOR)
    sam = await named(desk, "Sam")
    drawn = await desk.renew_pin(sam)
    assert isinstance(drawn, str)
    assert drawn != made.pin
    assert (await named(desk, "Sam")).has_badge
    reader = await office.person("reader", organization_id=desk.organization_id)
    seat = sit(office, reader)
    assert [one.name for one in await seat.read()] == ["Sam"]
    with pytest.raises(Refused) as refused:
        await seat.save(sam, {"name": "Eve"})
    assert refused.value.status == 403
    await seat._api.close()
