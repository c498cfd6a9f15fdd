"""Making credentials: for the server's issuing and the till's delegated issuing only."""

from __future__ import annotations

from shared.credential.codec import encode_body
from shared.credential.credential_fields import Claims
from shared.credential.sizes_and_bounds import CONTEXT
from shared.kernel.ed25519 import SigningKey


def sign_credential(claims: Claims, key: SigningKey) -> bytes:
    """Return the credential's bytes: 83 for a printed one, 90 for one bound to a tag.

    Raises:
        BadInput: if a claim does not fit the layout.
    """
    body = encode_body(claims)
    return body + key.sign(CONTEXT, body)
