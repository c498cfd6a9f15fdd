"""A till's reserved seats as they stand at the desk's room of devices."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from gatekeeper.organizer.before_doors.till_seats_client import SeatGrants, SeatPlace, SeatRow
from gatekeeper.ui.organizer.before_doors.devices_page import DevicesPage
from tests.factories.stock_screens import NOW, TILL, show_stock

_STATES: Final = {"A": "ggggsffkff", "B": "hhhhhhhhhh", "C": "ffffffffff"}
_WORDS: Final = {"g": "granted", "s": "sold", "f": "free", "k": "killed", "h": "held"}


def make_rows(section: str = "Stalls", till_id: str = TILL.id) -> tuple[SeatRow, ...]:
    """Make three rows: of the first the till has four seats, and four are free."""
    return tuple(
        SeatRow(
            section,
            row,
            tuple(
                SeatPlace(
                    f"{row}-{number}",
                    section,
                    row,
                    str(number),
                    _WORDS[state],
                    till_id if state == "g" else "",
                )
                for number, state in enumerate(states, 1)
            ),
        )
        for row, states in _STATES.items()
    )


def make_seats(section: str = "Stalls", till_id: str = TILL.id) -> SeatGrants:
    """Make an event's seats as one till has them."""
    rows = make_rows(section, till_id)
    own = tuple(one for row in rows for one in row.seats if one.holder)
    return SeatGrants(rows=rows, own=own)


def show_till_seats(page: DevicesPage, name: str = "", *, is_revoked: bool = False) -> None:
    """Choose a till, whose seats are read; revoked, it is asked whether they shall be freed."""
    show_stock(page, name)
    if is_revoked:
        page.show_devices([structs.replace(TILL, name=name or TILL.name, is_revoked=True)], NOW)
        page.table.setCurrentCell(0, 0)
    page.seats.show_seats(make_seats(name or "Stalls"))
    if is_revoked:
        page.seats._ask()
