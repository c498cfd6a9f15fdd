"""A device that tells its peers one thing and the ledger another under one number is found."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from server.entries import upload_quota
from shared.journal.chain import decode_entry, encode_body, seal_entry
from shared.journal.entry import EntryKind, NoteBody
from shared.kernel.instant import DAY, Duration
from tests.factories.ledger_office import LedgerOffice
from tests.factories.racing import rows_of
from tests.factories.wired_gates import WiredGate
from tests.integration.gate.test_hearsay_at_the_ledger import has_heard, pair
from tests.integration.lan.lanes import until

__all__ = ["pair"]
pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


async def tell_the_ledger_otherwise(office: LedgerOffice, gate: WiredGate) -> None:
    """Upload another entry under the number that a gate's next one will have."""
    journal = gate.session.store.journal
    told = [signed for _, signed in journal.read(1, journal.last_seq)]
    last = decode_entry(told[-1].entry)
    other = msgspec.structs.replace(
        last,
        dseq=last.dseq + 1,
        seq=last.seq + 1,
        previous=told[-1].hash,
        kind=EntryKind.NOTE,
        body=encode_body(NoteBody("shift", "nothing happened")),
    )
    answer = await office.exchanged(gate.device, [*told, seal_entry(other, gate.device.key)])
    assert {one.status for one in answer.answers} <= {"stored", "known"}


async def named_forked(office: LedgerOffice) -> list[str]:
    """List the devices of which the organizer is told that their journals contradict."""
    return [
        one["device_id"] for one in await office.conflicts() if one["kind"] == "forked_journal"
    ]


async def test_copy_is_kept_out_where_the_ledger_was_told_otherwise_of_its_holder(
    ledger_office: LedgerOffice, pair: tuple[WiredGate, WiredGate]
) -> None:
    """A disk that is at work twice, or a hostile device: what peers have heard is brought."""
    connected, cut_off = pair
    code, ticket_id = ledger_office.codes[0], ledger_office.tickets[0]
    await tell_the_ledger_otherwise(ledger_office, cut_off)
    assert (await cut_off.scan(code)).verdict == "admit"
    await until(lambda: has_heard(connected, ticket_id))
    assert (await connected.scan(code)).reason == "already_used"
    assert await named_forked(ledger_office) == [cut_off.id]
    used = await rows_of(ledger_office.office, "SELECT device_id FROM ticket_use")
    assert used == [(cut_off.id,)]


async def test_what_a_gate_heard_while_it_was_cut_off_is_held_against_what_the_ledger_was_told(
    ledger_office: LedgerOffice, pair: tuple[WiredGate, WiredGate]
) -> None:
    """It has turned a holder away by it; the organizer has both entries, and all that follows."""
    honest, hostile = pair
    code, ticket_id = ledger_office.codes[0], ledger_office.tickets[0]
    await tell_the_ledger_otherwise(ledger_office, hostile)
    await honest.cut()
    assert (await hostile.scan(code)).verdict == "admit"
    assert (await hostile.scan(code)).verdict == "deny"
    await until(lambda: has_heard(honest, ticket_id))
    assert (await honest.scan(code)).verdict == "deny"
    await honest.mend()
    read = "SELECT dseq FROM journal_fork ORDER BY dseq"
    async with asyncio.timeout(60):
        while len(await rows_of(ledger_office.office, read)) < 2:  # noqa: ASYNC110 - rows tell nobody
            await asyncio.sleep(0.05)
    assert await named_forked(ledger_office) == [hostile.id]
    used = await rows_of(ledger_office.office, "SELECT device_id FROM ticket_use")
    assert used == [(hostile.id,)], "what it records takes effect"


async def test_what_the_ledger_did_not_take_of_a_device_that_floods_is_shown_to_it_again(
    ledger_office: LedgerOffice,
    pair: tuple[WiredGate, WiredGate],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Beyond a day's entries its other version is refused, and the carrier does not forget it."""
    honest, hostile = pair
    code, ticket_id = ledger_office.codes[0], ledger_office.tickets[0]
    monkeypatch.setattr(upload_quota, "JOURNAL_BYTES_A_DAY_MAX", 100)
    await tell_the_ledger_otherwise(ledger_office, hostile)
    await honest.cut()
    assert (await hostile.scan(code)).verdict == "admit"
    await until(lambda: has_heard(honest, ticket_id))
    await honest.mend()
    rung = honest.session.lan.rung
    assert rung is not None
    relay = rung.relay
    await relay.upload_others()
    await relay.look_for_forks()
    assert not await named_forked(ledger_office)
    clock = ledger_office.office.clock
    clock.advance(30 * DAY)
    clock.step_wall(Duration(-30 * DAY))
    for _ in range(3):
        await relay.look_for_forks()
    assert await named_forked(ledger_office) == [hostile.id]
