"""Request and answer bodies of seats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from server.http.body_and_answer_types import Answer, Body, IdOf
from shared.kernel.id_types import SeatId
from shared.seating.seat_map import Seat

SEATS_AT_ONCE_MAX: Final = 1_000
"""Named in one request; a longer list goes in several."""

SeatIds = Annotated[
    list[IdOf[SeatId]],
    msgspec.Meta(min_length=1, max_length=SEATS_AT_ONCE_MAX),
]


class SeatAnswer(Answer):
    """A seat of an event; positions are hundredths of the drawing's unit.

    Attributes:
        state: `free`, `held`, `granted`, `sold` or `killed`.
        holder: The order, hold or till that has it, or empty.
    """

    id: SeatId
    section: str
    row: str
    number: str
    x: int
    y: int
    category: str
    kind: str
    state: str
    holder: str
    ticket_id: str | None


class SeatStateAnswer(Answer):
    """A seat that changed."""

    id: SeatId
    state: str


class SeatChangesAnswer(Answer):
    """Seats that changed.

    Attributes:
        cursor: Give it as `after` to hear what changes next.
    """

    cursor: int
    seats: Sequence[SeatStateAnswer]


class KillBody(Body):
    """Seats to take out of sale, or to put back."""

    seats: SeatIds


def show_seat(seat: Seat, *, state: str, holder: str, ticket_id: str | None) -> SeatAnswer:
    """Show a seat with who has it."""
    return SeatAnswer(
        **msgspec.structs.asdict(seat), state=state, holder=holder, ticket_id=ticket_id
    )
