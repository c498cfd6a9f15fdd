"""Devices: enrolled once by a code, listed, assigned, revoked."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.devices.device_of_request import KnownDevices
from server.http.body_sizes import STRANGER_BODY_SIZE_MAX
from shared.kernel.ed25519 import SigningKey
from shared.kernel.instant import MINUTE, SECOND
from shared.wire.enrol import authority_fingerprint, fingerprint, parse_enrolment_text
from shared.wire.proof import PROOF_HEADER
from tests.factories.enrolling import enrol_by_code
from tests.factories.ledger_office import LedgerOffice, open_ledger_office
from tests.factories.office import test_settings
from tests.factories.proving import proof_headers


async def issue(office: LedgerOffice, **body: Any) -> dict[str, Any]:
    """Issue a code."""
    path = f"{office.owner.path}/devices/codes"
    issued: dict[str, Any] = await office.office.ok("POST", path, office.owner, json=body)
    return issued


async def enrol(
    office: LedgerOffice, code: str, key: SigningKey | None = None, **changed: Any
) -> httpx.Response:
    """Enrol a key with a code."""
    key = key or SigningKey.generate(office.office.entropy)
    return await enrol_by_code(office.office.client, code, key, **changed)


@pytest.mark.either_database
async def test_an_owner_reads_which_device_was_paired(ledger_office: LedgerOffice) -> None:
    """Whoever overheard a code is seen there: the line belonged to no organization."""
    owner = ledger_office.owner
    issued = await issue(ledger_office, event_id=ledger_office.event_id)
    made = await enrol(ledger_office, issued["code"])
    answer = await ledger_office.office.ok("GET", f"{owner.path}/audit", owner)
    paired = [one for one in answer["items"] if one["route"] == "/sync/v1/enrol"]
    (line,) = paired
    assert f"device_id={made.json()['device_id']}" in str(line)
    assert ledger_office.event_id in str(line)


@pytest.mark.either_database
async def test_code_enrols_one_device_and_pins_the_root(ledger_office: LedgerOffice) -> None:
    """The line names the root that the answer gives; the code works once."""
    issued = await issue(ledger_office)
    line = parse_enrolment_text(issued["text"])
    first = await enrol(ledger_office, line.code)
    assert first.status_code == 201, first.text
    answer = first.json()
    assert fingerprint(bytes.fromhex(answer["root_public_key"])) == line.root_fingerprint
    assert answer["token"].startswith("gkd_")
    assert answer["organization_id"] == ledger_office.owner.organization_id
    again = await enrol(ledger_office, line.code)
    assert again.status_code == 403


@pytest.mark.either_database
async def test_devices_of_one_name_are_told_apart(ledger_office: LedgerOffice) -> None:
    """Three tablets that were set up alike are not one word on the board."""
    for _ in range(3):
        issued = await issue(ledger_office)
        assert (await enrol(ledger_office, issued["code"], name="tablet")).status_code == 201
    path = f"{ledger_office.owner.path}/devices"
    listed = await ledger_office.office.ok("GET", path, ledger_office.owner)
    names = {one["name"] for one in listed["items"] if one["name"].startswith("tablet")}
    assert names == {"tablet", "tablet 2", "tablet 3"}


async def test_devices_that_come_at_once_are_told_apart_too(ledger_office: LedgerOffice) -> None:
    """Six tablets, six codes, one instant."""
    codes = [(await issue(ledger_office))["code"] for _ in range(6)]
    answers = await asyncio.gather(*[enrol(ledger_office, one, name="tablet") for one in codes])
    assert {one.status_code for one in answers} == {201}
    path = f"{ledger_office.owner.path}/devices"
    listed = await ledger_office.office.ok("GET", path, ledger_office.owner)
    names = [one["name"] for one in listed["items"] if one["name"].startswith("tablet")]
    assert sorted(names) == ["tablet", *(f"tablet {number}" for number in range(2, 7))]


@pytest.mark.either_database
async def test_a_device_is_called_by_what_can_be_seen(ledger_office: LedgerOffice) -> None:
    """It says itself how it is called, and stands on a board beside others."""
    for name in ("  north\n\u202edoor \u200b", "\u200b\n", "\u3164\u2800"):
        issued = await issue(ledger_office)
        assert (await enrol(ledger_office, issued["code"], name=name)).status_code == 201
    path = f"{ledger_office.owner.path}/devices"
    listed = await ledger_office.office.ok("GET", path, ledger_office.owner)
    assert {"north door", "device", "device 2"} <= {one["name"] for one in listed["items"]}


@pytest.mark.either_database
async def test_code_is_read_as_people_type_it(ledger_office: LedgerOffice) -> None:
    """Lower case, no hyphens, O for 0: the same code."""
    issued = await issue(ledger_office)
    typed = issued["code"].replace("-", " ").lower().replace("0", "o")
    assert (await enrol(ledger_office, typed)).status_code == 201


@pytest.mark.either_database
async def test_code_ends_after_its_time(ledger_office: LedgerOffice) -> None:
    """Ten minutes later nobody enrols with it."""
    issued = await issue(ledger_office)
    ledger_office.office.clock.advance(10 * MINUTE)
    assert (await enrol(ledger_office, issued["code"])).status_code == 403


@pytest.mark.either_database
async def test_enrolment_needs_the_keys_own_proof(ledger_office: LedgerOffice) -> None:
    """Another key's signature is refused, and the code stays good."""
    issued = await issue(ledger_office)
    answer = await enrol(ledger_office, issued["code"], proof="00" * 64)
    assert answer.status_code == 403
    assert (await enrol(ledger_office, issued["code"])).status_code == 201


@pytest.mark.either_database
async def test_guessing_codes_is_throttled(ledger_office: LedgerOffice) -> None:
    """After twenty tries an address has to wait."""
    answers = [
        (await enrol(ledger_office, f"0000-0000-0000-{n:04d}")).status_code for n in range(22)
    ]
    assert answers[:19] == [403] * 19
    assert answers[-1] == 429


@pytest.mark.either_database
async def test_code_is_for_the_organizations_own_event(ledger_office: LedgerOffice) -> None:
    """A stranger's event or gate is a wrong field."""
    path = f"{ledger_office.owner.path}/devices/codes"
    for body in (
        {"event_id": "ev_nowhere"},
        {"gate_id": ledger_office.gates[0]},
        {"event_id": ledger_office.event_id, "gate_id": "gt_nowhere"},
    ):
        answer = await ledger_office.office.call("POST", path, ledger_office.owner, json=body)
        assert answer.status_code == 422


@pytest.mark.either_database
async def test_organizer_sees_and_moves_devices(ledger_office: LedgerOffice) -> None:
    """The list names gate, key and last contact; an assignment changes the gate."""
    gate = await ledger_office.enrol(0)
    path = f"{ledger_office.owner.path}/devices"
    (shown,) = (await ledger_office.office.ok("GET", path, ledger_office.owner))["items"]
    assert (shown["id"], shown["gate_id"]) == (gate.id, ledger_office.gates[0])
    assert shown["public_key"] == gate.key.public_key.hex()
    body = {
        "role": "gate",
        "event_id": ledger_office.event_id,
        "gate_id": ledger_office.gates[1],
    }
    moved = await ledger_office.office.ok(
        "PUT", f"{path}/{gate.id}/assignment", ledger_office.owner, json=body
    )
    assert (moved["role"], moved["gate_id"]) == ("gate", ledger_office.gates[1])


@pytest.mark.either_database
async def test_staff_may_look_and_not_revoke(ledger_office: LedgerOffice) -> None:
    """Revoking needs a manager; another organization sees no such device."""
    gate = await ledger_office.enrol()
    office = ledger_office.office
    staff = await office.person("staff", organization_id=ledger_office.owner.organization_id)
    path = f"{ledger_office.owner.path}/devices/{gate.id}"
    assert (await office.call("GET", path, staff)).status_code == 200
    assert (await office.call("POST", f"{path}/revoke", staff, json={})).status_code == 403
    stranger = await office.person("owner")
    elsewhere = f"{stranger.path}/devices/{gate.id}"
    assert (await office.call("GET", elsewhere, stranger)).status_code == 404


async def test_last_contact_is_noted_of_who_has_proven_to_be_the_device(
    ledger_office: LedgerOffice,
) -> None:
    """A claim counts as a sign of life; a token alone, which others may have heard, does not."""
    office = ledger_office.office
    gate = await ledger_office.enrol()
    known_devices: KnownDevices = office.framework.state["known_devices"]
    path = f"{ledger_office.owner.path}/devices/{gate.id}"

    async def last_seen() -> str | None:
        office.clock.advance(SECOND)
        await known_devices.note_contacts()
        found: str | None = (await office.ok("GET", path, ledger_office.owner))["last_seen_at"]
        return found

    false = gate.headers | {PROOF_HEADER: f"1 1 {'00' * 16} {'00' * 16}"}
    for asked, headers, status in (
        ("time?nonce=00", gate.headers, 401),
        ("time?nonce=00", false, 401),
        ("channel", gate.headers, 200),
    ):
        heard = await office.client.get(f"/sync/v1/{asked}", headers=headers, auth=None)
        assert heard.status_code == status
    assert await last_seen() is None
    await ledger_office.claimed(gate, ledger_office.codes[0])
    assert await last_seen() is not None


async def test_little_is_read_of_whoever_has_a_token_and_not_its_key(
    ledger_office: LedgerOffice,
) -> None:
    """Megabytes that prove nothing kept claims waiting; the device itself goes on meanwhile."""
    office = ledger_office.office
    gate = await ledger_office.enrol()
    large = bytes(STRANGER_BODY_SIZE_MAX + 1)

    async def sent(body: bytes, proven: bytes, address: str) -> int:
        headers = proof_headers(gate.token, "POST", "/sync/v1/exchange", proven)
        headers["content-type"] = "application/msgpack"
        transport = httpx.ASGITransport(app=office.app, client=(address, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            answer = await client.post("/sync/v1/exchange", content=body, headers=headers)
        return answer.status_code

    assert await sent(large, b"", "192.0.2.1") == 401
    assert await sent(large, b"", "192.0.2.1") == 413
    assert await sent(large, large, "198.51.100.1") == 400, "the gate, at its own address"
    assert await sent(b"{}", b"{}", "192.0.2.1") == 400, "a claim, and what else is small"
    office.clock.advance(2 * MINUTE)
    assert await sent(large, large, "192.0.2.1") == 400


def make_authority() -> str:
    """Make a venue's own certificate authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Venue")])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


async def test_code_names_the_venues_own_authority(tmp_path: Path, migrated_sqlite: Path) -> None:
    """The line carries the fingerprint of what the server then shows, and the answer pins it."""
    file = tmp_path / "gatekeeper.db"
    shutil.copyfile(migrated_sqlite, file)
    pem = make_authority()
    settings = test_settings(f"sqlite:///{file}", tmp_path, authority_pem=pem)
    async with open_ledger_office(settings, tickets=1) as office:
        issued = await issue(office)
        line = parse_enrolment_text(issued["text"])
        shown = await office.office.client.get("/sync/v1/authority")
        assert shown.text == pem
        assert line.authority_fingerprint == authority_fingerprint(shown.text)
        answer = (await enrol(office, issued["code"])).json()
        assert answer["authority_pem"] == pem


@pytest.mark.either_database
async def test_server_on_public_certificates_names_no_authority(
    ledger_office: LedgerOffice,
) -> None:
    """Without one of its own there is nothing to pin."""
    line = parse_enrolment_text((await issue(ledger_office))["text"])
    assert line.authority_fingerprint is None
    shown = await ledger_office.office.client.get("/sync/v1/authority")
    assert shown.status_code == 404
