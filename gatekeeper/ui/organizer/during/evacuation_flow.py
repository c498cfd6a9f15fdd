"""What happens at the board of evacuations: looked at, ordered, gone on with."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial

from PySide6.QtCore import QObject

from gatekeeper.organizer.during.evacuations_client import (
    EvacuationAct,
    EvacuationUnderWay,
    read_evacuations,
    say_evacuation,
)
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.evacuation_words import spell_refused_order
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.during.evacuation_and_pause_flow import WordAtDoors
from gatekeeper.ui.organizer.during.evacuation_board import EvacuationBoard


class EvacuatingFlow(QObject):
    """Does what the board is asked for."""

    def __init__(self, board: EvacuationBoard, session: DeskSession) -> None:
        super().__init__(board)
        self._board, self._api = board, session.api
        read = partial(read_evacuations, session.api)
        self._word_at_doors = WordAtDoors(
            board, session, read, board.show_found, spell_refused_order
        )
        board.said.connect(self._say)

    def enter(self, site: EventSite) -> None:
        """Show an event's zones from now on."""
        self._word_at_doors.enter(site)

    def _say(
        self, act: EvacuationAct, zone_id: str, password: str, under_way: EvacuationUnderWay | None
    ) -> None:
        def say(site: EventSite) -> Awaitable[None]:
            return say_evacuation(self._api, site, act, zone_id, password, under_way)

        self._word_at_doors.say(say, self._board.show_said)
