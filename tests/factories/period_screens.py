"""The report over several events at the desk, without a server behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from gatekeeper.organizer.afterwards.audit_client import Days
from gatekeeper.organizer.afterwards.period_report_client import PeriodReport, PeriodTable
from gatekeeper.ui.organizer.desk_pages import EventPages

NAMES: Final = {"ev_1": "Night of the Lanterns", "ev_2": "Summer Fair", "ev_3": "حفلة"}
REPORT: Final = PeriodReport(
    timezone="Europe/Berlin",
    made_at="2026-11-22 19:30",
    tables=(
        PeriodTable(
            "totals",
            ("figure", "currency", "count", "amount_minor"),
            (("orders_paid", "EUR", 3, 7_999), ("net", "JPY", None, 4_000)),
        ),
        PeriodTable(
            "events",
            (
                *("event", "currency", "orders", "tickets", "total_minor", "tax_minor"),
                *("received_minor", "paid_back_minor", "net_minor"),
            ),
            (
                ("Night of the Lanterns", "EUR", 2_310, 4_980, 6_104_250, 403_921, 6_104_250)
                + (40_000, 6_064_250),
                ("حفلة", "JPY", 12, 20, 40_000, 0, 40_000, 0, 40_000),
                ("total", "EUR", 2_310, 4_980, 6_104_250, 403_921, 6_104_250, 40_000, 6_064_250),
            ),
        ),
        PeriodTable(
            "taxes",
            (
                *("basis_points", "currency", "total_minor", "refunded_minor"),
                *("after_refunds_minor", "tax_minor", "net_minor"),
            ),
            ((750, "EUR", 129, 21, 108, 8, 100),),
        ),
        PeriodTable(
            "conflicts",
            ("event", "kind", "disposition", "count"),
            (
                ("Summer Fair", "double_use", "open", 1),
                ("Summer Fair", "double_use", "withdrawn", 2),
            ),
        ),
        PeriodTable("weather", ("sky",), (("grey",),)),
    ),
)


def show_period(work: EventPages) -> Iterator[str]:
    """Show it, and name it."""
    page = work.reports
    work.enter("reports")
    page.tabs.setCurrentIndex(1)
    page.period.show_events(NAMES)
    page.period.days.choose(Days(date(2026, 11, 1), date(2026, 11, 30)))
    page.period.show_report(REPORT)
    page.period.tables.setCurrentIndex(1)
    yield "desk-reports-several"
    page.tabs.setCurrentIndex(0)
