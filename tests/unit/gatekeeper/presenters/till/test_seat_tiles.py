"""What a tile says of a type whose tickets have seats."""

from __future__ import annotations

import pytest

from gatekeeper.presenters.till.state import TillState, TillStep
from gatekeeper.presenters.till.which_screen import show
from tests.factories.till_facts import seatless_facts


@pytest.mark.parametrize("is_live", [True, False])
def test_a_cut_off_till_without_seats_does_not_say_that_there_are_none(*, is_live: bool) -> None:
    """The hall may be half empty; nobody is sent away for it."""
    state = TillState(step=TillStep.SELL, facts=seatless_facts(is_live=is_live))
    tile = next(one for one in show(state).ways if one.key == "type:1")
    assert not tile.is_enabled
    assert ("server" in tile.hint, "0 left" in tile.hint) == (not is_live, is_live)
