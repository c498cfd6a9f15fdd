"""Two people's edits of one thing, field by field: who changed what, and what shall hold. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

Fields = dict[str, Any]
GROUPS: Final = ("policy", "selling", "pricing", "rights")
"""Objects whose fields are looked at one by one; any other value is one field."""


class Whose(StrEnum):
    """Whose value of a field shall hold."""

    THEIRS = "theirs"
    MINE = "mine"


class FieldClash(msgspec.Struct, frozen=True, kw_only=True):
    """A field that somebody else changed.

    Attributes:
        path: Such as `name`, or `policy.names_at_gates`.
        before: What both began with.
        theirs: What it is by now.
        mine: What was about to be written; like `before` where it was left alone.
    """

    path: str
    before: Any
    theirs: Any
    mine: Any

    @property
    def is_both(self) -> bool:
        """Whether both changed it, to different ends: a person chooses."""
        return self.mine not in (self.before, self.theirs)


class Clash(msgspec.Struct, frozen=True, kw_only=True):
    """An edit that was refused, since the thing is another one by now.

    Attributes:
        by: Who changed it; "" if the server cannot say.
        at: When; None likewise.
        etag: Of the thing as it is now.
        theirs: Its fields as they are now.
        fields: What they changed of what was read.
    """

    by: str
    at: datetime | None
    etag: str
    theirs: Fields
    fields: tuple[FieldClash, ...]

    @property
    def is_other(self) -> bool:
        """Whether they changed a field to anything else than what was about to be written."""
        return any(one.theirs != one.mine for one in self.fields)


def flatten(fields: Mapping[str, Any]) -> Fields:
    """Return a resource's fields by their paths: those of a group are `group.field`."""
    flat: Fields = {}
    for name, value in fields.items():
        if name in GROUPS and isinstance(value, Mapping):
            flat |= {f"{name}.{inner}": part for inner, part in value.items()}
        else:
            flat[name] = value
    return flat


def unflatten(flat: Mapping[str, Any]) -> Fields:
    """Return fields in their groups again, as `flatten` was given them."""
    fields: Fields = {}
    for path, value in flat.items():
        group, dot, inner = path.partition(".")
        if dot:
            fields.setdefault(group, {})[inner] = value
        else:
            fields[path] = value
    return fields


def find_clashes(
    before: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]
) -> tuple[FieldClash, ...]:
    """Return the fields that they changed, those first that both did."""
    was, now, wanted = flatten(before), flatten(theirs), flatten(mine)
    found = [
        FieldClash(
            path=path, before=was.get(path), theirs=now[path], mine=wanted.get(path, was.get(path))
        )
        for path in now
        if now[path] != was.get(path)
    ]
    return tuple(sorted(found, key=lambda clash: not clash.is_both))


def merge(
    before: Mapping[str, Any],
    theirs: Mapping[str, Any],
    mine: Mapping[str, Any],
    chosen: Mapping[str, Whose],
) -> Fields:
    """Join both edits: of each field the chosen one, else that of whoever changed it alone.

    Args:
        before: What both began with.
        theirs: What it is by now.
        mine: What was about to be written.
        chosen: By path; where nobody chose, what was changed here is mine.
    """
    was, now, wanted = flatten(before), flatten(theirs), flatten(mine)
    joined: Fields = {}
    for path, value in now.items():
        own = wanted.get(path, was.get(path))
        usual = Whose.THEIRS if own == was.get(path) else Whose.MINE
        joined[path] = own if chosen.get(path, usual) is Whose.MINE else value
    return unflatten(joined)
