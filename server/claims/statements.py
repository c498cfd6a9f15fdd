"""What claims are decided by, read in one message, and what was decided, written in another.

PostgreSQL only: where a statement is a call, there is one for each thing (`server/ledger`).
Parameters of the reading: the event, the organization, devices, tickets, claims, numbers of the
feed, zones of limited capacity, claims of which a home may have been asked.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from server.db.statement import Chosen, choose
from server.feed.rows import LOTS_AS_ROWS, OF_EVENT, READ_STATUS, VERSIONS
from server.homes.rows import ASKS_AS_ROWS
from server.ledger.statements import (
    MARKS_AS_ROWS,
    PRESENCE_AS_ROWS,
    SHARES_AS_ROWS,
    USES_AS_ROWS,
    recording,
)
from server.ticketing.rows import TICKETS_AS_ROWS

_GIVEN: Final = 8
_PARTS: Final = {
    "uses": USES_AS_ROWS,
    "marks": MARKS_AS_ROWS,
    "tickets": TICKETS_AS_ROWS,
    "inside": PRESENCE_AS_ROWS,
    "shares": SHARES_AS_ROWS,
    "asks": ASKS_AS_ROWS,
}
_NOTHING: Final = "SELECT ROW() WHERE false"
# A device that is revoked meanwhile, or a ledger that is closed, is as if it were just afterwards.
_NAMES: Final = ", ".join(f"p.{name}" for name in _PARTS)
_DIGEST: Final = f"sha256(record_send(ROW({VERSIONS}, {_NAMES})))"
# The feed's head decides nothing.
_STATUS, _REST = READ_STATUS.postgres.replace("coalesce(f.seq, 0)", "0").split(" FROM ledger l")


@cache
def reading(*, has_seen: bool, has_zones: bool, has_asked: bool) -> Chosen:
    """Make the reading of a batch: a row of the status, an array of each part, and the digest.

    What a batch does not ask for is left out: getting a part ready costs more than reading it.
    """
    lots = LOTS_AS_ROWS if has_seen else _NOTHING
    parts = _parts(has_zones=has_zones, has_asked=has_asked)
    return choose(
        f"{_STATUS}, p.*, ARRAY({lots}), {_DIGEST} FROM {parts} CROSS JOIN ledger l{_REST}"
    )


@cache
def writing(*, has_zones: bool, has_asked: bool, has_uses: bool, has_marks: bool) -> Chosen:
    """Make what checks the digest of such a reading, and writes what was decided by it."""
    parts = _parts(has_zones=has_zones, has_asked=has_asked)
    digest = f"SELECT {_DIGEST} FROM {parts} CROSS JOIN {OF_EVENT}"  # noqa: S608 - our own names
    return choose(
        recording(digest, _GIVEN + 1, has_uses=has_uses, has_marks=has_marks, has_zones=has_zones)
    )


def _parts(*, has_zones: bool, has_asked: bool) -> str:
    left_out = set() if has_zones else {"inside", "shares"}
    left_out |= set() if has_asked else {"asks"}
    given = {name: _NOTHING if name in left_out else sql for name, sql in _PARTS.items()}
    arrays = ", ".join(f"ARRAY({sql}) AS {name}" for name, sql in given.items())
    return f"(SELECT {arrays} OFFSET 0) p"
