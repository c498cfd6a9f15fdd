"""Answers of earlier runs, read back from the journal for the screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.store.journal import Journal
from gatekeeper.store.use_table import KnownUse
from shared.admission.offline_policy import Rung
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import Entry, ScanBody
from shared.kernel.errors import Malformed
from shared.kernel.ids import format_ticket_id
from shared.manifest.case_of_shown_code import Case

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


def read_scans(journal: Journal, count: int) -> Iterator[tuple[Entry, ScanBody]]:
    """Yield the scans among the last `count` entries, oldest first.

    Raises:
        StoreFault: if the journal cannot be read.
    """
    for _, signed in journal.read(max(1, journal.last_seq - count + 1), journal.last_seq):
        try:
            entry = decode_entry(signed.entry)
            body = decode_body(entry)
        except Malformed:
            continue
        if isinstance(body, ScanBody):
            yield entry, body


def repeat_answer(
    answers: Iterable[ScanAnswer], use: KnownUse, case: Case, ms: float
) -> ScanAnswer:
    """Return the answer to a claim that was answered before, as it was if that is still known.

    Args:
        answers: Those of this run.
        use: What was recorded under the claim.
        case: What the code turns out to be now.
        ms: How long the answer took.
    """
    for answer in answers:
        if answer.claim_id == use.claim_id and answer.verdict == "admit":
            return msgspec.structs.replace(answer, is_repeat=True, ms=ms)
    return answer_of_use(use, case, ms)


def answer_of_use(use: KnownUse, case: Case, ms: float) -> ScanAnswer:
    """Return the answer to a claim that this device has recorded as admitted before.

    Args:
        use: What was recorded.
        case: What the code turns out to be now.
        ms: How long the answer took.
    """
    kind = case.kind
    return ScanAnswer(
        verdict="admit",
        reason=case.decision.reason.value,
        ticket_id=format_ticket_id(use.ticket_id),
        remaining=case.decision.remaining,
        mode=Rung.OFFLINE.value,
        seq=use.seq or 0,
        at=use.at,
        ms=ms,
        claim_id=use.claim_id,
        ticket_type=None if kind is None else kind.name,
        count=use.count,
        direction=use.direction,
        is_repeat=True,
    )


def _answer(entry: Entry, body: ScanBody) -> ScanAnswer:
    return ScanAnswer(
        verdict=body.verdict,
        reason=body.reason,
        ticket_id=None if body.ticket_id is None else format_ticket_id(body.ticket_id),
        remaining=body.remaining,
        mode=body.mode,
        seq=entry.seq,
        at=body.paper_time(entry.corrected)[0] if body.is_by_paper else entry.corrected,
        ms=0.0,
        claim_id=body.claim_id,
        count=body.count,
        direction=body.direction,
    )
