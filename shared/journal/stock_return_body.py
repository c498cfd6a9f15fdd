"""What a till gives back of its stock: running totals, so that no return counts twice."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from shared.journal.bounds import Name, Natural, Text

LINES_MAX: Final = 300
"""Of types, or of counted prices, in one entry: it stays far below an entry's size."""


class ReturnedType(msgspec.Struct, frozen=True, array_like=True):
    """Totals of one ticket type: given back so far, and sold by the till's own count."""

    ticket_type_code: Natural
    returned: Natural
    sold: Natural


class ReturnedCount(msgspec.Struct, frozen=True, array_like=True):
    """Totals of one counted price: given back so far, and used by the till's own count."""

    id: Name
    returned: Natural
    used: Natural


class StockReturnBody(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A till gives back what it has not sold, for good: it sells nothing of it from here on.

    Attributes:
        serial: Of the newest grant that it held.
        why: `close`, `sales_end`, `above_size` or `unsold`.
        types: Only those of which something goes back.
        counts: Likewise.
        seats: Reserved seats, by id.
    """

    serial: Natural
    why: Text
    types: Annotated[tuple[ReturnedType, ...], msgspec.Meta(max_length=LINES_MAX)] = ()
    counts: Annotated[tuple[ReturnedCount, ...], msgspec.Meta(max_length=LINES_MAX)] = ()
    seats: Annotated[tuple[Name, ...], msgspec.Meta(max_length=LINES_MAX)] = ()
