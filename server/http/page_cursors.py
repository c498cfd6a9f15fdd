"""Lists by pages: how many rows one has, their order, from where to read on; one way for all.

A list has an order of its own, by a key that no two rows share. A request may name others by
`sort`; the key then decides between equals. `next` of a page holds the values of its last row, so
that the next page begins where this one ended whatever was added or removed meanwhile.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter
from sqlalchemy import ColumnElement, Select, and_, false, func, or_

from server.db.unit import Unit
from server.problem_answers import wrong_field
from shared.kernel.instant import Instant
from shared.kernel.undecodable import UNDECODABLE

PAGE_SIZE_DEFAULT: Final = 50
PAGE_SIZE_MAX: Final = 500
"""Rows of a list in one answer."""
SORT_SIZE_MAX: Final = 200
"""Letters of the fields by which a list is to be ordered."""

R = TypeVar("R")
SORTS: Final = "sorts"
"""Under this a handler says, in its `opt`, by what its list can be ordered."""
FIELDS_MAX: Final = 3
_INTEGER_MAX: Final = (1 << 63) - 1

PAGE_BEFORE: Final = "`next` of the page before"
Limit = Annotated[
    int, QueryParameter(ge=1, le=PAGE_SIZE_MAX, description="How many at most on a page.")
]
After = Annotated[str | None, QueryParameter(max_length=64, description=PAGE_BEFORE)]
Place = Annotated[str | None, QueryParameter(max_length=2_000, description=PAGE_BEFORE)]
SortText = Annotated[
    str | None,
    QueryParameter(
        max_length=SORT_SIZE_MAX,
        description="up to three fields, separated by commas; with - before it the last first;"
        " missing values come last",
    ),
]


def read_place(after: str | None) -> tuple[Instant, str] | None:
    """Read where a page ended whose rows stand in order of an instant and an id.

    Raises:
        Problem: `invalid-fields` if no page has said so.
    """
    if after is None:
        return None
    at, _, row_id = after.partition(".")
    if not at.isascii() or not at.isdigit() or len(at) > len(str(2**53)) or "\0" in row_id:
        raise wrong_field("after", "did not come from a page; send `next` as it was returned")
    return Instant(int(at)), row_id


class RowOrder:
    """By what a list's rows can be ordered.

    Args:
        key: Columns whose values no two rows share: the list's own order.
        fields: Columns by the names that the answers have for them. A text's case counts for
            nothing, as far as the database knows of it.
        is_latest_first: The list's own order is the reverse of its key's.
    """

    def __init__(
        self, *key: Any, fields: Mapping[str, Any], is_latest_first: bool = False
    ) -> None:
        self._key, self._fields, self._is_latest_first = key, dict(fields), is_latest_first

    def __deepcopy__(self, memo: dict[int, Any]) -> RowOrder:
        """Stay one: routes are copied with what they carry, and columns of tables cannot be."""
        return self

    @property
    def names(self) -> Sequence[str]:
        """The fields that a request may name."""
        return sorted(self._fields)

    def terms(self, sort: str | None) -> list[_Term]:
        """Return by what to order, the key last.

        Raises:
            Problem: naming `sort`, if it is no list of these fields.
        """
        latest = self._is_latest_first
        key = [_Term.of(one, is_key=True, is_descending=latest) for one in self._key]
        return [
            _Term.of(self._fields[one.field], is_key=False, is_descending=one.is_descending)
            for one in read_sort(sort, self.names)
        ] + key


class SortField(msgspec.Struct, frozen=True):
    """A field that a request orders by."""

    field: str
    is_descending: bool


def read_sort(sort: str | None, names: Sequence[str]) -> list[SortField]:
    """Read what a request orders by, the first before the next.

    Raises:
        Problem: naming `sort`, if it is no list of these fields.
    """
    if sort is None:
        return []
    found = [
        SortField(one.strip().removeprefix("-"), one.strip().startswith("-"))
        for one in sort.split(",")
    ]
    fields = {one.field for one in found}
    if not fields <= set(names):
        raise wrong_field("sort", f"is not one of {', '.join(names)}, with or without -")
    if len(found) > FIELDS_MAX or len(fields) < len(found):
        raise wrong_field("sort", f"names more than {FIELDS_MAX} fields, or one twice")
    return found


class Placed(msgspec.Struct, Generic[R], frozen=True):
    """A row, and from where to read on after it."""

    row: R
    place: str


async def read_placed(
    unit: Unit,
    query: Select[*tuple[Any, ...]],
    order: RowOrder,
    sort: str | None,
    *,
    limit: int,
    after: str | None,
) -> list[Placed[Any]]:
    """Read up to so many rows and one, in an order, after a place.

    Args:
        unit: A reading one.
        query: Which rows; it has no order and no limit. Of one model, or of several.
        order: By what they can be ordered.
        sort: Of the request.
        limit: One more row tells that there are more.
        after: Of the request: the place of the last row before.

    Raises:
        Problem: naming `sort` or `after`.
    """
    terms = order.terms(sort)
    width = len(query.column_descriptions)
    if after is not None:
        values = _read_place(terms, sort, after)
        query = query.where(_beyond(terms, values))
    query = query.add_columns(*(term.expression for term in terms))
    query = query.order_by(*(part for term in terms for part in term.parts())).limit(limit + 1)
    rows = (await unit.session.execute(query)).all()
    return [
        Placed(
            row[0] if width == 1 else tuple(row[:width]), _write_place(terms, sort, row[width:])
        )
        for row in rows
    ]


class _Term(msgspec.Struct, frozen=True):
    expression: Any
    kind: type
    is_nullable: bool
    is_descending: bool

    @staticmethod
    def of(column: Any, *, is_key: bool, is_descending: bool) -> _Term:
        kind = column.type.python_type
        return _Term(
            expression=func.lower(column) if kind is str and not is_key else column,
            kind=kind,
            is_nullable=bool(column.property.columns[0].nullable),
            is_descending=is_descending,
        )

    def parts(self) -> list[Any]:
        """Return by what to order: missing values come last, whichever way."""
        way = self.expression.desc() if self.is_descending else self.expression.asc()
        return [self.expression.is_(None), way] if self.is_nullable else [way]

    def is_same(self, value: Any) -> ColumnElement[bool]:
        """Compare."""
        found: ColumnElement[bool] = (
            self.expression.is_(None) if value is None else self.expression == value
        )
        return found

    def is_beyond(self, value: Any) -> ColumnElement[bool]:
        """Tell what stands after a value."""
        if value is None:
            return false()
        found: ColumnElement[bool] = (
            self.expression < value if self.is_descending else self.expression > value
        )
        return or_(found, self.expression.is_(None)) if self.is_nullable else found

    def takes(self, value: Any) -> bool:
        """Tell whether a value could be this column's."""
        if value is None:
            return self.is_nullable
        if type(value) is not self.kind or (isinstance(value, str) and "\x00" in value):
            return False
        return not isinstance(value, int) or abs(value) <= _INTEGER_MAX


def _beyond(terms: Sequence[_Term], values: Sequence[Any]) -> ColumnElement[bool]:
    return or_(
        *(
            and_(
                *(one.is_same(value) for one, value in zip(terms[:at], values, strict=False)),
                term.is_beyond(values[at]),
            )
            for at, term in enumerate(terms)
        )
    )


def _is_plain(terms: Sequence[_Term], sort: str | None) -> bool:
    return sort is None and len(terms) == 1 and terms[0].kind in {int, str}


def _write_place(terms: Sequence[_Term], sort: str | None, values: Sequence[Any]) -> str:
    if _is_plain(terms, sort):
        return str(values[0])
    packed = msgspec.msgpack.encode([sort, *values])
    return urlsafe_b64encode(packed).rstrip(b"=").decode()


def _read_place(terms: Sequence[_Term], sort: str | None, after: str) -> list[Any]:
    wrong = wrong_field("after", "is not `next` from a page of this list in this order")
    if _is_plain(terms, sort):
        if terms[0].kind is str:
            return [after]
        if not after.isascii() or not after.isdigit() or int(after) > _INTEGER_MAX:
            raise wrong
        return [int(after)]
    try:
        packed = urlsafe_b64decode(after.encode() + b"=" * (-len(after) % 4))
        said, *values = msgspec.msgpack.decode(packed, type=list)
    except (ValueError, *UNDECODABLE):
        raise wrong from None
    fits = len(values) == len(terms) and all(
        term.takes(value) for term, value in zip(terms, values, strict=True)
    )
    if said != sort or not fits:
        raise wrong
    return list(values)
