"""What happens at the page of devices: the list, codes for other machines, devices of this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject

from gatekeeper.organizer.desk import Desk, Device, Pairing
from gatekeeper.organizer.lost_devices import DeviceLoss, declare_lost
from gatekeeper.organizer.own_device import OwnDevices, WantedDevice
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk_words import spell_role
from gatekeeper.presenters.lost_device_words import spell_loss
from gatekeeper.ui.organizer.desk_thread import DeskThread
from gatekeeper.ui.organizer.device_gate_flow import DeviceGateFlow
from gatekeeper.ui.organizer.devices_page import DevicesPage
from gatekeeper.ui.organizer.gate_list_card import GateListFlow
from gatekeeper.ui.organizer.stock_flow import StockFlow
from gatekeeper.ui.organizer.till_seats_flow import TillSeatsFlow
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import VENUE_CLOCK
from shared.kernel.instant import datetime_from_instant
from shared.kernel.ports import Clock

_NAME_MAX: Final = 60
Found = tuple[dict[str, str], tuple[Device, ...]]


class DevicesFlow(QObject):
    """Does what the page of devices is asked for.

    Args:
        page: Where they are shown.
        thread: Does what takes time.
        desk: What can be asked of the server.
        clock: This laptop's.
        own: The devices of this laptop.
        on_fault: Told what went wrong.
        say: Says over the pages how it went.
    """

    def __init__(
        self,
        page: DevicesPage,
        thread: DeskThread,
        desk: Desk,
        clock: Clock,
        own: OwnDevices,
        on_fault: Callable[[BaseException], None],
        say: Callable[[str, str], None],
    ) -> None:
        super().__init__(page)
        self._page, self._thread, self._desk, self._clock = page, thread, desk, clock
        self._own, self._on_fault, self._say = own, on_fault, say
        self.stock = StockFlow(page.stock, thread, desk.office, on_fault)
        self.seats = TillSeatsFlow(page.seats, thread, desk.office, on_fault)
        self.place = DeviceGateFlow(page.place, thread, desk.office, on_fault, self._look_again)
        self._paper = GateListFlow(page.paper, thread, desk.office)
        self._site: EventSite | None = None
        self._is_asking = self._is_making = False
        page.wanted.connect(self._make_pairing)
        page.wanted_here.connect(self._open_here)
        page.lost.lost.connect(self._lose)

    def enter(self, site: EventSite) -> None:
        """Show an event's devices as they are now."""
        self._paper.enter(site)
        if self._site != site:
            self._site, self._is_asking = site, False
            self._page.forget_pairing()
            self._page.table.clearSelection()
            self._page.lost.show_device(None)
            self._page.say("")
        self.stock.enter(site)
        self.seats.enter(site)
        self.place.enter(site)
        if self._is_asking:
            return
        self._is_asking = True

        async def read() -> Found:
            return await self._desk.list_gates(site), await self._desk.list_devices(site)

        def show(found: Found) -> None:
            if self._site != site:
                return
            self._is_asking = False
            self._page.show_gates(found[0])
            self._page.show_devices(found[1], datetime_from_instant(self._clock.wall()))
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
        site, office = self._here(), self._desk.office

        def show(loss: DeviceLoss) -> None:
            if self._site == site:
                self._page.say(spell_loss(device, loss))
                self.enter(site)

        self._thread.ask(
            lambda: declare_lost(office, site, device.id, reason=reason, is_stolen=is_stolen),
            show,
            self._fail,
        )

    def _make_pairing(self, role: str, gate_id: str | None) -> None:
        site = self._here()

        def show(pairing: Pairing) -> None:
            self._page.show_pairing(pairing, VENUE_CLOCK.named(pairing.expires_at))

        self._thread.ask(lambda: self._desk.make_pairing(site, role, gate_id), show, self._fail)

    def _open_here(self, role: str, gate_id: str | None, gate: str) -> None:
        """Make a device of this laptop, or open the window of the one that is there."""
        if self._is_making:
            return
        name = gate[:_NAME_MAX] or spell_role(role)
        wanted = WantedDevice(site=self._here(), role=role, gate_id=gate_id, name=name)
        self._is_making = True
        self._page.say(TEXTS.say("desk.devices.opening"))

        def done(_none: None) -> None:
            self._is_making = False
            self._page.say(TEXTS.say("desk.devices.opened", name=name))
            self.enter(self._here())

        self._thread.ask(lambda: self._own.open(self._desk, wanted), done, self._fail)

    def _fail(self, fault: BaseException) -> None:
        self._is_asking = False
        if self._is_making:
            self._is_making = False
            self._page.say("")
        self._on_fault(fault)
