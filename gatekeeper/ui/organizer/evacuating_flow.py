"""What happens at the board of evacuations: looked at, ordered, gone on with."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from gatekeeper.organizer.evacuations import (
    EvacuationAct,
    EvacuationUnderWay,
    read_evacuations,
    say_evacuation,
)
from gatekeeper.organizer.server_api import EventSite, Office, Refused
from gatekeeper.presenters.order_words import spell_refusal
from gatekeeper.ui.organizer.desk_thread import DeskThread
from gatekeeper.ui.organizer.evacuation_board import EvacuationBoard
from gatekeeper.ui.organizer.page_work import PageWork
from gatekeeper.wording.texts import TEXTS


class EvacuatingFlow(QObject):
    """Does what the board is asked for.

    Args:
        board: Where evacuations are shown.
        thread: Does what takes time.
        office: Somebody signed in.
        on_fault: Told what is no refusal: a cut network, an ended session.
    """

    def __init__(
        self,
        board: EvacuationBoard,
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
        """Show an event's zones from now on."""
        if self._site != site:
            self._work.forget()
            self._site = site
        if self._board.isVisible():
            self._look()

    def _look(self) -> None:
        site, office = self._site, self._office
        if site is None or self._work.is_asking:
            return
        self._work.do(lambda: read_evacuations(office, site), self._board.show_found, is_act=False)

    def _say(
        self, act: EvacuationAct, zone_id: str, password: str, under_way: EvacuationUnderWay | None
    ) -> None:
        site, office, board = self._site, self._office, self._board
        if site is None:
            return

        async def say() -> tuple[EvacuationUnderWay, ...]:
            await say_evacuation(office, site, act, zone_id, password, under_way)
            return await read_evacuations(office, site)

        self._work.do(say, board.show_said, on_failed=board.show_lost)


def _spell(fault: Refused, is_act: bool) -> str:  # noqa: FBT001 - as `PageWork` asks
    if any(one.field == "password" for one in fault.fields):
        return TEXTS.say("evacuation.wrong_password")
    return spell_refusal(fault, is_managers=is_act)
