"""Another organization: its owner, its keys, its enrolled devices, on the same server.

It has its own share of the machine. Of ours it learns no row, no name and not even that there is
such an id; nothing of ours changes, and no ledger of ours closes.

Proven elsewhere: every operation of the API with every foreign id, in the path, under one's own
organization and in bodies, on both databases (`test_isolation.py`), rows that a statement
forgets to scope (`test_tenancy.py`), a page of ours that another's device brings
(`test_epochs.py`).
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shared.credential.manual_code import format_manual_code
from shared.journal.entry import Body, EvacuationBody, ReleaseBody, ReturnBody, ScanBody, UndoBody
from shared.journal.sale_body import SaleBody, SoldTicket
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, DeviceId, EvacuationId, EventId
from shared.kernel.instant import MINUTE, format_instant
from shared.lan.messages import RELAY_CONTEXT
from shared.wire.claim import ClaimRequest
from shared.wire.relayed_by_gates import RELAY_VERSION, RelayedClaim, RelayedEntries
from shared.wire.till_key import TILL_KEY_CONTEXT
from tests.adversaries.scene import on_ticket, opened_push, try_to_enrol
from tests.factories.ledger_office import MSGPACK, GateDevice, LedgerOffice, open_doors
from tests.factories.proving import proof_headers
from tests.factories.rows_at_rest import rows_of
from tests.integration.server_sync.devices.test_assignments import chunks_of, roads


class Neighbours:
    """Two organizations of one server: ours with its gate, theirs with a device that serves it."""

    def __init__(
        self, ours: LedgerOffice, theirs: LedgerOffice, gate: GateDevice, hostile: GateDevice
    ) -> None:
        self.ours, self.theirs = ours, theirs
        self.gate, self.hostile = gate, hostile

    async def before(self) -> dict[str, list[str]]:
        """Return all rows of ours."""
        return await rows_of(self.ours.office, self.ours.owner.organization_id)

    async def told(self, path: str) -> tuple[int, str]:
        """Let their device fetch something; returns status and text."""
        client = self.ours.office.client
        answer = await client.get(f"/sync/v1/{path}", headers=self.hostile.headers)
        return answer.status_code, answer.text


@pytest.fixture
async def neighbours(ledger_office: LedgerOffice) -> Neighbours:
    """Give both, their device with a journal that has begun."""
    theirs = await open_doors(ledger_office.office, 4)
    gate, hostile = await ledger_office.enrol(0), await theirs.enrol(0)
    assert (await ledger_office.claimed(gate, ledger_office.codes[0]))["reason"] == "ok"
    await theirs.exchanged(hostile, hostile.journal.entries)
    return Neighbours(ledger_office, theirs, gate, hostile)


async def test_its_devices_fetch_nothing_and_cannot_tell_what_there_is(
    neighbours: Neighbours,
) -> None:
    """Manifest, chunks, roster, feed, push and page: word for word as for what nobody has."""
    ours, hostile = neighbours.ours, neighbours.hostile
    nobodys = EventId("ev_000000000000")
    for real, invented in zip(roads(ours.event_id), roads(nobodys), strict=True):
        status, text = await neighbours.told(real)
        other_status, other_text = await neighbours.told(invented)
        assert status == other_status == 404
        assert text.partition('"request_id"')[0] == other_text.partition('"request_id"')[0]
    for name in await chunks_of(ours, neighbours.gate, ours.event_id):
        assert (await neighbours.told(f"chunks/{name}"))[0] == 404
    for event_id in (ours.event_id, nobodys):
        answer = await neighbours.theirs.exchanged(hostile, event_id=event_id)
        assert (answer.page, answer.conflicts, answer.roster) == (None, 0, (0, 0))
        target = f"/sync/v1/push?event_id={event_id}"
        headers = proof_headers(hostile.token, "GET", target)
        assert not await opened_push(ours.office, target, headers)
    target = "/sync/v1/push"
    headers = proof_headers(hostile.token, "GET", target)
    assert await opened_push(ours.office, target, headers), "its own it hears"


async def test_its_devices_claims_spend_nothing_of_ours(neighbours: Neighbours) -> None:
    """At our gates, or at theirs with our codes, manual codes, ids and claim ids."""
    ours, theirs, hostile = neighbours.ours, neighbours.theirs, neighbours.hostile
    manual = (await on_ticket(ours, 1, "credential"))["manual_code"]
    before = await neighbours.before()
    for gate_id in (*ours.gates, "gt_000000000000"):
        answer = await theirs.claim(hostile, ours.codes[1], gate_id=gate_id)
        assert answer.status_code == 404
    for code in (ours.codes[0], ours.codes[1], manual):
        said = await theirs.claimed(hostile, code)
        assert (said["verdict"], said.get("used")) == ("deny", None)
    found = await theirs.claimed(hostile, "", ticket_id=ours.hex_of(1))
    assert found["verdict"] != "admit"
    taken = await theirs.claim(hostile, theirs.codes[0], ClaimId("claim-1"))
    assert taken.json()["reason"] == "ok", "our claim ids are none of theirs"
    assert await neighbours.before() == before
    assert (await ours.claimed(neighbours.gate, ours.codes[1]))["reason"] == "ok"


def lies(office: LedgerOffice, gate: GateDevice) -> list[Body]:
    """Make entries that speak of another organization's things."""
    ticket = office.tickets[1]
    scan = ScanBody(
        claim_id=ClaimId("claim-1"),
        gate_id=gate.gate_id,
        zone_id=office.zone_id,
        occurrence_id=office.occurrence_id,
        direction="in",
        count=1,
        ticket_id=ticket,
        generation=1,
        key_id=office.key_id,
        code_hash=bytes(16),
        verdict="admit",
        reason="ok",
        mode="offline",
        policy="open",
        remaining=0,
    )
    sold = SoldTicket(
        ticket_id=ticket,
        ticket_type_code=1,
        generation=9,
        key_id=office.key_id,
        manual_code=99,
        valid_from=None,
        valid_until=None,
        price_minor=2500,
    )
    return [
        scan,
        msgspec.structs.replace(scan, claim_id="claim-77"),
        EvacuationBody(
            evacuation_id=EvacuationId("ab" * 16),
            zone_id=office.zone_id,
            phase="stop",
            gate_id=gate.gate_id,
            begun_at=office.now,
        ),
        SaleBody(
            sale_id="ab" * 16,
            receipt_number=1,
            currency="EUR",
            total_minor=2500,
            tender="cash",
            tickets=(sold,),
        ),
        UndoBody(ClaimId("claim-1"), office.tickets[0], "", "x"),
        ReleaseBody(ClaimId("claim-1"), office.tickets[0], "x"),
        ReturnBody(office.zone_id, 5),
    ]


async def test_its_devices_journals_change_nothing_of_ours(neighbours: Neighbours) -> None:
    """Entries of our event, or of theirs with our tickets, uploaded or relayed, in any name."""
    ours, theirs, hostile = neighbours.ours, neighbours.theirs, neighbours.hostile
    before = await neighbours.before()
    for event_id in (ours.event_id, theirs.event_id):
        for body in lies(ours, neighbours.gate):
            hostile.journal.add(body, event_id, ours.now)
    answer = await theirs.exchanged(hostile, hostile.journal.entries)
    assert {one.status for one in answer.answers} <= {"stored", "known"}
    client = ours.office.client
    for event_id in (ours.event_id, theirs.event_id):
        entries = tuple(neighbours.gate.journal.entries)
        carried = RelayedEntries(RELAY_VERSION, event_id, entries)
        told = await client.post(
            "/sync/v1/relayed/entries",
            content=msgspec.msgpack.encode(carried),
            headers=hostile.headers | {"content-type": MSGPACK},
        )
        assert neighbours.gate.id.encode() not in told.content
    assert await neighbours.before() == before
    assert (await ours.claimed(neighbours.gate, ours.codes[0]))["reason"] == "already_used"
    assert (await ours.claimed(neighbours.gate, ours.codes[1]))["reason"] == "ok"


async def test_its_devices_carry_no_claim_of_ours(neighbours: Neighbours) -> None:
    """Not even one that our gate has signed; it is refused as one of nobody's is."""
    ours, hostile = neighbours.ours, neighbours.hostile
    gate = neighbours.gate
    request = msgspec.json.encode(
        ClaimRequest(
            code=ours.codes[1],
            gate_id=gate.gate_id,
            direction="in",
            claim_id=ClaimId("relayed-1"),
            scanned_at=format_instant(ours.now),
        )
    )
    before = await neighbours.before()
    statuses = []
    for device_id in (gate.id, "dv_000000000000"):
        claim = RelayedClaim(
            RELAY_VERSION, DeviceId(device_id), request, gate.key.sign(RELAY_CONTEXT, request)
        )
        told = await ours.office.client.post(
            "/sync/v1/relayed/claims",
            content=msgspec.msgpack.encode(claim),
            headers=hostile.headers | {"content-type": MSGPACK},
        )
        statuses.append((told.status_code, told.json()["detail"]))
    assert statuses[0] == statuses[1]
    assert statuses[0][0] == 403
    assert await neighbours.before() == before


async def test_its_tills_and_codes_make_no_key_and_no_device_of_ours(
    neighbours: Neighbours,
) -> None:
    """A till key of our event, our device's id with a code of theirs, our key with a code."""
    ours, theirs, gate = neighbours.ours, neighbours.theirs, neighbours.gate
    key = SigningKey.generate(ours.office.entropy)
    wanted = {
        "event_id": ours.event_id,
        "public_key": key.public_key.hex(),
        "proof": key.sign(TILL_KEY_CONTEXT, ours.event_id.encode() + key.public_key).hex(),
    }
    before = await neighbours.before()
    client = ours.office.client
    headers = neighbours.hostile.headers
    refused = await client.post("/sync/v1/till-key", json=wanted, headers=headers)
    assert refused.status_code in {403, 404}
    path = f"{theirs.owner.path}/devices/codes"

    async def code() -> str:
        made: dict[str, Any] = await ours.office.ok("POST", path, theirs.owner, json={})
        return str(made["code"])

    said = await try_to_enrol(ours.office, await code(), gate.key)
    assert said.status_code == 409
    assert ours.owner.organization_id not in said.text
    for body in (
        {"event_id": ours.event_id},
        {"event_id": ours.event_id, "gate_id": gate.gate_id},
    ):
        answer = await ours.office.call("POST", path, theirs.owner, json=body)
        assert answer.status_code == 422
    assert await neighbours.before() == before
    assert (await ours.claimed(gate, ours.codes[1]))["reason"] == "ok", "its token is what it was"


async def test_codes_of_one_organization_admit_at_no_gate_of_the_other(
    neighbours: Neighbours,
) -> None:
    """Neither as digits nor by their manual codes' numbers."""
    ours, theirs = neighbours.ours, neighbours.theirs
    ours.office.clock.advance(MINUTE)
    for code in (*theirs.codes, format_manual_code(1), format_manual_code(2)):
        assert (await ours.claimed(neighbours.gate, code))["verdict"] != "admit"
