"""What a supervisor's word on an evacuation does to the ledger.

When the return begins, everybody who was inside is recorded as having left, once for each ticket,
under a name that every gate derives alike: the feed then tells all gates, whether they know what
an evacuation is or not.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Final

import msgspec

from server.db.hot_path_connections import Row, Transaction
from server.feed.evacuated_zones import READ_NOTICES, keep_stops
from server.feed.rows import name_subjects
from server.ledger.arrivals_after_evacuations import Told
from server.ledger.ledger_statements import ANNUL_USES
from server.ledger.passage_order import places_in, ways_of
from server.ledger.rows import annul_item, insert_uses, read_zone, set_presence
from server.ledger.uses import UseRecord
from server.plans.event_book import EventBook
from shared.admission.evacuation import EvacuationPhase, exit_claim_id, place_of
from shared.evacuations.implied_exits import persons_emptied, windows_of
from shared.kernel.id_types import ClaimId, DeviceId, EventId, OrganizationId
from shared.kernel.instant import Instant
from shared.wire.feed import Annul, EvacuationNotice, ItemBody

_SUBJECT: Final = 0
"""By the index of subjects the few words on evacuations are found in a long feed."""

_NOTICE: Final = msgspec.msgpack.Decoder(EvacuationNotice)


def starts_return(notice: EvacuationNotice) -> bool:
    """Whether everybody counts as outside from this word on."""
    is_return = place_of(notice.phase) == place_of(EvacuationPhase.RETURN)
    return notice.emptied_at is not None and is_return


def returns_of(notices: Iterable[EvacuationNotice]) -> list[EvacuationNotice]:
    """Return what sends people out, in order; of two gates' words on one return the later one.

    What the organizer has annulled is among them: whom it had sent out never had to leave.
    """
    latest: dict[tuple[str, str], EvacuationNotice] = {}
    for notice in notices:
        if not (starts_return(notice) or notice.annulled):
            continue
        key = (notice.evacuation_id, notice.zone_id)
        latest[key] = max(latest.get(key, notice), notice, key=_return_order)
    return sorted(latest.values(), key=_return_order)


def _return_order(notice: EvacuationNotice) -> tuple[bool, Instant, str, str]:
    return notice.annulled, notice.emptied_at or Instant(0), notice.evacuation_id, notice.gate_id


async def read_notices(
    transaction: Transaction, organization_id: OrganizationId, event_id: EventId
) -> list[Told]:
    """Read what an event's gates were told of evacuations, in order."""
    return notices_of(await transaction.fetch(READ_NOTICES, event_id, organization_id))


def notices_of(rows: Iterable[Row]) -> list[Told]:
    """Turn numbers and bodies of the feed's items into what gates were told of evacuations."""
    return [Told(row[0], _NOTICE.decode(row[1])) for row in rows]


async def keep_notices(
    transaction: Transaction, event_id: EventId, first: int, told: Sequence[ItemBody]
) -> None:
    """Let the words on evacuations among new items of the feed be found, and bind claims.

    Called with the event's counter locked.
    """
    subjects = {
        number: _SUBJECT
        for number, item in enumerate(told, first)
        if isinstance(item, EvacuationNotice)
    }
    if subjects:
        await name_subjects(transaction, event_id, subjects)
        await keep_stops(transaction, event_id)


class Exits(msgspec.Struct, frozen=True):
    """What evacuations change of tickets' passages.

    Attributes:
        made: Exits to record; they are among the passages already.
        gone: Exits that are none any more: fewer were inside than it had seemed.
    """

    made: list[UseRecord]
    gone: list[UseRecord]


def settle_exits(
    uses: list[UseRecord], returns: Sequence[EvacuationNotice], *, device_id: DeviceId, epoch: int
) -> Exits:
    """Let the holders of one ticket who were inside have left, and nobody else. Pure.

    Passages come late and are taken back: the exits follow what is known, whatever came first.

    Args:
        uses: The ticket's passages, changed in place.
        returns: From `returns_of`.
        device_id: Whose word it is that is posted.
        epoch: The ledger's.
    """
    exits = Exits([], [])
    for notice in returns:
        name = exit_claim_id(notice.evacuation_id, notice.zone_id, uses[0].ticket_id)
        named = [use for use in uses if use.claim_id.endswith(name)]
        others = ways_of(use for use in uses if use not in named)
        inside = 0 if notice.annulled else persons_emptied(others, notice, returns)
        standing = [use for use in named if not use.is_annulled]
        wanted = [(notice.emptied_at, inside)] if inside else []
        if [(use.at, use.count) for use in standing] == wanted:
            continue
        for use in standing:
            use.is_annulled = True
        exits.gone.extend(standing)
        if inside:
            again = f"{len(named)}:" if named else ""
            before = next(use for use in uses if use.zone_id == notice.zone_id)
            left = _record(ClaimId(again + name), inside, before, notice, device_id, epoch)
            uses.append(left)
            exits.made.append(left)
    return exits


def _record(
    claim_id: ClaimId,
    count: int,
    before: UseRecord,
    notice: EvacuationNotice,
    device_id: DeviceId,
    epoch: int,
) -> UseRecord:
    return UseRecord(
        claim_id=claim_id,
        ticket_id=before.ticket_id,
        zone_id=notice.zone_id,
        occurrence_id=before.occurrence_id,
        direction="out",
        at=notice.emptied_at or Instant(0),
        at_error=None,
        count=count,
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


class ReturnPoster:
    """Posts what words on evacuations change for all of a zone's tickets."""

    def __init__(
        self, transaction: Transaction, book: EventBook, device_id: DeviceId, epoch: int
    ) -> None:
        self._transaction = transaction
        self._book = book
        self._device_id = device_id
        self._epoch = epoch

    async def post(
        self,
        words: Iterable[EvacuationNotice],
        notices: Sequence[EvacuationNotice],
        number: int,
        counted: Container[str],
    ) -> list[ItemBody]:
        """Record who has left; called with the event's counter locked.

        No passage is on its way into the ledger meanwhile.

        Args:
            words: What is new.
            notices: All that counts, the new words among them.
            number: The feed's next.
            counted: Zones of which it is known how many places are taken.

        Returns:
            What the feed says of it.
        """
        place = (self._transaction, self._book.organization_id, self._book.event_id)
        items: list[ItemBody] = []
        returns = returns_of(notices)
        for zone_id in sorted({word.zone_id for word in words}):
            here = [one for one in returns if one.zone_id == zone_id]
            if not here and zone_id not in counted:
                continue  # nobody has left yet
            by_ticket = await read_zone(*place, zone_id)
            exits = Exits([], [])
            for uses in by_ticket.values():
                done = settle_exits(uses, here, device_id=self._device_id, epoch=self._epoch)
                exits.made.extend(done.made)
                exits.gone.extend(done.gone)
            items += await self._record(exits, number + len(items))
            if zone_id in counted:
                windows = windows_of(notices, zone_id)
                taken = [places_in(uses, zone_id, windows) for uses in by_ticket.values()]
                persons = sum(places.taken for places in taken)
                await set_presence(*place, {zone_id: persons})
        return items

    async def _record(self, exits: Exits, number: int) -> list[ItemBody]:
        transaction, event_id = self._transaction, self._book.event_id
        for seq, left in enumerate(exits.made, number):
            left.seq = seq
        await insert_uses(transaction, self._book.organization_id, event_id, exits.made)
        gone = [(event_id, left.claim_id, True) for left in exits.gone]
        await transaction.run_many(ANNUL_USES, gone)
        return [*(left.item() for left in exits.made), *map(taken_back, exits.gone)]


def taken_back(left: UseRecord) -> Annul:
    """Say as the feed has it that an exit was none."""
    return annul_item(left, at=left.at, device_id=left.device_id, why="undone")
