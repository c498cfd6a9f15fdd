"""Keys that two devices share."""

from __future__ import annotations

import pytest

from shared.kernel.errors import BadInput
from shared.kernel.key_agreement import agree_on_key
from tests.factories.house import make_key

A, B, C = make_key(1), make_key(2), make_key(3)


def test_both_sides_get_the_same_key_and_nobody_else_does() -> None:
    """A with B's public key and B with A's reach one key; a third device reaches another."""
    key = agree_on_key(A, B.public_key, b"lan")
    assert key == agree_on_key(B, A.public_key, b"lan")
    assert len(key) == 32
    assert key not in {
        agree_on_key(C, A.public_key, b"lan"),
        agree_on_key(C, B.public_key, b"lan"),
        agree_on_key(A, B.public_key, b"other"),
    }


def test_key_is_the_same_for_ever() -> None:
    """The derivation is part of the protocol, so a known pair gives a known key."""
    assert agree_on_key(A, B.public_key, b"lan").hex() == (
        "21d486eb45bfd760a8580e24b5648b00d64787421e00a44bdeff73c07bf4df29"
    )


@pytest.mark.parametrize(
    "public_key", [bytes(32), b"\x01" + bytes(31), b"\x02" * 32, b"\xff" * 32]
)
def test_key_is_refused_when_the_other_key_is_no_good_point(public_key: bytes) -> None:
    """Small order, off the curve and not canonical: no shared key comes of it."""
    with pytest.raises(BadInput):
        agree_on_key(A, public_key, b"lan")
