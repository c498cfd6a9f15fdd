"""Whether the board and reports count what gates have on record, each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from shared.journal.entry import TAKEN_BACK_BY_ITSELF, ScanBody, UndoBody
from shared.kernel.id_types import EventId
from simulator.judging.ledger_and_device_views import HeldEntry, LedgerView

PERSONS: Final = ("in", "out")
SCANS: Final = ("denied", "taken_back")


def wrong_counts(
    entries: Iterable[HeldEntry], ledger: LedgerView, event_id: EventId, gates: Iterable[str]
) -> Iterator[str]:
    """Yield each count of an event that is another one than the records come to.

    Args:
        entries: What devices have on record.
        ledger: Who has passed, and the counts.
        event_id: Which event.
        gates: Its gates; what names another one counts at none.
    """
    known, expected = set(gates), Counter[tuple[str, str, str, str]]()
    for held in entries:
        body = held.body
        if held.entry.event_id != event_id:
            continue
        if isinstance(body, ScanBody) and body.verdict != "admit":
            gate = body.gate_id if body.gate_id in known else ""
            expected["denied", gate, body.verdict, body.reason] += 1
        elif isinstance(body, UndoBody) and body.why not in TAKEN_BACK_BY_ITSELF:
            expected["taken_back", held.entry.device_id, "", ""] += 1
    for use in ledger.uses.values():
        if not use.is_annulled:
            expected[use.direction, use.gate_id, use.zone_id, use.reason] += use.count
    counted = Counter(
        {
            key: persons if key[0] in PERSONS else times
            for key, (times, persons) in ledger.counts.items()
            if key[0] in PERSONS + SCANS
        }
    )
    for key in sorted((expected - counted) | (counted - expected)):
        yield f"{' '.join(key)}: {expected[key]} are on record, and {counted[key]} are counted"
