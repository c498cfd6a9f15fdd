"""How often manual codes may be guessed."""

from __future__ import annotations

import pytest

from server.db.rate_limit_over_workers import Limit, MemoryLimiter
from shared.admission.code_guessing import MISSES_AT_ONCE, GuessLimit
from shared.kernel.instant import MINUTE, SECOND, Instant

NOW = Instant(1_700_000_000 * SECOND)
NEVER = Instant(0)


def misses_until_closed(
    limit: GuessLimit, now: Instant, mark: Instant = NEVER
) -> tuple[int, Instant]:
    """Miss until a person must look; returns how often, and the mark."""
    count = 0
    while not limit.is_closed(mark, now):
        mark, count = limit.missed(mark, now), count + 1
    return count, mark


def test_ten_misses_at_once_then_one_a_minute() -> None:
    """The default: a device that has missed ten times may try one more each minute."""
    limit = GuessLimit()
    count, mark = misses_until_closed(limit, NOW)
    assert count == MISSES_AT_ONCE
    assert limit.is_closed(mark, Instant(NOW + MINUTE - 1))
    assert misses_until_closed(limit, NOW + 3 * MINUTE, mark)[0] == 3


@pytest.mark.parametrize("per_minute", [1, 2, 10, 20, 600])
def test_in_the_long_run_a_device_misses_as_often_as_the_organizer_allows(per_minute: int) -> None:
    """An hour of guessing gives the setting's number a minute, beyond what is free at once."""
    limit, mark, count = GuessLimit(per_minute), NEVER, 0
    for second in range(3600):
        more, mark = misses_until_closed(limit, NOW + second * SECOND, mark)
        count += more
    assert abs(count - (limit.count + 60 * per_minute)) <= per_minute


def test_gate_reckons_as_the_ledgers_counter_does() -> None:
    """The same misses at the same instants close both or neither."""
    limit, mark, counter = GuessLimit(7), NEVER, MemoryLimiter()
    kept = Limit("manual", limit.count, limit.window)
    for step in range(500):
        now = NOW + step * step * SECOND // 9
        is_closed = limit.is_closed(mark, now)
        assert counter.take(kept, "dv_1", now).is_allowed is not is_closed
        if not is_closed:
            mark = limit.missed(mark, now)
