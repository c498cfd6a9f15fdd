"""What happens at a board by which the organizer orders something at the doors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.during.evacuation_and_pause_board import WordAtDoorsBoard
from gatekeeper.ui.organizer.page_requests import PageWork

T = TypeVar("T")


class WordAtDoors(Generic[T]):
    """Reads how things stand for as long as the board is seen, and says the organizer's words.

    Args:
        board: Where they are shown.
        session: Of whoever is signed in.
        read: Reads an event's.
        show: Shows what was read.
        spell: Says a refusal, and knows whether it was to a word.
    """

    def __init__(
        self,
        board: WordAtDoorsBoard,
        session: DeskSession,
        read: Callable[[EventSite], Awaitable[T]],
        show: Callable[[T], object],
        spell: Callable[[Refused], str] = lambda _fault: "",
    ) -> None:
        self._board, self._read, self._show = board, read, show
        self._work = PageWork(board, session, spell)
        self._site: EventSite | None = None
        board.wanted.connect(self._look)

    def enter(self, site: EventSite) -> None:
        """Show how things stand at an event from now on."""
        if self._site != site:
            self._work.forget()
            self._site = site
        if self._board.isVisible():
            self._look()

    def say(
        self, word: Callable[[EventSite], Awaitable[None]], on_said: Callable[[T], object]
    ) -> None:
        """Say a word of the organizer's, and show what came of it."""
        site = self._site
        if site is None:
            return

        async def do() -> T:
            await word(site)
            return await self._read(site)

        self._work.do(do, on_said, unanswered=self._board.unanswered)

    def _look(self) -> None:
        site = self._site
        if site is not None and not self._work.is_asking:
            self._work.do(lambda: self._read(site), self._show, is_act=False)
