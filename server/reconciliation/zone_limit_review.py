"""Judging limited zones over all that is known of them, once journals have said more.

By arrival an entry is named at once where its zone seems full. This has the last word: it names
who was too many in the proven order, whatever came first, and withdraws what cannot be proven. A
stop at any point leaves the zone waiting, and doing it twice, or at two workers, changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import msgspec

from server.db.hot_path_connections import Driver, Transaction
from server.db.hot_path_statements import statement
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.feed.push_hub import Poke
from server.feed.rows import read_status, take_numbers
from server.http.logs import log
from server.ledger.exits_by_evacuations import read_notices
from server.ledger.unjudged_zones import UnjudgedZone, read_unjudged, read_zone_page, set_judged
from server.ledger.uses import UseRecord
from server.plans.event_book import EventBook, EventBooks, Outdated, by_current_books, version_of
from server.reconciliation.conflict_recorder import tell_conflicts
from server.reconciliation.conflicts_and_sides import WITHDRAWN
from server.reconciliation.findings import SIDES_MAX, ConflictKind, Finding
from server.reconciliation.overfull_zones import Overfull
from server.reconciliation.passage_findings import overfull, side_of
from shared.kernel.id_types import OccurrenceId
from shared.kernel.instant import Duration

_PAGE: Final = 500
REST: Final = 20
"""A zone that took so long is left alone for so many times as long: a twentieth of a processor."""

_READ_STANDING: Final = statement(
    "SELECT c.subject, c.disposition, c.occurrence_id, s.side FROM conflict c"
    " LEFT JOIN conflict_side s ON s.event_id = c.event_id AND s.conflict_id = c.id"
    " WHERE c.event_id = $1 AND c.organization_id = $2 AND c.kind = 'over_capacity'"
    " AND c.zone_id = $3"
)


class StandingConflict(msgspec.Struct):
    """A conflict about a zone's room as it stands."""

    disposition: str
    occurrence_id: OccurrenceId
    sides: set[str]


class ZoneLimitReview:
    """Judges the zones that wait; one for each worker."""

    def __init__(
        self, context: Context, driver: Driver, event_books: EventBooks, poke: Poke
    ) -> None:
        self._context, self._driver, self._event_books, self._poke = (
            context,
            driver,
            event_books,
            poke,
        )
        self._rests_until: dict[tuple[str, str], Duration] = {}

    async def work(self) -> None:
        """Judge every zone that waits, but those that have just cost much."""
        clock = self._context.clock
        async with self._driver.read(SYSTEM) as transaction:
            waiting = await read_unjudged(transaction)
        rests, now = self._rests_until, clock.monotonic()
        self._rests_until = {key: until for key, until in rests.items() if until > now}
        for zone in waiting:
            key = (zone.event_id, zone.zone_id)
            began = clock.monotonic()
            if key in self._rests_until:
                continue
            try:
                await self._judge(zone)
            except Exception:  # noqa: BLE001 - whatever it was, the others are judged, and it again
                log().exception("zone_limit_review.failed", event_id=zone.event_id)
            took = clock.monotonic() - began
            self._rests_until[key] = Duration(began + (1 + REST) * took)

    async def _judge(self, zone: UnjudgedZone) -> None:
        org, event_id = zone.organization_id, zone.event_id
        book = await self._event_books.of_event(org, event_id)
        head = await by_current_books(
            book, partial(self._event_books.renewed, org, event_id), partial(self._judge_by, zone)
        )
        if head is not None:
            self._poke(event_id, *head)

    async def _judge_by(self, zone: UnjudgedZone, book: EventBook) -> tuple[int, int] | None:
        org, event_id = zone.organization_id, zone.event_id
        async with self._driver.read(org) as transaction:
            status = await read_status(transaction, org, event_id, ())
            told = await read_notices(transaction, org, event_id)
        if status is None:
            return None
        if version_of(status) != book.version:
            raise Outdated
        looking = Overfull(book.history, zone.zone_id, told)
        for _ in looking.look(await self._read(zone, status.seq)):
            await asyncio.sleep(0)
        async with self._driver.write(org) as transaction:
            # In the order of all others' locks: the zone, then the counter.
            if not await set_judged(transaction, zone):
                return None
            await take_numbers(transaction, org, event_id, 0)
            findings = changes_of(await _read_standing(transaction, zone), looking.found)
            now, entropy = self._context.clock.wall(), self._context.entropy
            head = await tell_conflicts(transaction, book, _as_about(zone, findings), now, entropy)
        return None if head is None else (status.epoch, head)

    async def _read(self, zone: UnjudgedZone, until: int) -> list[UseRecord]:
        """Read a zone's passages, page by page, so that nobody waits for all of it."""
        uses: list[UseRecord] = []
        while True:
            after = uses[-1].claim_id if uses else ""
            async with self._driver.read(zone.organization_id) as transaction:
                page = await read_zone_page(transaction, zone, until, after, limit=_PAGE)
            uses += page
            if len(page) < _PAGE:
                return uses
            await asyncio.sleep(0)


async def _read_standing(
    transaction: Transaction, zone: UnjudgedZone
) -> dict[str, StandingConflict]:
    """Read the conflicts about a zone's room, by subject."""
    place = zone.event_id, zone.organization_id, zone.zone_id
    found: dict[str, StandingConflict] = {}
    for subject, disposition, occurrence_id, side in await transaction.fetch(
        _READ_STANDING, *place
    ):
        one = found.setdefault(subject, StandingConflict(disposition, occurrence_id, set()))
        if side is not None:
            one.sides.add(side)
    return found


def changes_of(
    standing: Mapping[str, StandingConflict], too_many: Sequence[UseRecord]
) -> list[Finding]:
    """Say what differs from the conflicts that stand; those to be withdrawn have no sides. Pure.

    Args:
        standing: By subject.
        too_many: The entries into the zone that were too many, in order.
    """
    found: dict[str, Finding] = {}
    for use in too_many:
        one = overfull(use, side_of(use, None))
        before = found.get(one.subject)
        sides = [*(() if before is None else before.sides), *one.sides]
        found[one.subject] = msgspec.structs.replace(one, sides=sides[:SIDES_MAX], is_whole=True)
    changed = []
    for finding in found.values():
        known = standing.get(finding.subject)
        named = {side.side for side in finding.sides}
        if known is None or known.disposition == WITHDRAWN or known.sides != named:
            changed.append(finding)
    gone = [
        Finding(
            kind=ConflictKind.OVER_CAPACITY,
            subject=subject,
            sides=(),
            occurrence_id=known.occurrence_id,
        )
        for subject, known in sorted(standing.items())
        if subject not in found and not known.disposition
    ]
    return [*changed, *gone]


def _as_about(zone: UnjudgedZone, findings: Sequence[Finding]) -> list[Finding]:
    return [msgspec.structs.replace(one, zone_id=zone.zone_id) for one in findings]
