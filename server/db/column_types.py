"""Columns of the server's tables that no database has itself: ticket ids, and JSON as text."""

from __future__ import annotations

from typing import Annotated, Any, Final

from sqlalchemy import BigInteger
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from shared.kernel.id_types import TicketId

JsonValue = Annotated[Any, "json"]
"""A JSON column: JSONB on PostgreSQL, text on SQLite. None is SQL NULL."""

TICKET_ID_OFFSET: Final = 1 << 63


def ticket_id_to_sql(ticket_id: TicketId) -> int:
    """Map 0..2^64-1 onto a signed BIGINT, keeping the order."""
    return ticket_id - TICKET_ID_OFFSET


class TicketIdColumn(TypeDecorator[int]):
    """An unsigned 64-bit ticket id in a signed BIGINT column; comparisons keep their order."""

    impl = BigInteger
    cache_ok = True

    @property
    def python_type(self) -> type[int]:
        """Say what rows hold."""
        return int

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        """Shift into the signed range."""
        del dialect
        return None if value is None else value - TICKET_ID_OFFSET

    def process_result_value(self, value: Any | None, dialect: Dialect) -> int | None:
        """Shift back; rows come as int."""
        del dialect
        return None if value is None else int(value) + TICKET_ID_OFFSET
