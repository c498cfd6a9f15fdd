"""Release events whose gates were told of them while they were drafts: a draft lets nobody in."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    # Not where a platform admin has to approve them: that was gone round, and is no more.
    op.execute(
        "UPDATE event SET state = 'published', plan_version = plan_version + 1"
        " WHERE state IN ('draft', 'pending_approval')"
        " AND EXISTS (SELECT 1 FROM manifest m WHERE m.event_id = event.id)"
        " AND EXISTS (SELECT 1 FROM organization o WHERE o.id = event.organization_id"
        " AND NOT o.needs_approval)"
    )
