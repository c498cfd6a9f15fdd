"""Tickets in bulk at the desk, without a server behind them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from gatekeeper.organizer.during.ticket_files_client import FilePart, TicketFile, TicketGroup
from gatekeeper.ui.organizer.desk_pages import EventPages

NOW: Final = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)


def ticket_file(number: int = 1, **more: Any) -> TicketFile:
    """Make one that is ready."""
    fields: dict[str, Any] = {
        "id": f"tf_{number}",
        "state": "ready",
        "form": "pdf",
        "layout": "cut",
        "total": 5_000,
        "done": 4_980,
        "left_out": 20,
        "parts": (FilePart("tickets-001.pdf", 9_000_000),),
        "created_at": NOW,
    }
    return TicketFile(**(fields | more))


FILES: Final = (
    ticket_file(2, state="writing", form="csv", done=1_000, left_out=0, parts=()),
    ticket_file(1),
    ticket_file(3, state="gone", form="svg"),
)

GROUPS: Final = (
    TicketGroup(type_id="tt_1", name="Stehplatz"),
    TicketGroup(import_id="im_1", at=NOW, count=20),
)


def show_files(work: EventPages) -> Iterator[str]:
    """Show them, and name it."""
    work.enter("orders")
    work.orders.files.show_groups(GROUPS)
    work.orders.files.show_files(FILES)
    yield "desk-orders-files"
    work.orders.files.list.setCurrentRow(1)
    work.orders.files.show_saving(3_140_000, FILES[1].size)
    yield "desk-orders-files-saving"
    work.orders.files.show_saving(None)
