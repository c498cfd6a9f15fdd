"""The plan's page with a thing in its form, as somebody sees it who has chosen it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gatekeeper.organizer.prepare.plan_client import PlanItem
from gatekeeper.presenters.colors import LIGHT
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_style import dress_desk
from gatekeeper.ui.organizer.desk_window import DeskWindow
from gatekeeper.ui.organizer.prepare.plan_page import PlanPage
from tests.factories.desk_screens import PLAN
from tests.factories.removed import remove


@contextmanager
def shown_plan(thing: PlanItem) -> Iterator[PlanPage]:
    """Show a thing of the plan; afterwards the page is gone."""
    make_application()
    window, page = DeskWindow(), PlanPage()
    dress_desk(window, LIGHT)
    window.show_page(page)
    window.resize(1100, 900)
    window.show()
    page.plan = PLAN
    page.show_thing(thing)
    try:
        yield page
    finally:
        remove(window)
