"""Let a run of refunds be stopped by a person."""

from __future__ import annotations

from alembic import op

revision = "0060"
down_revision = "0059"

_STATE = op.f("ck_refund_run_state")


def upgrade() -> None:
    with op.batch_alter_table("refund_run") as batch:
        batch.drop_constraint(_STATE, type_="check")
        batch.create_check_constraint(_STATE, "state IN ('working', 'stopped', 'done')")
