"""Codes of messages under a key that two devices share."""

from __future__ import annotations

from shared.kernel.key_agreement import agree_on_key
from shared.kernel.message_authentication_codes import TAG_SIZE, is_tagged, tag
from tests.factories.house import make_key

A, B, C = make_key(1), make_key(2), make_key(3)


def test_tag_holds_for_its_message_and_key_alone() -> None:
    """A changed message, key or code is noticed."""
    key = agree_on_key(A, B.public_key, b"lan")
    code = tag(key, b"message")
    assert len(code) == TAG_SIZE
    assert is_tagged(key, b"message", code)
    assert not is_tagged(key, b"messagE", code)
    assert not is_tagged(agree_on_key(A, C.public_key, b"lan"), b"message", code)
    assert not is_tagged(key, b"message", code[:-1])
