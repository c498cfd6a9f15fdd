"""Recording what an event's entries and grants contradict, in the transaction that holds them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from server.db.hot_path_connections import Transaction
from server.entries.rows import read_told
from server.feed.rows import take_numbers, tell
from server.homes.rows import read_lost_homes
from server.ledger.rows import read_voids
from server.plans.event_book import EventBook
from server.reconciliation.conflicts_and_sides import find_open, record_findings, withdraw
from server.reconciliation.entered_before_sale import judge_sold
from server.reconciliation.findings import ConflictKind, Finding, FindingSide, with_entry
from server.reconciliation.passage_findings import judge_voids, voided_in
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.instant import Instant
from shared.kernel.ports import Entropy
from shared.wire.feed import ItemBody


class ConflictRecorder:
    """Opens, joins and withdraws the conflicts of one event; the caller holds its counter."""

    def __init__(
        self, transaction: Transaction, book: EventBook, now: Instant, entropy: Entropy
    ) -> None:
        self._transaction, self._book, self._now, self._entropy = transaction, book, now, entropy
        self._org, self._event_id = book.organization_id, book.event_id

    async def _named_rightly(self, findings: Sequence[Finding]) -> list[Finding]:
        """Name double uses of which a lost home is a side, for what they are."""
        is_about = any(one.kind is ConflictKind.DOUBLE_USE for one in findings)
        if not is_about or not self._book.index.uses_homes:
            return list(findings)
        lost = await read_lost_homes(self._transaction, self._org, self._event_id)
        named = []
        for finding in findings:
            if finding.kind is not ConflictKind.DOUBLE_USE or not lost:
                named.append(finding)
                continue
            as_lost = msgspec.structs.replace(
                finding,
                kind=ConflictKind.HOME_LOST,
                detail="its home gate was declared lost, but had let someone in before",
            )
            is_lost = bool(lost.intersection(side.device_id for side in finding.sides))
            right, wrong = (as_lost, finding) if is_lost else (finding, as_lost)
            # The other name was perhaps right until now: what is open under it is withdrawn.
            named += [right, msgspec.structs.replace(wrong, sides=())]
        return named

    async def record(self, findings: Sequence[Finding]) -> list[ItemBody]:
        """Record conflicts; a double use that is none any more is withdrawn."""
        place = (self._transaction, self._org, self._event_id)
        named = await self._named_rightly(findings)
        notices: list[ItemBody] = []
        for finding in await find_open(*place, [one for one in named if not one.sides]):
            gone = await withdraw(*place, finding, self._now)
            notices += [] if gone is None else [gone]
        judged = judge_voids(named, await read_voids(*place, voided_in(named)))
        sold = await judge_sold(*place, [one for one in judged if one.sides])
        standing = await self._with_evidence(sold)
        notices += await record_findings(*place, standing, now=self._now, entropy=self._entropy)
        return notices

    async def _with_evidence(self, findings: Sequence[Finding]) -> list[Finding]:
        """Put the signed entries of the sides that were recorded before beside them."""
        bare = {
            side.side: (side.device_id, side.boot, side.dseq)
            for finding in findings
            for side in finding.sides
            if side.entry is None and side.boot is not None and side.dseq is not None
        }
        held = await read_told(self._transaction, self._org, bare)

        def full(side: FindingSide) -> FindingSide:
            if side.entry is not None and side.signature is not None:
                return with_entry(side, side.entry, side.signature, self._now)
            if side.side not in bare or (found := held.get(side.side)) is None:
                return side
            return with_entry(side, found.entry, found.signature, self._now)

        return [
            msgspec.structs.replace(finding, sides=[full(side) for side in finding.sides])
            for finding in findings
        ]


async def tell_conflicts(
    transaction: Transaction,
    book: EventBook,
    findings: Sequence[Finding],
    now: Instant,
    entropy: Entropy,
) -> int | None:
    """Record findings and tell gates of them; returns the feed's head if it grew.

    The caller holds the event's counter, which keeps two finders apart.
    """
    if not findings:
        return None
    org, event_id = book.organization_id, book.event_id
    notices = await ConflictRecorder(transaction, book, now, entropy).record(findings)
    return await tell(transaction, org, event_id, notices)


async def name_findings(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    findings: Sequence[Finding],
    *,
    now: Instant,
    entropy: Entropy,
) -> int | None:
    """Record findings as they are, and tell gates of them; returns the feed's head if it grew."""
    place = (transaction, organization_id, event_id)
    # The counter is the last lock of whoever changes conflicts: it is taken first.
    await take_numbers(*place, 0)
    return await tell(*place, await record_findings(*place, findings, now=now, entropy=entropy))


async def withdraw_finding(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    finding: Finding,
    now: Instant,
) -> None:
    """Withdraw what was named and can stand after all, if it is open, and tell gates of it."""
    place = (transaction, organization_id, event_id)
    await take_numbers(*place, 0)
    gone = await withdraw(*place, finding, now)
    await tell(*place, [] if gone is None else [gone])
