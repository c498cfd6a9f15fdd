"""What both sides make of an enrolment code, so that the code itself is never sent.

A code has 80 random bits, so that nobody finds it by trying against what passes on the wire. Three
keys come of it, none of which tells another: an id by which the server finds the code, a signing
key with which the device proves that it knows it, and a secret for the codes of the request and
its answer (`shared/wire/proof.py`, channel 0), by which the server proves that it issued it. Of
the signing key the server keeps the public half only: who reads its database enrols nothing.
"""

from __future__ import annotations

from typing import Final

import msgspec

from shared.kernel.ed25519 import SigningKey, is_valid, sha256
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId
from shared.kernel.ids import CROCKFORD
from shared.kernel.ports import Entropy
from shared.kernel.trouble import TroubleKind
from shared.wire.enrol import ENROL_PATH, EnrolRequest
from shared.wire.proof import RequestProof, prove_request

CODE_CHARACTERS: Final = 16
"""Of 5 bits each: 80 bits."""
ENROL_CHANNEL: Final = 0
"""Stands in the proofs' headers where an enrolment code is the secret; channel keys begin at 1."""
ENROL_CONTEXT: Final = b"gatekeeper/enrol/2"
ENROL_AGAIN_CONTEXT: Final = b"gatekeeper/enrol-again/2"
ENROL_CODE_CONTEXT: Final = b"gatekeeper/enrol-code/1"
_GROUP: Final = 4
_SEED: Final = b"gatekeeper/enrolment/1\0"
_ID: Final = b"gatekeeper/enrol-id/1\0"
_SIGNER: Final = b"gatekeeper/enrol-signer/1\0"
_SECRET: Final = b"gatekeeper/enrol-secret/1\0"
_MISREAD: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


class CodeKeys(msgspec.Struct, frozen=True):
    """What a code is good for.

    Attributes:
        code_id: 32 bytes; found by everybody who sees an enrolment, and tells nothing.
        signer: Whoever has it knows the code.
        secret: 32 bytes, the key of both codes of channel 0.
    """

    code_id: bytes
    signer: SigningKey
    secret: bytes


def draw_code(entropy: Entropy) -> str:
    """Draw a code and spell it in groups, like `7K2M-9Q4T-1X0C-8F3Z`."""
    drawn = entropy.random_bytes(CODE_CHARACTERS)
    text = "".join(CROCKFORD[byte & 31] for byte in drawn)
    return "-".join(text[at : at + _GROUP] for at in range(0, CODE_CHARACTERS, _GROUP))


def code_keys(code: str) -> CodeKeys:
    """Derive a code's keys, however it was typed: any case, O for 0, I or L for 1.

    Raises:
        Malformed: if, hyphens and spaces apart, it is not `CODE_CHARACTERS` of Crockford's.
    """
    plain = code.upper().translate(_MISREAD)
    if len(plain) != CODE_CHARACTERS or not set(plain) <= set(CROCKFORD):
        message = (
            f"an enrolment code has {CODE_CHARACTERS} letters and digits, like"
            f" 7K2M-9Q4T-1X0C-8F3Z; this one has {len(plain)}, or one that no code has"
        )
        raise Malformed(message, kind=TroubleKind.PAIRING_CODE)
    return derive_keys(sha256(_SEED + plain.encode()))


def derive_keys(seed: bytes) -> CodeKeys:
    """Derive a code's keys from its hash; servers of before kept that."""
    return CodeKeys(sha256(_ID + seed), SigningKey(sha256(_SIGNER + seed)), sha256(_SECRET + seed))


def sign_enrolment(
    keys: CodeKeys, key: SigningKey, *, name: str, program: str, device_id: DeviceId | None = None
) -> EnrolRequest:
    """Make a device's request; `device_id` is its former id, if it has had one."""
    context, said = _said(keys.code_id, key.public_key, device_id)
    return EnrolRequest(
        code_id=keys.code_id.hex(),
        public_key=key.public_key.hex(),
        proof=key.sign(context, said).hex(),
        code_proof=keys.signer.sign(ENROL_CODE_CONTEXT, said).hex(),
        name=name,
        program=program,
        device_id=device_id,
    )


def prove_enrolment(keys: CodeKeys, nonce: bytes, body: bytes) -> RequestProof:
    """Prove a request's body, which is sent to `ENROL_PATH`, under a fresh nonce."""
    return prove_request(keys.secret, ENROL_CHANNEL, nonce, "POST", ENROL_PATH, body)


def is_key_proven(request: EnrolRequest) -> bool:
    """Tell whether who asks has the private half of the device's key."""
    public_key = bytes.fromhex(request.public_key)
    context, said = _said(bytes.fromhex(request.code_id), public_key, request.device_id)
    return is_valid(public_key, bytes.fromhex(request.proof), context, said)


def is_code_proven(request: EnrolRequest, signer: bytes) -> bool:
    """Tell whether who asks knows the code, by the public half of its signing key."""
    public_key = bytes.fromhex(request.public_key)
    _, said = _said(bytes.fromhex(request.code_id), public_key, request.device_id)
    return is_valid(signer, bytes.fromhex(request.code_proof), ENROL_CODE_CONTEXT, said)


def _said(code_id: bytes, public_key: bytes, device_id: DeviceId | None) -> tuple[bytes, bytes]:
    said = code_id + public_key
    if device_id is None:
        return ENROL_CONTEXT, said
    return ENROL_AGAIN_CONTEXT, said + device_id.encode()
