"""Let a run of refunds be stopped by a person."""

from __future__ import annotations

from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

_STATE = op.f("ck_refund_run_state")


def upgrade() -> None:
    _check("state IN ('working', 'stopped', 'done')")


def downgrade() -> None:
    op.execute("UPDATE refund_run SET state = 'working' WHERE state = 'stopped'")
    _check("state IN ('working', 'done')")


def _check(condition: str) -> None:
    with op.batch_alter_table("refund_run") as batch:
        batch.drop_constraint(_STATE, type_="check")
        batch.create_check_constraint(_STATE, condition)
