"""A gate's list on paper at the page of devices: what is offered while one is made."""

from __future__ import annotations

import msgspec

from gatekeeper.organizer.before_doors.gate_paper_lists_client import ListFacts
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.before_doors.gate_paper_list_card import GateListCard, GateListFlow
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread


def test_a_list_that_is_made_shows_how_far_it_is_and_can_be_stopped() -> None:
    """Another one is offered when it is over; without a gate none is."""
    speak_language(make_application(), "en")
    card = GateListCard()
    stopped: list[bool] = []
    card.stopped.connect(lambda: stopped.append(True))
    assert not card.go.isEnabled()
    card.show_gates({"gt_1": "North", "gt_2": "South"})
    assert card.go.isEnabled()
    card.show_progress(45, 100_000)
    assert not card.go.isEnabled()
    assert (card.progress.value(), card.progress.maximum()) == (45, 100_000)
    card.stop.click()
    assert stopped == [True]
    card.show_idle("Stopped; nothing was saved.")
    assert card.go.isEnabled()
    assert card.stop.isHidden()
    assert card.note.text() == "Stopped; nothing was saved."


def test_names_that_the_list_cannot_show_are_told_before_it_is_printed() -> None:
    """At the door it is too late: nobody is found by a row of signs."""
    speak_language(make_application(), "en")
    card, thread = GateListCard(), HeldThread()
    flow = GateListFlow(card, make_desk_session(thread))
    flow.enter(EventSite(OrganizationId("og_1"), EventId("ev_1")))
    facts = ListFacts(
        plan=3,
        tickets=40,
        by_name=40,
        by_code=40,
        nowhere=0,
        homeless=0,
        doubles_possible=False,
        unreadable=7,
    )
    flow.save("gt_1", "North.pdf")
    thread.answer(facts)
    assert "no font for: 7" in card.note.text()
    assert card.note.property("role") == "bad"
    flow.save("gt_1", "North.pdf")
    thread.answer(msgspec.structs.replace(facts, unreadable=0))
    assert card.note.property("role") == "good"
