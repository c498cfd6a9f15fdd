"""The statements of the ledger's hot path, prepared once on every connection.

They name the tables of other domains (`ticket`, `event`, `device`): whoever claims must see and
lock the ticket's own row, and going through the services' mapper would cost more than all the
rest. They only read them.
"""

from __future__ import annotations

from typing import Final

from server.db.statement import Statement, columns_of, insertion, lookup, statement, updating
from server.feed.rows import READ_STATUS
from server.ledger.models import ClaimMark, TicketUse, ZonePresence
from server.ledger.uses import MarkRecord, UseRecord
from server.ticketing.rows import TICKETS_AS_ROWS

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

COUNT_INSIDE: Final = statement(
    "WITH way AS (SELECT zone_id, ticket_id, at, direction, claim_id,"
    " CASE WHEN direction = 'in' THEN count"
    " WHEN source = 'awaited' AND NOT is_confirmed THEN 0 ELSE -count END AS seen,"
    " CASE WHEN direction = 'out' THEN -count WHEN is_confirmed THEN count ELSE 0 END AS sure"
    " FROM ticket_use WHERE event_id = $1 AND organization_id = $2 AND NOT is_annulled),"
    " run AS (SELECT zone_id, ticket_id, seen, sure,"
    " sum(seen) OVER (PARTITION BY zone_id, ticket_id ORDER BY at, direction, claim_id"
    " ROWS UNBOUNDED PRECEDING) AS seen_so_far,"
    " sum(sure) OVER (PARTITION BY zone_id, ticket_id ORDER BY at, direction, claim_id"
    " ROWS UNBOUNDED PRECEDING) AS sure_so_far FROM way),"
    " ticket_ways AS (SELECT zone_id,"
    " sum(seen) - CASE WHEN min(seen_so_far) < 0 THEN min(seen_so_far) ELSE 0 END AS seen,"
    " sum(sure) - CASE WHEN min(sure_so_far) < 0 THEN min(sure_so_far) ELSE 0 END AS sure"
    " FROM run GROUP BY zone_id, ticket_id)"
    " SELECT zone_id, CAST(sum(seen) AS bigint), CAST(sum(sure) AS bigint) FROM ticket_ways"
    " GROUP BY zone_id ORDER BY zone_id"
)
"""Who is inside each zone by the fold of each ticket's passages (admission.md, section 3), and for
how many of them a gate's signed journal says so."""

SET_PRESENCE: Final = insertion(
    ZonePresence,
    "event_id organization_id zone_id inside",
    "ON CONFLICT (event_id, zone_id) DO UPDATE SET inside = excluded.inside",
)

_VALUES: Final = [name for name in USE_COLUMNS if name != "seq"]
_BODIES: Final = len(_VALUES) + 4
_GIVEN: Final = ", ".join(f"${n}::{USE_COLUMNS[name]}[]" for n, name in enumerate(_VALUES, 4))
RECORD_USES: Final = Statement(
    "WITH taken AS (INSERT INTO event_feed (event_id, organization_id, seq, is_active,"  # noqa: S608 - our own columns
    " first_use_seq, manifest_sequence, keyring_version, plan_version)"
    " VALUES ($1, $2, $3::bigint, false, 1, 0, 0, 0)"
    " ON CONFLICT (event_id) DO UPDATE SET seq = event_feed.seq + $3::bigint,"
    " first_use_seq = coalesce(event_feed.first_use_seq, event_feed.seq + 1)"
    " RETURNING seq, keyring_version, stopped, emptied),"
    f" given AS (SELECT * FROM unnest({_GIVEN}, ${_BODIES}::bytea[])"
    f" WITH ORDINALITY AS g ({', '.join(_VALUES)}, body, place)),"
    f" used AS (INSERT INTO ticket_use (event_id, organization_id, seq, {', '.join(_VALUES)})"
    " SELECT $1, $2, taken.seq - $3::bigint + given.place,"
    f" {', '.join('given.' + name for name in _VALUES)} FROM taken CROSS JOIN given),"
    " told AS (INSERT INTO feed (event_id, organization_id, seq, kind, body)"
    " SELECT $1, $2, taken.seq - $3::bigint + given.place, 'use', given.body"
    " FROM taken CROSS JOIN given)"
    " SELECT seq, plan_version_now($1), keyring_version, stopped, emptied FROM taken",
    "",
)
"""PostgreSQL only: number, insert and tell in one round trip, the counter locked first, and say
by which plan and keyring it should have been decided, and of which evacuations it had to know.

All of it as it is once the counter is locked, not as it was when the statement began to wait."""

_ROWS: Final = f"ROW({_USES})"
_USES_BY_TICKET: Final = lookup("ticket_use", _ROWS, "ticket_id", "bigint", given=4)
_USES_BY_CLAIM: Final = lookup("ticket_use", _ROWS, "claim_id", "text", given=5)
_MARKS: Final = lookup(
    "claim_mark",
    f"ROW({_MARK})",
    "claim_id",
    "text",
    given=5,
)
_LOTS: Final = lookup("feed", "ROW(seq, lot)", "seq", "bigint", given=6)
READ_CLAIMS: Final = Statement(
    READ_STATUS.postgres.replace(
        " FROM ledger l",
        f", ARRAY({_USES_BY_TICKET.postgres} UNION ALL {_USES_BY_CLAIM.postgres}),"
        f" ARRAY({_MARKS.postgres}), ARRAY({_LOTS.postgres}), ARRAY({TICKETS_AS_ROWS.postgres})"
        " FROM ledger l",
    ),
    "",
)
"""PostgreSQL only: status, uses, marks, lots and tickets in one round trip."""
