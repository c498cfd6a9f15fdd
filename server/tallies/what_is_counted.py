"""What is counted, and of which rows: one text for the triggers and for counting anew. Pure.

Each count is a sum over rows, so that a changed row changes it by what the row gives now less
what it gave before. Only who is inside is no sum, since an exit without an entry makes no room:
that is folded for each ticket whose passages change, before and after.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

import msgspec

MINUTE_US: Final = 60_000_000
_BARE: Final = "{changed} r"
_ROW: Final = re.compile(r"\br\.")
_KEYS: Final = "event_id, organization_id, stat, minute, place, scope, what"
COLUMNS: Final = f"{_KEYS}, count, amount"
NOTED: Final = f"{COLUMNS}, inside, surely_inside"
"""Of a note: a minute's counts for all time as well; what it changes of who is inside a zone."""


class Stat(StrEnum):
    """What is counted: by place, scope and what, in brackets; then count and amount."""

    IN = "in"
    """Who came (gate, zone, reason): passages, persons; also by the minute."""
    OUT = "out"
    """Who went: likewise."""
    INSIDE = "inside"
    """Who is inside (-, zone, -): by all that is known, by signed journals alone."""
    DENIED = "denied"
    """Scans that let nobody in (gate, verdict, reason): how many; also by the minute."""
    TAKEN_BACK = "taken_back"
    """Admissions that somebody at a gate has taken back (its device, -, -): how many; also by the
    minute."""
    SOLD = "sold"
    """Lines of orders that were paid (ticket type, channel, currency): tickets, money; also by
    the minute."""
    RECEIVED = "received"
    """Payments whose money has come (tender, -, currency): how many, money."""
    PAID_BACK = "paid_back"
    """Money that went back (tender, -, currency): payouts, money."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A table whose rows the running counts sum up, and how.

    Attributes:
        name: Of the triggers.
        table: Whose rows change.
        columns: What the rest names of these rows; a change of others changes nothing.
        rows: What is summed; `{changed}` stands for the changed rows, each with its `sign`.
        keys: Event, organization, stat, place, scope, what.
        minute: When, in µs; "" for what is not counted by the minute.
        sign: Of a row: 1 as it is now, -1 as it was.
        values: Count and amount.
        where: Which rows give anything.
        on: Changes after which they are counted.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    rows: str
    keys: tuple[str, str, str, str, str, str]
    minute: str
    sign: str
    values: tuple[str, str]
    where: str
    on: tuple[str, ...] = ("INSERT", "UPDATE", "DELETE")

    def sums(self, changed: str, *, for_notes: bool = False) -> str:
        """Return the query of what some rows give to the counts, as `COLUMNS`.

        Args:
            changed: The relation of these rows, each with its `sign`.
            for_notes: What is counted by the minute is told once, not once more for all time: see
                `counts_of_notes`.
        """
        event, organization, stat, *keys = self.keys
        rows, minute, where = self.rows.format(changed=changed), self.at_minute, self.where
        if self.minute and not for_notes:
            rows += " CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1) span"
            where += f" AND (span.n = 0 OR {minute} <> 0)"
            minute = f"CASE WHEN span.n = 0 THEN 0 ELSE {minute} END"
        count, amount = (f"sum({self.sign} * {value})" for value in self.values)
        head = ", ".join((event, organization, stat, minute, *keys, count, amount))
        return (
            f"SELECT {head} FROM {rows} WHERE {where}"  # noqa: S608 - our own names
            f" GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING {count} <> 0 OR {amount} <> 0"
        )

    @property
    def at_minute(self) -> str:
        """Return the minute by which a row is counted: 0 if by none."""
        return f"{self.minute} / {MINUTE_US}" if self.minute else "0"

    def gives(self, row: str, sign: int) -> list[str] | None:
        """Return the queries of what a single row gives, each to one count; None if it needs more.

        Args:
            row: Its name, such as `NEW`.
            sign: 1 for a row that has come, -1 for one that has gone.
        """
        if self.rows != _BARE:
            return None
        event, organization, stat, *keys = self.keys
        values = [f"{sign} * {value}" for value in self.values]
        times = {"0": self.where}
        if self.minute:
            times[self.at_minute] = f"{self.where} AND {self.at_minute} <> 0"
        texts = []
        for minute, where in times.items():
            head = ", ".join((event, organization, stat, minute, *keys, *values))
            texts.append(_ROW.sub(f"{row}.", f"SELECT {head} WHERE {where}"))
        return texts


PASSAGES: Final = Source(
    name="passages",
    table="ticket_use",
    columns=(
        "event_id",
        "organization_id",
        "zone_id",
        "direction",
        "at",
        "count",
        "gate_id",
        "reason",
        "is_annulled",
    ),
    rows=_BARE,
    keys=("r.event_id", "r.organization_id", "r.direction", "r.gate_id", "r.zone_id", "r.reason"),
    minute="r.at",
    sign="r.sign",
    values=("1", "r.count"),
    where="NOT r.is_annulled",
)
ALONE: Final = Source(
    name="alone",
    table="ticket_use",
    columns=(
        "event_id",
        "organization_id",
        "claim_id",
        "ticket_id",
        "zone_id",
        "direction",
        "at",
        "count",
        "is_annulled",
        "is_confirmed",
        "source",
    ),
    rows=_BARE,
    keys=("r.event_id", "r.organization_id", f"'{Stat.INSIDE}'", "''", "r.zone_id", "''"),
    minute="",
    sign="r.sign",
    values=("r.count", "CASE WHEN r.is_confirmed THEN r.count ELSE 0 END"),
    where="r.direction = 'in' AND NOT r.is_annulled",
)
"""Who is inside, of tickets that have a single passage, as most have: for those `inside` is a sum,
which costs a tenth of a fold. An exit without an entry gives nothing."""


def inside(rows: str) -> str:
    """Return the query of what some passages change of who is inside, as `COLUMNS`.

    Args:
        rows: A relation of all passages of each ticket in it, with `ALONE.columns` and `sign`.
    """
    key = "event_id, organization_id, zone_id, ticket_id, sign"
    order = f"(PARTITION BY {key} ORDER BY at, direction, claim_id ROWS UNBOUNDED PRECEDING)"
    ways = (
        f"SELECT {key}, at, direction, claim_id,"  # noqa: S608 - our own names
        " CASE WHEN direction = 'in' THEN count"
        " WHEN source = 'awaited' AND NOT is_confirmed THEN 0 ELSE -count END AS seen,"
        " CASE WHEN direction = 'out' THEN -count WHEN is_confirmed THEN count ELSE 0 END AS sure"
        f" FROM {rows} r WHERE NOT is_annulled"
    )
    runs = (
        f"SELECT {key}, seen, sure, sum(seen) OVER {order} AS seen_so_far,"  # noqa: S608 - as above
        f" sum(sure) OVER {order} AS sure_so_far FROM ({ways}) way"
    )
    tickets = (
        f"SELECT {key},"  # noqa: S608 - as above
        " sum(seen) - CASE WHEN min(seen_so_far) < 0 THEN min(seen_so_far) ELSE 0 END AS seen,"
        " sum(sure) - CASE WHEN min(sure_so_far) < 0 THEN min(sure_so_far) ELSE 0 END AS sure"
        f" FROM ({runs}) run GROUP BY {key}"
    )
    seen, sure = "sum(sign * seen)", "sum(sign * sure)"
    return (
        f"SELECT event_id, organization_id, '{Stat.INSIDE}', 0, '', zone_id, '', {seen}, {sure}"  # noqa: S608 - as above
        f" FROM ({tickets}) ticket GROUP BY event_id, organization_id, zone_id"
        f" HAVING {seen} <> 0 OR {sure} <> 0"
    )


def alone(rows: str) -> str:
    """Return the query of what passages give that are their tickets' only ones, as `NOTED`.

    The way of nearly every claim: a row for each passage, of which three counts are made.
    """
    values = [
        *PASSAGES.values,
        *(f"CASE WHEN {ALONE.where} THEN {v} ELSE 0 END" for v in ALONE.values),
    ]
    event, organization, stat, *keys = PASSAGES.keys
    head = ", ".join((event, organization, stat, PASSAGES.at_minute, *keys, *values))
    return f"SELECT {head} FROM {rows} r WHERE {PASSAGES.where}"  # noqa: S608 - our own names


def counts_of_notes(notes: str, where: str = "true") -> str:
    """Return the query of what notes give to the counts, as `COLUMNS`.

    Args:
        notes: A relation of `NOTED`.
        where: Which of them.
    """
    every = "event_id, organization_id, stat, 0, place, scope, what, count, amount"
    inside = f"event_id, organization_id, '{Stat.INSIDE}', 0, '', scope, '', inside, surely_inside"
    return (
        f"SELECT {COLUMNS} FROM {notes} WHERE {where} UNION ALL"  # noqa: S608 - our own names
        f" SELECT {every} FROM {notes} WHERE {where} AND minute <> 0 UNION ALL"
        f" SELECT {inside} FROM {notes} WHERE {where} AND inside <> 0"
    )


def _money(name: str, table: str, stat: Stat, states: str) -> Source:
    key = (f"'{stat}'", "r.tender", "''", "r.currency")
    return Source(
        name=name,
        table=table,
        columns=("event_id", "organization_id", "tender", "currency", "amount_minor", "state"),
        rows=_BARE,
        keys=("r.event_id", "r.organization_id", *key),
        minute="",
        sign="r.sign",
        values=("1", "r.amount_minor"),
        where=f"r.state IN ({states})",
    )


def _lines(table: str, *, sign: str, on: tuple[str, ...]) -> Source:
    """Count lines of paid orders, whichever of the two tables changes."""
    columns = {
        "order_line": ("order_id", "ticket_type_id", "quantity", "total_minor"),
        "ticket_order": ("id", "event_id", "organization_id", "channel", "currency", "paid_at"),
    }
    line, order = (
        "{changed}" if table == name else name for name in ("order_line", "ticket_order")
    )
    key = (f"'{Stat.SOLD}'", "r.ticket_type_id", "o.channel", "o.currency")
    return Source(
        name=f"{table}s",
        table=table,
        columns=columns[table],
        rows=f"{line} r JOIN {order} o ON o.id = r.order_id",
        keys=("o.event_id", "o.organization_id", *key),
        minute="o.paid_at",
        sign=sign,
        values=("r.quantity", "r.total_minor"),
        where="o.paid_at IS NOT NULL",
        on=on,
    )


SOURCES: Final = (
    PASSAGES,
    _money(
        "payments", "payment", Stat.RECEIVED, "'paid', 'partly_refunded', 'refunded', 'disputed'"
    ),
    _money("payouts", "payout", Stat.PAID_BACK, "'done'"),
    _lines("order_line", sign="r.sign", on=("INSERT", "UPDATE", "DELETE")),
    # An order is there before its lines, and after them: they count when they come and go.
    _lines("ticket_order", sign="o.sign", on=("UPDATE",)),
)
