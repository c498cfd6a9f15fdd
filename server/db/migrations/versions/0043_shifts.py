"""Create the table of tills' shifts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, flags, numbers, texts
from server.db.migrations.index_helpers import index

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.create_table(
        "till_shift",
        *texts("device_id", "shift_id", "organization_id", "event_id", "state"),
        *numbers("last_number"),
        *texts("currency", "cashier"),
        *numbers("opened_at", "opened_seq", "float_minor"),
        *numbers("closed_at", nullable=True),
        *numbers("closed_seq", "z_number", "counted_minor", "expected_minor", "left_minor"),
        *numbers("terminal_minor", nullable=True),
        *texts("closed_by", "why", "entry_hash"),
        *flags("is_doubted"),
        *texts("approved_by"),
        *checks("till_shift", state="state IN ('open', 'closed')"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("device_id", "shift_id"),
    )
    index("till_shift", "organization_id", "opened_at")
