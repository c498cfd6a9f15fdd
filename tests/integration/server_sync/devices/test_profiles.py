"""Devices for tests and rehearsals, which decide by their caller's times, reach no real event."""

from __future__ import annotations

from typing import Any

import pytest

from shared.kernel.id_types import EventId
from tests.adversaries.scene import named
from tests.factories.ledger_office import LedgerOffice

pytestmark = pytest.mark.either_database

PROFILES = ["test", "rehearsal"]


async def codes_for(office: LedgerOffice, **body: Any) -> int:
    """Ask for a device's code; returns the status."""
    path = f"{office.owner.path}/devices/codes"
    return (await office.office.call("POST", path, office.owner, json=body)).status_code


async def own_event(office: LedgerOffice, profile: str) -> str:
    """Make an event of a profile, and publish it."""
    desk, owner = office.office, office.owner
    body = {"name": "Trial", "timezone": "UTC", "profile": profile}
    made = await desk.ok("POST", f"{owner.path}/events", owner, json=body)
    assert made["profile"] == profile
    path = f"{owner.path}/events/{made['id']}"
    await desk.ok("POST", f"{path}/state", owner, json={"state": "published"})
    return str(made["id"])


@pytest.mark.parametrize("profile", PROFILES)
async def test_no_such_device_is_assigned_to_a_real_event(
    ledger_office: LedgerOffice, profile: str
) -> None:
    """By a code, by the organizer's word or by its own choice; one of its own it serves."""
    office = ledger_office
    there = await own_event(office, profile)
    assert await codes_for(office, profile=profile, event_id=office.event_id) == 409
    assert await codes_for(office, profile=profile, event_id=there) == 201
    device = await office.enrol(0, profile=profile, is_fixed=False)
    await office.become("live")
    place = f"{office.owner.path}/devices/{device.id}/assignment"
    real = {"role": "gate", "event_id": office.event_id}
    assert (await office.office.call("PUT", place, office.owner, json=real)).status_code == 409
    await office.office.ok("PUT", place, office.owner, json={"role": "gate"})
    assert (await office.exchange(device)).status_code == 409
    assert (await office.claim(device, office.codes[0])).status_code == 409
    answer = await office.exchange(device, event_id=EventId(there))
    assert answer.status_code == 200, answer.text
    assert (await office.claim(device, office.codes[0])).status_code == 404


@pytest.mark.parametrize("profile", PROFILES)
async def test_what_such_a_device_did_spends_no_real_ticket(
    ledger_office: LedgerOffice, profile: str
) -> None:
    """Claims and journals: at times of its own choosing, of an event that it once served."""
    office = ledger_office
    device, gate = await office.enrol(0, profile=profile), await office.enrol(1)
    await office.become("live")  # it is assigned there as devices of before may be
    office.scan(device, 0)
    answer = await office.exchange(device, device.journal.entries)
    assert answer.status_code == 200, answer.text
    assert (await office.claimed(gate, office.codes[0]))["reason"] == "ok"
    assert not await named(office)
