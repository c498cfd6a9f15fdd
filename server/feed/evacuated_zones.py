"""Which zones are being evacuated, or were, kept beside the feed's counter for every claim to see.

A claim reads it with the ledger's state, at no further cost. Gates find the same from the same
words (`shared.evacuations.standing_words`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from server.db.hot_path_connections import Transaction
from server.db.hot_path_statements import Statement, statement
from server.db.unit import Unit
from server.feed.models import EventFeed
from shared.evacuations.standing_words import emptied_by, is_stopped, stopped_by, take_notice
from shared.kernel.id_types import EventId, ZoneId
from shared.kernel.instant import Instant
from shared.wire.feed import EvacuationNotice

EVACUATIONS_NAMED_MAX: Final = 4
"""Evacuations under way in one zone that an answer names; a datagram has to hold them."""


def _of_feed(columns: str, condition: str) -> Statement:
    """Read the few words on evacuations in a long feed, in order."""
    given = f"WHERE subject = 0 AND event_id = $1{condition} AND kind = 'evacuation' ORDER BY seq"
    both = statement(f"SELECT {columns} FROM feed {given}")  # noqa: S608 - our own words
    return both.by_index("feed", "ix_feed_subject_event_id")


_READ: Final = _of_feed("body", "")
READ_NOTICES: Final = _of_feed("seq, body", " AND organization_id = $2")
_KEEP: Final = statement(
    "UPDATE event_feed SET stopped = $2, emptied = $3 WHERE event_id = $1 RETURNING seq"
)
_ID: Final = re.compile("[0-9a-f]{32}")
_NOTICE: Final = msgspec.msgpack.Decoder(EvacuationNotice)


class Stops(msgspec.Struct, frozen=True):
    """What a claim has to know of evacuations.

    Attributes:
        stopped: Zones that are being evacuated, with the evacuations whose word that is. None are
            named where there are many, or one that no gate has begun.
        emptied: When everybody had last left a zone; what is granted now comes after that.
    """

    stopped: Mapping[str, tuple[str, ...]] = {}
    emptied: Mapping[str, Instant] = {}


async def keep_stops(transaction: Transaction, event_id: EventId) -> None:
    """Note what the feed's words say of the zones; called with the counter locked."""
    held: tuple[EvacuationNotice, ...] = ()
    for row in await transaction.fetch(_READ, event_id):
        held = take_notice(held, _NOTICE.decode(row[0]))
    zones = sorted({notice.zone_id for notice in held})
    stopped = [
        f"{zone_id}={_spell(stopped_by(held, zone_id))}"
        for zone_id in zones
        if is_stopped(held, zone_id)
    ]
    returns = {zone_id: emptied_by(held, zone_id) for zone_id in zones}
    emptied = [f"{zone_id}={at}" for zone_id, at in returns.items() if at is not None]
    await transaction.fetch(_KEEP, event_id, ",".join(stopped), ",".join(emptied))


def read_stops(stopped: str, emptied: str) -> Stops:
    """Read the columns of `event_feed` that `keep_stops` writes."""
    pairs = (pair.rsplit("=", 1) for pair in emptied.split(",")) if emptied else ()
    zones = (zone.partition("=") for zone in stopped.split(",")) if stopped else ()
    return Stops(
        {zone_id: tuple(ids.split("+")) if ids else () for zone_id, _, ids in zones},
        {zone_id: Instant(int(at)) for zone_id, at in pairs},
    )


async def is_evacuated(unit: Unit, event_id: EventId, zone_id: ZoneId) -> bool:
    """Tell whether nobody is let into a zone now, by what the event's gates were told."""
    query = select(EventFeed.stopped).where(EventFeed.event_id == event_id)
    return zone_id in read_stops(await unit.session.scalar(query) or "", "").stopped


def _spell(evacuation_ids: Sequence[str]) -> str:
    """Put ids into the column; none where one of them could be taken for something else."""
    are_plain = all(_ID.fullmatch(one) for one in evacuation_ids)
    return (
        "+".join(evacuation_ids)
        if are_plain and len(evacuation_ids) <= EVACUATIONS_NAMED_MAX
        else ""
    )
