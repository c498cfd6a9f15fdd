"""Seat maps for tests."""

from __future__ import annotations

from shared.kernel.id_types import SeatId
from shared.seating.seat_map import PITCH, Seat, SeatKind, SeatMap


def make_seat(number: int = 1, *, row: str = "A", y: int = PITCH, **said: object) -> Seat:
    """Make a seat of a straight row."""
    values: dict[str, object] = {
        "id": SeatId(f"{row}-{number}"),
        "section": "Stalls",
        "row": row,
        "number": str(number),
        "x": number * PITCH,
        "y": y,
    }
    return Seat(**(values | said))  # type: ignore[arg-type]  # any field of any test


def make_seat_map(rows: int = 4, seats: int = 10) -> SeatMap:
    """Make a small hall; its first row begins with an accessible seat, its last one is killed."""
    kinds = {(0, 1): SeatKind.ACCESSIBLE, (0, seats): SeatKind.KILLED}
    return SeatMap(
        tuple(
            make_seat(
                number,
                row=chr(ord("A") + row),
                y=(row + 1) * PITCH,
                category="front" if row * 2 < rows else "back",
                kind=kinds.get((row, number), SeatKind.ORDINARY),
            )
            for row in range(rows)
            for number in range(1, seats + 1)
        )
    )
