"""A till over any disk, against a fake server that delegates its key, with its own terminal."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gatekeeper.boxoffice.answers import TillAnswer
from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.store.disk import Disk
from shared.journal.chain import decode_body, decode_entry
from shared.journal.sale_body import SaleBody
from shared.kernel.id_types import DeviceId, TicketTypeId
from shared.kernel.ports import CrashPoint, no_crash
from shared.manifest.event_config import TicketTypeConfig
from shared.sales.basket_pricing import WantedTickets
from shared.sales.tenders import Tender
from tests.factories.gate_event import STANDARD, TicketOffice, make_config
from tests.factories.gate_profile import PairedGate
from tests.fakes.card_terminal import CardTerminal
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.sync_server import FakeSyncServer

REDUCED = 3
STANDARD_MINOR = 2_500
REDUCED_MINOR = 1_250


def make_market(granted: int = 400) -> FakeSyncServer:
    """Publish an event of which tills sell two types; a third is not sold there."""
    config = make_config()
    reduced = TicketTypeConfig(
        id=TicketTypeId("tt_red"),
        code=REDUCED,
        name="Reduced",
        price_minor=REDUCED_MINOR,
        currency="EUR",
    )
    office = TicketOffice(
        config=msgspec.structs.replace(config, ticket_types=(*config.ticket_types, reduced))
    )
    office.sell()
    server = FakeSyncServer(office, ManualClock())
    server.allotment = {STANDARD: granted, REDUCED: granted}
    server.publish()
    return server


class TillHouse:
    """One till, which may be opened again and again.

    Attributes:
        terminal: Lives on whatever becomes of the till.
    """

    def __init__(
        self,
        folder: Path,
        server: FakeSyncServer,
        *,
        device_id: DeviceId = DeviceId("dv_till"),
        terminal: CardTerminal | None = None,
    ) -> None:
        self.paired = PairedGate(folder, server, device_id=device_id, role="till")
        self.terminal = terminal
        self.starts = 0

    async def open(
        self, crash_point: CrashPoint = no_crash, *, disk: Disk | None = None
    ) -> AttendedGate:
        """Start the program, on the folder or on another disk with what stands in it."""
        self.starts += 1
        system = msgspec.structs.replace(
            self.paired.system(crash_point),
            entropy=SeededEntropy(f"{self.paired.public_key.hex()}:{self.starts}"),
        )
        if disk is not None:
            system = msgspec.structs.replace(
                system, open_disk=lambda _folder: disk, locks_profiles=False
            )
        session = await AttendedGate.open(self.paired.folder, system=system)
        session.till.ports = msgspec.structs.replace(session.till.ports, terminal=self.terminal)
        return session


def basket(*wanted: tuple[int, int], tenders: tuple[Tender, ...]) -> SellRequest:
    """Ask for several types."""
    lines = tuple(WantedTickets(code, count) for code, count in wanted)
    return SellRequest(lines=lines, tenders=tenders, cashier="cs_1")


def card(amount: int | None = None, code: str = "") -> Tender:
    """Pay by card."""
    return Tender(kind="card", amount_minor=amount, code=code)


def cash(amount: int | None = None) -> Tender:
    """Pay in cash."""
    return Tender(kind="cash", amount_minor=amount)


def sales_of(session: GateSession) -> list[SaleBody]:
    """Return the sales of a till's journal, in order."""
    journal = session.store.journal
    bodies = [decode_body(decode_entry(s.entry)) for _, s in journal.read(1, journal.last_seq)]
    return [body for body in bodies if isinstance(body, SaleBody)]


def adds_up(sale: SaleBody) -> bool:
    """Tell whether a sale's tickets, lines and payments come to the same."""
    due = sale.total_minor + sale.rounding_minor
    return (
        sum(ticket.price_minor for ticket in sale.tickets) == sale.total_minor
        and sum(line.gross_minor for line in sale.lines) == sale.total_minor
        and sum(payment.amount_minor for payment in sale.payments) == due
        and sum(line.count for line in sale.lines) == len(sale.tickets)
    )


def opened(answer: TillAnswer) -> str:
    """Return the id of the open sale that an answer names."""
    assert answer.open_sale is not None
    return answer.open_sale.sale_id
