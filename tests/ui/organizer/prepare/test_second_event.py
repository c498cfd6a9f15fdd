"""A second event is most often at the place of the first, wherever the laptop thinks it is."""

from __future__ import annotations

from tests.ui.organizer import test_organizer_desk as desk

hand = desk.hand
VENUE = "Pacific/Auckland"


def test_a_second_event_is_offered_the_time_zone_of_the_first(hand: desk.Hand) -> None:
    """Else its doors open at another hour than was meant."""
    desk.begin(hand)
    assert hand.desk.flow is not None
    making = hand.desk.flow.making
    assert making.draft is not None
    making.draft.timezone.setCurrentText(VENUE)
    desk.draft_an_evening(hand)
    hand.click("newEvent")
    hand.wait("deskDraft")
    assert making.draft.timezone.zone == VENUE
