"""Signatures as Standard Webhooks 1.0.0 has them."""

from __future__ import annotations

import pytest

from server.webhooks.signing import read_secret, sign, spell_secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_specifications_own_example_is_signed_alike() -> None:
    """The example of Standard Webhooks 1.0.0."""
    assert sign([read_secret(SECRET)], MESSAGE, AT, BODY) == SIGNED


def test_while_one_secret_takes_the_place_of_another_each_signs() -> None:
    """A receiver finds the signature of the secret that it has."""
    other = sign([bytes(32)], MESSAGE, AT, BODY)
    assert sign([read_secret(SECRET), bytes(32)], MESSAGE, AT, BODY) == f"{SIGNED} {other}"


def test_a_secret_is_read_as_it_is_spelled() -> None:
    """With its prefix, and only so."""
    assert read_secret(spell_secret(bytes(range(32)))) == bytes(range(32))
    with pytest.raises(ValueError, match="begins with whsec_"):
        read_secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
