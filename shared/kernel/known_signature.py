"""Proves that one knows an Ed25519 signature, for one purpose, without showing it.

A signature is a point R and a number S with S·B = R + h·A. Whoever knows it has, with S, the
private key of the point R + h·A, which everybody can work out from R, the signer's key and what
was signed. With that key one signs a word of one's own. The proof is R and that second signature:
who reads it learns neither S nor how to sign another word. (The construction is the identity-based
signature of Galindo and Garcia, AFRICACRYPT 2009.) The arithmetic is libsodium's.

Source:
    docs/decisions/0038-seen-codes.md
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

import msgspec
from nacl import bindings
from nacl.exceptions import CryptoError

from shared.kernel.ed25519 import PUBLIC_KEY_SIZE, SIGNATURE_SIZE, SigningKey, is_valid

PROOF_SIZE: Final = 32 + SIGNATURE_SIZE
_HALF: Final = 32
_NONCE_CONTEXT: Final = b"gatekeeper/known/nonce/1\0"


class KnownProof(msgspec.Struct, frozen=True, array_like=True):
    """A proof of a known signature, with all that it is checked by.

    Attributes:
        proof: 96 bytes, if it is any.
        public_key: Whose signature is known.
        signed: Over what, with its own context.
        context: Of the word.
        word: What is said with the proof.
    """

    proof: bytes
    public_key: bytes
    signed: bytes
    context: bytes
    word: bytes


def prove_known(signature: bytes, *, context: bytes, word: bytes) -> bytes:
    """Return 96 bytes that prove for one word that a signature is known.

    Args:
        signature: A valid one, 64 bytes; of another the proof is none.
        context: Of the word.
        word: What is said with it.
    """
    first, secret = signature[:_HALF], signature[_HALF:]
    # S·B, which is R + h·A of a valid signature, at a fifth of the cost.
    point: bytes = bindings.crypto_scalarmult_ed25519_base_noclamp(secret)
    said = context + b"\0" + word
    nonce = _number(_NONCE_CONTEXT + secret + point + said)
    commitment: bytes = bindings.crypto_scalarmult_ed25519_base_noclamp(nonce)
    challenge = _number(commitment + point + said)
    share = bindings.crypto_core_ed25519_scalar_mul(challenge, secret)
    answer: bytes = bindings.crypto_core_ed25519_scalar_add(nonce, share)
    return first + commitment + answer


def is_known(shown: KnownProof) -> bool:
    """Tell whether a proof was made by somebody who knew `public_key`'s signature of `signed`."""
    proof, public_key = shown.proof, shown.public_key
    if len(proof) != PROOF_SIZE or len(public_key) != PUBLIC_KEY_SIZE:
        return False
    try:
        point = _point(proof[:_HALF], public_key, shown.signed)
    except (CryptoError, RuntimeError):
        return False  # no point of the curve
    return is_valid(point, proof[_HALF:], shown.context, shown.word)


def is_made_again(shown: KnownProof, key: SigningKey) -> bool:
    """Tell whether a proof is the one that the signer would make; for whoever is that signer.

    Neither a signature nor `prove_known` draws lots: what is made again is the same to the byte,
    at two fifths of what `is_known` takes. Another may hold all the same, and only that tells.

    The signature's first half is made as well. With the shown one in its place the test would be
    as sound (who makes a proof to another one has the private key) and a fifth cheaper. But the
    second half would be worked out for a commitment of somebody else's choice, under the nonce of
    the one that is out already, and both together are the private key: no later change might let
    it out.

    Args:
        shown: The proof.
        key: The private half of its `public_key`.
    """
    context, _, message = shown.signed.partition(b"\0")
    made = prove_known(key.sign(context, message), context=shown.context, word=shown.word)
    return hmac.compare_digest(made, shown.proof)


def _point(first: bytes, public_key: bytes, signed: bytes) -> bytes:
    """Return the public key whose private half is a signature's second half."""
    number = _number(first + public_key + signed)
    share = bindings.crypto_scalarmult_ed25519_noclamp(number, public_key)
    point: bytes = bindings.crypto_core_ed25519_add(first, share)
    return point


def _number(message: bytes) -> bytes:
    digest = hashlib.sha512(message).digest()
    reduced: bytes = bindings.crypto_core_ed25519_scalar_reduce(digest)
    return reduced
