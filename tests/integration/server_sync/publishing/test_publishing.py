"""Manifests: built from the tables, signed, fetched by devices, verified as a device does."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shared.credential.keyring import Keyring, TicketKey
from shared.credential.verifying import verify_digits
from shared.kernel.ed25519 import sha256
from shared.kernel.instant import Duration
from shared.manifest.chunk_columns import CLASS_SIZE, ID_SIZE, MANUAL_SIZE, decode_columns
from shared.manifest.header import ManifestHeader
from shared.manifest.signed_document import DocumentKind, decode_document, open_document
from shared.manifest.tickets import TicketRow
from shared.wire.feed import Use
from shared.wire.server_time import TimeStatement
from tests.factories.ledger_office import GateDevice, LedgerOffice

pytestmark = pytest.mark.either_database


async def fetch(office: LedgerOffice, gate: GateDevice) -> ManifestHeader:
    """Fetch and verify the manifest's header."""
    answer = await office.office.client.get(
        f"/sync/v1/events/{office.event_id}/manifest", headers=gate.headers
    )
    assert answer.status_code == 200, answer.text
    return open_document(
        decode_document(answer.content),
        DocumentKind.MANIFEST,
        ManifestHeader,
        root_public_key=office.root,
        organization_id=office.owner.organization_id,
    )


async def fetch_tickets(
    office: LedgerOffice, gate: GateDevice, header: ManifestHeader
) -> dict[int, int]:
    """Fetch every chunk, check its hash, and return the class number of each ticket."""
    found: dict[int, int] = {}
    for ref in header.chunks:
        answer = await office.office.client.get(
            f"/sync/v1/chunks/{ref.sha256.hex()}", headers=gate.headers
        )
        assert "immutable" in answer.headers["cache-control"]
        assert sha256(answer.content) == ref.sha256
        ids, classes = decode_columns(answer.content, ID_SIZE, CLASS_SIZE)
        for row in range(ref.count):
            ticket_id = int.from_bytes(ids[row * ID_SIZE :][:ID_SIZE], "big")
            found[ticket_id] = int.from_bytes(classes[row * CLASS_SIZE :][:CLASS_SIZE], "big")
    return found


async def test_manifest_holds_every_ticket_with_its_facts(ledger_office: LedgerOffice) -> None:
    """Ids, classes, keyring and configuration are those of the tables."""
    gate = await ledger_office.enrol()
    header = await fetch(ledger_office, gate)
    tickets = await fetch_tickets(ledger_office, gate, header)
    assert sorted(tickets) == sorted(ledger_office.tickets)
    assert header.ticket_count == len(tickets)
    facts = header.classes[tickets[ledger_office.tickets[0]]]
    assert (facts.ticket_type_code, facts.state, facts.generation) == (1, "paid", 1)
    assert [gate.name for gate in header.config.gates] == ["North", "South"]
    keyring = Keyring(header.keyring)
    claims, signer = verify_digits(ledger_office.codes[0], keyring)
    assert isinstance(signer, TicketKey)
    assert claims is not None
    assert claims.ticket_id == ledger_office.tickets[0]


async def test_manual_codes_are_a_part_of_their_own(ledger_office: LedgerOffice) -> None:
    """The table of manual codes leads to the tickets that have them."""
    gate = await ledger_office.enrol()
    header = await fetch(ledger_office, gate)
    owners = set()
    for ref in header.manual_chunks:
        answer = await ledger_office.office.client.get(
            f"/sync/v1/chunks/{ref.sha256.hex()}", headers=gate.headers
        )
        _, ids = decode_columns(answer.content, MANUAL_SIZE, ID_SIZE)
        owners |= {int.from_bytes(ids[at : at + 8], "big") for at in range(0, len(ids), 8)}
    assert owners == set(ledger_office.tickets)


async def test_next_manifest_is_newer_and_keeps_class_numbers(
    ledger_office: LedgerOffice,
) -> None:
    """A later publication has a higher sequence; classes are only ever added."""
    gate = await ledger_office.enrol()
    first = await fetch(ledger_office, gate)
    path = f"{ledger_office.path}/tickets/{ledger_office.hex_of(0)}/block"
    await ledger_office.office.ok("PUT", path, ledger_office.owner, json={"blocked": True})
    await ledger_office.office.ok("POST", f"{ledger_office.path}/handover", ledger_office.owner)
    second = await fetch(ledger_office, gate)
    assert second.sequence == first.sequence + 1
    assert second.classes[: len(first.classes)] == first.classes
    tickets = await fetch_tickets(ledger_office, gate, second)
    assert second.classes[tickets[ledger_office.tickets[0]]].blocked
    assert not second.classes[tickets[ledger_office.tickets[1]]].blocked


async def test_device_that_begins_late_reads_every_use(ledger_office: LedgerOffice) -> None:
    """From a manifest's cursor the feed still holds all uses and no outdated ticket."""
    gate = await ledger_office.enrol()
    await ledger_office.claimed(gate, ledger_office.codes[0])
    path = f"{ledger_office.path}/tickets/{ledger_office.hex_of(1)}/block"
    for blocked in (True, False, True):
        await ledger_office.office.ok("PUT", path, ledger_office.owner, json={"blocked": blocked})
    await ledger_office.office.ok("POST", f"{ledger_office.path}/handover", ledger_office.owner)
    header = await fetch(ledger_office, gate)
    feed = await ledger_office.read_feed(gate, header.cursor)
    assert [item.ticket_id for item in feed if isinstance(item, Use)] == [ledger_office.tickets[0]]
    rows = [item for item in feed if isinstance(item, TicketRow)]
    assert [row.facts.blocked for row in rows] == [True]


async def test_unchanged_manifest_is_answered_without_a_body(
    ledger_office: LedgerOffice,
) -> None:
    """A device that has the newest one learns so from its tag."""
    gate = await ledger_office.enrol()
    path = f"/sync/v1/events/{ledger_office.event_id}/manifest"
    client = ledger_office.office.client
    first = await client.get(path, headers=gate.headers)
    tag = {"if-none-match": first.headers["etag"]}
    again = await client.get(path, headers=gate.headers | tag)
    assert (again.status_code, again.content) == (304, b"")


async def test_parts_belong_to_devices_of_the_organization(ledger_office: LedgerOffice) -> None:
    """Strangers, nobody, and names of no chunk find nothing."""
    gate = await ledger_office.enrol()
    header = await fetch(ledger_office, gate)
    chunk = f"/sync/v1/chunks/{header.chunks[0].sha256.hex()}"
    client = ledger_office.office.client
    assert (await client.get(chunk)).status_code == 401
    for name in ("zz", "00" * 32, "ü" * 64):
        answer = await client.get(f"/sync/v1/chunks/{name}", headers=gate.headers)
        assert answer.status_code == 404
    nowhere = await client.get("/sync/v1/events/ev_nowhere/manifest", headers=gate.headers)
    assert nowhere.status_code == 404
    revoke = f"{ledger_office.owner.path}/devices/{gate.id}/revoke"
    await ledger_office.office.ok("POST", revoke, ledger_office.owner, json={})
    ledger_office.office.clock.advance(Duration(3_000_000))
    assert (await client.get(chunk, headers=gate.headers)).status_code == 403


async def test_keyring_is_listed_for_inspection(ledger_office: LedgerOffice) -> None:
    """The list has the form that `gatekeeper inspect --keyring` takes."""
    path = f"{ledger_office.owner.path}/keyring"
    keys: list[dict[str, Any]] = await ledger_office.office.ok("GET", path, ledger_office.owner)
    (key,) = keys
    assert key["format"] == "GK1"
    assert int(key["kid"], 16) == ledger_office.key_id
    assert len(bytes.fromhex(key["public_key"])) == 32


async def test_documented_form_of_packed_answers_is_the_form_that_comes(
    ledger_office: LedgerOffice,
) -> None:
    """Whoever makes a client of the document decodes MessagePack as MessagePack."""
    gate = await ledger_office.enrol(0)
    client = ledger_office.office.client
    document = (await client.get("/docs/openapi.json")).json()
    answers = {
        "get /sync/v1/time": await client.get(
            "/sync/v1/time", params={"nonce": "c0ffee"}, headers=gate.headers
        ),
        "post /sync/v1/exchange": await ledger_office.exchange(gate),
    }
    for route, answer in answers.items():
        assert answer.status_code == 200, answer.text
        method, path = route.split()
        said = document["paths"][path][method]["responses"]["200"]["content"]
        assert list(said) == [answer.headers["content-type"].partition(";")[0]], route


async def test_time_is_stated_for_a_nonce_and_signed(ledger_office: LedgerOffice) -> None:
    """A device can tell that the statement answers its own question."""
    gate = await ledger_office.enrol()
    answer = await ledger_office.office.client.get(
        "/sync/v1/time", params={"nonce": "c0ffee"}, headers=gate.headers
    )
    stated = open_document(
        decode_document(answer.content),
        DocumentKind.TIME,
        TimeStatement,
        root_public_key=ledger_office.root,
        organization_id=ledger_office.owner.organization_id,
    )
    assert (stated.nonce, stated.server_time) == (b"\xc0\xff\xee", ledger_office.now)
    assert msgspec.msgpack.decode(answer.content) is not None
