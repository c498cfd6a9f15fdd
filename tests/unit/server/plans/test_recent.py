"""What a bounded memory keeps, and what it forgets."""

from __future__ import annotations

from server.plans.recent import Recent


def test_recent_forgets_one_at_a_time_what_was_not_asked_for_the_longest() -> None:
    """More than it holds costs what is used least, never everything at once."""
    kept: Recent[str, int] = Recent(3)
    for number, key in enumerate("abc", 1):
        kept.put(key, number)
    assert kept.get("a") == 1
    kept.put("d", 4)
    assert [kept.get(key) for key in "abcd"] == [1, None, 3, 4]


def test_recent_keeps_the_newest_value_of_a_key() -> None:
    """Putting again replaces, and takes no further room."""
    kept: Recent[str, int] = Recent(2)
    kept.put("a", 1)
    kept.put("b", 2)
    kept.put("a", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (3, 2, None)
