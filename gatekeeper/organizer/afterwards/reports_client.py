"""What an event came to, as the server folds it, for the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gatekeeper.organizer.server_api import EventSite, Refused, ServerApi

FORMS: Final = ("pdf", "xlsx", "csv")
OVER: Final = "completed"
"""An event's state once it was ended; the others: `role_state_and_age_words`."""
_GOES_ON: Final = "active"
ENDED_FROM: Final = frozenset({"published", _GOES_ON})
"""The states of which an event is ended."""
MONEY: Final = (
    "paid_unbooked",
    "received",
    "refunds_owed",
    "paid_back",
    "to_be_paid_back",
    "in_dispute",
    "charged_back",
    "kept",
)


class EventSums(msgspec.Struct, frozen=True, kw_only=True):
    """The figures that the desk shows.

    Attributes:
        made_at: When they were folded, in the event's own time.
        state: The event's.
        orders: Orders that were paid.
        money: Amounts in minor units by currency, the event's own first, by their names of
            `MONEY`.
        tickets, came, no_shows: Good tickets; those somebody came in on; good ones nobody used,
            of dates that were not called off.
    """

    made_at: str
    state: str
    orders: int
    money: dict[str, dict[str, int]]
    tickets: int
    came: int
    no_shows: int


async def read_sums(api: ServerApi, site: EventSite) -> EventSums:
    """Have the event's records folded, and return the figures."""
    event = await api.get(site.path)
    report = await api.get(f"{site.path}/report")
    tables = {table["name"]: table["rows"] for table in report["tables"]}
    totals = tables["totals"]
    at = next(one["columns"] for one in report["tables"] if one["name"] == "totals").index
    own = report["currency"]
    money = {name: {own: 0} for name in MONEY}
    for row in totals:
        if row[at("figure")] in money:
            money[row[at("figure")]][row[at("currency")]] = row[at("amount_minor")]
    people = tables["attendance"][-1]  # the last line sums the others up
    return EventSums(
        made_at=report["made_at"],
        state=event["state"],
        orders=sum(row[at("count")] for row in totals if row[at("figure")] == "orders_paid"),
        money=money,
        tickets=people[1],
        came=people[2],
        no_shows=people[3],
    )


async def end_event(api: ServerApi, site: EventSite) -> None:
    """End an event, so that nothing more of it is sold, and its gates let nobody in."""
    await api.post(f"{site.path}/state", {"state": OVER})


async def reopen_event(api: ServerApi, site: EventSite) -> None:
    """Let an event that was ended too early go on."""
    await api.post(f"{site.path}/state", {"state": _GOES_ON})


async def read_file(api: ServerApi, site: EventSite, form: str, language: str) -> bytes:
    """Return the whole report as a file of a form; on paper in a language's words."""
    return await fetch_form(api, f"{site.path}/report", form, language, {})


async def fetch_form(
    api: ServerApi, path: str, form: str, language: str, query: Mapping[str, str]
) -> bytes:
    """Return a report as a file of one of `FORMS`: on paper in a language's words.

    The others have the API's words, for programs; so has the paper of an older server.
    """
    assert form in FORMS
    words = {"language": language} if form == "pdf" else {}

    async def ask(**asked: str) -> bytes:
        return b"".join([piece async for piece in api.stream(f"{path}.{form}", **asked)])

    try:
        return await ask(**query, **words)
    except Refused as fault:
        if not any(one.field in words for one in fault.fields):
            raise
        return await ask(**query)
