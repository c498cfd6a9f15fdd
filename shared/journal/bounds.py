"""The bounds of what stands in a body: of each number, and of each text's length."""

from __future__ import annotations

from typing import Annotated, Final, TypeVar

import msgspec

from shared.field_limits import AMOUNT_MAX
from shared.kernel.id_types import TicketId
from shared.kernel.instant import INSTANT_MAX, Duration, Instant

NUMBER_MAX: Final = 1 << 61
"""Far beyond every clock and counter; the sum of two still fits any database's integer."""

COUNT_MAX: Final = 1_000
"""Persons who pass by one scan at most."""
ENTRY_NAME_SIZE_MAX: Final = 64
"""Characters of an id or of a code word."""
ENTRY_TEXT_SIZE_MAX: Final = 1_000
"""Characters of any other text."""

Number = Annotated[int, msgspec.Meta(gt=-NUMBER_MAX, lt=NUMBER_MAX)]
Wall = Annotated[Instant, msgspec.Meta(gt=-NUMBER_MAX, lt=NUMBER_MAX)]
Time = Annotated[Duration, msgspec.Meta(gt=-NUMBER_MAX, lt=NUMBER_MAX)]
Natural = Annotated[int, msgspec.Meta(ge=0, lt=NUMBER_MAX)]
Moment = Annotated[Instant, msgspec.Meta(ge=0, le=INSTANT_MAX)]
Count = Annotated[int, msgspec.Meta(ge=1, le=COUNT_MAX)]
Charge = Annotated[int, msgspec.Meta(ge=-COUNT_MAX, le=COUNT_MAX)]
Amount = Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MAX)]
Small = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
GivenTicketId = Annotated[TicketId, msgspec.Meta(ge=0)]
"""The one number that may take all of its 64 bits; MessagePack has none above."""
_T = TypeVar("_T")
_NO_ZERO: Final = r"^[^\x00]*$"
IdOf = Annotated[_T, msgspec.Meta(max_length=ENTRY_NAME_SIZE_MAX)]
Name = IdOf[str]
"""May be empty, as an id may that nothing has."""
GivenIdOf = Annotated[_T, msgspec.Meta(min_length=1, max_length=ENTRY_NAME_SIZE_MAX)]
GivenName = GivenIdOf[str]
KeyedIdOf = Annotated[_T, msgspec.Meta(max_length=ENTRY_NAME_SIZE_MAX, pattern=_NO_ZERO)]
KeyedName = KeyedIdOf[str]
"""What somebody asks to be put on record: no database holds a zero character."""
GivenKeyedIdOf = Annotated[
    _T, msgspec.Meta(min_length=1, max_length=ENTRY_NAME_SIZE_MAX, pattern=_NO_ZERO)
]
GivenKeyedName = GivenKeyedIdOf[str]
Text = Annotated[str, msgspec.Meta(max_length=ENTRY_TEXT_SIZE_MAX)]
Bytes = Annotated[bytes, msgspec.Meta(max_length=128)]
DirectionWord = Annotated[str, msgspec.Meta(pattern=r"^(in|out)(?!\n)$")]
VerdictWord = Annotated[str, msgspec.Meta(pattern=r"^(admit|deny|refer)(?!\n)$")]
ModeWord = Annotated[str, msgspec.Meta(pattern=r"^(online|lan|offline)(?!\n)$")]
