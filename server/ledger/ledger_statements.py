"""The statements of the ledger's hot path, prepared once on every connection.

They name the tables of other domains (`ticket`, `event`, `device`): whoever claims must see and
lock the ticket's own row, and going through the services' mapper would cost more than all the
rest. They only read them.
"""

from __future__ import annotations

from typing import Final

from server.db.hot_path_statements import (
    STAMP,
    Statement,
    columns_of,
    insertion,
    lookup,
    statement,
    updating,
)
from server.ledger.models import ClaimMark, TicketUse, ZonePresence
from server.ledger.uses import MarkRecord, UseRecord

USE_COLUMNS: Final = columns_of(TicketUse, " ".join(UseRecord.__struct_fields__))
_MARK: Final = ", ".join(MarkRecord.__struct_fields__)
_USES: Final = ", ".join(USE_COLUMNS)
_BY_TICKET: Final = lookup("ticket_use", _USES, "ticket_id", "bigint", given=3)
_BY_CLAIM: Final = lookup("ticket_use", _USES, "claim_id", "text", given=4)
READ_USES: Final = Statement(
    f"{_BY_TICKET.postgres} UNION ALL {_BY_CLAIM.postgres}",
    f"{_BY_TICKET.sqlite} UNION ALL {_BY_CLAIM.sqlite}",
)
READ_ZONE: Final = statement(
    f"SELECT {_USES} FROM ticket_use"  # noqa: S608 - our own columns
    " WHERE event_id = $1 AND organization_id = $2 AND zone_id = $3 ORDER BY seq"
)
READ_TICKETS_OF_ZONE: Final = statement(
    "SELECT DISTINCT ticket_id FROM ticket_use WHERE event_id = $1 AND organization_id = $2"
    " AND zone_id = $3 ORDER BY ticket_id"
)
READ_UNLISTED: Final = statement(
    f"SELECT {_USES} FROM ticket_use u WHERE event_id = $1 AND organization_id = $2"  # noqa: S608 - as above
    " AND ticket_id >= $3::bigint AND (ticket_id, claim_id) > ($3::bigint, $4::text)"
    " AND ticket_id <= $5::bigint AND direction = 'in' AND NOT is_annulled"
    " AND NOT EXISTS (SELECT 1 FROM ticket t WHERE t.event_id = u.event_id"
    " AND t.organization_id = u.organization_id AND t.ticket_id = u.ticket_id)"
    " ORDER BY ticket_id, claim_id LIMIT $6"
).by_index("ticket_use u", "ix_ticket_use_ticket_id_event_id")
READ_MARKS: Final = lookup("claim_mark", _MARK, "claim_id", "text", given=3)
INSERT_USES: Final = insertion(TicketUse, f"event_id organization_id {' '.join(USE_COLUMNS)}")
INSERT_MARKS: Final = insertion(
    ClaimMark,
    f"event_id organization_id {_MARK.replace(',', '')} marked_at",
    "ON CONFLICT (event_id, claim_id) DO UPDATE SET device_id = excluded.device_id,"
    " why = excluded.why, content = excluded.content, answer = excluded.answer,"
    " marked_at = excluded.marked_at",
)
CONFIRM_USES: Final = updating(TicketUse, "event_id claim_id", "boot dseq is_confirmed allotted")
DATE_BACK_USES: Final = updating(
    TicketUse, "event_id claim_id", "at at_error moved mode source knew zone_id occurrence_id"
)
ANNUL_USES: Final = updating(TicketUse, "event_id claim_id", "is_annulled")
READ_PRESENCE: Final = statement(
    "SELECT zone_id, inside FROM zone_presence WHERE event_id = $1 AND organization_id = $2"
    " AND zone_id = ANY($3::text[]) ORDER BY zone_id FOR UPDATE"
)
_WAYS: Final = (
    "WITH way AS (SELECT zone_id, ticket_id, at, direction, claim_id,"
    " CASE WHEN source IN ('awaited', 'gift') AND NOT is_confirmed THEN 0"
    " WHEN direction = 'in' THEN count ELSE -count END AS persons"
    " FROM ticket_use WHERE event_id = $1 AND organization_id = $2"
    " AND zone_id = ANY($3::text[]) AND NOT is_annulled),"
    " run AS (SELECT zone_id, ticket_id, persons, sum(persons) OVER (PARTITION BY zone_id,"
    " ticket_id ORDER BY at, direction, claim_id ROWS UNBOUNDED PRECEDING) AS sofar FROM way),"
    " ticket_ways AS (SELECT zone_id, sum(persons) AS persons, CASE WHEN min(sofar) < 0"
    " THEN -min(sofar) ELSE 0 END AS unseen FROM run GROUP BY zone_id, ticket_id)"
)
COUNT_PRESENCE: Final = statement(
    f"{_WAYS} SELECT zone_id, CAST(sum(persons + unseen) AS bigint) FROM ticket_ways"  # noqa: S608 - our own columns
    " GROUP BY zone_id"
)
"""By each ticket's own passages, entries of one instant first, as `passage_order.places_in` does:
the exit of somebody who was not seen coming makes no room."""

SET_PRESENCE: Final = insertion(
    ZonePresence,
    "event_id organization_id zone_id inside",
    "ON CONFLICT (event_id, zone_id) DO UPDATE SET inside = excluded.inside",
)

CHANGE_PRESENCE: Final = insertion(
    ZonePresence,
    "event_id organization_id zone_id inside",
    "ON CONFLICT (event_id, zone_id) DO UPDATE SET inside = excluded.inside,"
    " changes = zone_presence.changes + 1",
)
"""As `SET_PRESENCE`; journals have said more: judged again (`server/ledger/unjudged_zones.py`)."""

_AS_ROWS: Final = f"ROW({_USES}, {STAMP})"
USES_AS_ROWS: Final = " UNION ALL ".join(
    lookup("ticket_use", _AS_ROWS, key, kind, given=given).postgres
    for key, kind, given in (("ticket_id", "bigint", 4), ("claim_id", "text", 5))
)
MARKS_AS_ROWS: Final = lookup(
    "claim_mark", f"ROW({_MARK}, {STAMP})", "claim_id", "text", given=5
).postgres
PRESENCE_AS_ROWS: Final = (
    f"SELECT ROW(zone_id, inside, {STAMP}) FROM zone_presence"  # noqa: S608 - our own names
    " WHERE event_id = $1 AND organization_id = $2 AND zone_id = ANY($7::text[]) ORDER BY zone_id"
)
SHARES_AS_ROWS: Final = (
    f"SELECT ROW(zone_id, device_id, granted, returned, spent, {STAMP}) FROM zone_share"  # noqa: S608 - as above
    " WHERE event_id = $1 AND organization_id = $2 AND zone_id = ANY($7::text[])"
    " AND lost_at IS NULL ORDER BY zone_id, device_id"
)
"""Parts of the one reading in `claims/claim_statements.py`, by its parameters; each row ends with
its stamp."""

USE_STAMPS: Final = " UNION ALL ".join(
    lookup("ticket_use", STAMP, key, kind, given=given).postgres
    for key, kind, given in (("ticket_id", "bigint", 3), ("claim_id", "text", 4))
)
MARK_STAMPS: Final = lookup("claim_mark", STAMP, "claim_id", "text", given=4).postgres
ZONE_STAMPS: Final = " UNION ALL ".join(
    f"(SELECT {STAMP} FROM {table} WHERE event_id = $1 AND organization_id = $2"  # noqa: S608 - our own names
    f" AND zone_id = ANY($5::text[]){more})"
    for table, more in (
        ("zone_presence", " ORDER BY zone_id"),
        ("zone_share", " AND lost_at IS NULL ORDER BY zone_id, device_id"),
    )
)
"""The stamps of the same rows in the same order, by the parameters of `recording`."""

GRANTED: Final = {
    "mode": "'online'",
    "is_annulled": "false",
    "is_confirmed": "false",
    "boot": "NULL",
    "dseq": "NULL",
    "knew": "0",
    "moved": "0",
}
"""What is the same of each use that a claim makes: no journal has told it yet."""
RECORDED: Final = [name for name in USE_COLUMNS if name != "seq" and name not in GRANTED]
"""The columns of a use but its number and those, in the order in which `recording` takes them."""


RECORDING: Final = (
    *("text", "text", "bigint[]", "text[]", "text[]", "text[]", "text[]"),
    *("bigint", "bigint", "text", "text", "bigint"),
    *(f"{USE_COLUMNS[name]}[]" for name in RECORDED),
    "bytea[]",
    *(f"{kind}[]" for kind in columns_of(ClaimMark, _MARK.replace(",", "")).values()),
    *("bigint", "text[]", "bigint[]", "text[]", "text[]", "bigint[]"),
)
"""The kinds of the parameters of `recording`: event, organization, tickets (in order), claims,
zones of limited capacity, claims of which a home may have been asked; the stamps and the four
versions that it was decided by; how many uses, their columns, their bodies for the feed; the
columns of marks and their instant; zones and how many are inside; zones, devices and what they
spent. Zones, asked claims, bodies and marks are NULL where there are none."""
_COUNT: Final = 12
_FIRST_MARK: Final = _COUNT + len(RECORDED) + 2
_FIRST_INSIDE: Final = _FIRST_MARK + len(MarkRecord.__struct_fields__) + 1


def recording(*, held: str, event: str, others: str, more: str) -> str:
    """Make the body of the function that locks, checks, numbers, stores and tells a batch.

    It takes the locks of claims in their order: tickets, zones, the event's counter. PostgreSQL
    lets each statement of it see what was committed before that began: so the check sees all that
    the locks were waited for. Who waits for a row's lock sees the row as it is then, so what is
    locked is checked by the statement that locks it.

    Args:
        held: A query that locks the tickets in order, and gives their stamps.
        event: SQL that is true if the event is still as the batch was decided by.
        others: A query of the stamps of uses and marks.
        more: SQL of the array of stamps of zones and asked claims, one of which is asked for.
            Apart, for what is not asked for would be got ready each time.

    Returns:
        The body, for parameters as `RECORDING`; NULL if nothing was written, for something is
        another by now or there is no counter, else the feed's new head.
    """
    own = "event_id = $1 AND organization_id = $2"
    return (
        "DECLARE held text[]; stands boolean; new_head bigint; BEGIN"  # noqa: S608 - our own names
        f" held := ARRAY({held});"
        " IF $5 IS NOT NULL THEN"
        f" PERFORM zone_id FROM zone_presence WHERE {own} AND zone_id = ANY($5)"
        " ORDER BY zone_id FOR UPDATE; END IF;"
        f" UPDATE event_feed SET seq = seq + ${_COUNT},"
        f" first_use_seq = coalesce(first_use_seq, seq + 1) WHERE {own}"
        " AND (keyring_version, coalesce(stopped, ''), coalesce(emptied, '')) = ($9, $10, $11)"
        " RETURNING seq INTO new_head;"
        " IF new_head IS NULL THEN RETURN NULL; END IF;"
        " IF $5 IS NULL AND $6 IS NULL THEN"
        f" stands := {event} AND $7 = held || ARRAY({others});"
        f" ELSE stands := {event} AND $7 = held || ARRAY({others}) || {more}; END IF;"
        # Rarely: the numbers are given back, for who follows the feed waits for each.
        " IF stands IS NOT TRUE THEN"
        f" UPDATE event_feed SET seq = seq - ${_COUNT} WHERE {own}; RETURN NULL; END IF;"
        f" IF ${_COUNT} > 0 THEN {_using()} END IF;"
        f" IF ${_FIRST_MARK} IS NOT NULL THEN {_marking()} END IF;"
        f" IF $5 IS NOT NULL THEN {_filling()} END IF;"
        " RETURN new_head; END"
    )


def _using() -> str:
    """Insert uses and tell them.

    Each place is read from the columns: to unnest so many keeps a store for each.
    """
    first, bodies = _COUNT + 1, _COUNT + 1 + len(RECORDED)
    values = ", ".join(f"${n}[g.place]" for n in range(first, bodies))
    places = f"generate_series(1, ${_COUNT}::integer) AS g (place)"
    return (
        f"INSERT INTO ticket_use (event_id, organization_id, seq, {', '.join(RECORDED)},"  # noqa: S608 - our own names
        f" {', '.join(GRANTED)}) SELECT $1, $2, new_head - ${_COUNT} + g.place, {values},"
        f" {', '.join(GRANTED.values())} FROM {places};"
        " INSERT INTO feed (event_id, organization_id, seq, kind, body)"
        f" SELECT $1, $2, new_head - ${_COUNT} + g.place, 'use', ${bodies}[g.place] FROM {places};"
    )


def _marking() -> str:
    """Insert or replace marks."""
    names = _MARK.split(", ")
    columns = ", ".join(f"${n}" for n in range(_FIRST_MARK, _FIRST_INSIDE - 1))
    changed = ", ".join(f"{name} = excluded.{name}" for name in [*names, "marked_at"][1:])
    return (
        f"INSERT INTO claim_mark (event_id, organization_id, {_MARK}, marked_at)"  # noqa: S608 - our own names
        f" SELECT $1, $2, m.*, ${_FIRST_INSIDE - 1} FROM unnest({columns}) m"
        f" ON CONFLICT (event_id, claim_id) DO UPDATE SET {changed};"
    )


def _filling() -> str:
    """Keep who is inside zones, and what devices' shares of them spent."""
    n = _FIRST_INSIDE
    return (
        "INSERT INTO zone_presence (event_id, organization_id, zone_id, inside)"  # noqa: S608 - our own names
        f" SELECT $1, $2, z.* FROM unnest(${n}, ${n + 1}) z"
        " ON CONFLICT (event_id, zone_id) DO UPDATE SET inside = excluded.inside;"
        " INSERT INTO zone_share (event_id, organization_id, zone_id, device_id,"
        f" spent, granted, returned) SELECT $1, $2, s.*, 0, 0 FROM unnest(${n + 2}, ${n + 3},"
        f" ${n + 4}) s ON CONFLICT (event_id, zone_id, device_id)"
        " DO UPDATE SET spent = zone_share.spent + excluded.spent;"
    )
