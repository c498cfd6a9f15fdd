"""The curve of Ed25519 in plain arithmetic, to make the keys and signatures that no library makes.

RFC 8032, section 5.1. Slow, not constant in time, and only for tests.
"""

from __future__ import annotations

import hashlib
from typing import Final, TypeAlias

Point: TypeAlias = tuple[int, int]

PRIME: Final = 2**255 - 19
GROUP_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
NEUTRAL: Final[Point] = (0, 1)
_D: Final = -121665 * pow(121666, -1, PRIME) % PRIME


def add(one: Point, other: Point) -> Point:
    (x1, y1), (x2, y2) = one, other
    cross = _D * x1 * x2 * y1 * y2 % PRIME
    x3 = (x1 * y2 + x2 * y1) * pow(1 + cross, -1, PRIME) % PRIME
    return x3, (y1 * y2 + x1 * x2) * pow(1 - cross, -1, PRIME) % PRIME


def multiply(number: int, point: Point) -> Point:
    product = NEUTRAL
    while number:
        if number & 1:
            product = add(product, point)
        point = add(point, point)
        number >>= 1
    return product


def point_at(y: int, sign: int) -> Point | None:
    """Return the point with this y and this lowest bit of x, if there is one."""
    square = (y * y - 1) * pow(_D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if (x * x - square) % PRIME:
        return None
    return (PRIME - x if x & 1 != sign else x), y


def encode(point: Point) -> bytes:
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


def scalar_of(seed: bytes) -> int:
    """Return the secret scalar that a seed stands for (RFC 8032, 5.1.5)."""
    number = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    return number & ((1 << 254) - 8) | 1 << 254


def challenge(encoded_r: bytes, public_key: bytes, message: bytes) -> int:
    digest = hashlib.sha512(encoded_r + public_key + message).digest()
    return int.from_bytes(digest, "little") % GROUP_ORDER


def signature(encoded_r: bytes, scalar: int) -> bytes:
    return encoded_r + (scalar % GROUP_ORDER).to_bytes(32, "little")


def _base_point() -> Point:
    point = point_at(4 * pow(5, -1, PRIME) % PRIME, 0)
    assert point is not None
    return point


def _small_order_points() -> list[Point]:
    """Return the eight points whose order divides 8, from any point that has such a part."""
    for y in range(2, 100):
        point = point_at(y, 0)
        if point is not None:
            part = multiply(GROUP_ORDER, point)
            if multiply(4, part) != NEUTRAL:
                return [multiply(number, part) for number in range(8)]
    raise AssertionError


BASE: Final = _base_point()
SMALL_ORDER_POINTS: Final = _small_order_points()
