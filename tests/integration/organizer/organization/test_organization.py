"""The organization as its owner edits it at the desk, and as tills then print it."""

from __future__ import annotations

import pytest

from gatekeeper.organizer.merging_edits import Whose, merge
from gatekeeper.organizer.organization.organization_client import (
    read_organization,
    save_organization,
)
from gatekeeper.organizer.server_api import Refused
from server.plans.compiling_plans import read_event_config
from shared.kernel.id_types import EventId
from tests.factories.office import Office
from tests.integration.organizer.organization.test_staff import sit

pytestmark = pytest.mark.either_database
PAPERS = {
    "legal_name": "Probe e. V.",
    "address": "Hafenstraße 1\n20457 Hamburg",
    "tax_number": "DE 123",
}


async def test_an_organization_is_edited_and_merged_at_the_desk(office: Office) -> None:
    """Two owners at once; a manager is refused, and so is a zone that does not exist."""
    owner = await office.person()
    seat = sit(office, owner)._api
    house = await read_organization(seat, owner.organization_id)
    assert (house.timezone, house.legal_name) == ("Europe/Berlin", "")
    assert await save_organization(seat, house, house.fields | {"timezone": "Asia/Tokyo"}) is None
    clash = await save_organization(
        seat, house, house.fields | PAPERS | {"timezone": "Asia/Seoul"}
    )
    assert clash is not None
    assert [one.path for one in clash.fields] == ["timezone"]
    mine = house.fields | PAPERS | {"timezone": "Asia/Seoul"}
    joined = merge(house.fields, clash.theirs, mine, {"timezone": Whose.THEIRS})
    assert await save_organization(seat, house, joined, clash.etag) is None
    now = await read_organization(seat, owner.organization_id)
    assert now.fields == house.fields | PAPERS | {"timezone": "Asia/Tokyo"}
    with pytest.raises(Refused) as refused:
        await save_organization(seat, now, now.fields | {"timezone": "Moon/Tycho"})
    assert [one.field for one in refused.value.fields] == ["timezone"]
    manager = await office.person("manager", organization_id=owner.organization_id)
    other = sit(office, manager)._api
    with pytest.raises(Refused) as refused:
        await save_organization(other, now, now.fields | {"name": "Mine"})
    assert refused.value.status == 403
    await other.close()
    await seat.close()


async def test_tills_hear_of_what_stands_on_receipts_with_the_plan(office: Office) -> None:
    """The plan's version is raised by what is printed, and by nothing else of it."""
    owner = await office.person()
    seat = sit(office, owner)._api
    event = await office.ok(
        "POST",
        f"{owner.path}/events",
        owner,
        json={"name": "Fair", "timezone": "UTC", "currency": "EUR"},
    )

    async def config() -> tuple[int, tuple[str, ...]]:
        async with office.context.read(owner.organization_id) as unit:
            found = await read_event_config(unit, EventId(event["id"]))
        house = found.issuer
        return found.sequence, (house.name, house.legal_name, house.address, house.tax_number)

    first, said = await config()
    assert said == ("Probe Ltd", "", "", "")
    house = await read_organization(seat, owner.organization_id)
    await save_organization(seat, house, house.fields | PAPERS)
    second, said = await config()
    assert second > first
    assert said == ("Probe Ltd", *PAPERS.values())
    house = await read_organization(seat, owner.organization_id)
    await save_organization(seat, house, house.fields | {"timezone": "Asia/Tokyo"})
    assert (await config())[0] == second
    await seat.close()
