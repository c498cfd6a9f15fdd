"""A lost and a stolen device as the organizer's desk says it, at the real application."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.organizer.before_doors.lost_devices_client import declare_lost
from gatekeeper.organizer.desk_and_events import Desk, Organization
from gatekeeper.organizer.server_api import EventSite, Refused, ServerApi
from tests.factories.ledger_office import LedgerOffice
from tests.factories.stocked_tills import limit, open_till, sold
from tests.fakes.entropy import SeededEntropy


@pytest.fixture
def desk(ledger_office: LedgerOffice, seat: ServerApi) -> Desk:
    """The owner's."""
    organization = Organization(ledger_office.owner.organization_id, "Probe")
    return Desk(seat, organization, SeededEntropy("desk"))


@pytest.mark.either_database
async def test_a_lost_till_gives_up_its_stock_and_a_stolen_one_its_keys(
    ledger_office: LedgerOffice, desk: Desk, tmp_path: Path
) -> None:
    """What it may have sold is told; stolen, it is listed as revoked, and reports nothing."""
    await limit(ledger_office, 40)
    till = await open_till(ledger_office, tmp_path, 30)
    site = EventSite(desk.organization.id, ledger_office.event_id)
    await till.cut()
    assert await sold(till, 5) == 5
    loss = await declare_lost(desk.api, site, till.id, reason="in a lake", is_stolen=False)
    assert (loss.maybe_sold_total, loss.seats) == (30, ())
    (listed,) = [one for one in await desk.devices.list_all(site) if one.id == till.id]
    assert not listed.is_revoked
    await declare_lost(desk.api, site, till.id, reason="taken", is_stolen=True)
    (listed,) = [one for one in await desk.devices.list_all(site) if one.id == till.id]
    assert listed.is_revoked
    with pytest.raises(Refused) as refused:
        await declare_lost(desk.api, site, "dv_nobody", reason="", is_stolen=True)
    assert refused.value.status == 404
    await till.session.close()
