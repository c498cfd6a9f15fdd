"""How much a device's journal may grow in a day."""

from __future__ import annotations

import pytest

from server.entries import upload_quota
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import DAY
from tests.factories.ledger_office import LedgerOffice
from tests.integration.server_sync.journals.test_relayed_by_gates import relay_entries

pytestmark = pytest.mark.either_database


async def test_device_that_fills_the_disk_is_made_to_wait_and_no_entry_is_lost(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is held already costs nothing; others bring theirs; a day later it goes on."""
    monkeypatch.setattr(upload_quota, "JOURNAL_BYTES_A_DAY_MAX", 2_000)
    office = ledger_office
    flood, other = await office.enrol(0), await office.enrol(1)
    for _ in range(20):
        office.scan(flood, 0, verdict="deny", reason="already_used")
    first = await office.exchange(flood, flood.journal.entries)
    assert first.status_code == 200, first.text
    office.scan(flood, 1, verdict="deny", reason="already_used")
    refused = await office.exchange(flood, flood.journal.entries)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert (await office.exchange(flood)).status_code == 200, "what is new it is still told"
    office.scan(other, 2)
    assert (await office.exchange(other, other.journal.entries)).status_code == 200
    office.office.clock.advance(5 * DAY)
    answer = await office.exchanged(flood, flood.journal.entries)
    assert [one.status for one in answer.answers][-1] == "stored"


async def test_device_that_brings_no_more_today_keeps_no_others_journal_from_the_ledger(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gate with an uplink carries both at once; the one that floods waits by itself."""
    monkeypatch.setattr(upload_quota, "JOURNAL_BYTES_A_DAY_MAX", 2_000)
    office = ledger_office
    carrier, flood, other = [await office.enrol(number % 2) for number in range(3)]
    for _ in range(20):
        office.scan(flood, 0, verdict="deny", reason="already_used")
    await office.exchanged(flood, flood.journal.entries)
    office.scan(flood, 1, verdict="deny", reason="already_used")
    office.scan(other, 2)
    told = await relay_entries(
        office, carrier, [*flood.journal.entries[-1:], *other.journal.entries]
    )
    held = {mark.device_id: mark.dseq for mark in told.marks}
    assert held[DeviceId(other.id)] == len(other.journal.entries)
    assert held[DeviceId(flood.id)] == len(flood.journal.entries) - 1, "its own waits"
