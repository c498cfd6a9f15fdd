"""Which zones are being evacuated, kept beside the feed's counter for every claim to see.

A claim reads it with the ledger's state, at no further cost. Gates find the same from the same
words (`shared.wire.emptying`).
"""

from __future__ import annotations

from typing import Final

import msgspec

from server.db.driver import Transaction
from server.db.statement import statement
from shared.wire.emptying import is_stopped, take_notice
from shared.wire.feed import EvacuationNotice

_READ: Final = statement(
    "SELECT body FROM feed WHERE subject = 0 AND event_id = $1 AND kind = 'evacuation'"
    " ORDER BY seq"
)
_KEEP: Final = statement("UPDATE event_feed SET stopped = $2 WHERE event_id = $1 RETURNING seq")
_NOTICE: Final = msgspec.msgpack.Decoder(EvacuationNotice)


async def keep_stops(transaction: Transaction, event_id: str) -> None:
    """Note which zones are stopped by the feed's words; called with the counter locked."""
    held: tuple[EvacuationNotice, ...] = ()
    for row in await transaction.fetch(_READ, event_id):
        held = take_notice(held, _NOTICE.decode(row[0]))
    zones = sorted({notice.zone_id for notice in held if is_stopped(held, notice.zone_id)})
    await transaction.fetch(_KEEP, event_id, write_stops(zones))


def write_stops(zones: list[str]) -> str:
    """Spell zones as the column `event_feed.stopped` has them."""
    return ",".join(zones)


def read_stops(column: str) -> frozenset[str]:
    """Read the column `event_feed.stopped`."""
    return frozenset(column.split(",")) if column else frozenset()
