"""What happens at the card of a till's seats: read, given, freed."""

from __future__ import annotations

from PySide6.QtCore import QObject

from gatekeeper.organizer.before_doors.till_seats_client import (
    SeatGrants,
    free_seats,
    give_seats,
    read_till_seats,
)
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.ui.organizer.before_doors.till_seats_card import TillSeatsCard
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.page_requests import PageWork
from gatekeeper.wording.texts import TEXTS

_CONFLICT = 409


class TillSeatsFlow(QObject):
    """Does what the card is asked for.

    Seats are read when a till is chosen and after each act, not at each look: an event has
    thousands. What somebody else took meanwhile the server names.
    """

    def __init__(self, card: TillSeatsCard, session: DeskSession) -> None:
        super().__init__(card)
        self._card, self._api = card, session.api
        self._work = PageWork(card, session)
        self._site: EventSite | None = None
        card.entered.connect(self._look)
        card.given.connect(self._give)
        card.freed.connect(self._free)

    def enter(self, site: EventSite) -> None:
        """Show an event's tills from now on."""
        if self._site == site:
            return
        self._site = None
        self._work.forget()
        self._card.forget()
        self._site = site

    def _look(self) -> None:
        card, api, site, device = self._card, self._api, self._site, self._card.device
        self._work.forget()
        if site is None or device is None:
            return
        self._work.do(lambda: read_till_seats(api, site, device.id), card.show_seats, is_act=False)

    def _give(self, seat_ids: tuple[str, ...]) -> None:
        card, api, site, device = self._card, self._api, self._site, self._card.device
        if site is None or device is None:
            return

        async def give() -> tuple[SeatGrants, Refused | None]:
            refusal = None
            try:
                await give_seats(api, site, device.id, seat_ids)
            except Refused as fault:
                if fault.status != _CONFLICT:
                    raise
                refusal = fault  # somebody was faster: show who has what by now
            return await read_till_seats(api, site, device.id), refusal

        def show(done: tuple[SeatGrants, Refused | None]) -> None:
            card.show_seats(done[0])
            if done[1] is not None:
                card.say(TEXTS.say("tillseats.taken"), "bad")
            else:
                said = TEXTS.say("tillseats.given", count=len(seat_ids), name=device.name)
                card.say(said, "good")

        self._work.do(give, show)

    def _free(self) -> None:
        card, api, site, device = self._card, self._api, self._site, self._card.device
        if site is None or device is None:
            return

        async def free() -> tuple[SeatGrants, int]:
            count = await free_seats(api, site, device.id)
            return await read_till_seats(api, site, device.id), count

        def show(done: tuple[SeatGrants, int]) -> None:
            card.say(TEXTS.say("tillseats.freed", count=done[1]), "good")
            card.show_seats(done[0])

        self._work.do(free, show)
