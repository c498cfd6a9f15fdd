"""From a refused edit to what somebody else changed meanwhile, for whichever thing it was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple, Protocol, TypeVar

from gatekeeper.organizer.merging_edits import Clash, Fields, find_clashes
from gatekeeper.organizer.server_api import Refused

T = TypeVar("T")
_CHANGED_MEANWHILE: Final = 412


class Edited(Protocol):
    """A thing as it was read: what an edit sets, and the tag that every change changes."""

    @property
    def etag(self) -> str:
        """The tag."""

    @property
    def fields(self) -> Fields:
        """What an edit sets."""


class TaggedFields(NamedTuple):
    """What is edited of a thing that is no value of the desk's own."""

    etag: str
    fields: Fields


async def clash_of(
    refusal: Refused, before: Edited, mine: Fields, read: Callable[[], Awaitable[Edited]]
) -> Clash:
    """Say what somebody else changed of a thing.

    Args:
        refusal: Of the edit.
        before: The thing as it was read.
        mine: Its fields as they were about to be written.
        read: Reads it as it is now.

    Raises:
        Refused: the refusal itself, if it was for another reason; if the thing is gone.
    """
    if refusal.status != _CHANGED_MEANWHILE:
        raise refusal
    now = await read()
    change = refusal.change
    return Clash(
        by="" if change is None else change.by,
        at=None if change is None else change.at,
        etag=now.etag,
        theirs=now.fields,
        fields=find_clashes(before.fields, now.fields, mine),
    )


async def unless_changed(
    before: Edited, act: Callable[[], Awaitable[T]], read: Callable[[], Awaitable[Edited]]
) -> T | Clash:
    """Do what is meant for a thing as it was read alone, such as to remove it.

    Args:
        before: The thing as it was read.
        act: Does it, by the tag of `before`.
        read: Reads it as it is now.

    Returns:
        What came of it; or what somebody else changed meanwhile: then nothing was done.

    Raises:
        Refused: if it was refused for another reason, or the thing is gone.
    """
    try:
        return await act()
    except Refused as refusal:
        return await clash_of(refusal, before, before.fields, read)


async def save_over(
    before: Edited,
    mine: Fields,
    read: Callable[[], Awaitable[Edited]],
    write: Callable[[str], Awaitable[T]],
    etag: str,
) -> T | Clash:
    """Write fields; if all that has changed in the meantime lies beside them, upon that.

    What has become as it is meant is no clash either: of an edit whose answer was lost on the way
    nobody else is called the author.

    Args:
        before: The thing as it was read.
        mine: Its fields as they shall be.
        read: Reads it as it is now.
        write: Writes them over what has a tag.
        etag: Of what was looked at last; "" for the one of `before`.

    Returns:
        What came of it; or what somebody else changed of the fields: then nothing was written.

    Raises:
        Refused: if it was refused for another reason, or the thing is gone.
    """
    try:
        return await write(etag or before.etag)
    except Refused as refusal:
        clash = await clash_of(refusal, before, mine, read)
        return clash if clash.is_other else await write(clash.etag)
