"""A ticket type as a host's guest list, as it stands in the form of the plan."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QApplication, QPushButton

from gatekeeper.organizer.prepare.plan_client import EventPlan, PlanItem, PlanKind, new_thing
from gatekeeper.ui.organizer.prepare.plan_page import PlanPage

HOST: Final = {"host": "Mara Okoye", "plus_max": 2}


def make_guests(plan: EventPlan, host: str = "") -> PlanItem:
    """Return a type that shall be a guest list, and is still sold to everybody without bound."""
    fields = new_thing(PlanKind.TYPE, plan).fields
    selling = {"visibility": "public", "guest_list": HOST | ({"host": host} if host else {})}
    return PlanItem(
        kind=PlanKind.TYPE,
        id="tt_guests",
        etag='"a"',
        fields=fields | {"name": host or "Guests of Mara", "selling": selling},
    )


def show_guests(page: PlanPage, host: str = "") -> None:
    """Show its form down to the host, and what keeps it from being saved."""
    assert page.plan is not None
    page.show_thing(make_guests(page.plan, host))
    for _ in range(4):
        QApplication.processEvents()
    page._scroll.ensureWidgetVisible(page.editors[-1].widget)
    save = page.findChild(QPushButton, "planSave")
    assert isinstance(save, QPushButton)
    save.click()
