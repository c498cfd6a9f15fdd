"""What was asked for without an answer: asked for again, it is found where it was made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

import msgspec

from gatekeeper.organizer.merging_edits import Fields
from gatekeeper.organizer.server_api import Refused


class Listed(Protocol):
    """Something that stands in a list of the server's."""

    @property
    def id(self) -> str:
        """Its own."""


T = TypeVar("T", bound=Listed)
R = TypeVar("R")


class UnheardMaking:
    """Tells what a request has made whose answer was lost, as long as the same is asked for."""

    def __init__(self) -> None:
        self._before: dict[bytes, frozenset[str]] = {}

    def forget(self) -> None:
        """Take nothing that is there for unseen: somebody has dealt with what is listed."""
        self._before.clear()

    async def once(
        self,
        meant: Fields,
        look: Callable[[], Awaitable[Sequence[T]]],
        is_meant: Callable[[T], bool],
        make: Callable[[], Awaitable[T]],
    ) -> T:
        """Make something, or return what an earlier request has made without an answer.

        Args:
            meant: All that is asked for.
            look: Lists what there is of its kind.
            is_meant: Tells whether something is what was meant.
            make: Asks for it.

        Raises:
            Refused: if the server takes it not; it is not made then.
            ServerFault: if no answer came: it may have been made.
        """
        async with self._made(meant, look, is_meant) as made:
            return made if made is not None else await make()

    async def anew(
        self,
        meant: Fields,
        look: Callable[[], Awaitable[Sequence[T]]],
        is_meant: Callable[[T], bool],
        end: Callable[[T], Awaitable[object]],
        make: Callable[[], Awaitable[R]],
    ) -> R:
        """Make something whose secret is told once: what was made without an answer is ended.

        Args:
            meant: All that is asked for.
            look: Lists what there is of its kind.
            is_meant: Tells whether something is what was meant.
            end: Ends what nobody has seen.
            make: Asks for it.

        Raises:
            Refused: if the server takes it not; it is not made then.
            ServerFault: if no answer came: it may have been made.
        """
        async with self._made(meant, look, is_meant) as unseen:
            if unseen is not None:
                await end(unseen)
            return await make()

    @asynccontextmanager
    async def _made(
        self,
        meant: Fields,
        look: Callable[[], Awaitable[Sequence[T]]],
        is_meant: Callable[[T], bool],
    ) -> AsyncIterator[T | None]:
        """Give what was made without an answer; without one it stays to be looked for."""
        there, key = await look(), msgspec.json.encode(meant)
        before = self._before.setdefault(key, frozenset(one.id for one in there))
        try:
            yield next((one for one in there if one.id not in before and is_meant(one)), None)
        except Refused:
            self._before.pop(key, None)
            raise
        self._before.pop(key, None)
