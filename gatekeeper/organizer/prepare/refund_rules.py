"""What goes back of a refunded ticket, as rows of a form: their order, what is wrong. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec

from gatekeeper.organizer.prepare.plan_client import EventPlan, PlanKind
from gatekeeper.wording.wall_clocks import find_zone
from shared.kernel.instant import Instant
from shared.manifest.price_plan import RefundTerm
from shared.sales.refund_terms import TERMS_MAX, money_back

_PRICE_USUAL: Final = 10_000
"""Of the example where nothing has a price yet, in minor units."""
_DAYS_USUAL: Final = 7
_HOURS_SAID_UP_TO: Final = timedelta(hours=48)

Rule = Mapping[str, Any]
"""As the API has it: `until`, `percent_points`, `fee_minor`."""


class RulesFlaw(StrEnum):
    """Why the server would refuse rules."""

    SAME_DATE = "same_date"
    BOTH_FOR_GOOD = "both_for_good"
    TOO_MANY = "too_many"


class Start(msgspec.Struct, frozen=True):
    """When the only date of an event begins: its doors, or else its start."""

    at: datetime
    is_doors: bool


class TimeBeforeStart(msgspec.Struct, frozen=True):
    """How long before the start a rule ends; no days and no hours are the start itself."""

    days: int
    hours: int
    is_doors: bool


class TermsFor(msgspec.Struct, frozen=True, kw_only=True):
    """What terms are said for.

    Attributes:
        timezone: The event's.
        currency: Of its prices.
        price_minor: What the ticket costs that is the example.
        start: None where the event has several dates, or none.
    """

    timezone: str
    currency: str
    price_minor: int
    start: Start | None = None


def terms_for(plan: EventPlan) -> TermsFor:
    """Return what a plan's terms are said for: its first ticket that costs something."""
    prices = (int(one.fields.get("price_minor") or 0) for one in plan.of(PlanKind.TYPE))
    return TermsFor(
        timezone=plan.timezone,
        currency=plan.currency,
        price_minor=next((price for price in prices if price > 0), _PRICE_USUAL),
        start=_start_of(plan),
    )


def in_order(rules: Sequence[Rule]) -> list[Rule]:
    """Put rules in order of date, one for good last, as the server wants them."""
    return sorted(rules, key=lambda rule: _end_of(rule) or datetime.max.replace(tzinfo=UTC))


def find_flaw(rules: Sequence[Rule]) -> tuple[RulesFlaw, int] | None:
    """Return what is wrong with rules, and the row it is wrong in, 1 and on; None for nothing."""
    if len(rules) > TERMS_MAX:
        return RulesFlaw.TOO_MANY, TERMS_MAX + 1
    ends = [_end_of(rule) for rule in rules]
    for row, end in enumerate(ends):
        if end in ends[:row]:
            flaw = RulesFlaw.BOTH_FOR_GOOD if end is None else RulesFlaw.SAME_DATE
            return flaw, row + 1
    return None


def back_of(rule: Rule, price_minor: int) -> int:
    """Return what a rule gives back of a price, reckoned as tills and the server do."""
    term = RefundTerm(percent_points=rule["percent_points"], fee_minor=rule["fee_minor"])
    return money_back((term,), price_minor, Instant(0))


def ahead_of(start: Start | None, until: datetime, timezone: str) -> TimeBeforeStart | None:
    """Return how long before the start a moment is by the event's clock, if that is a round time.

    Args:
        start: None if there is no one start.
        until: The moment.
        timezone: The event's.
    """
    zone = find_zone(timezone)
    if start is None or zone is None:
        return None
    begins, ends = start.at.astimezone(zone), until.astimezone(zone)
    days = begins.replace(tzinfo=None) - ends.replace(tzinfo=None)
    if days >= timedelta(0) and not days % timedelta(days=1):
        return TimeBeforeStart(days.days, 0, start.is_doors)
    hours = start.at - until
    if timedelta(0) < hours < _HOURS_SAID_UP_TO and not hours % timedelta(hours=1):
        return TimeBeforeStart(0, hours // timedelta(hours=1), start.is_doors)
    return None


def guess_until(plan: EventPlan, rows: int) -> str:
    """Return until when a new row's rule may hold: a week before the first date, or its doors.

    Args:
        plan: Of the event.
        rows: How many there are already.
    """
    dates = plan.of(PlanKind.DATE)
    text = (dates[0].fields.get("doors_at") if dates else None) or plan.likely_time
    zone = find_zone(plan.timezone) or UTC
    local = datetime.fromisoformat(text).astimezone(zone)
    moment = local - timedelta(days=0 if rows else _DAYS_USUAL)
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _end_of(rule: Rule) -> datetime | None:
    return None if rule["until"] is None else datetime.fromisoformat(rule["until"])


def _start_of(plan: EventPlan) -> Start | None:
    dates = plan.of(PlanKind.DATE)
    if len(dates) != 1:
        return None
    doors = dates[0].fields.get("doors_at")
    begins = doors or dates[0].fields["starts_at"]
    return Start(datetime.fromisoformat(begins), doors is not None)
