"""Give each event a profile, so that devices for tests and rehearsals serve no real one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

# An event that only such devices serve was made for them.
_MARK = (
    "UPDATE event SET profile = :profile WHERE EXISTS (SELECT 1 FROM device d"
    " WHERE d.event_id = event.id AND d.profile = :profile) AND NOT EXISTS (SELECT 1"
    " FROM device d WHERE d.event_id = event.id AND d.profile <> :profile)"
)
# All others serve none until they are assigned, or choose one of theirs.
_FREE = (
    "UPDATE {table} SET event_id = NULL, gate_id = NULL WHERE profile <> 'live'"
    " AND event_id IS NOT NULL AND profile <> (SELECT e.profile FROM event e"
    " WHERE e.id = {table}.event_id)"
)


def upgrade() -> None:
    op.add_column("event", sa.Column("profile", sa.Text(), nullable=False, server_default="live"))
    connection = op.get_bind()
    for profile in ("rehearsal", "test"):
        connection.execute(sa.text(_MARK), {"profile": profile})
    for name in ("device", "enrolment_code"):
        connection.execute(sa.text(_FREE.format(table=name)))
