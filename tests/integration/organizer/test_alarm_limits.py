"""Limits of alarms, and the switch of mails to oneself, as the desk has them."""

from __future__ import annotations

import pytest

from gatekeeper.organizer import server_api as desk_office
from gatekeeper.organizer.during.alarms_client import (
    LIMITS,
    read_limits,
    read_mail,
    save_limits,
    want_mail,
)
from gatekeeper.organizer.server_api import EventSite, Refused
from server.alarms.alarm_thresholds import Limits
from shared.kernel.id_types import EventId
from tests.factories.desk_seat import take_seat
from tests.factories.office import Office, Person

pytestmark = pytest.mark.either_database


def seat_of(office: Office, person: Person) -> desk_office.ServerApi:
    """Sit down at the desk."""
    return take_seat(office, person)


async def test_limits_are_saved_whole_and_whoever_saves_second_is_told(office: Office) -> None:
    """Every limit of the server has its field at the desk, as far as the server takes it."""
    owner = await office.person()
    site = EventSite(owner.organization_id, EventId(await office.event(owner)))
    seat = seat_of(office, owner)
    read = await read_limits(seat, site)
    assert set(read.limits) == set(LIMITS) == set(Limits.__struct_fields__)
    assert await save_limits(seat, site, read, LIMITS) is None
    clash = await save_limits(seat, site, read, read.limits | {"silent_minutes": 0})
    assert clash is not None
    assert {one.path for one in clash.fields} == set(LIMITS)
    assert await save_limits(seat, site, read, read.limits, clash.etag) is None
    assert (await read_limits(seat, site)).limits == read.limits
    with pytest.raises(Refused):
        await save_limits(
            seat, site, await read_limits(seat, site), LIMITS | {"zone_percent": 101}
        )
    await seat.close()


async def test_each_member_says_for_themselves_whether_they_are_mailed(office: Office) -> None:
    """In the language of their own desk; a reader is not, and only managers set limits."""
    owner = await office.person()
    site = EventSite(owner.organization_id, EventId(await office.event(owner)))
    seat = seat_of(office, owner)
    await want_mail(seat, site, is_wanted=True, language="th")
    mail = await read_mail(seat, site)
    assert (mail.wanted, mail.language) == (True, "th")
    for role, may in (("staff", True), ("reader", False)):
        other = seat_of(office, await office.person(role, organization_id=owner.organization_id))
        assert not (await read_mail(other, site)).wanted
        if may:
            await want_mail(other, site, is_wanted=True, language="en")
        else:
            with pytest.raises(Refused):
                await want_mail(other, site, is_wanted=True, language="en")
        with pytest.raises(Refused):
            await save_limits(other, site, await read_limits(other, site), LIMITS)
        await other.close()
    await want_mail(seat, site, is_wanted=False, language="th")
    assert not (await read_mail(seat, site)).wanted
    await seat.close()
