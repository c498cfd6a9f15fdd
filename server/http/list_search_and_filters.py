"""Text search, filters and order on lists: one way for all of them.

A list that is answered whole is filtered and ordered here. One that is answered by pages is
ordered by the database (`page_cursors.py`); its pages are read on until enough of what is searched
for was found.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from enum import Enum
from typing import Annotated, Any, Final, TypeVar

import msgspec
from litestar.params import QueryParameter
from sqlalchemy import Select

from server.db.unit import Unit
from server.http.body_and_answer_types import Answer, Page, page_of
from server.http.page_cursors import (
    PAGE_SIZE_DEFAULT,
    Limit,
    Place,
    Placed,
    RowOrder,
    SortText,
    read_placed,
    read_sort,
)
from shared.field_limits import SEARCH_SIZE_MAX
from shared.kernel.list_search_folding import fold_text
from shared.manifest.name_spellings import spellings_of

A = TypeVar("A", bound=Answer)
R = TypeVar("R")
SCANNED_MAX: Final = 5_000
"""Rows that one request reads at most; the answer then says from where to read on."""
_BATCH: Final = 500

Words = Annotated[
    str | None,
    QueryParameter(
        name="q",
        max_length=SEARCH_SIZE_MAX,
        description="words or parts of words in any text; case and accents count for nothing",
    ),
]


class Search:
    """Keeps what has all words in its texts.

    Args:
        words: As they were asked for; None keeps all.
        sort: Fields to order a list by pages by; None for its own order.
        limit: A page's.
        after: The place where the page before ended; None for the first.
    """

    def __init__(
        self,
        words: str | None,
        sort: str | None = None,
        limit: int = PAGE_SIZE_DEFAULT,
        after: str | None = None,
    ) -> None:
        self._words = fold_text(words or "").split()
        self._asked = words or ""
        self.sort, self._limit, self._after = sort, limit, after

    @property
    def spellings(self) -> Sequence[Sequence[str]]:
        """Each word, folded, with its other spellings, for a list that the database searches."""
        return spellings_of(self._asked, fold_text, _APOSTROPHES)

    def fits(self, answer: Answer) -> bool:
        """Tell whether an answer has all words."""
        if not self._words:
            return True
        folded = fold_text("\n".join(_texts_of(answer)))
        return all(word in folded for word in self._words)

    async def page(
        self,
        unit: Unit,
        query: Select[*tuple[Any, ...]],
        order: RowOrder,
        *,
        convert: Callable[[Any], A],
        prepare: Callable[[Sequence[Any]], Awaitable[None]] | None = None,
        is_searched: bool = False,
    ) -> Page[A]:
        """Return a page of what fits, in the order that is asked for.

        Args:
            unit: A reading one.
            query: Which rows, without order and limit.
            order: By what they can be ordered.
            convert: Makes the answer of a row.
            prepare: Reads at once what the answers of some rows need besides.
            is_searched: The query has looked for the words already.

        Raises:
            Problem: naming `sort` or `after`.
        """

        async def read(most: int, place: str | None) -> Sequence[Placed[Any]]:
            rows = await read_placed(unit, query, order, self.sort, limit=most, after=place)
            if prepare is not None:
                await prepare([one.row for one in rows])
            return rows

        limit, after = self._limit, self._after
        if is_searched or not self._words:
            placed = await read(limit, after)
            return page_of(placed, limit, lambda one: convert(one.row), lambda one: one.place)
        return await self.collect(read, limit=limit, after=after, convert=convert)

    async def collect(
        self,
        read: Callable[[int, str | None], Awaitable[Sequence[Placed[R]]]],
        *,
        limit: int,
        after: str | None,
        convert: Callable[[R], A],
    ) -> Page[A]:
        """Read on until a page of what fits is full, or so many rows were read.

        Args:
            read: Reads up to so many rows and one, after a place, in the list's order.
            limit: The page's.
            after: The request's.
            convert: Makes the answer of a row.
        """
        found: list[A] = []
        for _ in range(SCANNED_MAX // _BATCH):
            rows = await read(_BATCH, after)
            for at, one in enumerate(rows[:_BATCH]):
                after = one.place
                if self.fits(answer := convert(one.row)):
                    found.append(answer)
                if len(found) == limit:
                    return Page(found, after if at + 1 < len(rows) else None)
            if len(rows) <= _BATCH:
                return Page(found, None)
        return Page(found, after)


class Listing(Search):
    """Filters and orders a list that is answered whole.

    Args:
        words: See `Search`.
        sort: Fields, as lists by pages have them; None keeps the list's order.
    """

    def arrange(self, answers: Sequence[A], kind: type[A]) -> list[A]:
        """Return what is asked for, in the order that is asked for.

        Raises:
            Problem: if there is no such field to order by.
        """
        found = [answer for answer in answers if self.fits(answer)]
        for named in reversed(read_sort(self.sort, sortable_fields(kind))):
            # What is not there stands last, in either order.
            given = [one for one in found if getattr(one, named.field) is not None]
            absent = [one for one in found if getattr(one, named.field) is None]
            given.sort(
                key=lambda one: _key(getattr(one, named.field)),
                reverse=named.is_descending,
            )
            found = given + absent
        return found


def provide_search(
    q: Words = None, sort: SortText = None, limit: Limit = PAGE_SIZE_DEFAULT, after: Place = None
) -> Search:
    """Read which page of a list is asked for: what it is searched for, and how it is ordered."""
    return Search(q, sort, limit, after)


def provide_listing(q: Words = None, sort: SortText = None) -> Listing:
    """Read what of a whole list is asked for."""
    return Listing(q, sort)


def sortable_fields(kind: type[msgspec.Struct]) -> list[str]:
    """Return the fields by which a list of answers can be ordered."""
    found = []
    for field in msgspec.structs.fields(kind):
        parts = _parts_of(msgspec.inspect.type_info(field.type))
        if not any(isinstance(part, _NESTED) for part in parts):
            found.append(field.name)
    return found


_APOSTROPHES: Final = ("'", "\u2019")


_NESTED: Final = (
    msgspec.inspect.ListType,
    msgspec.inspect.CollectionType,
    msgspec.inspect.DictType,
    msgspec.inspect.StructType,
    msgspec.inspect.VarTupleType,
    msgspec.inspect.AnyType,
)


def _parts_of(info: msgspec.inspect.Type) -> Sequence[msgspec.inspect.Type]:
    return info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)


def _texts_of(value: object) -> Iterator[str]:
    if isinstance(value, Enum):
        yield str(value.value)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            if name != "etag":
                yield from _texts_of(getattr(value, name))
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts_of(one)


def _key(value: Any) -> Any:
    return fold_text(value) if isinstance(value, str) else value
