"""How a card terminal's booking is named on a receipt."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.terminals.zvt_messages import Booking


def spell_booking(booking: Booking) -> str:
    """Write a booking as receipts show it: its receipt number, trace and terminal."""
    parts = (booking.receipt.lstrip("0"), booking.trace.lstrip("0"), booking.terminal)
    return "-".join(part for part in parts if part)[:64]


def spell_bookings(bookings: Sequence[Booking]) -> str:
    """Write several bookings of one payment, as far as there is room."""
    return " + ".join(map(spell_booking, bookings))[:64]
