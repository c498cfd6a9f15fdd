"""Let keys end: retired or compromised since when, tills' bound to types and to what was granted.

A key's number may be given again, so that the public key is what tells keys apart.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import JSON
from server.db.migrations.index_helpers import index, index_where

revision = "0018"
down_revision = "0017"

_LIVE_ROOT = "purpose = 'root' AND retired_at IS NULL"


def upgrade() -> None:
    op.drop_index("uq_signing_key_root", "signing_key")
    # SQLite knows no other key than the one that a table was made with: it is made again.
    with op.batch_alter_table("signing_key") as batch:
        batch.add_column(sa.Column("ticket_type_codes", JSON, nullable=True))
        batch.add_column(sa.Column("id_limit", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("retired_at", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("compromised_at", sa.BigInteger(), nullable=True))
        batch.drop_constraint(op.f("uq_signing_key_public_key"), type_="unique")
        batch.drop_constraint(op.f("pk_signing_key"), type_="primary")
        batch.create_primary_key(op.f("pk_signing_key"), ["public_key"])
    index("signing_key", "organization_id", "key_id")
    index_where(
        _LIVE_ROOT, "uq_signing_key_root", "signing_key", ["organization_id"], is_unique=True
    )
