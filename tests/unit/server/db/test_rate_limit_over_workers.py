"""GCRA in memory: a burst up to the limit, then one per step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.db.rate_limit_over_workers import Limit, MemoryLimiter
from shared.kernel.instant import MINUTE, SECOND, Instant

LIMIT = Limit("probe", 10, MINUTE)


def test_a_burst_of_the_limit_passes_then_one_per_step() -> None:
    """Ten at once; the eleventh after six seconds, as it is told."""
    limiter = MemoryLimiter()
    allowed = [limiter.take(LIMIT, "a", Instant(0)) for _ in range(12)]
    assert [found.is_allowed for found in allowed] == [True] * 10 + [False] * 2
    assert [found.remaining for found in allowed[:3]] == [9, 8, 7]
    assert allowed[-1].retry_after_s == 6
    assert not limiter.take(LIMIT, "a", Instant(6 * SECOND - 1)).is_allowed
    assert limiter.take(LIMIT, "a", Instant(6 * SECOND)).is_allowed
    assert limiter.take(LIMIT, "b", Instant(0)).is_allowed


@given(st.lists(st.integers(0, 20 * SECOND), min_size=1, max_size=300))
def test_no_window_lets_more_than_twice_the_limit_through(gaps: list[int]) -> None:
    """Whatever the arrivals: within any window at most the burst and the steps pass."""
    limiter, now, passed = MemoryLimiter(), 0, []
    for gap in gaps:
        now += gap
        if limiter.take(LIMIT, "a", Instant(now)).is_allowed:
            passed.append(now)
    for start in passed:
        inside = sum(start <= at < start + LIMIT.window_us for at in passed)
        assert inside <= 2 * LIMIT.count


def test_a_request_that_was_overtaken_does_not_begin_the_limit_anew() -> None:
    """Of requests at once one may bear an earlier time."""
    limiter = MemoryLimiter()
    times = [Instant(60 * MINUTE - ago) for ago in (0, 1, SECOND, MINUTE)]
    allowed = [limiter.take(LIMIT, "a", at).is_allowed for at in times[:1] * 10 + times]
    assert allowed == [True] * 10 + [False] * 4


def test_a_flood_of_clients_does_not_fill_the_memory() -> None:
    """The table of counters is bounded."""
    limiter = MemoryLimiter(clients_max=100)
    for client in range(1_000):
        assert limiter.take(LIMIT, str(client), Instant(0)).is_allowed
    assert len(limiter._tats) <= 100
