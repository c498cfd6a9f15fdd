"""A till's stock as it stands at the desk's page of devices."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from msgspec import structs

from gatekeeper.organizer.before_doors.devices_client import Device
from gatekeeper.organizer.before_doors.till_stock_client import (
    LOW,
    RETURNS,
    SIZE,
    StockOfTill,
    TillStockLine,
    field_of,
)
from gatekeeper.organizer.merging_edits import Clash, find_clashes
from gatekeeper.presenters.desk.till_stock_words import words_of_stock
from gatekeeper.ui.organizer.before_doors.devices_page import DevicesPage
from shared.kernel.id_types import TicketTypeId

NOW: Final = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
TILL: Final = Device(
    id="dv_2", name="Till 1", role="till", gate="", heard_at=NOW, is_revoked=False
)
STOCK: Final = StockOfTill(
    device_id=TILL.id,
    returns_at_close=True,
    lines=(
        TillStockLine(
            ticket_type_id=TicketTypeId("tt_1"), code=1, name="Standard", unsold=143, sold=57
        ),
        TillStockLine(
            ticket_type_id=TicketTypeId("tt_2"),
            code=2,
            name="Reduced",
            size=60,
            low_mark=20,
            unsold=31,
            sold=9,
        ),
    ),
    seats=4,
    etag='"a"',
)


def show_stock(page: DevicesPage, name: str = "") -> None:
    """Choose a till, whose stock is read; with types of this name."""
    till = structs.replace(TILL, name=name) if name else TILL
    lines = tuple(structs.replace(one, name=name or one.name) for one in STOCK.lines)
    page.show_devices([till], NOW)
    page.table.setCurrentCell(0, 0)
    page.stock.show_stock(structs.replace(STOCK, lines=lines))


def show_stock_clash(page: DevicesPage) -> None:
    """Let somebody else have sized the same till meanwhile."""
    base = page.stock.base
    assert base is not None
    size, low = field_of(SIZE, "tt_1"), field_of(LOW, "tt_2")
    theirs = base.fields | {size: 100, RETURNS: False, low: None}
    mine = base.fields | {size: 400}
    fields = find_clashes(base.fields, theirs, mine)
    clash = Clash(by="Mara Okoye", at=NOW, etag='"b"', theirs=theirs, fields=fields)
    page.stock.clash.show_clash(clash, words_of_stock(base))
