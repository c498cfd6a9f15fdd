"""The key by which a request of the desk is done once."""

from __future__ import annotations

from gatekeeper.organizer.retry_key import RetryKey
from tests.fakes.entropy import SeededEntropy


def test_the_same_has_one_key_until_something_else_is_meant_or_it_is_forgotten() -> None:
    """Whoever asks again because no answer came is to have it once."""
    key = RetryKey[str](SeededEntropy())
    first = key.of("ten")
    assert key.of("ten") == first
    other = key.of("twenty")
    again = key.of("ten")
    key.forget()
    assert len({first, other, again, key.of("ten")}) == 4
