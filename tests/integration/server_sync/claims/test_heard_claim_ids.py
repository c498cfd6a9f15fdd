"""A claim's id goes over the venue's network: a hostile device that hears it can use it nowhere.

Whatever it uploads or claims under it first, the owner's claim is decided as if it had not, and
its journal comes in. A name that the ledger would give to a passage is nobody's to take either.
"""

from __future__ import annotations

import pytest

from shared.journal.claim_ids import derive_claim_id, draw_claim_id
from shared.journal.entry import Body, GiveBody, ReleaseBody, UndoBody
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import ClaimId, DeviceId, GateId
from shared.kernel.instant import MINUTE
from tests.adversaries.scene import named, reasons, upload
from tests.factories.ledger_office import GateDevice, LedgerOffice


async def meet(office: LedgerOffice) -> tuple[GateDevice, GateDevice]:
    """Enrol an honest gate and a hostile one."""
    honest, hostile = await office.enrol(0), await office.enrol(1)
    office.office.clock.advance(MINUTE)
    return honest, hostile


@pytest.mark.either_database
async def test_owners_claim_is_granted_whatever_was_done_under_its_id_before(
    ledger_office: LedgerOffice,
) -> None:
    """A passage, a claim, a refused one, a release, an undo, a gift: none is of the owner's id."""
    office = ledger_office
    honest, hostile = await meet(office)
    ids = [draw_claim_id(DeviceId(honest.id), office.office.entropy) for _ in range(6)]
    office.scan(hostile, 6, claim_id=ids[0])
    tickets = office.tickets
    gift = GiveBody(
        claim_id=ids[3],
        ticket_id=tickets[3],
        zone_id=office.zone_id,
        occurrence_id=office.occurrence_id,
        count=1,
        device_id=DeviceId(hostile.id),
        gate_id=GateId(hostile.gate_id),
        reason="ok",
    )
    said: list[Body] = [
        ReleaseBody(ids[1], tickets[1], "not admitted"),
        UndoBody(ids[2], tickets[2], "us_1", "mistake"),
        gift,
    ]
    for body in said:
        hostile.journal.add(body, office.event_id, office.now)
    assert set(await upload(office, hostile)) == {"stored"}
    for claim_id, code in ((ids[4], office.codes[7]), (ids[5], "NO TICKET")):
        answer = await office.claim(hostile, code, claim_id)
        assert answer.json()["type"].endswith("claim-id-reused")
    for claim_id, code in zip(ids, office.codes, strict=False):
        assert (await office.claimed(honest, code, claim_id))["reason"] == "ok"
    told = "its own passage counts, by another name"
    assert await reasons(office, honest, range(6, 7)) == {"already_used"}, told
    assert await reasons(office, honest, range(7, 8)) == {"ok"}


@pytest.mark.either_database
async def test_no_journal_is_kept_out_by_who_foresaw_the_ledgers_name_of_its_passage(
    ledger_office: LedgerOffice,
) -> None:
    """Under an id that says no owner, whose passage and whose name by the ledger were taken."""
    office = ledger_office
    honest, hostile = await meet(office)
    heard = ClaimId("ab" * 16)
    office.scan(honest, 0, claim_id=heard)
    name = derive_claim_id(sha256(honest.journal.entries[-1].entry))
    before = sha256(b"gatekeeper/passage/1\0" + sha256(honest.journal.entries[-1].entry))[:16]
    for ticket, claim_id in enumerate((heard, name, ClaimId(before.hex())), 5):
        office.scan(hostile, ticket, claim_id=claim_id)
    assert set(await upload(office, hostile)) == {"stored"}
    assert set(await upload(office, honest)) == {"stored"}
    used = await reasons(office, hostile, range(1)) | await reasons(office, honest, range(5, 8))
    assert used == {"already_used"}
    assert await named(office) == {}
    refused = await office.claim(honest, office.codes[1], name)
    assert refused.status_code == 422
