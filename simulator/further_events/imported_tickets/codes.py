"""Codes of other box offices, made without the product's own hand."""

from __future__ import annotations

import base64
from enum import StrEnum
from typing import Final

from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice

POINTING: Final = b'{"points_by_uid": true}'
"""`media.json`: a wristband's number points at its ticket."""
_SIGNATURE_SIZE: Final = 64


class Kind(StrEnum):
    """What a code is."""

    SHORT = "short"
    PRETIX = "pretix"
    """Signed by a key that no gate has: it is on the list, or good for nothing."""
    WRISTBAND = "wristband"


class Code(Card, frozen=True, kw_only=True):
    """A code that a list has brought; of a wristband its number in hex.

    Attributes:
        kind: What it is.
    """

    kind: Kind

    def look_alikes(self) -> list[str]:
        """Give texts that are not it, however like it they look."""
        match self.kind:
            case Kind.SHORT:
                return [self.text + "0", self.text[:-1]]
            case Kind.PRETIX:
                return [self.text.swapcase(), self.text[:-4], self.text[::-1]]
            case Kind.WRISTBAND:
                return [self.text, self.text.upper(), f"\x02nfc:{self.text}", f"nfc:{self.text}"]


def draw_code(kind: Kind, series: str, number: int, dice: Dice) -> str:
    """Make one, as its list has it."""
    match kind:
        case Kind.SHORT:
            return f"THEATRE {series}-{7 * number:06}"
        case Kind.PRETIX:
            return _as_pretix_prints(f"{series}{number}{dice.bytes(8).hex()}".encode(), dice)
        case Kind.WRISTBAND:
            return dice.bytes(7).hex()


def _as_pretix_prints(seed: bytes, dice: Dice) -> str:
    """Write a code in pretix's signed form: a seed and an item, read from right to left."""
    payload = bytes((0x0A, len(seed))) + seed + bytes((0x10, 5))
    sizes = len(payload).to_bytes(2, "big") + _SIGNATURE_SIZE.to_bytes(2, "big")
    signed = b"\x01" + sizes + payload + dice.bytes(_SIGNATURE_SIZE)
    return base64.b64encode(signed).decode()[::-1]
