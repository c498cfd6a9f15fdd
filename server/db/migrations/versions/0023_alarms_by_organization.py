"""Say to whose ledger a device's alarm belongs: it closes that one, and no other's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("ledger_alarm", sa.Column("organization_id", sa.Text(), nullable=True))
    op.execute(
        "UPDATE ledger_alarm SET organization_id = coalesce("
        "(SELECT d.organization_id FROM device d WHERE d.id = ledger_alarm.device_id), '')"
    )
    with op.batch_alter_table("ledger_alarm") as batch:
        batch.alter_column("organization_id", existing_type=sa.Text(), nullable=False)
