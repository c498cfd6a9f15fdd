"""The roster of an event's gates, asked for by many at once."""

from __future__ import annotations

import asyncio

import pytest

from server.devices.finding_devices import newest_roster
from shared.admission.pace import NO_LIMIT, PACE_DEFAULT
from shared.lan.roster import Roster
from tests.factories.ledger_office import LedgerOffice
from tests.integration.server_sync.claims.test_pace_of_devices import set_pace

AT_ONCE = 6
ROUNDS = 4


async def test_a_version_names_one_roster_whoever_asks_at_once(
    ledger_office: LedgerOffice,
) -> None:
    """Nobody is refused by a race for the first one, and no gate keeps an older list as new."""
    office, org = ledger_office.office, ledger_office.owner.organization_id

    async with office.driving() as driver:

        async def ask() -> Roster:
            return await newest_roster(office.context, driver, org, ledger_office.event_id)

        named: dict[tuple[int, int], set[tuple[str, ...]]] = {}
        for number in range(ROUNDS):
            asking = [asyncio.create_task(ask()) for _ in range(AT_ONCE)]
            await ledger_office.enrol(number % 2)
            for roster in await asyncio.gather(*asking, *(ask() for _ in range(AT_ONCE))):
                devices = tuple(device.device_id for device in roster.devices)
                named.setdefault(roster.version, set()).add(devices)
        assert all(len(found) == 1 for found in named.values()), named
        newest = max(named)
        assert [len(devices) for devices in named[newest]] == [ROUNDS]


@pytest.mark.either_database
async def test_a_roster_tells_how_fast_each_gate_may_let_in(ledger_office: LedgerOffice) -> None:
    """Gates that reach only each other hold it to that; where it changes, they hear of it."""
    office, org = ledger_office.office, ledger_office.owner.organization_id
    gate = await ledger_office.enrol(0)
    async with office.driving() as driver:

        async def ask() -> Roster:
            return await newest_roster(office.context, driver, org, ledger_office.event_id)

        first = await ask()
        await set_pace(ledger_office, gate, 600)
        second = await ask()
        await set_pace(ledger_office, gate, NO_LIMIT)
        third = await ask()
    told = [roster.devices[0].admissions_per_minute for roster in (first, second, third)]
    assert told == [PACE_DEFAULT, 600, NO_LIMIT]
    assert first.version < second.version < third.version
