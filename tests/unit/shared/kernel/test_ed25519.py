"""Each rule of docs/specs/credential.md, section 6, with keys and signatures made to break it."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.ed25519 import SigningKey, is_valid, is_valid_bare, sha256
from tests.fakes.entropy import SeededEntropy
from tests.unit.shared.kernel import edwards25519 as curve

SEED = bytes(range(32))
KEY = SigningKey(SEED)
SECRET = curve.scalar_of(SEED)
MESSAGE = b"body"
FIVE_SMALL_YS = {
    bytes(32),
    b"\1" + bytes(31),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
}

# RFC 8032, section 7.1: tests 1, 2 and 3.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]


@pytest.mark.parametrize(("seed", "public_key", "message", "signature"), RFC_8032)
def test_published_answers_are_met(
    seed: str, public_key: str, message: str, signature: str
) -> None:
    """The vectors of RFC 8032 verify, and their seeds give their public keys."""
    key = bytes.fromhex(public_key)
    assert SigningKey(bytes.fromhex(seed)).public_key == key
    assert is_valid_bare(key, bytes.fromhex(signature), bytes.fromhex(message))


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=40), st.binary(max_size=200))
def test_a_signature_verifies_under_its_own_context_only(
    seed: bytes, context: bytes, message: bytes
) -> None:
    """What was signed verifies, and under another context it does not."""
    key = SigningKey(seed)
    signature = key.sign(context, message)
    assert is_valid(key.public_key, signature, context, message)
    assert is_valid_bare(key.public_key, signature, context + b"\0" + message)
    assert not is_valid(key.public_key, signature, context + b"x", message)
    assert not is_valid_bare(key.public_key, signature, context + message)


def test_a_flipped_bit_anywhere_is_refused() -> None:
    """Not one of the signature's 512 bits can be changed."""
    signature = KEY.sign(b"c", MESSAGE)
    for bit in range(512):
        changed = bytearray(signature)
        changed[bit // 8] ^= 1 << bit % 8
        assert not is_valid(KEY.public_key, bytes(changed), b"c", MESSAGE)


@pytest.mark.parametrize("times", range(1, 16))
def test_a_second_spelling_of_s_is_refused(times: int) -> None:
    """S plus any multiple of the group order solves the same equation and is refused."""
    signature = KEY.sign(b"c", MESSAGE)
    scalar = int.from_bytes(signature[32:], "little") + times * curve.GROUP_ORDER
    if scalar < 1 << 256:
        again = signature[:32] + scalar.to_bytes(32, "little")
        assert not is_valid(KEY.public_key, again, b"c", MESSAGE)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_of_another_size_verifies_nothing(size: int) -> None:
    """Length is checked before the library is asked."""
    assert not is_valid(bytes(size), KEY.sign(b"c", MESSAGE), b"c", MESSAGE)


@pytest.mark.parametrize("size", [0, 63, 65, 128])
def test_a_signature_of_another_size_is_refused(size: int) -> None:
    """Bytes cut off, or taken over from the message, are not tolerated."""
    signature = (KEY.sign(b"c", MESSAGE) + bytes(64))[:size]
    assert not is_valid(KEY.public_key, signature, b"c", MESSAGE)


def test_the_specification_lists_every_small_order_point() -> None:
    """The five numbers in the specification are the y of all eight points."""
    encoded = {curve.encode(point) for point in curve.SMALL_ORDER_POINTS}
    assert len(encoded) == 8
    assert {value[:31] + bytes((value[31] & 0x7F,)) for value in encoded} == FIVE_SMALL_YS


@pytest.mark.parametrize("index", range(8))
def test_a_key_of_small_order_verifies_nothing(index: int) -> None:
    """Anybody could sign for such a key: [S]B = R + [k]A holds once [k]A is neutral."""
    public_key = curve.encode(curve.SMALL_ORDER_POINTS[index])
    for nonce in range(1, 20):
        encoded_r = curve.encode(curve.multiply(nonce, curve.BASE))
        forged = curve.signature(encoded_r, nonce)
        assert not is_valid_bare(public_key, forged, MESSAGE)


@pytest.mark.parametrize("index", range(8))
def test_an_r_of_small_order_is_refused(index: int) -> None:
    """Only a signer who leaves the algorithm can make one; for the neutral R it would verify."""
    encoded_r = curve.encode(curve.SMALL_ORDER_POINTS[index])
    scalar = curve.challenge(encoded_r, KEY.public_key, MESSAGE) * SECRET
    assert not is_valid_bare(KEY.public_key, curve.signature(encoded_r, scalar), MESSAGE)


@pytest.mark.parametrize("index", range(8))
def test_the_equation_has_no_cofactor(index: int) -> None:
    """An R with a part of small order solves only the equation times eight, and is refused."""
    point = curve.add(curve.multiply(4711, curve.BASE), curve.SMALL_ORDER_POINTS[index])
    encoded_r = curve.encode(point)
    scalar = 4711 + curve.challenge(encoded_r, KEY.public_key, MESSAGE) * SECRET
    expected = curve.SMALL_ORDER_POINTS[index] == curve.NEUTRAL
    signature = curve.signature(encoded_r, scalar)
    assert is_valid_bare(KEY.public_key, signature, MESSAGE) is expected


def test_a_key_in_a_second_spelling_verifies_nothing() -> None:
    """y between p and 2^255 is the number y - p written otherwise."""
    for y in range(curve.PRIME, 1 << 255):
        for sign in (0, 1):
            public_key = (y | sign << 255).to_bytes(32, "little")
            encoded_r = curve.encode(curve.multiply(7, curve.BASE))
            assert not is_valid_bare(public_key, curve.signature(encoded_r, 7), MESSAGE)


def test_a_key_off_the_curve_verifies_nothing() -> None:
    """Half of all numbers are the y of no point."""
    y = next(y for y in range(2, 100) if curve.point_at(y, 0) is None)
    assert not is_valid_bare(y.to_bytes(32, "little"), KEY.sign(b"", b""), b"\0")


def test_generated_keys_come_from_the_given_entropy() -> None:
    """The same entropy gives the same key, and no other source is asked."""
    assert SigningKey.generate(SeededEntropy(1)).seed == SigningKey.generate(SeededEntropy(1)).seed
    assert SigningKey.generate(SeededEntropy(1)).seed != SigningKey.generate(SeededEntropy(2)).seed


def test_sha256_is_the_published_one() -> None:
    """FIPS 180-4's own example, and the library's."""
    assert sha256(b"abc").hex().startswith("ba7816bf8f01cfea414140de5dae2223")
    assert sha256(b"x" * 1000) == hashlib.sha256(b"x" * 1000).digest()
