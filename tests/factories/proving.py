"""What a test's own HTTP client needs to speak as an enrolled device: its proofs."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import msgspec

from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.profile import DEVICE_KEY_NAME, load_key
from shared.kernel.ed25519 import SigningKey
from shared.kernel.packing import unpack
from shared.manifest.signed_document import Certified, KeyCertificate
from shared.wire.proof import (
    NONCE_SIZE,
    PROOF_HEADER,
    ChannelText,
    channel_secret,
    is_answer_proven,
    parse_request_proof,
    prove_request,
)

_CERTIFICATE: Final = msgspec.msgpack.Decoder(KeyCertificate)
_CERTIFIED: Final = msgspec.msgpack.Decoder(Certified)
_KNOWN: dict[str, Shared] = {}
_drawn = 0


class Shared(NamedTuple):
    """What a device shares with its server."""

    secret: bytes
    channel: int


def know(token: str, key: SigningKey, channel: dict[str, Any]) -> None:
    """Let every `Proven` client speak for a device, by its answer's `channel`."""
    text = msgspec.convert(channel, ChannelText)
    certificate = unpack(text.read().certificate, _CERTIFICATE, "a certificate")
    _KNOWN[token] = Shared(channel_secret(key, certificate.public_key), certificate.key_id)


def know_devices(load: dict[str, Any]) -> list[str]:
    """Let `Proven` clients speak for the devices of a seeded event; returns their tokens."""
    channel = load["channel"]
    for device in load["devices"]:
        key = SigningKey(bytes.fromhex(device["seed"]))
        secret = channel_secret(key, bytes.fromhex(channel["public_key"]))
        _KNOWN[device["token"]] = Shared(secret, channel["number"])
    return [device["token"] for device in load["devices"]]


def know_folder(folder: Path) -> str:
    """Let `Proven` clients speak for the device that a folder holds; returns its token."""
    profile = json.loads((folder / "profile.json").read_text())
    certified = unpack((folder / "channel.certificate").read_bytes(), _CERTIFIED, "a certificate")
    key = load_key(FolderDisk(folder), DEVICE_KEY_NAME)
    token: str = profile["token"]
    know(token, key, msgspec.structs.asdict(ChannelText.of(certified)))
    return token


def proof_headers(token: str, method: str, target: str, body: bytes = b"") -> dict[str, str]:
    """Return what a request of a device carries."""
    global _drawn  # noqa: PLW0603 - every nonce of a test run is another one
    _drawn += 1
    shared, nonce = _KNOWN[token], _drawn.to_bytes(NONCE_SIZE, "big")
    proof = prove_request(shared.secret, shared.channel, nonce, method, target, body)
    return {"authorization": f"Bearer {token}", PROOF_HEADER: proof.format()}


class Proven(httpx.Auth):
    """Proves the requests of devices that are known here, and checks each answer's proof."""

    requires_request_body = True
    requires_response_body = True

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add a proof where a known device's token stands and nobody has proven anything."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in _KNOWN or PROOF_HEADER in request.headers:
            yield request
            return
        target = request.url.raw_path.decode()
        headers = proof_headers(token, request.method, target, request.content)
        request.headers[PROOF_HEADER] = headers[PROOF_HEADER]
        response = yield request
        if response.is_success:
            proof = parse_request_proof(headers[PROOF_HEADER])
            assert proof is not None
            said = response.headers.get(PROOF_HEADER, "")
            secret, status = _KNOWN[token].secret, response.status_code
            assert is_answer_proven(secret, proof.code, status, response.content, said)
