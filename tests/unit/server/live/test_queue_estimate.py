"""What a gate's scans tell of its queue, and what they do not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.live.queue_estimate import BEST_MIN, estimate_waiting


def test_a_gate_that_has_shown_little_tells_nothing() -> None:
    """A few scans say nothing of how fast it can be."""
    assert estimate_waiting([]) is None
    assert estimate_waiting([1, 2, BEST_MIN - 1]) is None


def test_the_busier_the_longer() -> None:
    """Half busy there is hardly a queue; at its best minute's pace it is long, and bounded."""
    half = estimate_waiting([40, 20, 20, 20])
    full = estimate_waiting([40, 40, 40, 40])
    assert half is not None
    assert full is not None
    assert half.persons < 1
    assert 10 < full.persons < 20
    assert full.seconds > half.seconds


@given(st.lists(st.integers(min_value=0, max_value=2_000), max_size=60))
def test_an_estimate_is_never_absurd(scans: list[int]) -> None:
    """No negative queue, and none that grows without end."""
    found = estimate_waiting(scans)
    if found is not None:
        assert 0 <= found.persons < 20
        assert 0 <= found.seconds < 200
