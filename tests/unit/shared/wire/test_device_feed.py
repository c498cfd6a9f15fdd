"""Words on homes as they are read from others."""

from __future__ import annotations

import pytest

from shared.admission.reasons import Reason
from shared.wire.device_feed import read_kept


@pytest.mark.parametrize("reason", ["moonlight", "", "ok", "override", "supervisor"])
def test_home_that_does_not_deny_has_kept_the_entry_all_the_same(reason: str) -> None:
    """What is no denial that this version knows lets nobody in."""
    assert read_kept(reason) is Reason.OFFLINE_POLICY


def test_home_says_why_it_keeps_the_entry() -> None:
    """A denial is passed on as it is."""
    assert read_kept("already_used") is Reason.ALREADY_USED
