"""Who has a gate's folder and key, or a scanner's token, reaches its own zone and no further."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from shared.wire.exchange import KnownZoneShare
from tests.factories.ledger_office import GateDevice, LedgerOffice

pytestmark = pytest.mark.either_database

BARE = httpx.Auth()
"""Proves nothing."""


async def add_gate(office: LedgerOffice, **zone: Any) -> str:
    """Add a zone of its own with one gate; returns the gate."""
    terms = {"name": "Backstage", "occurrence_id": office.occurrence_id}
    desk, owner = office.office, office.owner
    zone_id = (await desk.ok("POST", f"{office.path}/zones", owner, json=terms | zone))["id"]
    body = {"name": "Stage door", "zone_id": zone_id}
    gate: str = (await desk.ok("POST", f"{office.path}/gates", owner, json=body))["id"]
    await desk.ok("POST", f"{office.path}/handover", owner)
    return gate


def limit(office: LedgerOffice, capacity: int) -> Any:
    """Limit the zone of the gates."""
    path = f"{office.path}/zones/{office.zone_id}"
    body = {
        "name": "Arena",
        "occurrence_id": office.occurrence_id,
        "reentry_after_exit": False,
        "capacity": capacity,
    }
    return office.office.ok("PUT", path, office.owner, json=body)


async def verdicts(office: LedgerOffice, device: GateDevice, codes: list[str], **more: Any) -> str:
    """Claim codes; one letter for each verdict, or a digit for a refusal."""
    found = ""
    for code in codes:
        answer = await office.claim(device, code, **more)
        found += answer.json()["verdict"][0] if answer.is_success else str(answer.status_code)[0]
    return found


async def test_claims_at_another_zone_spend_nothing(ledger_office: LedgerOffice) -> None:
    """A gate claims at its own zone's gates; to another zone the organizer assigns it."""
    stolen, other = await ledger_office.enrol(0), await add_gate(ledger_office)
    code = ledger_office.codes[0]
    answer = await ledger_office.claim(stolen, code, gate_id=other)
    assert answer.status_code == 404, answer.text
    assert await verdicts(ledger_office, stolen, [code], gate_id=ledger_office.gates[1]) == "a"
    place = f"{ledger_office.owner.path}/devices/{stolen.id}/assignment"
    body = {"role": "gate", "event_id": ledger_office.event_id, "gate_id": other}
    await ledger_office.office.ok("PUT", place, ledger_office.owner, json=body)
    assert await verdicts(ledger_office, stolen, [code], gate_id=other) == "a"


async def test_shares_that_were_never_granted_are_not_believed(
    ledger_office: LedgerOffice,
) -> None:
    """A device's word fills no zone, and lets nobody into a full one."""
    await limit(ledger_office, 4)
    stolen, honest = await ledger_office.enrol(0), await ledger_office.enrol(1)
    lie = (KnownZoneShare(ledger_office.zone_id, 1_000),)
    await ledger_office.exchanged(stolen, shares=lie)
    await ledger_office.exchanged(honest)
    await ledger_office.exchanged(stolen, shares=lie)
    codes = ledger_office.codes
    let_in = await verdicts(ledger_office, honest, codes[:4])
    let_in += await verdicts(ledger_office, stolen, codes[4:12], allotted=1)
    assert let_in.count("a") <= 4, let_in
    assert let_in.startswith("a"), "some of the places are the honest gate's"


async def test_a_scanner_s_token_claims_codes_at_its_own_zone_and_nothing_else(
    ledger_office: LedgerOffice,
) -> None:
    """It needs no proof; it names no ticket, fetches nothing and uploads nothing."""
    scanner = await ledger_office.enrol(0, role="scanner")
    client, codes = ledger_office.office.client, ledger_office.codes
    body = {
        "gate_id": scanner.gate_id,
        "direction": "in",
        "scanned_at": "2026-11-20T12:00:00Z",
    }
    headers = scanner.headers

    async def claim(**more: Any) -> int:
        said = await client.post("/sync/v1/claims", json=body | more, headers=headers, auth=BARE)
        return said.status_code

    assert await claim(code=codes[0], claim_id="s1") == 200
    assert await claim(code="", ticket_id=ledger_office.hex_of(1), claim_id="s2") == 422
    other = await add_gate(ledger_office)
    assert await claim(code=codes[2], claim_id="s3", gate_id=other) == 404
    for path in ("time?nonce=00", f"events/{ledger_office.event_id}/manifest"):
        answer = await client.get(f"/sync/v1/{path}", headers=headers, auth=BARE)
        assert answer.status_code == 401
        answer = await client.get(f"/sync/v1/{path}", headers=headers)
        assert answer.status_code == 403, "nor with its key"
    assert (await ledger_office.exchange(scanner)).status_code == 403
