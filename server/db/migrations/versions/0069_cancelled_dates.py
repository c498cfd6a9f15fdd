"""Let one date of an event be called off, with a run of refunds of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"

_FOREIGN = op.f("fk_refund_run_order_event_id")
_OF_BOTH = op.f("fk_refund_run_order_event_id_occurrence_id")


def upgrade() -> None:
    op.add_column("occurrence", sa.Column("cancelled_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("refund_run_order") as batch:
        batch.drop_constraint(_FOREIGN, type_="foreignkey")
    for table in ("refund_run", "refund_run_order"):
        date = sa.Column("occurrence_id", sa.Text(), nullable=False, server_default="")
        op.add_column(table, date)
    _key("refund_run", ["event_id", "occurrence_id"])
    _key("refund_run_order", ["event_id", "occurrence_id", "order_id"])
    with op.batch_alter_table("refund_run_order") as batch:
        batch.create_foreign_key(
            _OF_BOTH, "refund_run", ["event_id", "occurrence_id"], ["event_id", "occurrence_id"]
        )


def _key(table: str, columns: list[str]) -> None:
    name = op.f(f"pk_{table}")
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(name, type_="primary")
        batch.create_primary_key(name, columns)
