"""What a gate with an uplink brings of others: counted by their signatures, whoever brings it."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import msgspec
import pytest

from server.devices.device_of_request import DEVICE_REMEMBERED
from server.devices.rosters import ROSTER_LOOK_EVERY
from shared.journal.chain import SignedEntry, decode_entry, seal_entry
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import ClaimId, DeviceId, EventId
from shared.kernel.instant import Duration, format_instant
from shared.lan.messages import RELAY_CONTEXT, Mark
from shared.lan.roster import Roster, open_roster
from shared.manifest.signed_document import DocumentKind, SignedDocument, open_document
from shared.wire.claim import ClaimAnswer, ClaimRequest
from shared.wire.relayed_by_gates import (
    RELAY_VERSION,
    RelayedClaim,
    RelayedEntries,
    RelayedMarks,
    RelayedWord,
)
from tests.factories.ledger_office import MSGPACK, GateDevice, LedgerOffice


def make_claim(
    office: LedgerOffice, gate: GateDevice, claim_id: ClaimId, ticket: int = 0
) -> bytes:
    """Write a claim's JSON as a gate does."""
    return msgspec.json.encode(
        ClaimRequest(
            code=office.codes[ticket],
            gate_id=gate.gate_id,
            direction="in",
            claim_id=claim_id,
            scanned_at=format_instant(office.now),
        )
    )


async def relay(
    office: LedgerOffice, carrier: GateDevice, path: str, body: msgspec.Struct
) -> httpx.Response:
    """Send what one gate brings."""
    return await office.office.client.post(
        f"/sync/v1/relayed/{path}",
        content=msgspec.msgpack.encode(body),
        headers=carrier.headers | {"content-type": MSGPACK},
    )


async def relay_claim(
    office: LedgerOffice,
    carrier: GateDevice,
    origin: GateDevice,
    request: bytes,
    signature: bytes | None = None,
) -> httpx.Response:
    """Bring a claim that its own gate has signed."""
    signed = origin.key.sign(RELAY_CONTEXT, request) if signature is None else signature
    claim = RelayedClaim(RELAY_VERSION, DeviceId(origin.id), request, signed)
    return await relay(office, carrier, "claims", claim)


def open_word(office: LedgerOffice, answer: httpx.Response) -> tuple[RelayedWord, ClaimAnswer]:
    """Verify the ledger's word from the root key down."""
    assert answer.status_code == 200, answer.text
    word = open_document(
        msgspec.msgpack.decode(answer.content, type=SignedDocument),
        DocumentKind.RELAYED,
        RelayedWord,
        root_public_key=office.root,
        organization_id=office.owner.organization_id,
    )
    return word, msgspec.json.decode(word.answer, type=ClaimAnswer)


async def relay_entries(
    office: LedgerOffice, carrier: GateDevice, entries: Sequence[SignedEntry]
) -> RelayedMarks:
    """Bring entries, and return what the ledger says that it holds."""
    body = RelayedEntries(RELAY_VERSION, office.event_id, tuple(entries))
    answer = await relay(office, carrier, "entries", body)
    assert answer.status_code == 200, answer.text
    return msgspec.msgpack.decode(answer.content, type=RelayedMarks)


@pytest.mark.either_database
async def test_relayed_claim_is_its_own_devices_and_answered_with_a_signature(
    ledger_office: LedgerOffice,
) -> None:
    """Brought again, by anybody, it gets the same answer; its journal entry then confirms it."""
    carrier, origin = await ledger_office.enrol(0), await ledger_office.enrol(1)
    request = make_claim(ledger_office, origin, ClaimId("cut-off"))
    word, answer = open_word(
        ledger_office, await relay_claim(ledger_office, carrier, origin, request)
    )
    assert (word.device_id, word.request_hash) == (origin.id, sha256(request))
    assert (answer.verdict, answer.claim_id) == ("admit", "cut-off")
    again, _ = open_word(ledger_office, await relay_claim(ledger_office, origin, origin, request))
    assert again.answer == word.answer
    denied = await ledger_office.claimed(carrier, ledger_office.codes[0])
    assert denied["reason"] == "already_used"
    ledger_office.scan(origin, 0, claim_id="cut-off", mode="lan")
    await relay_entries(ledger_office, carrier, origin.journal.entries)
    assert await ledger_office.conflicts() == []


@pytest.mark.either_database
async def test_relayed_claim_opens_nothing_when_it_is_forged_or_given_up(
    ledger_office: LedgerOffice,
) -> None:
    """Neither without the device's signature, nor as a recording of a claim that was released."""
    carrier, origin = await ledger_office.enrol(0), await ledger_office.enrol(1)
    request = make_claim(ledger_office, origin, ClaimId("forged"))
    forged = carrier.key.sign(RELAY_CONTEXT, request)
    refused = await relay_claim(ledger_office, carrier, origin, request, forged)
    assert refused.status_code == 403
    other = make_claim(ledger_office, origin, ClaimId("forged"), 1)
    altered = origin.key.sign(RELAY_CONTEXT, request)
    refused = await relay_claim(ledger_office, carrier, origin, other, altered)
    assert refused.status_code == 403
    ledger_office.release(origin, ClaimId("forged"), 0)
    await relay_entries(ledger_office, carrier, origin.journal.entries)
    recorded = await relay_claim(ledger_office, carrier, origin, request)
    if recorded.status_code == 200:
        assert open_word(ledger_office, recorded)[1].verdict != "admit"
    assert (await ledger_office.claimed(carrier, ledger_office.codes[0]))["verdict"] == "admit"


@pytest.mark.either_database
async def test_relayed_entries_are_stored_once_under_their_own_device(
    ledger_office: LedgerOffice,
) -> None:
    """The marks tell the carrier what is held; the device's own upload finds them known."""
    carrier, origin = await ledger_office.enrol(0), await ledger_office.enrol(1)
    for ticket in range(3):
        ledger_office.scan(origin, ticket)
    assert (await relay_entries(ledger_office, carrier, ())).marks == ()
    told = await relay_entries(ledger_office, carrier, origin.journal.entries[::-1])
    assert told.marks == (Mark(DeviceId(origin.id), origin.journal.boot, 4),)
    answer = await ledger_office.exchanged(origin, origin.journal.entries)
    assert {one.status for one in answer.answers} == {"known"}


@pytest.mark.either_database
async def test_relayed_entries_harm_nobody_when_they_are_forged(
    ledger_office: LedgerOffice,
) -> None:
    """What the device did not sign is not stored, not even as its refusal; the rest is taken."""
    carrier, origin = await ledger_office.enrol(0), await ledger_office.enrol(1)
    ledger_office.scan(origin, 0)
    whole = list(origin.journal.entries)
    forged = SignedEntry(whole[1].entry, whole[0].signature)
    told = await relay_entries(ledger_office, carrier, [whole[0], forged, SignedEntry(b"?", b"")])
    assert told.marks == (Mark(DeviceId(origin.id), origin.journal.boot, 1),)
    told = await relay_entries(ledger_office, carrier, whole)
    assert told.marks == (Mark(DeviceId(origin.id), origin.journal.boot, 2),)
    assert await ledger_office.conflicts() == []


@pytest.mark.either_database
async def test_relayed_bytes_that_are_nobodys_entry_are_kept_under_their_bringer(
    ledger_office: LedgerOffice,
) -> None:
    """What cannot be read, and what names no device, is evidence like what was altered."""
    carrier, origin = await ledger_office.enrol(0), await ledger_office.enrol(1)
    whole = origin.journal.entries[0]
    strange = msgspec.structs.replace(decode_entry(whole.entry), device_id="dv_nobody")
    brought = [SignedEntry(b"?", b""), seal_entry(strange, carrier.key)]
    await relay_entries(ledger_office, carrier, brought)
    path = f"/api/v1/organizations/{ledger_office.owner.organization_id}/devices/{carrier.id}"
    found = await ledger_office.office.ok("GET", f"{path}/refusals", ledger_office.owner)
    assert len(found) == 2


@pytest.mark.either_database
async def test_relaying_is_refused_to_a_revoked_device(ledger_office: LedgerOffice) -> None:
    """A stolen gate carries nothing any more."""
    carrier, origin = await ledger_office.enrol(0), await ledger_office.enrol(1)
    path = f"{ledger_office.owner.path}/devices/{carrier.id}"
    await ledger_office.office.ok(
        "POST", f"{path}/revoke", ledger_office.owner, json={"reason": "stolen"}
    )
    ledger_office.office.clock.advance(Duration(10_000_000))
    request = make_claim(ledger_office, origin, ClaimId("any"))
    assert (await relay_claim(ledger_office, carrier, origin, request)).status_code == 403


@pytest.mark.either_database
async def test_page_of_the_feed_is_given_for_another_device_as_an_exchange_gives_it(
    ledger_office: LedgerOffice,
) -> None:
    """Signed, and the same items; a revoked carrier, or another's event, gets none."""
    gate = await ledger_office.enrol(0)
    await ledger_office.claimed(gate, ledger_office.codes[0])
    told = ledger_office.open_page((await ledger_office.exchanged(gate)).page)

    async def fetch(event_id: EventId, after: int) -> httpx.Response:
        query = f"feed?epoch={told.epoch}&after={after}"
        return await ledger_office.office.client.get(
            f"/sync/v1/events/{event_id}/{query}", headers=gate.headers
        )

    for after in (0, told.head - 1, told.head):
        answer = await fetch(ledger_office.event_id, after)
        assert answer.status_code == 200, answer.text
        page = ledger_office.open_page(msgspec.msgpack.decode(answer.content, type=SignedDocument))
        assert (page.after, page.items, page.head) == (after, told.items[after:], told.head)
    assert (await fetch(EventId("ev_nobodys"), 0)).status_code == 404
    assert (await fetch(ledger_office.event_id, 1 << 63)).status_code == 422
    path = f"{ledger_office.owner.path}/devices/{gate.id}/revoke"
    await ledger_office.office.ok("POST", path, ledger_office.owner, json={"reason": "stolen"})
    ledger_office.office.clock.advance(DEVICE_REMEMBERED)
    assert (await fetch(ledger_office.event_id, 0)).status_code == 403


@pytest.mark.either_database
async def test_exchange_tells_of_a_newer_roster_and_looks_for_one_now_and_then(
    ledger_office: LedgerOffice,
) -> None:
    """Devices need not ask; a change is told within two seconds, and none without an event."""
    gate = await ledger_office.enrol(0)
    first = (await ledger_office.exchanged(gate)).roster
    assert first > (0, 0)
    await ledger_office.enrol(1)
    assert (await ledger_office.exchanged(gate)).roster == first
    ledger_office.office.clock.advance(ROSTER_LOOK_EVERY)
    assert (await ledger_office.exchanged(gate)).roster > first
    assert (await ledger_office.exchanged(gate, event_id="")).roster == (0, 0)


async def test_roster_names_the_events_gates_and_rises_when_one_moves(
    ledger_office: LedgerOffice,
) -> None:
    """Signed; empty for who has the newest; a device's address is kept as it says."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    path = f"/sync/v1/events/{ledger_office.event_id}/roster"

    async def fetch(query: str = "") -> Roster | None:
        answer = await ledger_office.office.client.get(path + query, headers=north.headers)
        assert answer.status_code == 200, answer.text
        if not answer.content:
            return None
        return open_roster(
            msgspec.msgpack.decode(answer.content, type=SignedDocument),
            root_public_key=ledger_office.root,
            organization_id=ledger_office.owner.organization_id,
            event_id=ledger_office.event_id,
        )

    first = await fetch()
    assert first is not None
    assert {one.device_id for one in first.devices} == {north.id, south.id}
    assert {one.zone_id for one in first.devices} == {ledger_office.zone_id}
    assert await fetch(f"?epoch={first.epoch}&sequence={first.sequence}") is None
    moved = await fetch("?lan_address=192.0.2.7:4810")
    assert moved is not None
    assert moved.version > first.version
    assert {one.addresses for one in moved.devices} == {(), ("192.0.2.7:4810",)}
    unnamed = await fetch("?lan_address=:4811")
    assert unnamed is not None
    assert ("127.0.0.1:4811",) in {one.addresses for one in unnamed.devices}
    wrong = await ledger_office.office.client.get(
        f"{path}?lan_address=gate.example:1", headers=north.headers
    )
    assert wrong.status_code == 422
