"""What a page reads once: where no answer came, it is asked for when somebody looks next."""

from __future__ import annotations

import msgspec
import pytest

from gatekeeper.organizer.afterwards.retention_client import Retention
from gatekeeper.organizer.prepare.ticket_design_client import EventLook
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.afterwards.period_report_flow import PeriodFlow
from gatekeeper.ui.organizer.afterwards.period_report_page import PeriodPage
from gatekeeper.ui.organizer.afterwards.retention_card import RetentionCard
from gatekeeper.ui.organizer.afterwards.retention_flow import RetentionFlow
from gatekeeper.ui.organizer.prepare.guest_import_flow import GuestListFlow
from gatekeeper.ui.organizer.prepare.guest_import_page import GuestListPage
from gatekeeper.ui.organizer.prepare.ticket_design_flow import TicketDesignFlow
from gatekeeper.ui.organizer.prepare.ticket_design_page import TicketDesignPage
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.desk_session import make_desk_session
from tests.factories.guest_list_screens import LIST
from tests.factories.held_thread import HeldThread
from tests.factories.removed import removed_after

SITE = EventSite(OrganizationId("og_1"), EventId("ev_1"))
BUSY = msgspec.structs.replace(LIST, state="placing", wrong=0, said="")
CUT = ServerFault("the server cannot be reached")
ENDED = Refused("Sign in.", (), problem="unauthenticated", status=401)


@pytest.fixture
def thread() -> HeldThread:
    speak_language(make_application(), "en")
    return HeldThread()


def test_a_design_can_be_chosen_once_the_server_is_back(thread: HeldThread) -> None:
    """The page stayed grey until another event was opened."""
    page = TicketDesignPage()
    flow = TicketDesignFlow(page, make_desk_session(thread))
    with removed_after(page):
        flow.enter(SITE)
        thread.refuse(CUT)
        assert not page.isEnabled()
        flow.enter(SITE)
        thread.answer(EventLook())
        assert page.isEnabled()
        thread.asked.clear()
        flow.enter(SITE)
        assert thread.asked == [], "what is being chosen stays"


def test_events_to_report_on_and_how_long_names_stay_are_read_once_the_server_is_back(
    thread: HeldThread,
) -> None:
    """No event was offered, and no rule was shown, for as long as the desk was open."""
    whose = SITE.organization_id
    for page, flow, found in (
        (report := PeriodPage(), PeriodFlow(report, make_desk_session(thread)), {"ev_1": "Fair"}),
        (
            card := RetentionCard(),
            RetentionFlow(card, make_desk_session(thread)),
            Retention(days=30, events=()),
        ),
    ):
        with removed_after(page):
            flow.enter(whose)
            flow.enter(whose)
            assert len(thread.asked) == 1
            thread.refuse(CUT)
            flow.enter(whose)
            thread.answer(found)
            flow.enter(whose)
            assert thread.asked == []


@pytest.mark.parametrize("fault", [CUT, ENDED])
def test_a_list_that_goes_on_is_found_once_the_server_is_back(
    thread: HeldThread, fault: BaseException
) -> None:
    """And followed to its end by whoever has signed in again."""
    page = GuestListPage()
    flow = GuestListFlow(page, make_desk_session(thread))
    with removed_after(page):
        flow.enter(SITE)
        thread.refuse(fault)
        flow.enter(SITE)
        thread.answer(BUSY)
        thread.asked.clear()
        flow._look()
        thread.refuse(ENDED)
        flow.enter(SITE)
        assert len(thread.asked) == 1
        flow.enter(SITE)
        assert len(thread.asked) == 1, "it is asked once at a time"
