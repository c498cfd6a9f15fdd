"""An organizer's edit holds the event's row: gates neither wait for it nor deadlock with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from server.db.unit import Unit
from server.events.events_and_dates import lock_event
from server.organizations.organizations_and_numbers import get_organization, lock_organization
from shared.wire.exchange import EntryStatus
from tests.factories.ledger_office import LedgerOffice

PATIENCE_S = 3.0
"""Less than the time after which the database itself gives a waiting statement up."""


async def hold_event(office: LedgerOffice, unit: Unit) -> None:
    """Hold an event as whoever edits, publishes or cancels it does."""
    await lock_event(unit, office.event_id)


async def hold_organization(office: LedgerOffice, unit: Unit) -> None:
    """Hold an organization as whoever changes its members, its looks or itself does."""
    await lock_organization(unit)
    await unit.lock(await get_organization(unit))


@pytest.mark.parametrize("hold", [hold_event, hold_organization])
@pytest.mark.parametrize("published", ["postgresql"], indirect=True)
async def test_gates_pass_while_an_organizer_edits(
    ledger_office: LedgerOffice, hold: Callable[[LedgerOffice, Unit], Awaitable[None]]
) -> None:
    """Claims, and journals that tell of entries, go through while an edit has not ended."""
    office = ledger_office
    claiming, offline = await office.enrol(0), await office.enrol(1)
    office.scan(offline, 1)
    async with office.office.context.write(office.owner.organization_id) as unit:
        await hold(office, unit)
        async with asyncio.timeout(PATIENCE_S):
            claimed = await office.claimed(claiming, office.codes[0])
            answer = await office.exchanged(offline, offline.journal.entries)
    assert claimed["verdict"] == "admit"
    assert {one.status for one in answer.answers} == {EntryStatus.STORED}
