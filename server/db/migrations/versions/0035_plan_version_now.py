"""Let a statement that has waited for a lock see by which plan it should decide now.

A statement of PostgreSQL reads what was committed when it began, however long it has waited since;
a volatile function looks anew.
"""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":  # SQLite's writers are alone
        op.execute(
            "CREATE OR REPLACE FUNCTION plan_version_now(asked text) RETURNS bigint"
            " LANGUAGE plpgsql VOLATILE AS"
            " $$ BEGIN RETURN (SELECT plan_version FROM event WHERE id = asked); END $$"
        )
