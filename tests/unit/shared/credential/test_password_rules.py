"""Which passwords are too easily guessed at an event's office."""

from __future__ import annotations

import pytest

from shared.credential.password_rules import PasswordFlaw, find_password_flaw


@pytest.mark.parametrize(
    "password", ["Festival2026!", "theatre-2026!!", "Concert123456", "tickets123456"]
)
def test_word_of_the_trade_with_a_year_is_common(password: str) -> None:
    """Anybody who guesses at an organizer's begins there."""
    assert find_password_flaw(password) is PasswordFlaw.COMMON


def test_words_that_have_nothing_to_do_with_each_other_are_taken() -> None:
    """The trade's among them."""
    assert find_password_flaw("festival under gray lamps") is None
