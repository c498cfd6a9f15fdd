"""What was asked for without an answer: asked for again, it is found where it was made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
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

    async def make(
        self,
        meant: Fields,
        look: Callable[[], Awaitable[Sequence[T]]],
        is_meant: Callable[[T], bool],
        ask: Callable[[T | None], Awaitable[R]],
    ) -> R:
        """Make something, unless it was made before.

        Args:
            meant: All that is asked for.
            look: Lists what there is of its kind.
            is_meant: Tells whether something is what was meant.
            ask: Asks for it; is given what an earlier request has made without an answer, or None.

        Raises:
            Refused: if the server takes it not; it is not made then.
            ServerFault: if no answer came: it may have been made.
        """
        there, key = await look(), msgspec.json.encode(meant)
        before = self._before.setdefault(key, frozenset(one.id for one in there))
        made = [one for one in there if one.id not in before and is_meant(one)]
        try:
            answer = await ask(made[0] if made else None)
        except Refused:
            self._before.pop(key, None)
            raise
        self._before.pop(key, None)
        return answer
