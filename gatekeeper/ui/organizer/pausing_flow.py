"""What happens at the board of pauses: looked at, paused, resumed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtCore import QObject

from gatekeeper.organizer.pauses import PausePlace, Pauses, read_pauses, say_pause
from gatekeeper.organizer.server_api import EventSite, Office, Refused
from gatekeeper.presenters.order_words import spell_refusal
from gatekeeper.ui.organizer.desk_thread import DeskThread
from gatekeeper.ui.organizer.ordering_flow import Ordering
from gatekeeper.ui.organizer.pause_board import PauseBoard
from gatekeeper.wording.texts import TEXTS


class PausingFlow(QObject):
    """Does what the board is asked for.

    Args:
        board: Where pauses are shown.
        thread: Does what takes time.
        office: Somebody signed in.
        on_fault: Told what is no refusal: a cut network, an ended session.
    """

    def __init__(
        self,
        board: PauseBoard,
        thread: DeskThread,
        office: Office,
        on_fault: Callable[[BaseException], None],
    ) -> None:
        super().__init__(board)
        self._board, self._office = board, office

        def read(site: EventSite) -> Awaitable[Pauses]:
            return read_pauses(office, site)

        self._ordering = Ordering(board, thread, read, board.show_pauses, _spell, on_fault)
        board.said.connect(self._say)

    def enter(self, site: EventSite) -> None:
        """Show an event's gates and zones from now on."""
        self._ordering.enter(site)

    def _say(self, place: PausePlace, is_paused: bool) -> None:  # noqa: FBT001 - a signal's
        board = self._board

        def say(site: EventSite) -> Awaitable[None]:
            return say_pause(self._office, site, place, is_paused=is_paused)

        def show(pauses: Pauses) -> None:
            board.show_pauses(pauses)
            board.say(TEXTS.say("evacuation.told"), "good")

        self._ordering.say(say, show)


def _spell(fault: Refused, is_act: bool) -> str:  # noqa: FBT001 - as `PageWork` asks
    return spell_refusal(fault, is_managers=is_act)
