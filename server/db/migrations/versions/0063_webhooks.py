"""Keep webhooks: where messages go, the messages, what became of each, and every attempt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, documents, numbers, octets, texts
from server.db.migrations.index_helpers import index, index_where

revision = "0063"
down_revision = "0062"

_HELD = "state = 'held'"


def upgrade() -> None:
    op.create_table(
        "webhook",
        *texts("id", "name", "url"),
        *documents("kinds"),
        *octets("secret"),
        *octets("old_secret", nullable=True),
        *numbers("old_until", nullable=True),
        *texts("state", "paused_because"),
        *numbers("failures"),
        *numbers("failing_since", "last_taken_at", nullable=True),
        *texts("created_by"),
        *numbers("created_at"),
        *texts("organization_id"),
        *checks("webhook", state="state IN ('active', 'paused')"),
        sa.PrimaryKeyConstraint("id"),
    )
    index("webhook", "organization_id")
    op.create_table(
        "webhook_message",
        *texts("id", "kind"),
        *texts("event_id", nullable=True),
        *octets("body"),
        *numbers("created_at"),
        *texts("organization_id"),
        sa.PrimaryKeyConstraint("id"),
    )
    index("webhook_message", "created_at")
    op.create_table(
        "webhook_delivery",
        *texts("webhook_id", "message_id", "kind"),
        *texts("event_id", nullable=True),
        *texts("state"),
        *numbers("round", "attempts"),
        *numbers("status", nullable=True),
        *texts("said"),
        *numbers("created_at"),
        *numbers("tried_at", nullable=True),
        *texts("organization_id"),
        *checks("webhook_delivery", state="state IN ('waiting', 'held', 'taken', 'failed')"),
        sa.PrimaryKeyConstraint("webhook_id", "message_id"),
    )
    index_where(_HELD, "ix_webhook_delivery_held", "webhook_delivery", ["webhook_id"])
    index("webhook_delivery", "webhook_id", "created_at")
    index("webhook_delivery", "created_at")
    op.create_table(
        "webhook_attempt",
        *texts("webhook_id", "message_id"),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        *numbers("at", "ms"),
        *numbers("status", nullable=True),
        *texts("said", "answer", "organization_id"),
        sa.PrimaryKeyConstraint("webhook_id", "message_id", "number"),
    )

    op.create_table(
        "checkin_cursor",
        *texts("event_id", "organization_id"),
        *numbers("seq"),
        sa.PrimaryKeyConstraint("event_id"),
    )
