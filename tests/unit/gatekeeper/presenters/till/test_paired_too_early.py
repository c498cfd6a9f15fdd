"""What a till says whose event was not handed over, or whose crew has no badges yet."""

from __future__ import annotations

import pytest

from gatekeeper.presenters.till.state import TillFacts, TillState, TillStep
from gatekeeper.presenters.till.which_screen import show
from gatekeeper.wording.texts import TEXTS


@pytest.mark.parametrize(
    ("mode", "why"), [("online", "under “Doors ready”"), ("offline", "cannot be reached")]
)
def test_a_till_without_an_event_asks_for_no_badge(mode: str, why: str) -> None:
    """It had the float counted in no currency, and refused it then."""
    early = TillFacts(mode=mode)
    screen = show(TillState(step=TillStep.WHO, facts=early))
    assert screen.title == TEXTS.say("till.starting")
    assert why in screen.label
    ready = show(TillState(step=TillStep.WHO, facts=early._replace(event="Fair")))
    assert ready.title == TEXTS.say("till.scan_badge")


def test_a_till_that_nobody_may_open_says_where_badges_are_made() -> None:
    """It asked "Who opens the shift?" of a crew that had no badge at all."""
    facts = TillFacts(event="Fair", badges=frozenset())
    screen = show(TillState(step=TillStep.WHO, facts=facts))
    assert "under “People”" in screen.label
