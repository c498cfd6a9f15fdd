"""What a supervisor's word on an evacuation does to the ledger.

When the return begins, everybody who was inside is recorded as having left, once for each ticket,
under a name that every gate derives alike: the feed then tells all gates, whether they know what
an evacuation is or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from server.db.driver import Transaction
from server.db.statement import statement
from server.publishing.book import EventBook
from server.sync.records import UseRecord, read_use
from server.sync.statements import USE_COLUMNS
from shared.admission.evacuation import EvacuationPhase, place_of
from shared.journal.entry import EvacuationBody
from shared.kernel.instant import Instant
from shared.manifest.facts import UseFact
from shared.wire.emptying import implied_exits
from shared.wire.feed import EvacuationNotice

_READ_ZONE: Final = statement(
    f"SELECT {', '.join(USE_COLUMNS)} FROM ticket_use"  # noqa: S608 - our own columns
    " WHERE event_id = $1 AND organization_id = $2 AND zone_id = $3 AND NOT is_annulled"
    " ORDER BY seq"
)
_NAME_SIZE_MAX: Final = 64


def read_notice(
    said: EvacuationBody, book: EventBook, received_at: Instant
) -> EvacuationNotice | None:
    """Return what the zone's gates are told; None for a word on nothing that the event has."""
    if said.zone_id not in book.index.zones or not 0 < len(said.evacuation_id) <= _NAME_SIZE_MAX:
        return None
    emptied_at = said.emptied_at
    return EvacuationNotice(
        said.evacuation_id,
        said.zone_id,
        said.phase,
        said.gate_id,
        min(said.begun_at, received_at),
        # Nobody has left who comes in later.
        None if emptied_at is None else min(emptied_at, received_at),
    )


def starts_return(said: EvacuationBody) -> bool:
    """Whether everybody counts as outside from this word on."""
    return said.emptied_at is not None and place_of(said.phase) == place_of(EvacuationPhase.RETURN)


async def find_exits(
    transaction: Transaction,
    book: EventBook,
    notice: EvacuationNotice,
    *,
    device_id: str,
    epoch: int,
) -> list[UseRecord]:
    """Return the exits to record for the tickets that were inside; none twice.

    Called with the event's counter locked: no passage is on its way into the ledger meanwhile.
    """
    rows = await transaction.fetch(_READ_ZONE, book.event_id, book.organization_id, notice.zone_id)
    by_ticket: dict[int, list[UseRecord]] = {}
    for row in rows:
        use = read_use(row)
        by_ticket.setdefault(use.ticket_id, []).append(use)
    return [
        left
        for uses in by_ticket.values()
        for left in exits_of(uses, notice, device_id=device_id, epoch=epoch)
    ]


def exits_of(
    uses: Sequence[UseRecord], notice: EvacuationNotice, *, device_id: str, epoch: int
) -> list[UseRecord]:
    """Return the exits of one ticket's holders that are not recorded yet. Pure."""
    if not uses:
        return []
    ticket_id, facts = uses[0].ticket_id, [use.fact() for use in uses]
    return [
        _record(left, uses[-1], notice, device_id, epoch)
        for left in implied_exits(facts, (notice,), notice.zone_id, ticket_id)
    ]


def _record(
    left: UseFact, before: UseRecord, notice: EvacuationNotice, device_id: str, epoch: int
) -> UseRecord:
    return UseRecord(
        claim_id=left.claim_id,
        ticket_id=before.ticket_id,
        zone_id=left.zone_id,
        occurrence_id=before.occurrence_id,
        direction="out",
        at=left.at,
        at_error=None,
        count=left.count,
        gate_id=notice.gate_id,
        device_id=device_id,
        mode="offline",
        reason="exit",
        is_annulled=False,
        is_confirmed=True,
        source="journal",
        boot=None,
        dseq=None,
        seq=0,
        epoch=epoch,
        content=None,
        remaining=None,
    )


def without_those_who_left(
    inside: Mapping[str, int], exits: Iterable[UseRecord]
) -> dict[str, int]:
    """Return how many are inside the zones that are counted, after everybody has left."""
    left: dict[str, int] = {}
    for use in exits:
        left[use.zone_id] = left.get(use.zone_id, 0) + use.count
    return {zone: max(0, count - left.get(zone, 0)) for zone, count in inside.items()}
