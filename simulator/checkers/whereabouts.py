"""Who has gone out is outside, and who came in is inside, when all has been told.

Judged where true times leave no doubt: each passage on a ticket was seen at a lamp, devices knew
the time well enough to say which came first, and no more were inside than the ticket is for.
However late a claim or a journal came, the ledger's own order then says who is inside. And nobody
is turned away as used, by the ledger or by a gate alone, who is outside by all that had passed, if
whoever answered had been told of it by then.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Final

import msgspec

from shared.kernel.instant import SECOND, Duration, Instant
from shared.wire.feed import Annul
from simulator.checkers.refused import heads_of
from simulator.history import CodeKind, ShownScan
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
        seen = in_true_order(evidence, group)
        if seen is None or {one.use.claim_id for one in seen} != standing.get(ticket_id, set()):
            continue
        inside = _inside([one.use for one in seen], evidence.persons_of(seen[0].use.ticket_id))
        by_ledger = sorted((one.use for one in seen), key=lambda use: (use.at, use.claim_id))
        held = _inside(by_ledger, evidence.persons_of(seen[0].use.ticket_id))
        if inside is not None and held != inside:
            yield f"ticket {ticket_id:016x}: {inside} are inside, by the ledger's order {held}"
    if evidence.scenario.has_reentry:
        yield from _turned_away(evidence)


def _turned_away(evidence: Evidence) -> Iterator[str]:
    """Yield each holder who was outside, as was known, and was turned away as used."""
    entries = {
        (one.node, held.entry.seq): held for one in evidence.devices for held in one.entries
    }
    told, heads = evidence.ledger.told_first(), heads_of(evidence, entries)
    annulled = {
        item.claim_id: sequence
        for sequence, _, item in reversed(evidence.ledger.feed)
        if isinstance(item, Annul)
    }
    for scan in evidence.history.scans:
        answer, held = scan.answer, None
        if answer is not None and answer.reason == "already_used" and scan.direction == "in":
            held = entries.get((scan.node, answer.seq))
        if answer is None or held is None or scan.code.kind is not CodeKind.GENUINE:
            continue
        if answer.mode not in {"online", "offline"} or held.entry.offset_error is None:
            continue
        times, cursors = heads["" if answer.mode == "online" else scan.node]
        place = bisect_right(times, scan.began)
        known = cursors[place - 1] if place else 0
        ticket_id = scan.code.ticket_id or 0
        ours = [one for one in evidence.passages if _ticket_of(one) == ticket_id]
        before = [one for one in ours if one.scan is None or one.scan.began < scan.began]
        claims = {one.body.claim_id for one in ours if not one.is_taken_back}
        others = [
            use.claim_id
            for use in evidence.ledger.uses.values()
            if use.ticket_id == ticket_id and use.claim_id not in claims
        ]
        seen = in_true_order(evidence, before)
        if seen is None or any(annulled.get(one, known + 1) > known for one in others):
            continue
        ways = {one.body.claim_id: one.node for one in before}
        is_told = all(
            told.get(one.use.claim_id, known + 1) <= known
            or (answer.mode == "offline" and ways[one.use.claim_id] == scan.node)
            for one in seen
        )
        error = seen[-1].error + held.entry.offset_error + ON_ITS_WAY
        if not is_told or scan.began - seen[-1].ended <= error or _is_beside(evidence, scan):
            continue
        inside = _inside([one.use for one in seen], scan.code.persons)
        if inside is not None and inside + scan.count <= scan.code.persons:
            yield (
                f"scan {scan.number} at {scan.node}: ticket {ticket_id:016x} is {answer.reason}"
                f" ({answer.mode}), and {inside} were inside as all had been told"
            )


def _is_beside(evidence: Evidence, scan: ShownScan) -> bool:
    """Tell whether somebody else was asking on the same ticket, or was lately."""
    return any(
        one.number != scan.number
        and one.code.ticket_id == scan.code.ticket_id
        and not one.is_green
        and one.began <= (scan.ended or one.began)
        and (one.ended is None or one.ended + evidence.scenario.hears >= scan.began)
        for one in evidence.history.scans
    )


def _ticket_of(passage: Passage) -> int:
    return passage.body.ticket_id or 0


def in_true_order(evidence: Evidence, passages: Iterable[Passage]) -> Sequence[Seen] | None:
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
