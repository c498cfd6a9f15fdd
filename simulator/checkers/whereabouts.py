"""Who has gone out is outside, and who came in is inside, when all has been told.

Judged where true times leave no doubt: each passage on a ticket was seen at a lamp, devices knew
the time well enough to say which came first, and no more were inside than the ticket is for.
However late a claim or a journal came, the ledger's own order then says who is inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Final

import msgspec

from shared.kernel.instant import SECOND, Duration, Instant
from simulator.judging.evidence import Evidence, Passage
from simulator.judging.ledger_and_device_views import LedgerUse

ON_ITS_WAY: Final[Duration] = 5 * SECOND
"""A claim that is no longer on its way may have been granted when its gate had just given up."""


class Seen(msgspec.Struct, frozen=True):
    """A passage in true time.

    Attributes:
        use: What the ledger says of it.
        began: When the code was held under the reader.
        ended: When the lamp was shown.
        error: By how much the time that its device says may be off.
    """

    use: LedgerUse
    began: Instant
    ended: Instant
    error: Duration


def check_whereabouts(evidence: Evidence) -> Iterator[str]:
    """Yield each ticket of which the ledger is wrong about who is inside."""
    if evidence.history.restores or not evidence.scenario.has_true_server:
        return
    standing: dict[int, set[str]] = {}
    for use in evidence.ledger.uses.values():
        if not use.is_annulled:
            standing.setdefault(use.ticket_id, set()).add(use.claim_id)
    passages = sorted(evidence.passages, key=_ticket_of)
    for ticket_id, group in groupby(passages, key=_ticket_of):
        seen = _in_true_order(evidence, group)
        if seen is None or {one.use.claim_id for one in seen} != standing.get(ticket_id, set()):
            continue
        inside = _inside([one.use for one in seen], evidence.persons_of(seen[0].use.ticket_id))
        by_ledger = sorted((one.use for one in seen), key=lambda use: (use.at, use.claim_id))
        held = _inside(by_ledger, evidence.persons_of(seen[0].use.ticket_id))
        if inside is not None and held != inside:
            yield f"ticket {ticket_id:016x}: {inside} are inside, by the ledger's order {held}"


def _ticket_of(passage: Passage) -> int:
    return passage.body.ticket_id or 0


def _in_true_order(evidence: Evidence, passages: Iterable[Passage]) -> Sequence[Seen] | None:
    """Order what stands of a ticket's passages; None where somebody may doubt the order."""
    found: list[Seen] = []
    for passage in passages:
        if passage.is_taken_back:
            continue
        scan, entry = passage.scan, passage.held.entry
        use = evidence.ledger.uses.get(passage.body.claim_id)
        if scan is None or scan.answer is None or scan.answer.is_repeat or use is None:
            return None
        if scan.ended is None or entry.offset_error is None:
            return None
        found.append(Seen(use, scan.began, scan.ended, entry.offset_error))
    found.sort(key=lambda one: one.began)
    pairs = pairwise(found)
    is_sure = all(b.began - a.ended > a.error + b.error + ON_ITS_WAY for a, b in pairs)
    return found if found and is_sure else None


def _inside(uses: Sequence[LedgerUse], persons: int) -> int | None:
    """Count who is inside after passages; None where not all of them were by right."""
    inside = 0
    for use in uses:
        inside += use.count if use.direction == "in" else -use.count
        if not 0 <= inside <= persons:
            return None
    return inside
