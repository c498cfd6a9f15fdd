"""Keep buyers' names, addresses and telephones without case and accents, to be found by."""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"

_AT_ONCE = 5_000


def upgrade() -> None:
    op.add_column(
        "ticket_order", sa.Column("buyer_folded", sa.Text(), nullable=False, server_default="")
    )
    orders = sa.table(
        "ticket_order",
        *map(sa.column, ("id", "buyer_name", "buyer_email", "buyer_phone", "buyer_folded")),
    )
    said = (orders.c.buyer_name, orders.c.buyer_email, orders.c.buyer_phone)
    connection = op.get_bind()
    query = (
        sa.select(orders.c.id, *said)
        .where(sa.or_(*(column.is_not(None) for column in said)))
        .order_by(orders.c.id)
        .limit(_AT_ONCE)
    )
    change = (
        orders.update()
        .where(orders.c.id == sa.bindparam("order_id"))
        .values(buyer_folded=sa.bindparam("folded"))
    )
    after = ""
    while rows := connection.execute(query.where(orders.c.id > after)).all():
        after = rows[-1][0]
        connection.execute(
            change,
            [
                {"order_id": row[0], "folded": _fold("\n".join(filter(None, row[1:])))}
                for row in rows
            ],
        )


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
