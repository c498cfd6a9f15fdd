"""What a till is told of an event's seats, so that its map shows who has which now.

It is a picture to choose by and no right to sell: a seat is sold by a grant that names it.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from shared.kernel.id_types import SeatId
from shared.seating.seat_map import SEAT_ID_SIZE_MAX, SEATS_MAX

FREE: Final = "free"
STATE_SIZE_MAX: Final = 16

_Id = Annotated[SeatId, msgspec.Meta(max_length=SEAT_ID_SIZE_MAX)]
_State = Annotated[str, msgspec.Meta(max_length=STATE_SIZE_MAX)]


class SeatStates(msgspec.Struct, frozen=True, array_like=True):
    """The seats that changed since a cursor; those that never did are as the map says.

    Attributes:
        cursor: To ask with next time.
        seats: Each with `free`, `held`, `granted`, `sold` or `killed`; none if this is all.
    """

    cursor: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    seats: Annotated[tuple[tuple[_Id, _State], ...], msgspec.Meta(max_length=SEATS_MAX)] = ()
