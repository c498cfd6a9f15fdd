"""Keep with each ticket the line of its order, and with each till's sale whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_PLAIN = (
    "UPDATE ticket SET order_line = (SELECT min(l.line) FROM order_line l"
    " WHERE l.order_id = ticket.order_id AND l.ticket_type_id = ticket.ticket_type_id)"
    " WHERE order_id IS NOT NULL AND (SELECT count(*) FROM order_line l"
    " WHERE l.order_id = ticket.order_id AND l.ticket_type_id = ticket.ticket_type_id) = 1"
)
_LEFT = sa.text(
    "SELECT t.event_id, t.ticket_id, t.order_id, t.ticket_type_id, t.occurrence_id,"
    " o.client_key, o.created_by FROM ticket t JOIN ticket_order o ON o.id = t.order_id"
    " WHERE t.order_line IS NULL ORDER BY t.order_id, t.ticket_id"
)
_LINES = sa.text(
    "SELECT line, ticket_type_id, occurrence_id, quantity, unit_price_minor FROM order_line"
    " WHERE order_id = :order_id ORDER BY line"
)
_SALES = sa.text("SELECT entry FROM journal_entry WHERE device_id = :device AND kind = 'sale'")
_SET = sa.text(
    "UPDATE ticket SET order_line = :line WHERE event_id = :event_id AND ticket_id = :ticket_id"
)
_TILL = "till:"
_OFFSET = 1 << 63
"""What stored ticket ids are less than their journals'."""

_ENTRY_BODY, _SALE_ID, _SALE_TICKETS, _SOLD_ID, _SOLD_PRICE = 14, 0, 5, 0, 7
"""Places in a journal's entry, in a sale's body, in a ticket that was sold."""


def upgrade() -> None:
    op.add_column("ticket", sa.Column("order_line", sa.BigInteger(), nullable=True))
    op.execute(_PLAIN)
    connection = op.get_bind()
    sales: dict[str, dict[str, dict[int, int]]] = {}
    left = connection.execute(_LEFT).mappings().all()
    for order_id, rows in groupby(left, lambda row: row["order_id"]):
        tickets = list(rows)
        first = tickets[0]
        prices: dict[int, int] = {}
        if (first["client_key"] or "").startswith(_TILL) and first["created_by"]:
            device = first["created_by"]
            if device not in sales:
                sales[device] = _sales_of(connection, device)
            prices = sales[device].get(first["client_key"].removeprefix(_TILL), {})
        lines = connection.execute(_LINES, {"order_id": order_id}).mappings().all()
        changes = list(_placed(tickets, [dict(line) for line in lines], prices))
        if changes:
            connection.execute(_SET, changes)
    op.execute(
        "UPDATE ticket_order"
        " SET client_key = 'till:' || created_by || ':' || substr(client_key, 6)"
        " WHERE client_key LIKE 'till:%' AND client_digest IS NULL AND created_by IS NOT NULL"
    )
    # Whose buyer was erased: one could learn from it who that was.
    op.execute(
        "UPDATE ticket_order SET client_digest = NULL WHERE client_digest IS NOT NULL"
        " AND buyer_email IS NULL AND buyer_name IS NULL"
    )


def _sales_of(connection: sa.Connection, device: str) -> dict[str, dict[int, int]]:
    """Read what a till took for each ticket, by its sales."""
    found: dict[str, dict[int, int]] = {}
    for (entry,) in connection.execute(_SALES, {"device": device}):
        body = msgspec.msgpack.decode(msgspec.msgpack.decode(entry)[_ENTRY_BODY])
        sold = found.setdefault(body[_SALE_ID], {})
        for one in body[_SALE_TICKETS]:
            sold.setdefault(one[_SOLD_ID] - _OFFSET, one[_SOLD_PRICE])
    return found


def _placed(
    tickets: list[Any], lines: list[dict[str, Any]], prices: dict[int, int]
) -> Iterator[dict[str, Any]]:
    """Give each ticket its line: by its price, by its occurrence, else so that sums hold."""
    for row in tickets:
        fitting = [line for line in lines if line["ticket_type_id"] == row["ticket_type_id"]]
        price = prices.get(row["ticket_id"])
        for narrowed in (
            [line for line in fitting if line["unit_price_minor"] == price],
            [line for line in fitting if line["occurrence_id"] == row["occurrence_id"]],
            [line for line in fitting if line["quantity"] > 0],
        ):
            fitting = narrowed or fitting
        if fitting:
            fitting[0]["quantity"] -= 1
            yield {
                "line": fitting[0]["line"],
                "event_id": row["event_id"],
                "ticket_id": row["ticket_id"],
            }
