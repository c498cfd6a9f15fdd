"""Answer bodies of reports: an event's, and one over several events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from server.http.body_and_answer_types import Answer

Cell = str | int | None
Rows = list[tuple[Cell, ...]]


class TableAnswer(Answer):
    """One table of a report.

    Attributes:
        name: What it is about, such as `sales`.
        columns: Their names; amounts are in minor units where they end in `_minor`.
        rows: A cell for each column.
    """

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


class ReportAnswer(Answer):
    """What an event came to.

    Attributes:
        currency: Of all amounts.
        timezone: The event's own.
        made_at: When it was folded, in that.
        tables: `totals`, `sales`, `tenders`, `refunds`, `promotions`, `attendance`, `occurrences`,
            `arrivals`, `answers`, `denials`, `overrides`, `conflicts`, `false_devices`,
            `tills`.
    """

    event_id: str
    event: str
    currency: str
    timezone: str
    made_at: str
    tables: Sequence[TableAnswer]


class AnswersAnswer(Answer):
    """What was answered at an event's doors so far.

    Attributes:
        made_at: When it was counted, in the event's own time.
        table: `answers`, as the report has it.
    """

    made_at: str
    table: TableAnswer


class PeriodAnswer(Answer):
    """What events came to in a time: money counts when it moved, people when they came.

    Attributes:
        timezone: The organization's: its days count.
        since, until: The first and the last day, both in it; null without an end.
        made_at: When it was folded, in the organization's time.
        tables: `totals`, `events`, `sales`, `taxes`, `tenders`, `days`, `attendance`, `conflicts`.
            Each line of money names its currency; amounts of two are never summed up.
    """

    organization: str
    timezone: str
    since: date | None
    until: date | None
    made_at: str
    tables: Sequence[TableAnswer]
