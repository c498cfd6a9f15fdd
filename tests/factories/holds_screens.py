"""Tickets kept back, without a server behind them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from PySide6.QtWidgets import QPushButton

from gatekeeper.organizer.prepare.holds_client import KeptBack, StockHold, TypeInventory
from gatekeeper.organizer.prepare.plan_client import EventPlan
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.organizer.widgets.plain_table import select_row
from gatekeeper.wording.texts import TEXTS

NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
LONG = "The band, their families and everybody they bring along to the upper gallery"


def stock(number: int = 1, **more: Any) -> TypeInventory:
    """Make a type of which 300 may be sold."""
    fields: dict[str, Any] = {
        "id": f"tt_{number}",
        "name": f"Standing {number}",
        "sold": 120,
        "held": 30,
        "allotted": 10,
        "quantity_limit": 300,
        "available": 140,
        "selling": {"seats": None},
    }
    return TypeInventory(**(fields | more))


def hold(number: int = 1, **more: Any) -> StockHold:
    """Make a hold of ten tickets."""
    fields: dict[str, Any] = {
        "id": f"ho_{number}",
        "name": f"Sponsor {number}",
        "reason": "",
        "ends_at": None,
        "ended_at": None,
        "ticket_type_id": "tt_1",
        "quantity": 10,
        "seats": (),
    }
    return StockHold(**(fields | more))


TYPES = (
    stock(1),
    stock(2, name="Free day", quantity_limit=None, available=None),
    stock(3, name="Stalls", selling={"seats": {}}),
)
KEPT = KeptBack(
    TYPES,
    (
        hold(1),
        hold(2, name=LONG, reason=LONG, quantity=1_200, ends_at=NOW, ticket_type_id="tt_2"),
        hold(3, ticket_type_id=None, quantity=0, seats=("A-1", "A-2")),
    ),
)


def show_holds(work: EventPages, plan: EventPlan) -> Iterator[str]:
    """Show what is kept back, and the question before it is released."""
    page = work.plan.holds
    work.enter("plan")
    work.plan.tabs.setCurrentWidget(page)
    page.show_plan(plan)
    page.show_kept(KEPT)
    page.say(TEXTS.say("holds.too_many"), "bad")
    yield "desk-holds"
    select_row(page.table, 1)
    release = page.findChild(QPushButton, "holdRelease")
    assert isinstance(release, QPushButton)
    release.click()
    yield "desk-holds-release"
    work.plan.tabs.setCurrentIndex(0)
