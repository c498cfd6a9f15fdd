"""Texts that every database and disk holds: without a zero character, and not too long a key.

Numbers are bounded by their types (`bounds.py`), and so is each text's length in characters.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import inspect

KEYED_TEXT_SIZE_MAX: Final = 1_000
"""Bytes: a key of PostgreSQL's indexes holds two such texts, and not three."""


def has_storable_texts(value: object) -> bool:
    """Tell whether a database can hold every text of something, however deep it stands."""
    if isinstance(value, str):
        size = len(value) if value.isascii() else len(value.encode())
        return size <= KEYED_TEXT_SIZE_MAX and "\0" not in value
    if isinstance(value, tuple):
        return all(has_storable_texts(one) for one in value)
    if isinstance(value, msgspec.Struct):
        return all(has_storable_texts(getattr(value, name)) for name in _texts_of(type(value)))
    return True


@functools.cache
def _texts_of(kind: type[msgspec.Struct]) -> Sequence[str]:
    """Name the fields in which there may be a text; this is asked for each entry."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return [field.name for field in info.fields if _may_hold_text(field.type)]


def _may_hold_text(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.UnionType):
        return any(_may_hold_text(one) for one in kind.types)
    textless = inspect.IntType | inspect.BytesType | inspect.BoolType | inspect.NoneType
    return not isinstance(kind, textless)
