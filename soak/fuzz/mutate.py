"""Spoils genuine inputs: bits, bytes, numbers at their limits, pieces of other inputs."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

CHANGES_MAX: Final = 6
SIZE_MAX: Final = 6_000
"""A spoilt input grows no further: the sizes of requests are limited elsewhere."""
_NUMBERS: Final = (
    bytes.fromhex("00"), bytes.fromhex("7f"), bytes.fromhex("ff"), bytes.fromhex("cc ff"),
    bytes.fromhex("cd ff ff"), bytes.fromhex("ce ff ff ff ff"),
    bytes.fromhex("cf ff ff ff ff ff ff ff ff"), bytes.fromhex("d3 80 00 00 00 00 00 00 00"),
    bytes.fromhex("cb 7f f8 00 00 00 00 00 00"), bytes.fromhex("cb 7f f0 00 00 00 00 00 00"),
    bytes.fromhex("dc ff ff"), bytes.fromhex("dd ff ff ff ff"), bytes.fromhex("db ff ff ff ff"),
    bytes.fromhex("c0"), bytes.fromhex("c1"), bytes.fromhex("90"), bytes.fromhex("80"),
)  # fmt: skip
_LETTERS: Final = (
    *("0", "9", "-", "+", ".", " ", "\t", "\n", "\r", "\0", "\x1d", "\x1b", "{", "}", "[", '"'),
    *("\\", "/", "%", "\u0660", "\uff10", "\u00df", "\u202e", "\ufeff", "\ud800", "\U0001f600"),
    *("1e400", "-1", "18446744073709551616", "NaN", "null", "\u0130", "I", "O", "l", "U"),
)


class Dice:
    """A seeded source of chance with what mutations need.

    Attributes:
        random: The generator beneath.
    """

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self._changes: tuple[Callable[[bytearray, Sequence[bytes]], None], ...] = (
            *(self._flip, self._flip, self._replace, self._number, self._number),
            *(self._insert, self._cut, self._end, self._splice, self._repeat),
        )

    def draw_bytes(self, most: int) -> bytes:
        """Draw some bytes."""
        return self.random.randbytes(self.random.randrange(most + 1))

    def spoil(self, genuine: bytes, others: Sequence[bytes]) -> bytes:
        """Return an input changed in a few ways."""
        spoilt = bytearray(genuine)
        for _ in range(self.random.randint(1, CHANGES_MAX)):
            self.random.choice(self._changes)(spoilt, others)
        return bytes(spoilt[:SIZE_MAX])

    def spoil_text(self, genuine: str, others: Sequence[str]) -> str:
        """Return a text changed in a few ways."""
        spoilt = genuine
        for _ in range(self.random.randint(1, CHANGES_MAX)):
            at = self.random.randrange(len(spoilt) + 1)
            match self.random.randrange(8):
                case 0:
                    spoilt = spoilt[:at] + self.random.choice("0123456789") + spoilt[at + 1 :]
                case 1:
                    spoilt = spoilt[:at] + self.random.choice(_LETTERS) + spoilt[at:]
                case 2:
                    spoilt = spoilt[:at] + spoilt[at + self.random.randint(1, 9) :]
                case 3:
                    spoilt = spoilt[:at] + self.random.choice(others)[at:]
                case 4:
                    spoilt += self.random.choice(others)
                case 5:
                    spoilt = spoilt.swapcase()
                case 6:
                    spoilt = spoilt[:at] + chr(self.random.randrange(0x3000)) + spoilt[at:]
                case _:
                    spoilt = spoilt[::-1] if self.random.random() < 0.2 else spoilt[:at]
        return spoilt[:SIZE_MAX]

    def _flip(self, spoilt: bytearray, others: Sequence[bytes]) -> None:
        if spoilt:
            spoilt[self.random.randrange(len(spoilt))] ^= 1 << self.random.randrange(8)

    def _replace(self, spoilt: bytearray, others: Sequence[bytes]) -> None:
        if spoilt:
            spoilt[self.random.randrange(len(spoilt))] = self.random.randrange(256)

    def _number(self, spoilt: bytearray, others: Sequence[bytes]) -> None:
        at = self.random.randrange(len(spoilt) + 1)
        spoilt[at : at + self.random.randrange(3)] = self.random.choice(_NUMBERS)

    def _insert(self, spoilt: bytearray, others: Sequence[bytes]) -> None:
        at = self.random.randrange(len(spoilt) + 1)
        spoilt[at:at] = self.draw_bytes(12)

    def _cut(self, spoilt: bytearray, others: Sequence[bytes]) -> None:
        at = self.random.randrange(len(spoilt) + 1)
        del spoilt[at : at + self.random.randint(1, 20)]

    def _end(self, spoilt: bytearray, others: Sequence[bytes]) -> None:
        del spoilt[self.random.randrange(len(spoilt) + 1) :]

    def _splice(self, spoilt: bytearray, others: Sequence[bytes]) -> None:
        other = self.random.choice(others)
        at, place = self.random.randrange(len(spoilt) + 1), self.random.randrange(len(other) + 1)
        spoilt[at:] = other[place:]

    def _repeat(self, spoilt: bytearray, others: Sequence[bytes]) -> None:
        at = self.random.randrange(len(spoilt) + 1)
        piece = bytes(spoilt[at : at + self.random.randint(1, 16)])
        spoilt[at:at] = piece * self.random.randint(1, 20)
