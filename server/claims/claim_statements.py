"""What claims are decided by, read in one message, and what was decided, written in another.

PostgreSQL only: where a statement is a call, there is one for each thing (`server/ledger`).
Parameters of the reading: the event, the organization, devices, tickets (as `array_text`), claims,
numbers of the feed, zones of limited capacity, claims of which a home may have been asked.

What writes is a function that the database keeps (`keep_recording`): one call of several small
statements, of which each sees what the one before it has waited for.

Source:
    docs/decisions/0093-claims-written-by-a-function.md
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, text

from server.db.hot_path_statements import Chosen, Statement, choose
from server.feed.evacuated_zones import READ_NOTICES
from server.feed.rows import IS_PLAN_OF, LOTS_AS_ROWS, READ_STATUS
from server.homes.rows import ASK_STAMPS, ASKS_AS_ROWS
from server.ledger.evacuations_on_record import READ_WORDS
from server.ledger.ledger_statements import (
    MARK_STAMPS,
    MARKS_AS_ROWS,
    PRESENCE_AS_ROWS,
    RECORDING,
    SHARES_AS_ROWS,
    USE_STAMPS,
    USES_AS_ROWS,
    ZONE_STAMPS,
    recording,
)
from server.ticketing.rows import TICKET_STAMPS_HELD, TICKETS_AS_ROWS
from server.ticketing.withdrawals import WITHDRAWALS_AS_ROWS

_PARTS: Final = {
    "tickets": TICKETS_AS_ROWS,
    "uses": USES_AS_ROWS,
    "marks": MARKS_AS_ROWS,
    "inside": PRESENCE_AS_ROWS,
    "shares": SHARES_AS_ROWS,
    "asks": ASKS_AS_ROWS,
}
_TOLD: Final = {
    "notices": f"SELECT one FROM ({READ_NOTICES.postgres}) one",  # noqa: S608 - our own text
    "words": f"SELECT one FROM ({READ_WORDS.postgres}) one",  # noqa: S608 - as above
    "withdrawals": WITHDRAWALS_AS_ROWS,
}
_NUMBERS: Final = "bigint[]"
_NOTHING: Final = "'{}'::text[]"
_ZONED: Final = f"CASE WHEN $5 IS NULL THEN '{{}}' ELSE ARRAY({ZONE_STAMPS}) END"
_ASKED: Final = f"CASE WHEN $6 IS NULL THEN '{{}}' ELSE ARRAY({ASK_STAMPS}) END"
_BODY: Final = recording(
    held=TICKET_STAMPS_HELD,
    # A device that is revoked meanwhile, or a ledger that is closed, is as if it were just
    # afterwards.
    event=IS_PLAN_OF,
    others=f"{USE_STAMPS} UNION ALL {MARK_STAMPS}",
    more=f"{_ZONED} || {_ASKED}",
)
# The feed's head decides nothing.
_STATUS, _REST = READ_STATUS.postgres.replace("coalesce(f.seq, 0)", "0").split(" FROM ledger l")


@cache
def reading(
    *,
    has_tickets: bool,
    has_claims: bool,
    has_seen: bool,
    has_zones: bool,
    has_asked: bool,
    is_told: bool,
) -> Chosen:
    """Make the reading of a batch: a row of the status, and an array of each part.

    What a batch does not ask for is left out: getting a part ready costs more than reading it.
    """
    left_out = set() if has_tickets else {"tickets"}
    left_out |= set() if has_claims else {"uses", "marks", "withdrawals"}
    left_out |= set() if has_zones else {"inside", "shares"}
    left_out |= set() if has_asked else {"asks"}
    left_out |= set() if has_seen else {"lots"}
    parts = _PARTS | {"lots": LOTS_AS_ROWS} | (_TOLD if is_told else {})
    arrays = ", ".join(
        _NOTHING if name in left_out else f"ARRAY({sql})" for name, sql in parts.items()
    )
    arrays = arrays.replace(f"$4::{_NUMBERS}", f"$4::text::{_NUMBERS}")
    return choose(f"{_STATUS}, {arrays} FROM ledger l{_REST}")


def _given(number: int, kind: str) -> str:
    return f"${number}::text::{kind}" if kind == _NUMBERS else f"${number}"


_NAME: Final = f"record_claims_{sha256(repr((RECORDING, _BODY)).encode()).hexdigest()[:8]}"
WRITING: Final = Statement(
    f"SELECT {_NAME}({', '.join(_given(n, kind) for n, kind in enumerate(RECORDING, 1))})",
    "",
)
"""Checks that all stands as a batch was decided by, and writes what was decided: see
`recording`. Arrays of numbers come as `array_text`."""


def keep_recording(connection: Connection) -> None:
    """Make the function that `WRITING` calls, unless it is there; run after migrations.

    Its name says the version of its text. Those of other versions stay: workers of such may run
    yet.
    """
    if connection.dialect.name != "postgresql":
        return
    found = connection.scalar(text("SELECT 1 FROM pg_proc WHERE proname = :name"), {"name": _NAME})
    if found is None:
        connection.exec_driver_sql(
            f"CREATE FUNCTION {_NAME}({', '.join(RECORDING)}) RETURNS bigint"
            f" LANGUAGE plpgsql AS $${_BODY}$$"
        )
