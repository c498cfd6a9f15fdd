"""What happens at the page of devices: the list, codes for other machines, devices of this one."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from PySide6.QtCore import QObject

from gatekeeper.organizer.before_doors.devices_client import Device, Pairing
from gatekeeper.organizer.before_doors.lost_devices_client import DeviceLoss, declare_lost
from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.own_device import OwnDevices, WantedDevice
from gatekeeper.organizer.server_api import EventSite, is_session_over
from gatekeeper.presenters.desk.lost_device_words import spell_loss
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_undone
from gatekeeper.presenters.desk.role_state_and_age_words import spell_role
from gatekeeper.ui.organizer.before_doors.device_gate_flow import DeviceGateFlow
from gatekeeper.ui.organizer.before_doors.devices_page import DevicesPage
from gatekeeper.ui.organizer.before_doors.gate_paper_list_card import GateListFlow
from gatekeeper.ui.organizer.before_doors.open_codes_card import OpenCodesFlow
from gatekeeper.ui.organizer.before_doors.till_seats_flow import TillSeatsFlow
from gatekeeper.ui.organizer.before_doors.till_stock_flow import StockFlow
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import VENUE_CLOCK

_NAME_MAX: Final = 60
Found = tuple[dict[str, str], tuple[Device, ...]]


class DevicesFlow(QObject):
    """Does what the page of devices is asked for.

    Args:
        page: Where they are shown.
        session: Of whoever is signed in.
        desk: What can be asked of the server.
        own: The devices of this laptop.
    """

    def __init__(
        self, page: DevicesPage, session: DeskSession, desk: Desk, own: OwnDevices
    ) -> None:
        super().__init__(page)
        self._page, self._thread, self._desk, self._now = page, session.thread, desk, session.now
        self._own, self._on_fault, self._say = own, session.on_fault, session.say
        self.stock = StockFlow(page.stock, session)
        self.seats = TillSeatsFlow(page.seats, session)
        self.place = DeviceGateFlow(page.place, session, self._look_again)
        self._paper = GateListFlow(page.paper, session)
        self._codes = OpenCodesFlow(page.codes, session)
        self._site: EventSite | None = None
        self._is_asking = self._is_making = False
        self._ahead = timedelta()  # the server's clock, by which devices are heard, to this one
        page.wanted.connect(self._make_pairing)
        page.wanted_here.connect(self._open_here)
        page.lost.lost.connect(self._lose)

    def enter(self, site: EventSite) -> None:
        """Show an event's devices as they are now."""
        self._paper.enter(site)
        if self._site != site:
            self._site, self._is_asking = site, False
            self._page.forget()
        self.stock.enter(site)
        self.seats.enter(site)
        self.place.enter(site)
        if self._is_asking:
            self._page.tell_ages(self._now() + self._ahead)
            return
        self._is_asking = True

        async def read() -> Found:
            return await self._desk.list_gates(site), await self._desk.devices.list_all(site)

        def show(found: Found) -> None:
            if self._site != site:
                return
            self._is_asking = False
            self._page.show_gates(found[0])
            self._codes.enter(site, found[0])
            now = self._now()
            self._ahead = (self._desk.api.server_time or now) - now
            self._page.show_devices(found[1], now + self._ahead)
            if not self._is_making:
                self._say("", "bad")

        self._thread.ask(read, show, self._fail)

    def _look_again(self) -> None:
        if self._site is not None:
            self.enter(self._site)

    def _here(self) -> EventSite:
        assert self._site is not None, "the page was entered"
        return self._site

    def _lose(self, device: Device, reason: str, is_stolen: bool) -> None:  # noqa: FBT001 - a signal's
        """Let a device give up what it held, and say what that was."""
        site, api = self._here(), self._desk.api

        def show(loss: DeviceLoss) -> None:
            if self._site == site:
                self._page.say(spell_loss(device, loss), "good")
                self.enter(site)

        def failed(fault: BaseException) -> None:
            if self._site == site and not is_session_over(fault):
                self._page.say(spell_undone(fault), "bad")
            self._fail(fault)

        self._thread.ask(
            lambda: declare_lost(api, site, device.id, reason=reason, is_stolen=is_stolen),
            show,
            failed,
        )

    def _make_pairing(self, role: str, gate_id: str | None) -> None:
        site = self._here()

        def show(pairing: Pairing) -> None:
            self._page.show_pairing(pairing, VENUE_CLOCK.named(pairing.expires_at))
            self.enter(site)

        self._thread.ask(
            lambda: self._desk.devices.make_pairing(site, role, gate_id), show, self._fail
        )

    def _open_here(self, role: str, gate_id: str | None, gate: str) -> None:
        """Make a device of this laptop, or open the window of the one that is there."""
        if self._is_making:
            return
        name = gate[:_NAME_MAX] or spell_role(role)
        wanted = WantedDevice(site=self._here(), role=role, gate_id=gate_id, name=name)
        self._is_making = True
        self._page.say(TEXTS.say("desk.devices.opening"), "good")

        def done(_none: None) -> None:
            self._is_making = False
            self._page.say(TEXTS.say("desk.devices.opened", name=name), "good")
            self.enter(self._here())

        self._thread.ask(lambda: self._own.open(self._desk, wanted), done, self._fail)

    def _fail(self, fault: BaseException) -> None:
        self._is_asking = False
        if self._is_making:
            self._is_making = False
            self._page.say("")
        self._on_fault(fault)
