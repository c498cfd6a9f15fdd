"""Supervisors: kept by the organizer, told to the gates, and forgotten by them when removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.credential.badges_and_pins import hash_badge, is_right_pin
from shared.manifest.badge_signatures import badge_key
from shared.manifest.event_config import EventConfig
from shared.manifest.pin_seal import open_pin
from shared.manifest.sealed_names_for_search import badge_seed
from shared.wire.feed import ConfigChange
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.wired_gates import open_gate

PIN = "483920"


async def newest_config(office: LedgerOffice, gate: GateDevice) -> EventConfig:
    """Return the configuration that the gate hears of by its feed."""
    await office.exchanged(gate)
    feed = await office.read_feed(gate)
    return [item for item in feed if isinstance(item, ConfigChange)][-1].config


def supervisors(office: LedgerOffice) -> str:
    return f"{office.owner.path}/supervisors"


def read_all(folder: Path) -> bytes:
    """Return what whoever carries a gate away finds in its files."""
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


@pytest.mark.either_database
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
    seed = badge_seed(made["badge"], config.organization_id)
    assert is_right_pin(PIN, open_pin(jo, seed))
    assert PIN not in repr(config)
    assert made["badge"] not in repr(config)


@pytest.mark.either_database
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


@pytest.mark.either_database
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


@pytest.mark.either_database
async def test_a_badge_is_one_persons(ledger_office: LedgerOffice) -> None:
    """Two people on one badge could not be told apart in the journal."""
    body = {"name": "Jo", "pin": PIN, "badge": "staff card 0017"}
    owner = ledger_office.owner
    await ledger_office.office.ok("POST", supervisors(ledger_office), owner, json=body)
    again = await ledger_office.office.call(
        "POST", supervisors(ledger_office), owner, json=body | {"name": "Mo"}
    )
    assert again.status_code == 409


@pytest.mark.either_database
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


@pytest.mark.either_database
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
    seed = badge_seed(renewed["badge"], config.organization_id)
    assert is_right_pin(PIN, open_pin(jo, seed))


@pytest.mark.either_database
@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
async def test_stolen_folder_has_nothing_that_a_pin_can_be_tried_against(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """A million PINs were tried at home within hours; now the badge's 75 bits come first."""
    office = ledger_office
    body = {"name": "Jo", "pin": PIN}
    made = await office.office.ok("POST", supervisors(office), office.owner, json=body)
    gate = await open_gate(office, tmp_path, 0)
    await gate.sync()
    held = read_all(tmp_path / gate.session.profile.device_id)
    assert made["supervisor"]["id"].encode() in held
    assert b"$argon2" not in held
    session = gate.session
    (jo,) = session.supervision.supervisors()
    assert session._knowledge.badge.open_pin(jo) == ""
    session.names.take_badge(jo.id, made["badge"])
    assert is_right_pin(PIN, session._knowledge.badge.open_pin(jo))
    await session.close()


async def test_one_act_changes_all_pins(ledger_office: LedgerOffice) -> None:
    """After a gate was stolen no PIN of before unlocks one that has heard of it."""
    office = ledger_office
    gate = await office.enrol()
    call, owner = office.office.ok, office.owner
    own = {"name": "Mo", "pin": "710284", "badge": "staff card 0017"}
    made = [
        await call("POST", supervisors(office), owner, json=body)
        for body in ({"name": "Jo", "pin": PIN}, own)
    ]
    await newest_config(office, gate)
    drawn = await call("POST", f"{supervisors(office)}/pins", owner)
    assert [one["supervisor"]["name"] for one in drawn] == ["Jo", "Mo"]
    config = await newest_config(office, gate)
    told = {one.id: one for one in config.supervisors}
    for badge, new in zip(made, drawn, strict=True):
        seed = badge_seed(badge["badge"], config.organization_id)
        encoded = open_pin(told[new["supervisor"]["id"]], seed)
        assert is_right_pin(new["pin"], encoded)
        assert not is_right_pin(PIN, encoded)
        assert not is_right_pin("710284", encoded)


@pytest.mark.either_database
async def test_copied_badge_is_withdrawn_by_the_feed(ledger_office: LedgerOffice) -> None:
    """It unlocks and signs nothing, whoever holds it; its holder gets another one."""
    office = ledger_office
    gate = await office.enrol()
    call, owner = office.office.ok, office.owner
    made = await call("POST", supervisors(office), owner, json={"name": "Jo", "pin": PIN})
    await newest_config(office, gate)
    path = f"{supervisors(office)}/{made['supervisor']['id']}/badge"
    assert (await office.office.call("DELETE", path, owner)).status_code == 204
    (gone,) = await call("GET", supervisors(office), owner)
    assert (gone["has_badge"], gone["signs"]) == (False, False)
    config = await newest_config(office, gate)
    (jo,) = config.supervisors
    assert hash_badge(made["badge"], config.organization_id) != jo.badge_hash
    assert (jo.pin_hash, jo.pin_box, jo.sign_key) == ("", b"", b"")
    again = await call("POST", path, owner)
    assert again["supervisor"]["has_badge"]
    config = await newest_config(office, gate)
    seed = badge_seed(again["badge"], config.organization_id)
    assert is_right_pin(PIN, open_pin(config.supervisors[0], seed))
