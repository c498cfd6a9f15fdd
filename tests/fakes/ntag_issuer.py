"""A chip maker of our own: signs UIDs on secp128r1 by the textbook, under a test key.

Only the verifier's curve arithmetic is shared with the product; published signatures prove that.
"""

from __future__ import annotations

from typing import Final

from shared.credential import ntag

_SECRET: Final = 0x5EC12E7F00112233445566778899AABB


def _multiply(factor: int) -> tuple[int, int]:
    point = ntag._sum_of_products(factor, ntag._G, 0, ntag._G)
    assert point is not None
    return point


def _encoded(point: tuple[int, int]) -> bytes:
    return b"\x04" + point[0].to_bytes(16, "big") + point[1].to_bytes(16, "big")


TEST_PUBLIC_KEY: Final = _encoded(_multiply(_SECRET))


def sign_uid(uid: bytes, nonce: int = 0x1234567) -> bytes:
    """Return the 32-byte signature over a UID under `TEST_PUBLIC_KEY`."""
    r = _multiply(nonce)[0] % ntag._N
    s = pow(nonce, -1, ntag._N) * (int.from_bytes(uid, "big") + r * _SECRET) % ntag._N
    return r.to_bytes(16, "big") + s.to_bytes(16, "big")
