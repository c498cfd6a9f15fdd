"""Who sends a request of the load generator: an enrolled device, by its proofs."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec

from shared.kernel.ed25519 import SigningKey
from shared.wire.proof import NONCE_SIZE, PROOF_HEADER, channel_secret, prove_request


class Sender(msgspec.Struct, frozen=True):
    """A device of a seeded event; one without a secret is a thin scanner.

    Attributes:
        token: Its bearer token.
        channel: The number of the server's channel key.
        secret: What it shares with the server.
    """

    token: str
    channel: int = 0
    secret: bytes = b""

    def headers(self, method: str, target: str, body: bytes = b"") -> str:
        """Return the lines of a request that say who sends it."""
        said = f"Authorization: Bearer {self.token}\r\n"
        if not self.secret:
            return said
        nonce = secrets.token_bytes(NONCE_SIZE)
        proof = prove_request(self.secret, self.channel, nonce, method, target, body)
        return f"{said}{PROOF_HEADER}: {proof.format()}\r\n"


def senders_of(load: dict[str, Any]) -> list[Sender]:
    """Return the devices of a seeded event."""
    channel = load["channel"]
    public_key = bytes.fromhex(channel["public_key"])
    return [
        Sender(
            device["token"],
            channel["number"],
            channel_secret(SigningKey(bytes.fromhex(device["seed"])), public_key),
        )
        for device in load["devices"]
    ]
