"""From a refused edit to what somebody else changed meanwhile, for whichever thing it was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from gatekeeper.organizer.merging import Clash, Fields, find_clashes
from gatekeeper.organizer.server_api import Refused

_CHANGED_MEANWHILE: Final = 412


async def clash_of(
    refusal: Refused,
    before: Fields,
    mine: Fields,
    read: Callable[[], Awaitable[tuple[str, Fields]]],
) -> Clash:
    """Say what somebody else changed of a thing.

    Args:
        refusal: Of the edit.
        before: The thing's fields as they were read.
        mine: As they were about to be written.
        read: Reads its tag and its fields as they are now.

    Raises:
        Refused: the refusal itself, if it was for another reason; if the thing is gone.
    """
    if refusal.status != _CHANGED_MEANWHILE:
        raise refusal
    etag, now = await read()
    change = refusal.change
    return Clash(
        by="" if change is None else change.by,
        at=None if change is None else change.at,
        etag=etag,
        theirs=now,
        fields=find_clashes(before, now, mine),
    )
