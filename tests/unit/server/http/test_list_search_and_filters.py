"""Lists are searched and ordered by one means; a page of what was searched for is never short."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from server.http import list_search_and_filters
from server.http.body_and_answer_types import Answer
from server.http.list_search_and_filters import Listing, Search, sortable_fields
from server.http.page_cursors import Placed
from server.problem_answers import Problem


class Inner(Answer, kw_only=True):
    """A part of an answer."""

    note: str


class Thing(Answer, kw_only=True):
    """An answer of a list."""

    id: str
    name: str
    size: int | None = None
    tags: Sequence[str] = ()
    inner: Inner | None = None


THINGS = [
    Thing(id="a", name="Éva Müller", size=3),
    Thing(id="b", name="eva Probe", size=None, tags=["North gate"]),
    Thing(id="c", name="Zoë", size=1, inner=Inner(note="Straße")),
]


def ids_of(words: str | None, order: str | None = None) -> str:
    """Return the ids of what is found, in order."""
    return "".join(one.id for one in Listing(words, order).arrange(THINGS, Thing))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (None, "abc"),
        ("  ", "abc"),
        ("EVA", "ab"),
        ("muller ev", "a"),
        ("gate north", "b"),
        ("strasse", "c"),
        ("zoe", "c"),
        ("eva zoe", ""),
    ],
)
def test_words_are_found_in_any_text_without_case_and_accents(
    words: str | None, found: str
) -> None:
    """All words, in whatever order, in the texts of the answer and of its parts."""
    assert ids_of(words) == found


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("name", "abc"),
        ("-name", "cba"),
        ("size", "cab"),
        ("-size", "acb"),
        ("id", "abc"),
        ("size, -id", "cab"),
    ],
)
def test_a_list_is_ordered_by_any_plain_field(order: str, found: str) -> None:
    """What is not there stands last both ways."""
    assert ids_of(None, order) == found


@pytest.mark.parametrize("order", ["tags", "inner", "nothing", "-", "--name", "id,-id", ""])
def test_an_order_by_what_is_no_plain_field_names_those_that_are(order: str) -> None:
    """Rather than the list's own order, as if it were that one."""
    with pytest.raises(Problem) as refusal:
        Listing(None, order).arrange(THINGS, Thing)
    assert refusal.value.errors[0].field == "sort"
    assert sortable_fields(Thing) == ["id", "name", "size"]


async def pages_of(words: str, limit: int, count: int) -> list[list[str]]:
    """Read all pages over so many rows, of which each seventh is even more."""
    rows = [
        Thing(id=f"{number:04d}", name="lucky" if number % 7 == 0 else "plain")
        for number in range(count)
    ]

    async def read(most: int, after: str | None) -> Sequence[Placed[Thing]]:
        begun = [row for row in rows if after is None or row.id > after]
        return [Placed(row, row.id) for row in begun[: most + 1]]

    found, after = [], None
    while True:
        page = await Search(words).collect(read, limit=limit, after=after, convert=lambda row: row)
        found.append([row.id for row in page.items])
        after = page.next
        if after is None:
            return found


@pytest.mark.parametrize("count", [0, 1, 7, 8, 64, 71])
@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_pages_of_a_search_hold_each_find_once(
    count: int, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However they fall upon what is read at once."""
    monkeypatch.setattr(list_search_and_filters, "_BATCH", 8)
    monkeypatch.setattr(list_search_and_filters, "SCANNED_MAX", 24)
    pages = await pages_of("lucky", limit, count)
    wanted = [f"{number:04d}" for number in range(count) if number % 7 == 0]
    assert [one for page in pages for one in page] == wanted
    assert all(len(page) <= limit for page in pages)
