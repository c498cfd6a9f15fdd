"""Text search, filters and order on lists: one way for all of them.

A list that is answered whole is filtered and ordered here. One that is answered by pages keeps
its own order, by which its pages go on; its pages are read on until enough of what is searched
for was found.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Callable, Iterator, Sequence
from enum import Enum
from typing import Annotated, Any, Final, TypeVar

import msgspec
from litestar.params import QueryParameter

from server.http.schema import Answer, Page, page_of
from server.problems import wrong_field

A = TypeVar("A", bound=Answer)
R = TypeVar("R")
SCANNED_MAX: Final = 5_000
"""Rows that one request reads at most; the answer then says from where to read on."""
_BATCH: Final = 500
_WORDS_MAX: Final = 200

Words = Annotated[
    str | None,
    QueryParameter(
        name="q",
        max_length=_WORDS_MAX,
        description="words or parts of words in any text; case and accents count for nothing",
    ),
]


class Search:
    """Keeps what has all words in its texts.

    Args:
        words: As they were asked for; None keeps all.
    """

    def __init__(self, words: str | None) -> None:
        self._words = fold_text(words or "").split()

    @property
    def words(self) -> Sequence[str]:
        """The words, folded, for a list that the database searches."""
        return self._words

    def fits(self, answer: Answer) -> bool:
        """Tell whether an answer has all words."""
        if not self._words:
            return True
        folded = fold_text("\n".join(_texts_of(answer)))
        return all(word in folded for word in self._words)

    async def page(
        self,
        read: Callable[[int, str | None], Awaitable[Sequence[R]]],
        *,
        limit: int,
        after: str | None,
        convert: Callable[[R], A],
        cursor: Callable[[R], str],
    ) -> Page[A]:
        """Return a page of what fits.

        Args:
            read: Reads up to so many rows and one, after one's cursor, in the list's order.
            limit: The page's.
            after: The request's.
            convert: Makes the answer of a row.
            cursor: Says where a row stands.
        """
        if not self._words:
            return page_of(await read(limit, after), limit, convert, cursor)
        found: list[A] = []
        for _ in range(SCANNED_MAX // _BATCH):
            rows = await read(_BATCH, after)
            for place, row in enumerate(rows[:_BATCH]):
                after = cursor(row)
                if self.fits(answer := convert(row)):
                    found.append(answer)
                if len(found) == limit:
                    return Page(found, after if place + 1 < len(rows) else None)
            if len(rows) <= _BATCH:
                return Page(found, None)
        return Page(found, after)


class Listing(Search):
    """Filters and orders a list that is answered whole.

    Args:
        words: See `Search`.
        order: A field, with a hyphen before it for the reverse; None keeps the list's order.
    """

    def __init__(self, words: str | None, order: str | None) -> None:
        super().__init__(words)
        self._order = order

    def arrange(self, answers: Sequence[A], kind: type[A]) -> list[A]:
        """Return what is asked for, in the order that is asked for.

        Raises:
            Problem: if there is no such field to order by.
        """
        found = [answer for answer in answers if self.fits(answer)]
        if self._order is None:
            return found
        field = self._order.removeprefix("-")
        sortable = sortable_fields(kind)
        if field not in sortable:
            raise wrong_field("sort", f"is none of {', '.join(sortable)}, with or without -")
        # What is not there stands last, in either order.
        given = [one for one in found if getattr(one, field) is not None]
        given.sort(key=lambda one: _key(getattr(one, field)), reverse=self._order[0] == "-")
        return given + [one for one in found if getattr(one, field) is None]


def provide_search(q: Words = None) -> Search:
    """Read what a list by pages is searched for."""
    return Search(q)


def provide_listing(
    q: Words = None,
    sort: Annotated[
        str | None,
        QueryParameter(max_length=64, description="a field; with - before it the last first"),
    ] = None,
) -> Listing:
    """Read what of a whole list is asked for."""
    return Listing(q, sort or None)


def sortable_fields(kind: type[msgspec.Struct]) -> list[str]:
    """Return the fields by which a list of answers can be ordered."""
    found = []
    for field in msgspec.structs.fields(kind):
        parts = _parts_of(msgspec.inspect.type_info(field.type))
        if not any(isinstance(part, _NESTED) for part in parts):
            found.append(field.name)
    return found


def fold_text(text: str) -> str:
    """Return a text without case and accents."""
    if text.isascii():
        return text.lower()  # as most of a long list is
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))


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
