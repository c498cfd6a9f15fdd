"""Proofs of direct requests and answers: each bears a code that only its two ends can make.

A device and the server share a key that neither has sent: it is agreed on between the device's
own key and the server's channel key, which the organization's root certifies. Every request of
the device bears a BLAKE2b code under it, over what is asked and a fresh nonce; the answer's code
covers the request's. So whoever stands in between can neither ask in the device's name nor
answer in the server's, nor give one request's answer to another, on plain HTTP too. No clock and
no counter refuses: a request may be repeated as it is.

Where third parties must believe, Ed25519 signs; these codes prove nothing to them.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import Malformed
from shared.kernel.id_types import OrganizationId
from shared.kernel.key_agreement import agree_on_key
from shared.kernel.message_authentication_codes import TAG_SIZE, is_tagged, tag
from shared.manifest.signed_document import Certified, KeyCertificate, open_certificate

PROOF_HEADER: Final = "gatekeeper-proof"
PROOF_VERSION: Final = 1
NONCE_SIZE: Final = 16
CHANNEL_PURPOSE: Final = "channel"
CHANNEL_NUMBER_MAX: Final = (1 << 31) - 1
"""Channel keys are counted from 1, for each organization by itself."""
KEY_PURPOSE: Final = b"gatekeeper/chan1"
_REQUEST: Final = b"gatekeeper/request/1\0"
_ANSWER: Final = b"gatekeeper/answer/1\0"
_PROOF_PARTS: Final = 4
_NUMBER_SIZE: Final = 4
_STATUS_SIZE: Final = 2
_ANSWER_HEADER_SIZE: Final = 2 * TAG_SIZE

CertificateHex = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]+$", max_length=1024)]
SignatureHex = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{128}$")]


class ChannelText(msgspec.Struct, frozen=True):
    """A channel key's certificate as JSON carries it.

    Attributes:
        certificate: The encoded `KeyCertificate` in hex.
        signature: The root's over it, in hex.
    """

    certificate: CertificateHex
    signature: SignatureHex

    @classmethod
    def of(cls, certified: Certified) -> ChannelText:
        """Spell a certificate."""
        return cls(certified.certificate.hex(), certified.signature.hex())

    def read(self) -> Certified:
        """Return the certificate, not yet verified.

        Raises:
            Malformed: if it is not hexadecimal.
        """
        try:
            return Certified(bytes.fromhex(self.certificate), bytes.fromhex(self.signature))
        except ValueError:
            raise Malformed("the server's channel certificate is not hexadecimal") from None


class RequestProof(msgspec.Struct, frozen=True):
    """What a request's header says.

    Attributes:
        channel: Number of the channel key under which the code was made.
        nonce: Drawn by the device, `NONCE_SIZE` bytes.
        code: Over the request, `TAG_SIZE` bytes.
    """

    channel: int
    nonce: bytes
    code: bytes

    def format(self) -> str:
        """Spell the header's value."""
        return f"{PROOF_VERSION} {self.channel} {self.nonce.hex()} {self.code.hex()}"


def parse_request_proof(text: str) -> RequestProof | None:
    """Read a request's header; None if it is none of this version."""
    parts = text.split(" ")
    if len(parts) != _PROOF_PARTS or parts[0] != str(PROOF_VERSION):
        return None
    _, number, nonce, code = parts
    if not (number.isascii() and number.isdigit()) or len(number) > len(str(CHANNEL_NUMBER_MAX)):
        return None
    channel = int(number)
    if channel > CHANNEL_NUMBER_MAX:
        return None
    try:
        proof = RequestProof(channel, bytes.fromhex(nonce), bytes.fromhex(code))
    except ValueError:
        return None
    is_whole = len(proof.nonce) == NONCE_SIZE and len(proof.code) == TAG_SIZE
    return proof if is_whole else None


def channel_secret(key: SigningKey, public_key: bytes) -> bytes:
    """Return the 32-byte key of a device and a server's channel key, from one's own half.

    Raises:
        BadInput: if the other's key cannot be used for it.
    """
    return agree_on_key(key, public_key, KEY_PURPOSE)


def prove_request(
    secret: bytes, channel: int, nonce: bytes, method: str, target: str, body: bytes
) -> RequestProof:
    """Make a request's proof.

    Args:
        secret: From `channel_secret`.
        channel: The channel key's number.
        nonce: Fresh, `NONCE_SIZE` bytes.
        method: As it is sent, in capitals.
        target: The path below the server's own address, with its query as it is sent.
        body: Whole.
    """
    return RequestProof(
        channel, nonce, tag(secret, _request(channel, nonce, method, target, body))
    )


def is_request_proven(
    secret: bytes, proof: RequestProof, method: str, target: str, body: bytes
) -> bool:
    """Tell whether a request is what the other end of a secret has sent."""
    said = _request(proof.channel, proof.nonce, method, target, body)
    return is_tagged(secret, said, proof.code)


def prove_answer(secret: bytes, request_code: bytes, status: int, body: bytes) -> str:
    """Make the header's value of an answer to the request with that code."""
    return tag(secret, _answer(request_code, status, body)).hex()


def is_answer_proven(
    secret: bytes, request_code: bytes, status: int, body: bytes, header: str
) -> bool:
    """Tell whether an answer is the other end's to the request with that code."""
    if len(header) != _ANSWER_HEADER_SIZE:
        return False
    try:
        code = bytes.fromhex(header)
    except ValueError:
        return False
    return len(code) == TAG_SIZE and is_tagged(secret, _answer(request_code, status, body), code)


def _request(channel: int, nonce: bytes, method: str, target: str, body: bytes) -> bytes:
    # Neither method nor target holds a zero byte, and the rest but the body is of fixed size.
    return b"".join(
        (
            _REQUEST,
            channel.to_bytes(_NUMBER_SIZE, "big"),
            nonce,
            method.encode(),
            b"\0",
            target.encode("utf-8", "surrogatepass"),
            b"\0",
            body,
        )
    )


def _answer(request_code: bytes, status: int, body: bytes) -> bytes:
    return b"".join((_ANSWER, request_code, status.to_bytes(_STATUS_SIZE, "big"), body))


def open_channel_certificate(
    certified: Certified, *, root_public_key: bytes, organization_id: OrganizationId
) -> KeyCertificate:
    """Verify a channel key's certificate down from the organization's root.

    Raises:
        BadSignature: if the root has not signed it, for a channel of this organization.
        Malformed: if what was signed is not of its form, or the key cannot be used.
    """
    certificate = open_certificate(
        certified,
        CHANNEL_PURPOSE,
        root_public_key=root_public_key,
        organization_id=organization_id,
    )
    if not 0 < certificate.key_id <= CHANNEL_NUMBER_MAX:
        raise Malformed("the server's channel key has no possible number")
    return certificate
