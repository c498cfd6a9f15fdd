"""What happens at the board of pauses: looked at, paused, resumed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from gatekeeper.organizer.pauses import PausePlace, Pauses, read_pauses, say_pause
from gatekeeper.organizer.server_api import EventSite, Office, Refused
from gatekeeper.presenters.order_words import spell_refusal
from gatekeeper.ui.organizer.desk_thread import DeskThread
from gatekeeper.ui.organizer.page_work import PageWork
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
        self._work = PageWork(board, thread, _spell, on_fault)
        self._site: EventSite | None = None
        board.wanted.connect(self._look)
        board.said.connect(self._say)

    def enter(self, site: EventSite) -> None:
        """Show an event's gates and zones from now on."""
        if self._site != site:
            self._work.forget()
            self._site = site
        if self._board.isVisible():
            self._look()

    def _look(self) -> None:
        site, office = self._site, self._office
        if site is None or self._work.is_asking:
            return
        self._work.do(lambda: read_pauses(office, site), self._board.show_pauses, is_act=False)

    def _say(self, place: PausePlace, is_paused: bool) -> None:  # noqa: FBT001 - a signal's
        site, office, board = self._site, self._office, self._board
        if site is None:
            return

        async def say() -> Pauses:
            await say_pause(office, site, place, is_paused=is_paused)
            return await read_pauses(office, site)

        def show(pauses: Pauses) -> None:
            board.show_pauses(pauses)
            board.say(TEXTS.say("evacuation.told"), "good")

        self._work.do(say, show, on_failed=board.show_lost)


def _spell(fault: Refused, is_act: bool) -> str:  # noqa: FBT001 - as `PageWork` asks
    return spell_refusal(fault, is_managers=is_act)
