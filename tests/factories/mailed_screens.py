"""Reports by mail at the desk, without a server behind them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from PySide6.QtWidgets import QApplication, QPushButton

from gatekeeper.organizer.afterwards.report_schedules_client import (
    Address,
    ReportRun,
    RunMail,
    Schedule,
    ScheduleOverview,
)
from gatekeeper.ui.organizer.desk_pages import EventPages
from tests.factories.guest_list_screens import BROKEN
from tests.factories.period_screens import NAMES

NOW: Final = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def schedule(number: int = 1, **more: Any) -> Schedule:
    """Make a report that comes each week."""
    fields: dict[str, Any] = {
        "id": f"rs_{number}",
        "name": f"Books {number}",
        "kind": "event",
        "event_ids": ("ev_1",),
        "form": "xlsx",
        "language": "de",
        "recipients": ("books@example.org", "mara@example.org"),
        "every": "week",
        "weekday": 6,
        "month_day": 1,
        "clock": "02:30",
        "timezone": "Europe/Berlin",
        "state": "active",
        "next_at": NOW,
        "last_at": NOW,
        "has_mail": True,
        "etag": '"a"',
    }
    return Schedule(**(fields | more))


RUNS: Final = tuple(
    ReportRun(
        due_at=NOW,
        asked=number == 1,
        mails=tuple(
            RunMail(email=f"{outcome}@example.org", outcome=outcome) for outcome in outcomes
        ),
    )
    for number, outcomes in ((1, ("waiting", "handing")), (2, ("sent", "refused", "doubtful")))
)
OVERVIEW: Final = ScheduleOverview(
    zone="Europe/Berlin",
    has_mail=True,
    schedules=(schedule(1), schedule(2, state="paused", next_at=None, last_at=None)),
    addresses=(
        Address(id="ra_1", email="books@example.org", confirmed_at=NOW, etag='"a"'),
        Address(id="ra_2", email="tax@example.org", confirmed_at=None, etag='"a"'),
    ),
    events=NAMES,
    members=("mara@example.org", "sam@example.org"),
    runs=RUNS,
)


def show_mailed(work: EventPages) -> Iterator[str]:
    """Show them, and name it."""
    page = work.reports
    work.enter("reports")
    page.tabs.setCurrentWidget(page.mailed)
    page.mailed.show_overview(OVERVIEW)
    page.mailed.show_schedule(OVERVIEW.schedules[0])
    yield "desk-reports-mailed"
    leave = page.mailed.findChild(QPushButton, "mailedLeave")
    assert isinstance(leave, QPushButton)
    leave.click()
    for _ in range(3):
        QApplication.processEvents()
    yield "desk-reports-mailed-leaving"
    page.mailed.show_overview(msgspec.structs.replace(OVERVIEW, failed=BROKEN))
    yield "desk-reports-mailed-failed"
