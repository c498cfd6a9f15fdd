"""Let gates and tills hear of plans whose types have hours: before, no plan told of them."""

from __future__ import annotations

from alembic import op

revision = "0095"
down_revision = "0094"


def upgrade() -> None:
    op.execute(
        "UPDATE event SET plan_version = plan_version + 1 WHERE id IN (SELECT event_id FROM"
        " ticket_type WHERE valid_from IS NOT NULL OR valid_until IS NOT NULL)"
    )
