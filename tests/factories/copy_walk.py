"""An evening copied at the desk, by whoever stands at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDate

from gatekeeper.organizer.prepare.plan_client import PlanKind
from gatekeeper.ui.organizer.prepare.event_copy_page import EventCopyPage

if TYPE_CHECKING:
    from tests.ui.organizer.test_organizer_desk import Hand


def copy_the_evening(hand: Hand) -> None:
    """Copy the event that is open to the first of May, and see the draft open."""
    hand.enter("doors_ready")
    flow = hand.desk.flow
    assert flow is not None
    source = flow.site
    hand.click("copyEvent")
    hand.wait("deskCopy")
    page = hand.find("deskCopy")
    assert isinstance(page, EventCopyPage)
    hand.until(lambda: page.source is not None and page.name.isEnabled())
    hand.fill("copyName", "May evening")
    page.day.setDate(QDate(2027, 5, 1))
    hand.click("copyTry")
    hand.until(lambda: page.wanted is not None)
    hand.picture("copy")
    first = page.dates.item(0, 2)
    assert first is not None
    assert "2027-05-01" in first.text()
    hand.click("copyGo")
    hand.wait("deskWorkspace")
    plan = hand.work.plan
    hand.until(lambda: plan.plan is not None and plan.plan.things[0].name == "May evening")
    assert flow.site != source
    assert hand.work.page == "plan"
    assert plan.plan is not None
    assert all(
        one.fields["starts_at"].startswith("2027-05") for one in plan.plan.of(PlanKind.DATE)
    )
    hand.picture("copied")
