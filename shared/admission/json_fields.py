"""Typed access to decoded JSON, with errors that name the path of what is wrong.

An absent field and a null one are the same. Fields nobody asks for are ignored, and told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from enum import Enum
from typing import Final, TypeVar

from shared.kernel.errors import BadInput
from shared.kernel.instant import Instant, parse_instant

_SHOWN_SIZE_MAX: Final = 40
_SHOWN_BITS_MAX: Final = 64
_LIKENESS_MIN: Final = 0.55  # of two names; 1 is the same
_Choice = TypeVar("_Choice", bound=Enum)


def wrong(path: str, expected: str, found: object) -> BadInput:
    """Make the error that says at `path` there should be `expected`."""
    return BadInput(f"{path}: expected {expected}, found {_shown(found)}")


def _shown(found: object) -> str:
    """Spell a value briefly; hostile ones are deep, long, or numbers of thousands of digits."""
    match found:
        case None:
            return "nothing"
        case bool():
            return "true" if found else "false"
        case str():
            return repr(found[:_SHOWN_SIZE_MAX])
        case float():
            return repr(found)
        case int() if found.bit_length() < _SHOWN_BITS_MAX:
            return repr(found)
        case list() | tuple():
            return "a list"
        case Mapping():
            return "an object"
        case _:
            return "something else"


def as_object(raw: object, path: str) -> Mapping[str, object]:
    """Take `raw` as a JSON object."""
    if not isinstance(raw, Mapping):
        raise wrong(path, "an object", raw)
    return raw


def as_list(raw: object, path: str) -> Sequence[object]:
    """Take `raw` as a JSON list."""
    if not isinstance(raw, list | tuple):
        raise wrong(path, "a list", raw)
    return raw


def as_text(raw: object, path: str) -> str:
    """Take `raw` as text that is not empty."""
    if not isinstance(raw, str) or not raw:
        raise wrong(path, "text", raw)
    return raw


def as_instant(raw: object, path: str) -> Instant:
    """Take `raw` as an ISO 8601 time with a zone."""
    text = as_text(raw, path)
    try:
        return parse_instant(text)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None


def as_ids(raw: object, path: str) -> frozenset[str]:
    """Take `raw` as a list of ids; it may be empty."""
    return frozenset(
        as_text(item, f"{path}[{index}]") for index, item in enumerate(as_list(raw, path))
    )


class Fields:
    """The fields of one JSON object; every getter raises `BadInput` for a wrong type."""

    def __init__(self, raw: object, path: str) -> None:
        self._path = path
        self._raw = as_object(raw, path or "top level")
        self._asked: set[str] = set()
        self._inner: list[Fields] = []

    def within(self, name: str) -> Fields:
        """Give the fields of a required object."""
        return self._inside(self.get(name), self.path(name))

    def within_or_none(self, name: str) -> Fields | None:
        """Give the fields of an object if there is one."""
        return None if self.get(name) is None else self.within(name)

    def each_within(self, name: str) -> list[Fields]:
        """Give the fields of each object of a list; of none if it is absent."""
        raw, path = self.get(name), self.path(name)
        items = () if raw is None else as_list(raw, path)
        return [self._inside(item, f"{path}[{index}]") for index, item in enumerate(items)]

    def _inside(self, raw: object, path: str) -> Fields:
        fields = Fields(raw, path)
        self._inner.append(fields)
        return fields

    def unknown(self) -> Iterator[tuple[str, str | None]]:
        """Yield the path of each field that nobody has asked for, and that of the nearest known.

        Ask once all is read.
        """
        for name in self._raw:
            if name in self._asked:
                continue
            near = get_close_matches(name.lower()[:_SHOWN_SIZE_MAX], self._asked, 1, _LIKENESS_MIN)
            shown = repr(name[:_SHOWN_SIZE_MAX])[1:-1]
            yield self.path(shown), self.path(near[0]) if near else None
        for fields in self._inner:
            yield from fields.unknown()

    def path(self, name: str) -> str:
        """Spell where the field `name` is, for messages."""
        return f"{self._path}.{name}" if self._path else name

    def get(self, name: str) -> object:
        """Give the raw value, None if absent."""
        self._asked.add(name)
        return self._raw.get(name)

    def text(self, name: str) -> str:
        """Give required text."""
        return as_text(self.get(name), self.path(name))

    def text_or_none(self, name: str) -> str | None:
        """Give text if there is some."""
        raw = self.get(name)
        return None if raw is None else as_text(raw, self.path(name))

    def instant(self, name: str) -> Instant:
        """Give a required instant."""
        return as_instant(self.get(name), self.path(name))

    def instant_or_none(self, name: str) -> Instant | None:
        """Give an instant if there is one."""
        raw = self.get(name)
        return None if raw is None else as_instant(raw, self.path(name))

    def ids_or_none(self, name: str) -> frozenset[str] | None:
        """Give a list of ids if there is one."""
        raw = self.get(name)
        return None if raw is None else as_ids(raw, self.path(name))

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Give true or false."""
        raw = self.get(name)
        if raw is None:
            return default
        if not isinstance(raw, bool):
            raise wrong(self.path(name), "true or false", raw)
        return raw

    def persons(self, name: str) -> int:
        """Give a number of persons, at least 1, which is the default."""
        raw = self.get(name)
        if raw is None:
            return 1
        if not isinstance(raw, int) or isinstance(raw, bool) or raw < 1:
            raise wrong(self.path(name), "a whole number of at least 1", raw)
        return raw

    def choice(self, name: str, default: _Choice) -> _Choice:
        """Give a member of the default's enumeration by its value."""
        raw = self.get(name)
        if raw is None:
            return default
        for member in type(default):
            if member.value == raw:
                return member
        names = ", ".join(str(member.value) for member in type(default))
        raise wrong(self.path(name), f"one of {names}", raw)
