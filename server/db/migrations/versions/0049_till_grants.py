"""Size each till's stock, count what it gave back, and number its grants."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import flags, numbers, texts

revision = "0049"
down_revision = "0048"

_COUNTS = op.f("ck_allotment_counts")


def upgrade() -> None:
    with op.batch_alter_table("allotment") as batch:
        batch.add_column(
            sa.Column("returned", sa.BigInteger(), nullable=False, server_default="0")
        )
        batch.add_column(sa.Column("size", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("low_mark", sa.BigInteger(), nullable=True))
        batch.drop_constraint(_COUNTS, type_="check")
        batch.create_check_constraint(_COUNTS, "granted >= 0 AND sold >= 0 AND returned >= 0")
        batch.create_check_constraint(op.f("ck_allotment_within"), "sold + returned <= granted")
        batch.create_check_constraint(op.f("ck_allotment_size"), "size >= 0 AND low_mark >= 0")
    op.create_table(
        "till_grant",
        *texts("event_id", "device_id", "organization_id"),
        *numbers("serial"),
        *flags("returns_at_close"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("event_id", "device_id"),
    )
