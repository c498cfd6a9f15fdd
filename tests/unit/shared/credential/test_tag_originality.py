"""Originality signatures, against published ones."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.credential.tag_originality import (
    NTAG21X_PUBLIC_KEY,
    ULTRALIGHT_EV1_PUBLIC_KEY,
    is_original,
)
from tests.fakes.ntag_issuer import ORDER, TEST_PUBLIC_KEY, sign_uid

# UID, signature, NXP's key of the family; the first and third from the test suite of
# node-nxp-originality-verifier.
PUBLISHED_SIGNATURES: Final = [
    (
        "0453c652fe4a80",
        "edfd3263e7ddb1730260b832605205fb40fb32d7bb06f1db49f17706c2ed6727",
        NTAG21X_PUBLIC_KEY,
    ),
    (
        "04ab87f2ca1190",
        "67b1750bcceb1174f9a33bf20e0226551a6366939b31f949848c3c087350fa90",
        NTAG21X_PUBLIC_KEY,
    ),
    (
        "04ee45daa34084",
        "ebb6102bff74b087d18a57a54bc375159a04ea9bc61080b7f4a85afe1587d73b",
        ULTRALIGHT_EV1_PUBLIC_KEY,
    ),
]


@pytest.mark.parametrize(("uid", "signature", "key"), PUBLISHED_SIGNATURES)
def test_published_signatures_are_original(uid: str, signature: str, key: bytes) -> None:
    """Real chips' signatures verify under NXP's key of their family."""
    assert is_original(bytes.fromhex(uid), bytes.fromhex(signature), key)


@pytest.mark.parametrize(("uid", "signature", "key"), PUBLISHED_SIGNATURES)
@pytest.mark.parametrize("bit", [0, 127, 128, 255])
def test_a_changed_signature_is_not_original(
    uid: str, signature: str, key: bytes, bit: int
) -> None:
    """One bit anywhere spoils it."""
    changed = int.from_bytes(bytes.fromhex(signature), "big") ^ 1 << bit
    assert not is_original(bytes.fromhex(uid), changed.to_bytes(32, "big"), key)


def test_a_signature_belongs_to_one_uid_and_one_family() -> None:
    """Copied to another UID, or judged by another family's key, it is worth nothing."""
    uid, signature, key = PUBLISHED_SIGNATURES[0]
    assert not is_original(bytes.fromhex("0453c652fe4a81"), bytes.fromhex(signature), key)
    assert not is_original(bytes.fromhex(uid), bytes.fromhex(signature), ULTRALIGHT_EV1_PUBLIC_KEY)


def test_a_sample_that_circulates_is_not_original() -> None:
    """It is quoted in many places and verifies over no UID."""
    signature = "e81c0e7ad6459f8632691ec6e9e98bd0b8a7daef4bf34ea73303db2de7e09e94"
    assert not is_original(bytes.fromhex("04a8868a707381"), bytes.fromhex(signature))


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        bytes(31),
        bytes(33),
        bytes(32),
        bytes(16) + b"\x01" * 16,
        b"\x01" * 16 + bytes(16),
        b"\xff" * 32,
        b"\x01" * 16 + ORDER.to_bytes(16, "big"),
    ],
)
def test_numbers_out_of_range_are_no_signature(signature: bytes) -> None:
    """Chips without a signature answer zeros; r and s lie between 0 and the group's order."""
    assert not is_original(bytes.fromhex("0453c652fe4a80"), signature)


@given(st.binary(min_size=7, max_size=7), st.integers(1, ORDER - 1))
def test_what_a_signer_signs_is_original(uid: bytes, nonce: int) -> None:
    """Any UID, any nonce: signing agrees with verifying."""
    assert is_original(uid, sign_uid(uid, nonce), TEST_PUBLIC_KEY)
