"""Calls places back from other devices' shares where a claim finds too few, and there are enough.

A group needs its places together, and the last ones of a small zone lie with its gates. A claim
waits for nobody: it is refused, says that the places are on their way, and whoever scans again
finds them. A place is free when its device's signed word has come, as ever: what a gate holds that
is cut off meanwhile stays with it.

Source:
    docs/decisions/0106-places-are-called-back.md
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from server.claims.claim_work import ClaimWork
from server.claims.deciding import ClaimFold
from server.claims.folded_claim import FoldedClaim
from server.db.hot_path_connections import Transaction
from server.devices.home_places import HEARD_WITHIN
from server.devices.rows import read_in_touch
from server.ledger.zone_shares_of_devices import READ_INSIDE, keep_places
from server.plans.event_book import EventBook
from shared.admission.explain import CALLED_BACK_STEP
from shared.admission.zone_shares import call_back
from shared.kernel.id_types import DeviceId, ZoneId
from shared.kernel.instant import SECOND, Duration, Instant
from shared.wire.claim import ClaimAnswer
from shared.wire.device_feed import ShareChange

IN_TOUCH_WITHIN: Final[Duration] = HEARD_WITHIN + 15 * SECOND
"""Who was heard, or enrolled, so lately is asked: a gate exchanges every few seconds, and its last
contact is noted to within half a minute."""
PLACES_KEPT_FOR: Final[Duration] = 15 * SECOND
"""So long nothing of the zone's room is granted to devices: the holders are still there, choose
their number once more and pass; then the shares are filled again."""
PLACES_ASKED_AGAIN_AFTER: Final[Duration] = 2 * SECOND
"""Within so long after a zone's devices were asked they are not asked again: in a full hall each
scan would else fill the feed of all."""


async def call_places_back(
    transaction: Transaction,
    book: EventBook,
    works: Sequence[ClaimWork],
    fold: ClaimFold,
    verdicts: Sequence[FoldedClaim],
    now: Instant,
) -> list[ShareChange]:
    """Find what devices are asked to give back, and say so in the answers of who waits for it.

    Called while the zones' presence is locked and nothing is written yet.

    Returns:
        What devices are told by the feed.
    """
    short = [(w, v) for w, v in zip(works, verdicts, strict=True) if v.lacks_places]
    if not short:
        return []
    holders = {one for work, _ in short for one in fold.lefts(work)}
    since = Instant(now - IN_TOUCH_WITHIN)
    in_touch = await read_in_touch(transaction, book.organization_id, holders, since)
    recent = await _called_just_now(transaction, book, fold, now)
    asked: dict[tuple[ZoneId, DeviceId], ShareChange] = {}
    for work, verdict in short:
        lefts = {one: left for one, left in fold.lefts(work).items() if one in in_touch}
        missing = fold.missing(work)
        if missing < 1 or sum(lefts.values()) < missing:
            continue  # as it stands after the batch, or with gates that nobody reaches
        _promise(verdict)
        zone_id = book.index.gates[work.request.gate_id].zone_id
        if zone_id in recent:
            continue
        for device_id, keep in call_back(lefts, missing).items():
            known = asked.get((zone_id, device_id))
            if known is None or known.keep is None or keep < known.keep:
                granted = fold.granted(work, device_id)
                asked[zone_id, device_id] = ShareChange(device_id, zone_id, granted, keep)
    zones = {zone_id for zone_id, _ in asked}
    await keep_places(transaction, book.event_id, zones, Instant(now + PLACES_KEPT_FOR))
    return list(asked.values())


async def _called_just_now(
    transaction: Transaction, book: EventBook, fold: ClaimFold, now: Instant
) -> set[ZoneId]:
    """Name the zones whose devices were asked a moment ago, and may be about to answer."""
    rows = await transaction.fetch(
        READ_INSIDE, book.event_id, book.organization_id, sorted(fold.inside)
    )
    called = {row[0]: row[2] - PLACES_KEPT_FOR for row in rows if row[2] is not None}
    return {one for one, at in called.items() if now - PLACES_ASKED_AGAIN_AFTER < at <= now}


def _promise(verdict: FoldedClaim) -> None:
    """Say in a refusal that places are on their way; the same claim is told the same again."""
    assert isinstance(verdict.answer, ClaimAnswer)
    verdict.answer = msgspec.structs.replace(
        verdict.answer, called_back=True, next_step=CALLED_BACK_STEP
    )
    told = verdict.finished()
    assert verdict.mark is not None
    assert isinstance(told, bytes)
    verdict.mark.answer = told
