"""What happens at the card of a device's gate: read, moved, and told what came between."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from gatekeeper.organizer.before_doors.device_gates_client import (
    DevicePlace,
    move_device,
    read_place,
)
from gatekeeper.organizer.merging_edits import Clash
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.device_gate_words import spell_moved, spell_moved_meanwhile
from gatekeeper.ui.organizer.before_doors.device_gate_card import DeviceGateCard
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.page_requests import PageWork


class DeviceGateFlow(QObject):
    """Does what the card is asked for.

    Args:
        card: Where a device's gate is shown.
        session: Of whoever is signed in.
        on_moved: Called once a device stands elsewhere: the list says so too.
    """

    def __init__(
        self, card: DeviceGateCard, session: DeskSession, on_moved: Callable[[], None]
    ) -> None:
        super().__init__(card)
        self._card, self._api, self._on_moved = card, session.api, on_moved
        self._work = PageWork(card, session)
        self._site: EventSite | None = None
        card.entered.connect(self._turn)
        card.moved.connect(self._move)

    def enter(self, site: EventSite) -> None:
        """Look at the chosen device's gate again; another one that is chosen stays."""
        if self._site != site:
            self._site = None
            self._work.forget()
            self._card.forget()
            self._site = site
        self._look()

    def _turn(self) -> None:
        """Look at another device: nothing of the former one is shown any more."""
        self._work.forget()
        self._look()

    def _look(self) -> None:
        card, api, site, device = self._card, self._api, self._site, self._card.device
        if site is None or device is None or self._work.is_asking:
            return
        self._work.do(lambda: read_place(api, site, device.id), card.show_place, is_act=False)

    def _move(self, place: DevicePlace, gate_id: str | None) -> None:
        card, api, site, device = self._card, self._api, self._site, self._card.device
        if site is None or device is None or device.id != place.device_id:
            return

        async def move() -> tuple[DevicePlace, Clash | None]:
            done = await move_device(api, site, place, gate_id)
            if isinstance(done, Clash):
                return await read_place(api, site, place.device_id), done
            return done, None

        def show(done: tuple[DevicePlace, Clash | None]) -> None:
            now, clash = done
            card.show_place(now, is_anew=True)
            if clash is not None:
                card.say(spell_moved_meanwhile(clash, now), "bad")
            else:
                card.say(spell_moved(device, now.find(now.gate_id)), "good")
            self._on_moved()

        self._work.do(move, show)
