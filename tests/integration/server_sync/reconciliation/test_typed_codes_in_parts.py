"""A cut-off lane's evening that comes in parts counts as if it had come at once."""

from __future__ import annotations

import pytest

from shared.admission.pace import BURST
from shared.journal.chain import SignedEntry
from shared.journal.entry import NoteBody
from shared.kernel.id_types import EventId
from shared.kernel.instant import HOUR, MINUTE, SECOND, Duration
from shared.wire.entries_per_upload import ENTRIES_AT_ONCE_MAX
from tests.adversaries.scene import named, upload
from tests.factories.ledger_office import GateDevice, LedgerOffice, issue
from tests.integration.server_sync.reconciliation.test_typed_codes import (
    FEW,
    note_contact,
    type_in,
    waiting,
)

pytestmark = pytest.mark.either_database

EVENING = ENTRIES_AT_ONCE_MAX + BURST + FEW
"""More than one request takes, by more than count at once."""


async def bring(
    office: LedgerOffice, lane: GateDevice, entries: list[SignedEntry], *, is_heard: bool
) -> None:
    """Upload as a gate does, request by request; the server notes it meanwhile, or does not."""
    for start in range(0, len(entries), ENTRIES_AT_ONCE_MAX):
        await office.exchanged(lane, entries[start : start + ENTRIES_AT_ONCE_MAX])
        if is_heard:
            await note_contact(office, lane)
        office.office.clock.advance(SECOND)


async def test_lane_that_is_heard_of_amid_its_upload_is_believed(
    ledger_office: LedgerOffice,
) -> None:
    """Contacts are noted every few seconds, and an evening takes longer than that."""
    office = ledger_office
    await issue(office, EVENING)
    lane = await office.enrol(0)
    await note_contact(office, lane)
    office.office.clock.advance(4 * HOUR)
    await type_in(office, lane, range(EVENING))
    await bring(office, lane, lane.journal.entries, is_heard=True)
    assert await named(office) == {}
    assert await waiting(office, lane) == 0


async def test_lane_is_believed_where_the_clock_is_set_back_amid_its_upload(
    ledger_office: LedgerOffice,
) -> None:
    """What follows goes on from where the first part has stood, by the clock of then."""
    office = ledger_office
    await issue(office, EVENING)
    lane = await office.enrol(0)
    await note_contact(office, lane)
    office.office.clock.advance(4 * HOUR)
    await type_in(office, lane, range(EVENING))
    await office.exchanged(lane, lane.journal.entries[:ENTRIES_AT_ONCE_MAX])
    office.office.clock.step_wall(Duration(-4 * MINUTE))
    await office.exchanged(lane, lane.journal.entries[ENTRIES_AT_ONCE_MAX:])
    assert "too_fast" not in await named(office)
    assert await waiting(office, lane) == 0


async def test_lane_that_brings_its_evening_the_next_day_is_believed(
    ledger_office: LedgerOffice,
) -> None:
    """For how long doors were open counts once, however many parts there are."""
    office = ledger_office
    await issue(office, EVENING)
    lane = await office.enrol(0)
    await note_contact(office, lane)
    office.office.clock.advance(16 * HOUR)
    await type_in(office, lane, range(EVENING))
    await bring(office, lane, lane.journal.entries, is_heard=False)
    assert await named(office) == {}
    assert await waiting(office, lane) == 0


async def test_silence_counts_no_more_once_all_of_an_upload_has_come(
    ledger_office: LedgerOffice,
) -> None:
    """A key that is stolen afterwards spends what it would have."""
    office = ledger_office
    await issue(office, EVENING + BURST + FEW)
    lane = await office.enrol(0)
    await note_contact(office, lane)
    office.office.clock.advance(4 * HOUR)
    await type_in(office, lane, range(EVENING))
    await bring(office, lane, lane.journal.entries, is_heard=True)
    office.office.clock.advance(15 * MINUTE)
    await note_contact(office, lane)
    brought = len(lane.journal.entries)
    await type_in(office, lane, range(EVENING, EVENING + BURST + FEW))
    await bring(office, lane, lane.journal.entries[brought:], is_heard=False)
    assert await named(office) == {"too_fast": 1}
    assert await waiting(office, lane) == FEW


async def test_upload_that_never_ends_while_doors_are_closed_is_worth_no_more_than_silence(
    ledger_office: LedgerOffice,
) -> None:
    """Else a gate that sends full requests all night spent the whole next day in the morning."""
    office = ledger_office
    await issue(office, BURST + FEW)
    hostile = await office.enrol(0)
    await upload(office, hostile)
    office.office.clock.advance(12 * HOUR)
    await note_contact(office, hostile)
    for _ in range(3):
        brought = len(hostile.journal.entries)
        for number in range(ENTRIES_AT_ONCE_MAX):
            hostile.journal.add(NoteBody("shift", str(number)), office.event_id, office.now)
        await office.exchanged(hostile, hostile.journal.entries[brought:])
        await note_contact(office, hostile)
        office.office.clock.advance(9 * MINUTE)
    brought = len(hostile.journal.entries)
    await type_in(office, hostile, range(BURST + FEW))
    await bring(office, hostile, hostile.journal.entries[brought:], is_heard=False)
    assert await named(office) == {"too_fast": 1}
    assert await waiting(office, hostile) == FEW


async def test_silence_counts_by_the_doors_of_the_event_that_is_told_of(
    ledger_office: LedgerOffice,
) -> None:
    """Else one that is never closed, told of in the same request, lent its times to all others."""
    office = ledger_office
    await issue(office, BURST + FEW)
    stolen = await office.enrol(0)
    other = office.event_id
    while other >= office.event_id:  # whichever is looked at first
        other = EventId(await office.office.event(office.owner))
    office.office.clock.advance(10 * HOUR)
    await note_contact(office, stolen)
    office.office.clock.advance(10 * HOUR)
    office.scan(stolen, 0, event_id=other, key_id=None)
    await type_in(office, stolen, range(BURST + FEW))
    await upload(office, stolen)
    assert (await named(office))["too_fast"] == 1
    assert await waiting(office, stolen) == 1 + FEW, "at the other event it never stood"
