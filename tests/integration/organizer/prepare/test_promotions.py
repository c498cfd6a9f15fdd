"""Discounts as the desk makes and removes them, at the real application."""

from __future__ import annotations

import pytest

from gatekeeper.organizer.prepare.promotions_client import (
    add_promotion,
    read_discounts,
    remove_promotion,
)
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.organizer.unheard_making import UnheardMaking
from shared.kernel.id_types import EventId
from tests.factories.office import Office
from tests.integration.organizer.organization.test_staff import sit

pytestmark = pytest.mark.either_database
FIELDS = {
    "name": "Friends",
    "kind": "percent",
    "percent_points": 1_250,
    "fixed_minor": 0,
    "buy": 0,
    "free": 0,
    "code": "FRIENDS-24",
    "uses": 200,
    "ticket_type_ids": None,
    "ends_at": None,
    "combinable": False,
}


async def test_discounts_of_each_kind_are_made_listed_and_removed(office: Office) -> None:
    """A reader sees them and makes none; one that is gone says so."""
    owner = await office.person()
    seat = sit(office, owner)._api
    event = await office.ok(
        "POST", f"{owner.path}/events", owner, json={"name": "Fair", "timezone": "UTC"}
    )
    site = EventSite(owner.organization_id, EventId(event["id"]))
    made = await add_promotion(seat, site, FIELDS, UnheardMaking())
    fixed = {"kind": "fixed", "percent_points": 0, "fixed_minor": 500, "code": None}
    await add_promotion(
        seat, site, FIELDS | fixed | {"name": "Five off", "uses": None}, UnheardMaking()
    )
    gift = {"kind": "buy_get", "percent_points": 0, "buy": 4, "free": 1, "code": None}
    await add_promotion(
        seat, site, FIELDS | gift | {"name": "Fifth free", "uses": None}, UnheardMaking()
    )
    found = await read_discounts(seat, site)
    assert {one.name: (one.has_code, one.uses) for one in found.promotions} == {
        "Friends": (True, 200),
        "Five off": (False, None),
        "Fifth free": (False, None),
    }
    reader = await office.person("reader", organization_id=owner.organization_id)
    other = sit(office, reader)._api
    assert len((await read_discounts(other, site)).promotions) == 3
    for act in (
        add_promotion(other, site, FIELDS, UnheardMaking()),
        remove_promotion(other, site, made),
    ):
        with pytest.raises(Refused) as refused:
            await act
        assert refused.value.status == 403
    await remove_promotion(seat, site, made)
    assert len((await read_discounts(seat, site)).promotions) == 2
    with pytest.raises(Refused) as refused:
        await remove_promotion(seat, site, made)
    assert refused.value.status == 404
    await other.close()
    await seat.close()
