"""What several organizations' people ask for leaves connections to the database for devices."""

from __future__ import annotations

import asyncio

import pytest

from server.db.unit import Context
from shared.kernel.id_types import OrganizationId
from tests.factories.ledger_office import LedgerOffice
from tests.factories.waiting import PATIENCE_S

pytestmark = pytest.mark.either_database

ORGANIZATIONS = ["og_one", "og_another", "og_third"]
EACH = 10
"""More requests of each than a worker has connections."""


async def test_devices_are_answered_while_several_organizations_hold_what_people_may(
    ledger_office: LedgerOffice,
) -> None:
    """Two held all connections together: the first claim after a change, and fetches, waited."""
    office = ledger_office
    gate = await office.enrol()
    await office.office.hand_over(office.path, office.owner)
    asked: Context = office.office.framework.state["asked_context"]
    may_end = asyncio.Event()

    async def ask(organization_id: str) -> None:
        async with asked.read(OrganizationId(organization_id)):
            await may_end.wait()

    both = [*ORGANIZATIONS, office.owner.organization_id]
    asking = [asyncio.create_task(ask(one)) for one in both for _ in range(EACH)]
    try:
        await asyncio.sleep(0.5)
        async with asyncio.timeout(PATIENCE_S):
            path = f"/sync/v1/events/{office.event_id}/manifest"
            fetched = await office.office.client.get(path, headers=gate.headers)
            answer = await office.claimed(gate, office.codes[0])
    finally:
        may_end.set()
        await asyncio.gather(*asking)
    assert fetched.status_code == 200
    assert answer["verdict"] == "admit"
