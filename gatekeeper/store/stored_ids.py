"""Ticket ids as the database keeps them: signed, in the same order."""

from __future__ import annotations

from typing import Final

from shared.kernel.id_types import TicketId

_SHIFT: Final = 1 << 63


def to_column(ticket_id: TicketId) -> int:
    """Return the signed number that a column holds for an id of 0 to 2^64-1."""
    return ticket_id - _SHIFT


def from_column(value: int) -> int:
    """Return the id that a column's signed number stands for."""
    return value + _SHIFT
