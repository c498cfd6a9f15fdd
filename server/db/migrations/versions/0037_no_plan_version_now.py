"""Drop the function that looked at the plan anew; a statement of its own does it."""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION plan_version_now(text)")
