"""The statements of the ledger's hot path, prepared once on every connection.

They name the tables of other domains (`ticket`, `event`, `device`): whoever claims must see and
lock the ticket's own row, and going through the services' mapper would cost more than all the
rest. They only read them.
"""

from __future__ import annotations

from typing import Final

from server.db.statement import Statement, columns_of, insertion, lookup, statement, updating
from server.ledger.models import ClaimMark, TicketUse, ZonePresence
from server.ledger.uses import MarkRecord, UseRecord

_LOCK: Final = "FOR NO KEY UPDATE"
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
)
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
"""By each ticket's own passages, entries of one instant first, as `passages.places_in` does:
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
"""As `SET_PRESENCE`; what journals have said is judged again (`server/ledger/judging.py`)."""

_ROWS: Final = f"ROW({_USES})"
USES_AS_ROWS: Final = " UNION ALL ".join(
    lookup("ticket_use", _ROWS, key, kind, given=given).postgres
    for key, kind, given in (("ticket_id", "bigint", 4), ("claim_id", "text", 5))
)
MARKS_AS_ROWS: Final = lookup("claim_mark", f"ROW({_MARK})", "claim_id", "text", given=5).postgres
PRESENCE_AS_ROWS: Final = (
    "SELECT ROW(zone_id, inside) FROM zone_presence WHERE event_id = $1 AND organization_id = $2"
    " AND zone_id = ANY($7::text[]) ORDER BY zone_id"
)
SHARES_AS_ROWS: Final = (
    "SELECT ROW(zone_id, device_id, granted, returned, spent) FROM zone_share"
    " WHERE event_id = $1 AND organization_id = $2 AND zone_id = ANY($7::text[])"
    " AND lost_at IS NULL ORDER BY zone_id, device_id"
)
"""Parts of the one reading of `server/claims/statements.py`, by its parameters."""

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


def recording(digest: str, given: int, *, has_uses: bool, has_marks: bool, has_zones: bool) -> str:
    """Make the statement that locks in its first turn, and in its second checks and writes.

    PostgreSQL only, for `PostgresDriver.run_in_turn`. Its parameters from `given` on: tickets and
    zones to lock (the first turn has them, in order); the digest of what was decided by (the
    second one has it), how many uses, their columns, their bodies for the feed; the columns of
    marks and their instant; zones and how many are inside; zones, devices and what they spent.

    The first turn takes the locks of claims in their order: tickets, zones, the event's counter.
    The second one writes nothing if the digest is another by now, or if there is no counter.

    Args:
        digest: SQL that reads anew what was decided by, and says it as the digest.
        given: The number of the parameter that follows those of `digest`.
        has_uses: Whether there are any; a part that is left out need not be made ready each time.
        has_marks: Likewise.
        has_zones: Whether zones have to be locked, and who is inside them to be kept.

    Returns:
        A statement of one row: how many counters it has locked, and the feed's new head.
    """
    zones, seen, count = (f"${given + n}" for n in range(1, 4))
    uses = given + 4
    marks = uses + len(RECORDED) + 1
    inside = marks + len(MarkRecord.__struct_fields__) + 1
    hold = lookup("ticket", "ticket_id", "ticket_id", "bigint", given=given, lock=_LOCK).postgres
    own = "event_id = $1 AND organization_id = $2"
    before = "zoned" if has_zones else "held"
    held = f"held AS MATERIALIZED (SELECT count(*) AS n FROM ({hold}) h)"  # noqa: S608 - our own names
    zoned = (
        "zoned AS MATERIALIZED (SELECT count(*) AS n FROM (SELECT z.zone_id"  # noqa: S608 - as above
        f" FROM zone_presence z CROSS JOIN held WHERE held.n >= 0 AND {own}"
        f" AND zone_id = ANY({zones}::text[]) ORDER BY zone_id FOR UPDATE OF z) z)"
    )
    counted = (
        "counted AS MATERIALIZED (SELECT count(*) AS n FROM (SELECT f.seq FROM event_feed f"  # noqa: S608 - as above
        f" CROSS JOIN {before} b WHERE b.n >= 0 AND {own} AND {seen}::bytea IS NULL"
        " FOR NO KEY UPDATE OF f) c)"
    )
    taken = (
        f"taken AS (UPDATE event_feed SET seq = event_feed.seq + {count}::bigint,"  # noqa: S608 - as above
        " first_use_seq = coalesce(event_feed.first_use_seq, event_feed.seq + 1)"
        f" FROM counted WHERE counted.n >= 0 AND {own}"
        f" AND CASE WHEN {seen}::bytea IS NULL THEN false ELSE {seen}::bytea = ({digest}) END"
        " RETURNING seq)"
    )
    parts = [held, *[zoned] * has_zones, counted, taken]
    parts += [_using(uses, count)] * has_uses + [_marking(marks)] * has_marks
    parts += [_filling(inside)] * has_zones
    return f"WITH {', '.join(parts)} SELECT (SELECT n FROM counted), (SELECT seq FROM taken)"  # noqa: S608 - as above


def _using(given: int, count: str) -> str:
    """Insert uses and tell them, their columns and bodies given from a number on."""
    names = ", ".join(RECORDED)
    columns = [f"${n}::{USE_COLUMNS[name]}[]" for n, name in enumerate(RECORDED, given)]
    return (
        f"given AS (SELECT * FROM unnest({', '.join(columns)}, ${given + len(RECORDED)}::bytea[])"  # noqa: S608 - as above
        f" WITH ORDINALITY AS g ({names}, body, place)),"
        f" used AS (INSERT INTO ticket_use (event_id, organization_id, seq, {names},"
        f" {', '.join(GRANTED)}) SELECT $1, $2, taken.seq - {count}::bigint + given.place,"
        f" {', '.join('given.' + name for name in RECORDED)}, {', '.join(GRANTED.values())}"
        " FROM taken CROSS JOIN given),"
        " told AS (INSERT INTO feed (event_id, organization_id, seq, kind, body)"
        f" SELECT $1, $2, taken.seq - {count}::bigint + given.place, 'use', given.body"
        " FROM taken CROSS JOIN given)"
    )


def _marking(given: int) -> str:
    """Insert or replace marks, their columns and the instant given from a number on."""
    kinds = columns_of(ClaimMark, _MARK.replace(",", ""))
    columns = [f"${n}::{kind}[]" for n, kind in enumerate(kinds.values(), given)]
    changed = ", ".join(f"{name} = excluded.{name}" for name in [*kinds, "marked_at"][1:])
    return (
        f"marked AS (INSERT INTO claim_mark (event_id, organization_id, {_MARK}, marked_at)"  # noqa: S608 - as above
        f" SELECT $1, $2, m.*, ${given + len(kinds)}::bigint FROM taken"
        f" CROSS JOIN unnest({', '.join(columns)}) m"
        f" ON CONFLICT (event_id, claim_id) DO UPDATE SET {changed})"
    )


def _filling(given: int) -> str:
    """Keep who is inside zones, and what devices' shares of them spent."""
    return (
        "filled AS (INSERT INTO zone_presence (event_id, organization_id, zone_id, inside)"  # noqa: S608 - as above
        f" SELECT $1, $2, z.* FROM taken CROSS JOIN unnest(${given}::text[],"
        f" ${given + 1}::bigint[]) z"
        " ON CONFLICT (event_id, zone_id) DO UPDATE SET inside = excluded.inside),"
        " spent AS (INSERT INTO zone_share (event_id, organization_id, zone_id, device_id,"
        " spent, granted, returned) SELECT $1, $2, s.*, 0, 0 FROM taken CROSS JOIN"
        f" unnest(${given + 2}::text[], ${given + 3}::text[], ${given + 4}::bigint[]) s"
        " ON CONFLICT (event_id, zone_id, device_id)"
        " DO UPDATE SET spent = zone_share.spent + excluded.spent)"
    )
