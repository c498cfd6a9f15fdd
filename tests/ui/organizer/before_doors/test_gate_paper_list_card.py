"""A gate's list on paper at the page of devices: what is offered while one is made."""

from __future__ import annotations

from gatekeeper.ui.application import make_application
from gatekeeper.ui.language import speak_language
from gatekeeper.ui.organizer.before_doors.gate_paper_list_card import GateListCard


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
