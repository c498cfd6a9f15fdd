"""In which turn a till's entries are booked that wait for it."""

from __future__ import annotations

from server.entries.models import JournalEntry
from server.journals.till_entry_booking import turn_of
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import Instant


def entry(seq: int, boot: bytes, dseq: int) -> JournalEntry:
    """Make an entry that came with all others."""
    return JournalEntry(
        device_id=DeviceId("dv_till"), boot=boot, dseq=dseq, seq=seq, received_at=Instant(1)
    )


def test_a_sale_is_booked_before_the_payout_of_a_later_start() -> None:
    """A start's id is drawn: by it, who pays back after one seemed to pay what nobody had sold."""
    sale, payout = entry(7, b"\xff" * 16, 7), entry(8, b"\x00" * 16, 1)
    assert turn_of(sale) < turn_of(payout)
