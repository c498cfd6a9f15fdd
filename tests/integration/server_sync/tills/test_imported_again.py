"""A list that is taken once more: the server was put back to before it, or kept too little."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from server.db.tenancy import SYSTEM
from server.exchange.epochs import open_higher_epoch
from server.exchange.worker_parts import WorkerParts
from shared.kernel.id_types import ClaimId, DeviceId, TicketId
from shared.manifest.presenting import foreign_digest, foreign_ticket_id
from shared.manifest.seen_codes import prove_foreign, seen_word
from tests.factories.ledger_office import GateDevice, LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.integration.server_sync.claims.test_imported import bring_in

pytestmark = pytest.mark.either_database

CODES = ["LN-1001", "LN-1002", "LN-1003"]
SECOND_EPOCH = 2


def let_in(office: LedgerOffice, gate: GateDevice, code: str, *, has_read: bool) -> None:
    """Put on record that somebody came in by a code, which the gate may never have read."""
    claim_id = ClaimId(office.office.entropy.random_bytes(16).hex())
    digest = foreign_digest(code, office.event_id) if has_read else bytes(16)
    word = seen_word(office.event_id, DeviceId(gate.id), claim_id)
    office.scan(
        gate,
        0,
        claim_id=claim_id,
        ticket_id=TicketId(foreign_ticket_id(code, office.event_id)),
        generation=None,
        key_id=None,
        seen=prove_foreign(word, digest),
    )


async def kinds(office: LedgerOffice) -> list[str]:
    """Return the open conflicts' kinds."""
    return [one["kind"] for one in await office.conflicts() if not one["disposition"]]


async def test_whoever_had_read_a_code_has_used_it_and_nobody_else_has(place: Place) -> None:
    """A gate knows each ticket's id by the list of before: that spends none of them."""
    async with open_ledger_office_again(place.settings, place.office) as before:
        honest, hostile = await before.enrol(0), await before.enrol(1)
    place.copy()
    async with open_ledger_office_again(place.settings, before) as before:
        await bring_in(before, codes=CODES)
    async with open_ledger_office_again(place.put_back(), before) as office:
        await open_higher_epoch(office.office.context, "put back")
        let_in(office, honest, CODES[0], has_read=True)
        for code in CODES[1:]:
            let_in(office, hostile, code, has_read=False)
        for gate in (honest, hostile):
            entries = gate.journal.entries
            await office.exchanged(gate, entries)
            await office.exchanged(gate, entries, epoch=SECOND_EPOCH, offers_for=SECOND_EPOCH)
        assert await kinds(office) == ["unexplained"] * 3
        await bring_in(office, codes=CODES)
        parts: WorkerParts = office.office.framework.state["parts"]
        for _ in range(2):
            await parts.listed_late.work()
        assert await kinds(office) == ["passage_unproven"]
        reasons = [(await office.claimed(honest, code))["reason"] for code in CODES]
        assert reasons == ["already_used", "ok", "ok"]


async def test_who_read_a_code_of_which_too_little_is_kept_counts_once_its_list_comes_again(
    ledger_office: LedgerOffice,
) -> None:
    """A ledger kept only the ids once, which every gate knows: until then nobody is believed."""
    office = ledger_office
    honest, hostile = await office.enrol(0), await office.enrol(1)
    await bring_in(office, codes=CODES)
    async with office.office.database.write(org=SYSTEM) as session:
        await session.execute(text("DELETE FROM imported_code"))
    let_in(office, hostile, CODES[0], has_read=False)
    let_in(office, honest, CODES[1], has_read=True)
    for gate in (honest, hostile):
        await office.exchanged(gate, gate.journal.entries)
    assert await kinds(office) == ["passage_unproven"] * 2
    assert (await bring_in(office, codes=CODES))["added"] == 0
    let_in(office, hostile, CODES[0], has_read=False)
    let_in(office, honest, CODES[2], has_read=True)
    for gate in (honest, hostile):
        await office.exchanged(gate, gate.journal.entries)
    reasons = [(await office.claimed(honest, code))["reason"] for code in CODES]
    assert reasons == ["ok", "ok", "already_used"]
