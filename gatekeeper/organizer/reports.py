"""What an event came to, as the server folds it, for the desk."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.organizer.office import EventSite, Office

FORMS: Final = ("pdf", "xlsx", "csv")
MONEY: Final = (
    "received",
    "refunds_owed",
    "paid_back",
    "to_be_paid_back",
    "charged_back",
    "kept",
)


class EventSums(msgspec.Struct, frozen=True, kw_only=True):
    """The figures that the desk shows.

    Attributes:
        currency: Of all amounts.
        made_at: When they were folded, in the event's own time.
        orders: Orders that were paid.
        money: Amounts in minor units, by their names of `MONEY`.
        tickets, came, no_shows: Good tickets; those somebody came in on; good ones nobody used.
    """

    currency: str
    made_at: str
    orders: int
    money: dict[str, int]
    tickets: int
    came: int
    no_shows: int


async def read_sums(office: Office, site: EventSite) -> EventSums:
    """Have the event's records folded, and return the figures."""
    report = await office.get(f"{site.path}/report")
    tables = {table["name"]: table["rows"] for table in report["tables"]}
    totals = {row[0]: row for row in tables["totals"]}
    people = tables["attendance"][-1]  # the last line sums the others up
    return EventSums(
        currency=report["currency"],
        made_at=report["made_at"],
        orders=totals["orders_paid"][1],
        money={name: totals[name][2] if name in totals else 0 for name in MONEY},
        tickets=people[1],
        came=people[2],
        no_shows=people[3],
    )


async def read_file(office: Office, site: EventSite, form: str) -> bytes:
    """Return the whole report as a file of a form."""
    assert form in FORMS
    return await office.get_bytes(f"{site.path}/report.{form}")
