"""The API's routes take bodies and answer by these: strict structs, ISO 8601, pages of rows."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, ClassVar, Final, Generic, TypeVar

import msgspec

from shared.field_limits import AMOUNT_MAX, NAME_SIZE_MAX, TEXT_SIZE_MAX
from shared.kernel.email_address import EMAIL_PATTERN, EMAIL_SIZE_MAX, EMAIL_SIZE_MIN
from shared.kernel.instant import Instant, datetime_from_instant, instant_from_datetime

T = TypeVar("T")
R = TypeVar("R")


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A request's body: an unknown field is refused, never ignored."""


class Answer(msgspec.Struct, kw_only=True):
    """The body of an answer of the API: of a row's columns, and of what else is said of it."""

    MADE_HERE: ClassVar[frozenset[str]] = frozenset()
    """Fields that the answer makes of the others; no row has them."""


A = TypeVar("A", bound=Answer)


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list that the API does not answer whole.

    Attributes:
        items: In the list's order.
        next: Give it as `after` to read on; None at the end.
    """

    items: Sequence[T]
    next: str | None = None


_FIRST: Final = instant_from_datetime(datetime.min.replace(tzinfo=UTC))
_LAST: Final = instant_from_datetime(datetime.max.replace(tzinfo=UTC))

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_SIZE_MAX)]
Text = Annotated[str, msgspec.Meta(max_length=TEXT_SIZE_MAX)]
_T = TypeVar("_T")
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
IdOf = Annotated[_T, msgspec.Meta(min_length=1, max_length=64)]
Email = Annotated[
    str,
    msgspec.Meta(
        min_length=EMAIL_SIZE_MIN,
        max_length=EMAIL_SIZE_MAX,
        pattern=EMAIL_PATTERN,
        description="an e-mail address, such as ada@example.org",
    ),
]
Currency = Annotated[
    str,
    msgspec.Meta(
        pattern="^[A-Z]{3}$",
        min_length=3,
        max_length=3,
        description="a currency's three letters (ISO 4217), such as EUR",
    ),
]
TimeZoneName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
MinorUnits = Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MAX)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


def says_nothing(text: str) -> bool:
    """Tell whether a text shows nobody anything: it is blank, or of marks without a shape."""
    return all(unicodedata.category(letter)[0] in "CZ" for letter in text)


def to_instant(moment: datetime | None) -> Instant | None:
    """Convert a body's moment to µs."""
    return None if moment is None else instant_from_datetime(moment)


def to_moment(instant: Instant | None) -> datetime | None:
    """Convert µs to a body's moment, in UTC."""
    return None if instant is None else moment_of(instant)


def moment_of(instant: Instant) -> datetime:
    """Convert µs that are always given.

    A row of before such times were refused may lie outside the years 1 to 9999: it is shown as
    the first or the last moment that can be written, and keeps no list from being shown.
    """
    return datetime_from_instant(min(max(instant, _FIRST), _LAST))


@cache
def _moments_of(kind: type[msgspec.Struct]) -> frozenset[str]:
    fields = msgspec.structs.fields(kind)
    return frozenset(one.name for one in fields if one.type in (datetime, datetime | None))


def answer_of(kind: type[A], row: object, **others: object) -> A:
    """Make an answer of what a row has under the same names, its instants as moments.

    Args:
        kind: The answer's.
        row: Has an attribute for each of its fields that is not given.
        others: Fields that are not the row's, or not as the row has them.
    """
    fields = (
        name
        for name in kind.__struct_fields__
        if name not in others and name not in kind.MADE_HERE
    )
    given = {name: getattr(row, name) for name in fields}
    moments = {name: to_moment(given[name]) for name in _moments_of(kind) & given.keys()}
    return kind(**given | moments | others)


def page_of(
    rows: Sequence[R], limit: int, convert: Callable[[R], T], cursor: Callable[[R], str]
) -> Page[T]:
    """Make a page from up to `limit + 1` rows; the one too many tells that there is more."""
    shown = rows[:limit]
    after = cursor(shown[-1]) if len(rows) > limit else None
    return Page([convert(row) for row in shown], after)
