"""Answers of earlier runs, read back from the journal for the screen."""

from __future__ import annotations

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.store.journal import Journal
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import Entry, ScanBody
from shared.kernel.errors import Malformed
from shared.kernel.ids import format_ticket_id

_STEP = 64


def read_answers(
    journal: Journal, count: int, *, before_seq: int | None = None
) -> list[ScanAnswer]:
    """Return up to `count` answers, newest first; what is not kept in entries is left empty.

    Args:
        journal: Where to look.
        count: How many at most.
        before_seq: Only entries with lower numbers, or None for all.

    Raises:
        StoreFault: if the journal cannot be read.
    """
    found: list[ScanAnswer] = []
    last = journal.last_seq if before_seq is None else before_seq - 1
    while last > 0 and len(found) < count:
        first = max(1, last - _STEP + 1)
        for _, signed in reversed(list(journal.read(first, last))):
            try:
                entry = decode_entry(signed.entry)
                body = decode_body(entry)
            except Malformed:
                continue
            if isinstance(body, ScanBody) and len(found) < count:
                found.append(_answer(entry, body))
        last = first - 1
    return found


def _answer(entry: Entry, body: ScanBody) -> ScanAnswer:
    return ScanAnswer(
        verdict=body.verdict,
        reason=body.reason,
        ticket_id=None if body.ticket_id is None else format_ticket_id(body.ticket_id),
        remaining=body.remaining,
        mode=body.mode,
        seq=entry.seq,
        at=entry.wall + (entry.offset or 0),
        ms=0.0,
        claim_id=body.claim_id,
        count=body.count,
        direction=body.direction,
    )
