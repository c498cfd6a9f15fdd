"""Supervisors: kept by the organizer, told to the gates, and forgotten by them when removed."""

from __future__ import annotations

import pytest

from shared.credential.staff_secrets import hash_badge, is_right_pin
from shared.manifest.badge_words import badge_key
from shared.manifest.event_config import EventConfig
from shared.wire.feed import ConfigChange
from tests.factories.ledger_office import GateDevice, LedgerOffice

pytestmark = pytest.mark.integration

PIN = "483920"


async def newest_config(office: LedgerOffice, gate: GateDevice) -> EventConfig:
    """Return the configuration that the gate hears of by its feed."""
    await office.exchanged(gate)
    feed = await office.read_feed(gate)
    return [item for item in feed if isinstance(item, ConfigChange)][-1].config


def supervisors(office: LedgerOffice) -> str:
    return f"{office.owner.path}/supervisors"


async def test_a_new_supervisor_reaches_the_gates_as_hashes(ledger_office: LedgerOffice) -> None:
    """The gate can check badge and PIN while it is cut off, and learns neither."""
    gate = await ledger_office.enrol()
    call = ledger_office.office.ok
    made = await call(
        "POST",
        supervisors(ledger_office),
        ledger_office.owner,
        json={"name": "Jo", "pin": PIN},
    )
    config = await newest_config(ledger_office, gate)
    (jo,) = config.supervisors
    assert (jo.id, jo.name) == (made["supervisor"]["id"], "Jo")
    assert jo.badge_hash == hash_badge(made["badge"], config.organization_id)
    assert is_right_pin(PIN, jo.pin_hash)
    assert PIN not in repr(config)
    assert made["badge"] not in repr(config)


async def test_a_removed_supervisor_is_off_the_gates_list(ledger_office: LedgerOffice) -> None:
    """What the organizer takes away reaches the gates with the next exchange."""
    gate = await ledger_office.enrol()
    call, owner = ledger_office.office.ok, ledger_office.owner
    body = {"name": "Jo", "pin": PIN, "badge": "staff card 0017"}
    made = await call("POST", supervisors(ledger_office), owner, json=body)
    path = f"{supervisors(ledger_office)}/{made['supervisor']['id']}"
    changed = await call("PATCH", path, owner, json={"pin": "710284"})
    assert changed["name"] == "Jo"
    assert is_right_pin(
        "710284", (await newest_config(ledger_office, gate)).supervisors[0].pin_hash
    )
    answer = await ledger_office.office.call("DELETE", path, owner)
    assert answer.status_code == 204
    assert (await newest_config(ledger_office, gate)).supervisors == ()
    assert await call("GET", supervisors(ledger_office), owner) == []


@pytest.mark.parametrize("pin", ["111111", "123456", "48392", "48392x"])
async def test_a_pin_that_anybody_tries_is_refused(ledger_office: LedgerOffice, pin: str) -> None:
    """The organizer is told before somebody else finds out."""
    answer = await ledger_office.office.call(
        "POST",
        supervisors(ledger_office),
        ledger_office.owner,
        json={"name": "Jo", "pin": pin},
    )
    assert answer.status_code in {400, 422}
    assert "pin" in answer.text


async def test_a_badge_is_one_persons(ledger_office: LedgerOffice) -> None:
    """Two people on one badge could not be told apart in the journal."""
    body = {"name": "Jo", "pin": PIN, "badge": "staff card 0017"}
    owner = ledger_office.owner
    await ledger_office.office.ok("POST", supervisors(ledger_office), owner, json=body)
    again = await ledger_office.office.call(
        "POST", supervisors(ledger_office), owner, json=body | {"name": "Mo"}
    )
    assert again.status_code == 409


async def test_another_organizations_plans_are_left_alone(ledger_office: LedgerOffice) -> None:
    """A new supervisor raises the plans of their own organization only."""
    office = ledger_office.office
    other = await office.person()
    event_id = await office.event(other)
    path = f"{other.path}/events/{event_id}"
    before = (await office.ok("GET", path, other))["plan_version"]
    await office.ok(
        "POST", supervisors(ledger_office), ledger_office.owner, json={"name": "Jo", "pin": PIN}
    )
    assert (await office.ok("GET", path, other))["plan_version"] == before


async def test_another_badge_signs_and_ends_the_one_before(ledger_office: LedgerOffice) -> None:
    """Whose badge signs nothing yet is given one that does; id and PIN stay."""
    gate = await ledger_office.enrol()
    call, owner = ledger_office.office.ok, ledger_office.owner
    body = {"name": "Jo", "pin": PIN, "badge": "staff card 0017"}
    made = await call("POST", supervisors(ledger_office), owner, json=body)
    assert made["supervisor"]["signs"] is False, "what the organizer chose could be guessed"
    assert (await newest_config(ledger_office, gate)).supervisors[0].sign_key == b""

    path = f"{supervisors(ledger_office)}/{made['supervisor']['id']}/badge"
    renewed = await call("POST", path, owner)

    assert (renewed["supervisor"]["id"], renewed["supervisor"]["signs"]) == (
        made["supervisor"]["id"],
        True,
    )
    config = await newest_config(ledger_office, gate)
    (jo,) = config.supervisors
    assert jo.badge_hash == hash_badge(renewed["badge"], config.organization_id)
    assert jo.sign_key == badge_key(renewed["badge"], config.organization_id).public_key
    assert is_right_pin(PIN, jo.pin_hash)
