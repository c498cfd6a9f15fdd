"""The till's keys on the screen write what codes are made of."""

from __future__ import annotations

from gatekeeper.presenters.manual_entry import CHECK_KEYS, CODE_KEYS
from gatekeeper.presenters.till.keypad import LETTERS, is_letter


def test_each_sign_of_a_code_has_a_key() -> None:
    """Of ours with its check symbol, and the marks that other box offices use."""
    assert {*CODE_KEYS, *CHECK_KEYS, *" #:+=-_./"} <= {*LETTERS}
    assert len(LETTERS) == len({*LETTERS})
    assert is_letter("#", is_name=False)
    assert not is_letter("ж", is_name=False)
