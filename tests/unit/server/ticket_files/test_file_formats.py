"""A table for a print shop can be opened whatever a guest is called."""

from __future__ import annotations

from io import BytesIO

import openpyxl

from server.ticket_files.file_formats import Look, PrintedTicket, write_xlsx

NO_XML = "".join(map(chr, [*range(1, 0x20), 0x7F, 0x85, 0xFFFE, 0xFFFF, 0xFDD0, 0x1FFFF]))


def test_one_guest_s_name_keeps_nobody_from_opening_the_table() -> None:
    """XML has no word for some signs: one of them in a name, and no ticket of the file is read."""
    look = Look(event="", organization="", timezone="UTC", language="en", layout="page")
    tickets = [make_ticket("1", f"Ada{NO_XML}Pine"), make_ticket("2", "Bo")]
    sheet = openpyxl.load_workbook(BytesIO(write_xlsx(tickets, look)))["tickets"]
    holders = [str(row[7].value) for row in sheet.iter_rows(min_row=2)]
    assert holders[0].startswith("Ada")
    assert holders[1] == "Bo"


def make_ticket(serial: str, holder: str) -> PrintedTicket:
    """Make a ticket of a file."""
    return PrintedTicket(
        serial=serial,
        digits="123",
        manual_code="",
        kind="Adult",
        date="",
        starts_at=None,
        seat="",
        persons=1,
        order=0,
        valid_from=None,
        valid_until=None,
        holder=holder,
    )
