"""Make a table of jobs: what is done after the transaction that caused it, such as mails."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import documents, numbers, texts
from server.db.migrations.index_helpers import index_where

revision = "0040"
down_revision = "0039"

_WAITING = "state = 'waiting'"


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Text(), primary_key=True),
        *texts("organization_id", "kind", "key"),
        *documents("subject"),
        *texts("state"),
        *numbers("created_at", "due_at", "attempts"),
        *texts("lease_by"),
        *numbers("lease_until", "ended_at", nullable=True),
        *texts("said"),
        sa.UniqueConstraint("organization_id", "kind", "key"),
        sa.CheckConstraint("state IN ('waiting', 'done', 'dead')", name="state"),
        sa.CheckConstraint("attempts >= 0", name="attempts"),
    )
    index_where(_WAITING, "ix_job_due", "job", ["due_at"])
