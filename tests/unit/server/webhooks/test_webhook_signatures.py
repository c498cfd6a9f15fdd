"""Signatures as Standard Webhooks 1.0.0 has them."""

from __future__ import annotations

import base64

from server.webhooks.webhook_signatures import sign, spell_secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
MESSAGE, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_specifications_own_example_is_signed_alike() -> None:
    """The example of Standard Webhooks 1.0.0."""
    assert sign([KEY], MESSAGE, AT, BODY) == SIGNED


def test_while_one_secret_takes_the_place_of_another_each_signs() -> None:
    """A receiver finds the signature of the secret that it has."""
    other = sign([bytes(32)], MESSAGE, AT, BODY)
    assert sign([KEY, bytes(32)], MESSAGE, AT, BODY) == f"{SIGNED} {other}"


def test_a_secret_is_spelled_as_receivers_libraries_read_it() -> None:
    """With its prefix, in base64."""
    assert spell_secret(KEY) == SECRET
