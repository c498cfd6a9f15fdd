"""What a device sells with, put together: cashiers, drawer, stock and till."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from gatekeeper.boxoffice.asking_and_returning_stock import StockKeeper
from gatekeeper.boxoffice.copies_of_cut_off_till import OwnCopies
from gatekeeper.boxoffice.guest_names import Guests
from gatekeeper.boxoffice.order_search_at_till import Finder
from gatekeeper.boxoffice.sale_permission import ShiftPermission
from gatekeeper.boxoffice.seat_watch import SeatWatch
from gatekeeper.boxoffice.selling import Till, TillPorts
from gatekeeper.boxoffice.shifts import Shifts
from gatekeeper.boxoffice.till_staff import TillStaff
from gatekeeper.boxoffice.voucher_payments import VoucherPayments
from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.uplink import Uplink
from gatekeeper.store.profile import Profile
from gatekeeper.store.store import Store
from gatekeeper.sync.server_port import SyncServer
from gatekeeper.sync.stock_grants_in_exchange import TillGrants
from gatekeeper.sync.ticket_pictures import TicketPictures
from shared.kernel.ports import Entropy


class TillParts:
    """The parts of a till; a gate has them as well, and sells nothing.

    Attributes:
        staff: Knows who may work at it.
        shifts: Its drawer's.
        grants: What the server has granted it.
        stock: Gets and gives back what it may sell.
        till: Sells.
        seats: Knows which reserved seats can be sold.
        finder: Looks buyers up.
        guests: Tells who was added to a list.
        copies: Prints again what it sold, where nobody can be asked.
    """

    def __init__(
        self,
        profile: Profile,
        store: Store,
        recorder: Recorder,
        server: SyncServer,
        uplink: Uplink,
        entropy: Entropy,
        mode: Callable[[], str],
    ) -> None:
        """Put them together; nothing is read yet."""
        knowledge = recorder.knowledge
        self.staff = TillStaff(store, knowledge, profile.organization_id)
        self.copies = OwnCopies(store, recorder)
        self.finder = Finder(store, knowledge, self.staff, server, recorder.clock)
        self.guests = Guests(store, entropy, server)
        self.shifts = Shifts(store, knowledge, recorder, entropy, self.staff)
        self.grants = TillGrants(store, knowledge, profile.device_id)
        self.stock = StockKeeper(store, recorder, server, uplink, self.grants, entropy)
        self.shifts.on_close = self.stock.close_shift
        vouchers = VoucherPayments(profile.organization_id, recorder, server, uplink)
        ports = TillPorts(mode=mode, stock=self.stock, vouchers=vouchers)
        self.till = Till(store, knowledge, recorder, entropy, ports)
        self._pictures = TicketPictures(store, knowledge, server)
        self.seats = SeatWatch(store, knowledge, self.till.seats, server, uplink)

    def keep_drawer(self) -> None:
        """Sell, and be refilled, only where a shift is open, and by whoever may."""
        permission = ShiftPermission(self.shifts, self.staff)
        self.till.ports = msgspec.structs.replace(self.till.ports, permission=permission)
        self.grants.wants = self.shifts.has_open

    async def keep_up(self) -> bool:
        """Fetch what a till needs besides its journal's answers; after each exchange.

        Returns:
            Whether the journal has grown.

        Raises:
            ServerFault: if the server cannot be reached.
            Rejected: if it refuses.
            BadSignature: if its grant is not the organization's.
            StoreFault: if the disk refuses.
        """
        if self.till.has_to_ask:
            await self.stock.renew()
        await self.finder.refresh()
        await self._pictures.fetch_missing()
        return self.stock.settle()
