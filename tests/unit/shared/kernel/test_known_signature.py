"""Proving that a signature is known, without showing it."""

from __future__ import annotations

import pytest

from shared.kernel.ed25519 import SigningKey, is_valid
from shared.kernel.known_signature import (
    PROOF_SIZE,
    KnownProof,
    is_known,
    is_made_again,
    prove_known,
)

KEY, OTHER = SigningKey(b"k" * 32), SigningKey(b"o" * 32)
SIGNED = b"ticket\0body"
WORD = b"this passage"
ORDER = 2**252 + 27742317777372353535851937790883648493


def proof(word: bytes = WORD) -> bytes:
    """Prove for a word that KEY's signature is known."""
    signature = KEY.sign(b"ticket", b"body")
    return prove_known(signature, context=b"w", word=word)


def accepts(
    shown: bytes, word: bytes = WORD, signed: bytes = SIGNED, key: SigningKey = KEY
) -> bool:
    """Whether a proof is taken."""
    return is_known(KnownProof(shown, key.public_key, signed, b"w", word))


def test_proof_is_taken_for_its_own_word_signature_and_key_alone() -> None:
    """Whoever reads it says nothing else with it."""
    shown = proof()
    assert len(shown) == PROOF_SIZE
    assert accepts(shown)
    assert not accepts(shown, word=b"another passage")
    assert not accepts(shown, signed=b"ticket\0other")
    assert not accepts(shown, key=OTHER)
    assert not is_known(KnownProof(shown, KEY.public_key, SIGNED, b"v", WORD))


@pytest.mark.parametrize("place", range(0, PROOF_SIZE, 5))
def test_changed_proof_is_none(place: int) -> None:
    """Each part of it is bound to the others."""
    shown = bytearray(proof())
    shown[place] ^= 1
    assert not accepts(bytes(shown))


@pytest.mark.parametrize(
    "shown",
    [b"", bytes(PROOF_SIZE), b"\1" + bytes(95), b"\xff" * 96, proof()[:-1], proof() + b"\0"],
    ids=["none", "zeros", "neutral", "no point", "short", "long"],
)
def test_what_is_no_proof_is_none(shown: bytes) -> None:
    """Neither points of small order nor other lengths prove anything."""
    assert not accepts(shown)


def test_own_signature_proves_nothing_of_anothers() -> None:
    """Somebody who signs the same body with a key of their own has not seen the ticket."""
    signature = OTHER.sign(b"ticket", b"body")
    shown = prove_known(signature, context=b"w", word=WORD)
    assert accepts(shown, key=OTHER)
    assert not accepts(shown)
    mixed = proof()[:32] + shown[32:]
    assert not accepts(mixed)
    assert not accepts(mixed, key=OTHER)


def test_proof_gives_the_signature_to_nobody() -> None:
    """Its first half stands there; with any other part of the proof for the second it is none."""
    shown, again = proof(), proof(b"another passage")
    assert shown[:32] == again[:32]
    assert shown[32:64] != again[32:64], "one commitment for two words would give S away"
    for start in (32, 64):
        assert not is_valid(
            KEY.public_key, shown[:32] + shown[start : start + 32], b"ticket", b"body"
        )


def test_answer_has_one_spelling() -> None:
    """A proof with the order added to its number is refused, as a signature is."""
    shown = proof()
    number = int.from_bytes(shown[64:], "little") + ORDER
    assert not accepts(shown[:64] + number.to_bytes(32, "little"))


def test_the_signer_makes_the_same_proof_again() -> None:
    """And knows by that alone that it holds; what does not hold he never makes."""
    good = KnownProof(proof(), KEY.public_key, SIGNED, b"w", WORD)
    assert is_made_again(good, KEY)
    assert is_known(good)
    for other in (
        KnownProof(proof(b"another passage"), KEY.public_key, SIGNED, b"w", WORD),
        KnownProof(proof(), KEY.public_key, b"ticket\0other", b"w", WORD),
        KnownProof(proof(), KEY.public_key, SIGNED, b"v", WORD),
        KnownProof(proof()[:-1], KEY.public_key, SIGNED, b"w", WORD),
        KnownProof(b"", KEY.public_key, SIGNED, b"w", WORD),
    ):
        assert not is_made_again(other, KEY)
        assert not is_known(other)
    assert not is_made_again(good, OTHER)
