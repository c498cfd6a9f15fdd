"""Draw a lot with each item of a feed, so that another item of the same number is told from it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

# By chance and by the clock: a machine that is put back with its memory draws others as well.
_POSTGRES = (
    "hashtextextended(clock_timestamp()::text, (random() * 9007199254740991)::bigint)"
    " & 9007199254740991"
)
_SQLITE = "(random() / 2 + CAST(julianday('now') * 86400000 AS INTEGER)) & 9007199254740991"
_COLUMNS = "event_id, seq, kind, subject, body, organization_id"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        # What stands there already has none, and no row is written anew.
        op.execute("ALTER TABLE feed ADD COLUMN lot bigint NOT NULL DEFAULT 0")
        op.execute(f"ALTER TABLE feed ALTER COLUMN lot SET DEFAULT ({_POSTGRES})")
        return
    # SQLite adds no column whose default is no constant.
    op.execute("ALTER TABLE feed RENAME TO feed_before")
    op.execute("DROP INDEX ix_feed_subject_event_id")
    op.execute(
        "CREATE TABLE feed (event_id TEXT NOT NULL, seq BIGINT NOT NULL, kind TEXT NOT NULL,"
        " subject BIGINT, body BLOB NOT NULL, organization_id TEXT NOT NULL,"
        f" lot BIGINT NOT NULL DEFAULT ({_SQLITE}),"
        " CONSTRAINT pk_feed PRIMARY KEY (event_id, seq)) WITHOUT ROWID"
    )
    op.execute(f"INSERT INTO feed ({_COLUMNS}, lot) SELECT {_COLUMNS}, 0 FROM feed_before")  # noqa: S608 - our own columns
    op.execute("DROP TABLE feed_before")
    op.create_index(
        op.f("ix_feed_subject_event_id"),
        "feed",
        ["subject", "event_id"],
        sqlite_where=sa.text("subject IS NOT NULL"),
    )
