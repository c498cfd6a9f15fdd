"""Appending to an event's feed from the services' own transactions.

The counter's row is the last lock that a transaction takes, and its numbers have no gap. Until
an event is first published nobody listens: its first manifest holds all tickets, so ticket
changes before it take no numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from server.db.column_types import ticket_id_to_sql
from shared.kernel.id_types import EventId
from shared.manifest.tickets import TicketRow
from shared.wire.feed import ConfigChange, ItemBody, ItemKind, encode_item_body

VOID: Final = "void"
"""The kind of an item whose subject has a newer one: a device skips what it does not know, and
never goes back to what a ticket once was."""

CONFIG_SUBJECT: Final = 0
"""Signed ticket id 0 is 2^63; a ticket there merely voids a configuration's older items."""


# WHERE true parts the SELECT from ON CONFLICT for SQLite's parser.
_TAKE: Final = text(
    "INSERT INTO event_feed (event_id, organization_id, seq, is_active, first_use_seq,"
    " manifest_sequence, keyring_version, plan_version)"
    " SELECT id, organization_id, 0, false, NULL, 0, 0, 0 FROM event WHERE id = :event_id"
    " ON CONFLICT (event_id) DO UPDATE SET seq = event_feed.seq"
    " + CASE WHEN event_feed.is_active THEN CAST(:count AS BIGINT) ELSE 0 END"
    " RETURNING seq, is_active, organization_id"
)
# SQLite keeps no statistics: left the choice, it reads the event's items from the first on, and
# each sale costs more the longer the feed is. As a cast, the event finds no row: its subject does.
_VOID: Final = text(
    "UPDATE feed SET kind = 'void', body = :nothing"
    " WHERE subject = :subject AND CAST(event_id AS TEXT) = :event_id AND kind = :kind"
    " AND seq < :seq"
)
_APPEND: Final = text(
    "INSERT INTO feed (event_id, seq, organization_id, kind, subject, body)"
    " VALUES (:event_id, :seq, :organization_id, :kind, :subject, :body)"
)
_ACTIVATE: Final = text("UPDATE event_feed SET is_active = true WHERE event_id = :event_id")
_NEW_KEYS_OF: Final = text(
    "UPDATE event_feed SET keyring_version = keyring_version + 1 WHERE event_id IN :event_ids"
).bindparams(bindparam("event_ids", expanding=True))

_TOLD_PLAN: Final = text(
    "UPDATE event_feed SET plan_version = :plan_version WHERE event_id = :event_id"
)
_STATE: Final = text(
    "SELECT seq, is_active, first_use_seq, manifest_sequence, keyring_version, plan_version"
    " FROM event_feed WHERE event_id = :event_id"
)
_PUBLISHED: Final = text(
    "UPDATE event_feed SET manifest_sequence = :sequence"
    " WHERE event_id = :event_id AND manifest_sequence < :sequence"
)


class FeedHead(msgspec.Struct, frozen=True):
    """Where a feed stands; see `EventFeed`."""

    seq: int
    is_active: bool
    first_use_seq: int | None
    manifest_sequence: int
    keyring_version: int
    plan_version: int

    @property
    def replay_cursor(self) -> int:
        """Return after which item a device without any uses has to read on."""
        return self.seq if self.first_use_seq is None else self.first_use_seq - 1


async def append_items(
    session: AsyncSession, event_id: EventId, bodies: Sequence[ItemBody]
) -> int | None:
    """Append tickets' and configurations' changes; the last lock of the transaction.

    Returns:
        The newest number, or None if the event was never published: nothing was appended.
    """
    connection = await session.connection()
    last, is_active, organization_id = await _take(connection, event_id, len(bodies))
    if not is_active or not bodies:
        return None
    rows = []
    for number, body in enumerate(bodies, last - len(bodies) + 1):
        kind, encoded = encode_item_body(body)
        rows.append(
            {
                "event_id": event_id,
                "seq": number,
                "organization_id": organization_id,
                "kind": kind.value,
                "subject": _subject(body),
                "body": encoded,
            }
        )
    await connection.execute(_APPEND, rows)
    older = [
        {
            "event_id": event_id,
            "subject": row["subject"],
            "kind": row["kind"],
            "seq": row["seq"],
            "nothing": b"",
        }
        for row in rows
        if row["subject"] is not None
    ]
    if older:
        await connection.execute(_VOID, older)
    return last


async def activate_feed(session: AsyncSession, event_id: EventId) -> None:
    """Let ticket changes be told from now on; waits for those that did not tell."""
    connection = await session.connection()
    await _take(connection, event_id, 0)
    await connection.execute(_ACTIVATE, {"event_id": event_id})


async def hold_feed(session: AsyncSession, event_id: EventId) -> None:
    """Wait until nobody else tells or grants, and let nobody until the transaction ends."""
    await _take(await session.connection(), event_id, 0)


async def note_new_key(session: AsyncSession, event_ids: Sequence[EventId]) -> None:
    """Let events decide by a keyring that holds a key made just now, or ended.

    A ticket of a new event is then known as one of another event, whatever a worker had read
    before. An organization makes its keys one after another, so that the order of locks holds.
    """
    connection = await session.connection()
    await connection.execute(_NEW_KEYS_OF, {"event_ids": list(event_ids)})


async def note_told_plan(session: AsyncSession, event_id: EventId, plan_version: int) -> None:
    """Note up to which of an event's plans the feed has told."""
    told = {"event_id": event_id, "plan_version": plan_version}
    await (await session.connection()).execute(_TOLD_PLAN, told)


async def read_feed_state(session: AsyncSession, event_id: EventId) -> FeedHead | None:
    """Return where an event's feed stands; None before anything was told or used."""
    connection = await session.connection()
    row = (await connection.execute(_STATE, {"event_id": event_id})).one_or_none()
    return None if row is None else FeedHead(*row)


async def note_publication(session: AsyncSession, event_id: EventId, sequence: int) -> None:
    """Let exchanges tell devices that there is a newer manifest."""
    connection = await session.connection()
    await connection.execute(_PUBLISHED, {"event_id": event_id, "sequence": sequence})


def _subject(body: ItemBody) -> int | None:
    if isinstance(body, TicketRow):
        return ticket_id_to_sql(body.ticket_id)
    return CONFIG_SUBJECT if isinstance(body, ConfigChange) else None


async def _take(
    connection: AsyncConnection, event_id: EventId, count: int
) -> tuple[int, bool, str]:
    found = await connection.execute(_TAKE, {"event_id": event_id, "count": count})
    seq, is_active, organization_id = found.one()
    return int(seq), bool(is_active), str(organization_id)


assert VOID not in set(ItemKind)
