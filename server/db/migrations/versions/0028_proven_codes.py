"""Let enrolment codes be proven instead of sent: keep what each side's proof is checked with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shared.wire.enrol_code import derive_keys

revision = "0028"
down_revision = "0027"

_TABLE = "enrolment_code"


def upgrade() -> None:
    for name in ("signer", "secret"):
        empty = sa.text("'\\x'" if op.get_bind().dialect.name == "postgresql" else "x''")
        column = sa.Column(name, sa.LargeBinary(), nullable=False, server_default=empty)
        op.add_column(_TABLE, column)
    connection = op.get_bind()
    # What was kept so far was the code's hash, of which all its keys are made: codes that were
    # issued before stay good, and nothing by which somebody could enrol is left.
    for (seed,) in connection.execute(sa.text("SELECT hash FROM enrolment_code")).all():
        keys = derive_keys(bytes(seed))
        connection.execute(
            sa.text(
                "UPDATE enrolment_code SET hash = :id, signer = :signer, secret = :secret"
                " WHERE hash = :seed"
            ),
            {
                "id": keys.code_id,
                "signer": keys.signer.public_key,
                "secret": keys.secret,
                "seed": bytes(seed),
            },
        )
