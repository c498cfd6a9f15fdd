"""Drop the function that looked at the plan anew; a statement of its own does it."""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION plan_version_now(text)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION plan_version_now(asked text) RETURNS bigint"
            " LANGUAGE plpgsql VOLATILE AS"
            " $$ BEGIN RETURN (SELECT plan_version FROM event WHERE id = asked); END $$"
        )
