"""What happens at the board of pauses: looked at, paused, resumed."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial

from PySide6.QtCore import QObject

from gatekeeper.organizer.during.pauses_client import PausePlace, Pauses, read_pauses, say_pause
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.during.evacuation_and_pause_flow import WordAtDoors
from gatekeeper.ui.organizer.during.pause_board import PauseBoard


class PausingFlow(QObject):
    """Does what the board is asked for."""

    def __init__(self, board: PauseBoard, session: DeskSession) -> None:
        super().__init__(board)
        self._board, self._api = board, session.api
        read = partial(read_pauses, session.api)
        self._word_at_doors = WordAtDoors(board, session, read, board.show_pauses)
        board.said.connect(self._say)

    def enter(self, site: EventSite) -> None:
        """Show an event's gates and zones from now on."""
        self._word_at_doors.enter(site)

    def _say(self, place: PausePlace, is_paused: bool) -> None:  # noqa: FBT001 - a signal's
        board = self._board

        def say(site: EventSite) -> Awaitable[None]:
            return say_pause(self._api, site, place, is_paused=is_paused)

        def show(pauses: Pauses) -> None:
            board.show_pauses(pauses)
            board.say_told()

        self._word_at_doors.say(say, show)
