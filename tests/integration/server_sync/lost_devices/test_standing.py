"""A device that does not come back is named, with what it may hold."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from server.devices.device_of_request import KnownDevices
from shared.kernel.instant import MINUTE
from tests.factories.ledger_office import LedgerOffice, open_ledger_office
from tests.factories.office import test_settings


async def standings(office: LedgerOffice, query: str = "") -> dict[str, Any]:
    """Return the event's devices by id."""
    found = await office.office.ok("GET", f"{office.path}/devices{query}", office.owner)
    return {one["device_id"]: one for one in found["items"]}


@pytest.mark.either_database
async def test_what_devices_may_hold_is_counted_beside_the_claims(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All tickets and uses are read for it: on the claims' connection they would wait so long."""
    gate = await ledger_office.enrol(0)
    driver = ledger_office.office.framework.state["driver"]
    monkeypatch.setattr(driver, "read", None)
    found = await standings(ledger_office)
    assert found[gate.id]["could_admit"] == len(ledger_office.tickets)


@pytest.mark.either_database
async def test_silent_device_is_named_with_what_it_may_hold(ledger_office: LedgerOffice) -> None:
    """Last contact, last entry held, open grants, and what it could have admitted since."""
    silent, other = await ledger_office.enrol(0), await ledger_office.enrol(1)
    async with ledger_office.office.driving() as driver:
        known_devices = KnownDevices(ledger_office.office.context, driver)
        ledger_office.scan(silent, 0)
        await ledger_office.exchanged(silent, silent.journal.entries)
        await ledger_office.claimed(silent, ledger_office.codes[1])
        known_devices.hear(await known_devices.identify(silent.headers["authorization"]))
        await known_devices.note_contacts()
        ledger_office.office.clock.advance(10 * MINUTE)
        for ticket in (2, 3):
            ledger_office.scan(other, ticket)
        await ledger_office.exchanged(other, other.journal.entries)
        known_devices.hear(await known_devices.identify(other.headers["authorization"]))
        await known_devices.note_contacts()
        found = await standings(ledger_office)
        lost = found[silent.id]
        assert lost["heard_at"] < found[other.id]["heard_at"]
        assert (lost["boot"], lost["dseq"]) == (silent.journal.boot.hex(), 2)
        assert (lost["entries"], lost["open_grants"]) == (1, 1)
        tickets = len(ledger_office.tickets)
        # Known uses may have been noted within the half minute that the last contact is exact to.
        assert tickets - 2 <= lost["could_admit"] <= tickets
        assert lost["used_since"] >= 2
        later = found[other.id]
        assert (later["open_grants"], later["entries"]) == (0, 2)


@pytest.mark.either_database
async def test_troubles_of_a_device_are_counted(ledger_office: LedgerOffice) -> None:
    """Refused, forked and unconfirmed entries stand beside the device's name."""
    gate = await ledger_office.enrol()
    ledger_office.scan(gate, 0)
    await ledger_office.exchanged(gate, gate.journal.entries)
    forged = gate.journal.entries[-1]
    bad = type(forged)(forged.entry + b"x", forged.signature)
    await ledger_office.exchanged(gate, [bad])
    path = f"{ledger_office.owner.path}/devices/{gate.id}"
    await ledger_office.office.ok("POST", f"{path}/revoke", ledger_office.owner, json={})
    ledger_office.scan(gate, 1)
    await ledger_office.exchanged(gate, gate.journal.entries)
    one = (await standings(ledger_office))[gate.id]
    assert (one["name"], one["refused"], one["unconfirmed"]) == ("Probe gate", 1, 1)
    assert one["revoked_at"]
    refusals = await ledger_office.office.ok("GET", f"{path}/refusals", ledger_office.owner)
    assert [(row["device"], bool(row["problem"])) for row in refusals] == [("Probe gate", True)]


async def test_policy_bounds_what_a_lost_device_could_admit(
    tmp_path: Path, migrated_sqlite: Path
) -> None:
    """Where only the ledger may admit, a device alone could have admitted nobody."""
    file = tmp_path / "gatekeeper.db"
    shutil.copyfile(migrated_sqlite, file)
    settings = test_settings(f"sqlite:///{file}", tmp_path)
    closed = {"offline_policy": "closed"}
    async with open_ledger_office(settings, policy=closed) as office:
        gate = await office.enrol()
        assert (await standings(office))[gate.id]["could_admit"] == 0


async def test_pages_of_devices_follow_each_other(ledger_office: LedgerOffice) -> None:
    """One at a time, each device comes once."""
    made = {(await ledger_office.enrol(n % 2)).id for n in range(3)}
    seen: list[str] = []
    query = "?limit=1"
    while True:
        path = f"{ledger_office.path}/devices{query}"
        page = await ledger_office.office.ok("GET", path, ledger_office.owner)
        seen += [one["device_id"] for one in page["items"]]
        if page["next"] is None:
            break
        query = f"?limit=1&after={page['next']}"
    assert seen == sorted(made)
