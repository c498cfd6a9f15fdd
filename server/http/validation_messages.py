"""What a checked value lacks, in words for whoever sent it. Pure.

msgspec, which checks, speaks to programmers: "Expected `str` matching regex '^[A-Z]{3}$'". A
schema says what it wants in words where a bare bound does not (`Meta.description`), and a choice
is answered by all that may be chosen.
"""

from __future__ import annotations

import enum
import re
import types
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec

fields_of: Final = cache(msgspec.structs.fields)
"""A struct's fields. To read them again evaluates each of its annotations: half a millisecond for
every element of what a stranger may send wrong."""
_CHOICES_MAX: Final = 40
"""More than these are not listed in an answer; the API's description has them all."""
_MESSAGE_MAX: Final = 200

_BOUND: Final = re.compile(r"Expected `(?:str|array|bytes|object)` of length (>=|<=|==) (\d+)")
_RANGE: Final = re.compile(r"Expected `(?:int|float)` (>=|<=|>|<) (-?[\d.]+)")
_TYPE: Final = re.compile(r"Expected `([\w |]+)`, got `(\w+)`")
_MALFORMED: Final = re.compile(r"JSON is malformed: ([a-z ]+) \(byte (\d+)\)")
"""msgspec's words of malformed JSON quote nothing; bytes count from 0."""
_AMOUNTS: Final = {">=": "at least", "<=": "at most", "==": "exactly"}
_RELATIONS: Final = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
_KINDS: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "datetime": "a date and time with its zone, such as 2026-07-04T18:00:00Z",
    "null": "null",
}


def words_of_no_json(error: Exception) -> str:
    """Say where a body stops being JSON, without what it quotes of the request.

    Args:
        error: What decoding it to nothing in particular has raised.
    """
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "holds text that is not UTF-8"
    if found := _MALFORMED.fullmatch(str(error)):
        return f"is not valid JSON at byte {found[2]}: {found[1]}"
    if str(error).startswith(("Number out of range", "Integer value out of range")):
        return "holds a number that is too large"
    return (
        r"is not valid JSON: it ends within a value, or one of \ud800 to \udfff stands alone in it"
    )


def words_of(message: str, wanted: Any) -> str:
    """Say a message of msgspec's in words, without what it quotes of the request.

    Args:
        message: Without its place.
        wanted: The type that was not met.
    """
    if message.startswith("Invalid enum value"):
        choices = choices_of(wanted)
        if not choices or len(choices) > _CHOICES_MAX:
            return "is not one of the values this field takes"
        return "must be one of: " + ", ".join(choices)
    is_of_a_form = "matching regex" in message
    if is_of_a_form or _BOUND.fullmatch(message):
        if described := description_of(wanted):
            return f"must be {described}"
        if is_of_a_form:
            return "does not have the expected form"
    if found := _BOUND.fullmatch(message):
        unit = "characters" if "`str`" in message or "`bytes`" in message else "entries"
        return f"must have {_AMOUNTS[found[1]]} {found[2]} {unit}"
    if found := _RANGE.fullmatch(message):
        return f"must be {_RELATIONS[found[1]]} {found[2]}"
    if found := _TYPE.fullmatch(message):
        kinds = [_KINDS.get(kind.strip(), kind.strip()) for kind in found[1].split("|")]
        return f"must be {' or '.join(kinds)}"
    if message.startswith(("Invalid RFC3339", "Expected `datetime` with a timezone")):
        return f"must be {_KINDS['datetime']}"
    return message[:_MESSAGE_MAX]


def choices_of(wanted: Any) -> list[str]:
    """Return all that a choice takes, in the order of its declaration."""
    return list(_choices(wanted))


def description_of(wanted: Any) -> str:
    """Return what a type's schema says of it, within optional types too; else ''."""
    if get_origin(wanted) is Annotated:
        for mark in get_args(wanted)[1:]:  # a parameter's own says what it does
            if isinstance(mark, msgspec.Meta) and mark.description:
                return mark.description
    if get_origin(wanted) in {Union, types.UnionType, Annotated}:
        found = [inner for part in get_args(wanted) if (inner := description_of(part))]
        return found[0] if found else ""
    return ""


def _choices(wanted: Any) -> Iterator[str]:
    if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        yield from (str(member.value) for member in wanted)
    elif get_origin(wanted) is Literal:
        yield from map(str, get_args(wanted))
    elif get_origin(wanted) is Annotated:
        yield from _choices(get_args(wanted)[0])
    elif get_origin(wanted) in {Union, types.UnionType}:
        for part in get_args(wanted):
            yield from _choices(part)


def required_fields(wanted: Any) -> list[str]:
    """Return the names of a struct's fields that a body must have."""
    return [field.encode_name for field in fields_of(wanted) if field.required]
