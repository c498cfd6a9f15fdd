"""What is kept of the badges that a supervisor had before."""

from __future__ import annotations

from server.supervisors.former_badges import (
    FORMER_BADGES_MAX,
    FormerBadge,
    add_former,
    read_former,
)
from shared.kernel.instant import Instant


def test_each_badge_counts_from_the_one_before_until_the_next() -> None:
    """The first from its holder's first day on; nobody has had one at first."""
    assert read_former(None) == ()
    kept = add_former(None, b"one", created_at=Instant(5), now=Instant(10))
    kept = add_former(kept, b"two", created_at=Instant(5), now=Instant(30))
    assert read_former(kept) == (
        FormerBadge(b"one", Instant(5), Instant(10)),
        FormerBadge(b"two", Instant(10), Instant(30)),
    )


def test_the_newest_are_kept() -> None:
    """A row of the database does not grow for ever."""
    kept = None
    for number in range(FORMER_BADGES_MAX + 5):
        kept = add_former(kept, bytes([number]), created_at=Instant(0), now=Instant(number + 1))
    held = read_former(kept)
    assert [one.sign_key for one in held] == [bytes([n]) for n in range(5, FORMER_BADGES_MAX + 5)]
