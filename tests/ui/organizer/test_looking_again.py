"""What goes on at the server by itself is looked at again after its line was cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from PySide6.QtWidgets import QWidget

from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.before_doors.date_moves_flow import DateMovesFlow
from gatekeeper.ui.organizer.before_doors.date_moves_page import DateMovesPage
from gatekeeper.ui.organizer.before_doors.event_cancelling_flow import EventCancellingFlow
from gatekeeper.ui.organizer.before_doors.event_cancelling_page import EventCancellingPage
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.during.ticket_files_card import TicketFilesCard, TicketFilesFlow
from gatekeeper.ui.organizer.prepare.guest_import_flow import GuestListFlow
from gatekeeper.ui.organizer.prepare.guest_import_page import GuestListPage
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.calling_screens import DURING, NOTICE, PLAN
from tests.factories.desk_session import make_desk_session
from tests.factories.files_screens import FILES
from tests.factories.guest_list_screens import LIST
from tests.factories.held_thread import HeldThread

SITE = EventSite(OrganizationId("og_1"), EventId("ev_1"))
CUT = ServerFault("the server cannot be reached")
MAILED = msgspec.structs.replace(NOTICE, is_stopped=False, waiting=3)
PLACING = msgspec.structs.replace(LIST, state="placing", wrong=0, said="")
WORKED = [
    (DateMovesPage, DateMovesFlow, msgspec.structs.replace(PLAN, notice=MAILED)),
    (
        EventCancellingPage,
        lambda page, session: EventCancellingFlow(page, session, lambda: None),
        DURING,
    ),
    (TicketFilesCard, TicketFilesFlow, FILES),
    (GuestListPage, GuestListFlow, PLACING),
]


@pytest.fixture(params=WORKED, ids=["moves", "calling-off", "files", "guests"])
def at_work(request: pytest.FixtureRequest) -> Iterator[tuple[HeldThread, Any]]:
    """A page on which something goes on, and what leads it."""
    speak_language(make_application(), "en")
    make_page: Callable[[], QWidget]
    lead: Callable[[QWidget, DeskSession], Any]
    make_page, lead, found = request.param
    page, thread = make_page(), HeldThread()
    flow = lead(page, make_desk_session(thread))
    page.show()
    flow.enter(SITE)
    thread.answer(found)
    yield thread, flow
    page.close()


def test_a_cut_line_does_not_end_the_looking(at_work: tuple[HeldThread, Any]) -> None:
    """The server comes back, and so does how far it is: nobody has to press for it."""
    thread, flow = at_work
    for _try in range(3):
        assert flow._timer.isActive()
        flow._timer.stop()
        flow._timer.timeout.emit()
        thread.refuse(CUT)
    assert flow._timer.isActive()


def test_an_act_on_a_list_whose_answer_was_lost_is_looked_at() -> None:
    """It may have been done; where the server has refused it, nothing is looked for."""
    speak_language(make_application(), "en")
    page, thread = GuestListPage(), HeldThread()
    flow = GuestListFlow(page, make_desk_session(thread))
    flow.enter(SITE)
    thread.answer(msgspec.structs.replace(PLACING, state="checked"))
    page.taken.emit(False)
    thread.refuse(CUT)
    assert flow._timer.isActive()
    flow._timer.stop()
    page.taken.emit(False)
    thread.refuse(Refused("It is taken already.", (), problem="conflict", status=409))
    assert not flow._timer.isActive()
