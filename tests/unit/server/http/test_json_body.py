"""Decoding of JSON bodies: strict, and with every wrong field named."""

from __future__ import annotations

import gc
import time
import tracemalloc
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
import pytest

from server.http.body_and_answer_types import Body, Moment
from server.http.json_body import EXPLAINED_MAX, LOOKED_AT_MAX, decode_body, refuse_names_twice
from server.problem_answers import Problem

SECONDS_MAX = 0.5


class Inner(Body):
    """A line."""

    name: Annotated[str, msgspec.Meta(min_length=1)]
    count: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1


class Outer(Body):
    """A request."""

    title: str
    at: Moment | None = None
    one: Inner | None = None
    many: Annotated[list[Inner], msgspec.Meta(max_length=3)] = msgspec.field(default_factory=list)
    free: dict[str, Any] | None = None
    said: Annotated[
        dict[
            Annotated[str, msgspec.Meta(pattern="^[a-z]+$", description="small letters")],
            Annotated[int, msgspec.Meta(ge=0, le=9)],
        ],
        msgspec.Meta(max_length=3),
    ] = msgspec.field(default_factory=dict)
    pair: tuple[Inner, ...] = ()


def fields(raw: Any) -> list[str]:
    with pytest.raises(Problem) as caught:
        decode_body(msgspec.json.encode(raw), Outer)
    assert caught.value.slug == "invalid-fields"
    return [error.field for error in caught.value.errors]


def test_a_right_body_is_decoded() -> None:
    """Nested structs, lists and moments arrive as such."""
    found = decode_body(
        b'{"title":"x","at":"2026-07-04T17:00:00+02:00","many":[{"name":"a","count":2}]}', Outer
    )
    assert isinstance(found.at, datetime)
    assert found.many[0].count == 2


@pytest.mark.parametrize(
    ("raw", "wrong"),
    [
        ({}, ["title"]),
        ({"title": 5}, ["title"]),
        ({"title": "x", "titel": "y"}, ["titel"]),
        ({"title": "x", "at": "2026-07-04T17:00:00"}, ["at"]),
        ({"title": "x", "one": {"count": 0}}, ["one.name", "one.count"]),
        ({"title": "x", "many": [{"name": "a"}, {"name": ""}, 7]}, ["many[1].name", "many[2]"]),
        ({"title": "x", "many": [{"name": "a"}] * 4}, ["many"]),
        ({"title": "x", "pair": [{"name": "a"}, {}, 7]}, ["pair[1].name", "pair[2]"]),
        ({"title": "x", "said": {"a": 1, "b": -1, "c": "2"}}, ["said.b", "said.c"]),
        ({"title": "x", "said": {"A": 1, "b": 10}}, ["said.A", "said.b"]),
        ({"title": "x", "said": dict.fromkeys("abcd", 1)}, ["said"]),
        ({"title": "x", "said": {"y" * 100 + "Z": 1}}, ["said." + "y" * 64]),
        ({"at": 1, "one": 2, "many": 3, "free": 4}, ["title", "at", "one", "many", "free"]),
        ([], ["body"]),
        (None, ["body"]),
        ("text", ["body"]),
    ],
)
def test_every_wrong_field_is_named(raw: Any, wrong: list[str]) -> None:
    """All of them, in the order of the declaration, with their paths."""
    assert fields(raw) == wrong


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"A": 1}, "has a name that must be small letters"),
        ({"a": 10}, "must be at most 9"),
        (dict.fromkeys("abcd", 1), "must have at most 3 entries"),
    ],
    ids=str,
)
def test_what_is_wrong_in_a_map_is_said_in_words(said: dict[str, int], message: str) -> None:
    """Nothing of a parser's own words, and the name stands with what is wrong of it."""
    with pytest.raises(Problem) as caught:
        decode_body(msgspec.json.encode({"title": "x", "said": said}), Outer)
    assert [error.message for error in caught.value.errors] == [message]


def test_numbers_are_not_taken_from_text() -> None:
    """ "2" is no number, 1.0 and true are none either."""
    for count in ("2", True, 1.5):
        assert fields({"title": "x", "one": {"name": "a", "count": count}}) == ["one.count"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "ends within a value"),
        (b'{"title":1,}', "is not valid JSON at byte 11: trailing comma in object"),
        (b'{"title":"\xff"}', "holds text that is not UTF-8"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"title":1e999}', "holds a number that is too large"),
        (b'{"title":1' + b"0" * 5_000 + b"}", "holds a number that is too large"),
        (rb'{"title":"\ud800"}', "stands alone"),
    ],
    ids=lambda one: one[:12] if isinstance(one, bytes) else "",
)
def test_where_a_body_is_no_json_is_said(body: bytes, said: str) -> None:
    """Whoever wrote it by hand, or by a program, finds the place."""
    with pytest.raises(Problem) as caught:
        decode_body(body, Outer)
    assert caught.value.slug == "bad-request"
    (error,) = caught.value.errors
    assert error.field == "body"
    assert said in error.message


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"title":"x"} trailing', b"nul"]
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    """Empty, cut, binary, deep and trailing rubbish: a plain 400."""
    with pytest.raises(Problem) as caught:
        decode_body(body, Outer)
    assert caught.value.status == 400


def test_a_flood_of_wrong_fields_gives_a_short_answer() -> None:
    """The list of errors is bounded."""
    raw = {"title": "x"} | {f"f{n}": 1 for n in range(1_000)}
    assert len(fields(raw)) == 50


def test_a_flood_of_wrong_lines_costs_no_more_than_a_few_of_them() -> None:
    """One body of a megabyte kept all gates of a worker waiting for seventeen seconds."""
    lines = [{"a": 1}] * 40_000
    began = time.process_time()
    assert fields({"title": "x", "pair": lines}) == ["pair[0]"]
    assert fields({"title": "x", "pair": lines[:4_000]})[:2] == ["pair[0].name", "pair[0].a"]
    assert time.process_time() - began < SECONDS_MAX


LARGE: Final = {
    "lists": b"[" + b"[]," * 330_000 + b"[]]",
    "lists in a field that there is not": b'{"x":[' + b"[]," * 330_000 + b"[]]}",
    "a zero character before lists": b'{"x":"\\u0000","y":[' + b"[1]," * 240_000 + b"[]]}",
}
"""What is nothing that any request wants, a megabyte of each."""


@pytest.mark.parametrize("name", LARGE)
def test_a_megabyte_of_nothing_that_was_wanted_is_not_read(name: str) -> None:
    """A stranger sends ten in a second, and enrolled gates wait for each to be read.

    Counted by what is made of it, not by a clock: of a body that is read, each list is made.
    """
    body = LARGE[name]
    tracemalloc.start()
    try:
        with pytest.raises(Problem) as caught:
            decode_body(body, Outer)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.slug == "invalid-fields"
    assert len(caught.value.errors) == 1
    assert most < EXPLAINED_MAX


def test_of_a_large_body_the_first_wrong_field_is_named() -> None:
    """By where it stands."""
    lines = [{"name": "x" * 500}] * 200 + [{"name": ""}, {"name": "x", "count": 10}]
    assert fields({"title": "x", "pair": lines}) == ["pair[200].name"]


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [(b"\\u0000", True), (b"\\\\u0000", False), (b"\\\\\\u0000", True), (b"\\\\\\\\u0000", False)],
)
@pytest.mark.parametrize("size", [1, EXPLAINED_MAX])
def test_a_zero_character_is_told_from_letters_that_spell_it(
    text: bytes, size: int, *, is_refused: bool
) -> None:
    """After an even number of backslashes there is none; in large bodies as in small ones."""
    body = b'{"title":"' + b"x" * size + text + b'"}'
    if is_refused:
        with pytest.raises(Problem, match="U\\+0000"):
            decode_body(body, Outer)
    else:
        assert "u0000" in decode_body(body, Outer).title


def test_what_is_wanted_is_read_once_for_all_that_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A struct's annotations were evaluated for each wrong line, half a millisecond each time."""
    read: list[object] = []
    evaluate: Any = vars(msgspec.structs)["_get_class_annotations"]

    def count(kind: object) -> object:
        read.append(kind)
        return evaluate(kind)

    monkeypatch.setattr(msgspec.structs, "_get_class_annotations", count)
    assert len(fields({"title": "x", "pair": [{}] * 20})) == 20
    assert len(read) == len(set(read))


def test_the_first_wrong_line_is_named_however_many_right_ones_are_before_it() -> None:
    """Line by line only the first are looked at."""
    lines = [{"name": "x"}] * (2 * LOOKED_AT_MAX) + [{"name": "x", "count": 10}] * 2
    assert fields({"title": "x", "pair": lines}) == [f"pair[{2 * LOOKED_AT_MAX}].count"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b'{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}', []),
        (b'{"a":1,"a":1}', ["a"]),
        (b'{"a":1,"\\u0061":2}', ["a"]),
        (b'{"many":[{"count":1},{"count":1,"name":"x","count":9}]}', ["many[1].count"]),
        (b'{"one":{"b":{"c":1,"c":2}},"one":{}}', ["one.b.c", "one"]),
        (b'{"a":"\\"b\\":1,\\"b\\":2"}', []),
        (b'{"a":' + b"9" * 6_000 + b',"a":1}', ["a"]),
        (b"[1,2]", []),
    ],
)
def test_a_name_that_stands_twice_in_an_object_is_named(body: bytes, wrong: list[str]) -> None:
    """Wherever it stands and however it is spelled; the same name in two objects is none."""
    if not wrong:
        refuse_names_twice(body)
        return
    with pytest.raises(Problem) as caught:
        refuse_names_twice(body)
    assert caught.value.slug == "bad-request"
    assert [error.field for error in caught.value.errors] == wrong


def test_a_body_of_no_end_of_levels_is_refused_as_before() -> None:
    """What is nested too deep for reading is no valid body, whichever reader finds it out."""
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    with pytest.raises(Problem) as caught:
        refuse_names_twice(deep)
    assert caught.value.slug == "bad-request"


def test_a_long_name_that_stands_twice_is_cut_short_in_the_answer() -> None:
    """What a request chose is repeated up to a point."""
    name = b"x" * 10_000
    with pytest.raises(Problem) as caught:
        refuse_names_twice(b'{"' + name + b'":1,"' + name + b'":2}')
    (error,) = caught.value.errors
    assert len(error.field) <= 256


def test_a_refused_body_is_forgotten_with_its_answer() -> None:
    """Not once garbage is looked for: until then there were hundreds, of megabytes each."""
    gc.collect()
    was_on = gc.isenabled()  # beside a window it never is
    gc.disable()
    try:
        with pytest.raises(Problem):
            decode_body(b'{"title":7}', Outer)
        kept = [one for one in gc.get_objects() if isinstance(one, msgspec.ValidationError)]
    finally:
        if was_on:
            gc.enable()
    assert kept == []
