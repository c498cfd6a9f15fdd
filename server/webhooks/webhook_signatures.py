"""Secrets and signatures of messages, as Standard Webhooks 1.0.0 has them. Pure.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

ID_HEADER: Final = "webhook-id"
TIME_HEADER: Final = "webhook-timestamp"
SIGNATURE_HEADER: Final = "webhook-signature"
SECRET_SIZE: Final = 32
"""Random bytes; the specification asks for 24 to 64."""


def spell_secret(secret: bytes) -> str:
    """Write a secret as receivers' libraries take it."""
    return "whsec_" + base64.b64encode(secret).decode()


def sign(secrets: Sequence[bytes], message_id: str, timestamp_s: int, body: bytes) -> str:
    """Return what the header `webhook-signature` says.

    Args:
        secrets: All that are valid now: while one takes the place of another, each signs.
        message_id: Without a dot.
        timestamp_s: Unix seconds of this attempt.
        body: The very bytes that are sent.
    """
    assert "." not in message_id
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp_s, body)
    found = [hmac.new(secret, signed, hashlib.sha256).digest() for secret in secrets]
    return " ".join(f"v1,{base64.b64encode(one).decode()}" for one in found)
