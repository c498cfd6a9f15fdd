"""What holders and copiers hold to a gate's reader, made without the product's own hand.

A chip's message is the CMAC that its maker's paper says (NXP AN12196, sections 3.3 and 3.4).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.cmac import CMAC

from gatekeeper.gate.scanned import Scannable
from gatekeeper.readers.nfc.tag_scan import TagChecks, TagScan
from shared.credential.codec import from_digits
from shared.kernel.instant import Duration, Instant
from simulator.judging.seen_visits import Card

FILE_KEY: Final = bytes(range(16))
_SESSION: Final = bytes.fromhex("3cc300010080")
SETTING: Final = msgspec.json.encode({"sun": {"file_key": FILE_KEY.hex()}})
"""`media.json`: chips prove each tap, and a bare number points at nothing."""


class Medium(StrEnum):
    """What is held to a reader."""

    PAPER = "paper"
    PAPER_ON_TAG = "paper on a tag"
    """The printed code's bytes on some tag: a copyable code like the paper itself."""
    WRISTBAND = "wristband"
    TAP = "tap"
    """A chip's message with the chip's number; perhaps caught before, and played back."""
    OTHER_TAG = "other tag"
    """A wristband's bytes on another tag."""
    REDRAWN = "redrawn"
    """A wristband's bytes as a code."""
    MADE_UP = "made up"
    """A chip's message whose counter somebody has changed."""
    ELSEWHERE = "elsewhere"
    """A chip's message on another tag."""
    NUMBER = "number"
    """A chip's number alone."""


GENUINE: Final = frozenset({Medium.PAPER, Medium.PAPER_ON_TAG, Medium.WRISTBAND, Medium.TAP})
OF_WRISTBANDS: Final = (Medium.OTHER_TAG, Medium.REDRAWN)
OF_CHIPS: Final = (Medium.MADE_UP, Medium.ELSEWHERE, Medium.NUMBER)


class Shown(msgspec.Struct, frozen=True):
    """What was held to a reader once.

    Attributes:
        medium: What.
        taps: Of a chip's message, its counter; else 0.
    """

    medium: Medium
    taps: int = 0


class Holding(Card, frozen=True, kw_only=True):
    """A ticket, and on what its holder has it.

    Attributes:
        text: The printed code; "" where there is none.
        uid: Of the wristband or chip.
        wristband: What is written there; b"" where it is a chip.
    """

    uid: bytes
    wristband: bytes = b""


class Reissue(msgspec.Struct):
    """What a till has written anew, paper and wristband, for a holder who has lost both.

    Attributes:
        former: What was lost, and is found by somebody.
        began: When the till was asked.
        ended: When it had written it; None while, or where, nobody knows whether it has.
        head: Which of what gates are told of the event says so, or one after it; 0 where the till
            was cut off, and the server hears of it later.
    """

    former: Holding
    began: Instant
    ended: Instant | None = None
    head: int = 0


def message_of(uid: bytes, taps: int) -> str:
    """Say what a chip says at a tap."""
    return _message(uid, taps, _mac(FILE_KEY, uid, taps))


def make_up(uid: bytes, taps: int) -> str:
    """Say what a chip would say, but with the proof of the tap before."""
    return _message(uid, taps, _mac(FILE_KEY, uid, taps - 1))


def on_tag(uid: bytes, number: int, *, credential: bytes = b"", text: str = "") -> TagScan:
    """Give what a reader tells of a tag; each reading has its own number."""
    return TagScan(
        uid=uid,
        product="NTAG424" if text else "NTAG213",
        credential=credential or None,
        text=text or None,
        checks=TagChecks(),
        source="nfc",
        at_monotonic=Duration(number),
    )


def hold_out(card: Holding, shown: Shown, number: int, strange: bytes) -> Scannable:
    """Give what the gate's reader tells.

    Args:
        card: Whose.
        shown: What is held there.
        number: Of this reading.
        strange: The number of a tag that was bought in a shop.
    """
    match shown.medium:
        case Medium.PAPER:
            return card.text
        case Medium.PAPER_ON_TAG:
            return on_tag(strange, number, credential=from_digits(card.text))
        case Medium.WRISTBAND:
            return on_tag(card.uid, number, credential=card.wristband)
        case Medium.OTHER_TAG:
            return on_tag(strange, number, credential=card.wristband)
        case Medium.REDRAWN:
            return card.wristband.hex()
        case Medium.TAP:
            return on_tag(card.uid, number, text=message_of(card.uid, shown.taps))
        case Medium.MADE_UP:
            return on_tag(card.uid, number, text=make_up(card.uid, shown.taps))
        case Medium.ELSEWHERE:
            return on_tag(strange, number, text=message_of(card.uid, shown.taps))
        case Medium.NUMBER:
            return on_tag(card.uid, number)


def _message(uid: bytes, taps: int, mac: bytes) -> str:
    said = f"uid={uid.hex().upper()}&ctr={taps:06X}&cmac={mac.hex().upper()}"
    return f"https://example.org/t?{said}"


def _mac(key: bytes, uid: bytes, taps: int) -> bytes:
    session = _cmac(key, _SESSION + uid + taps.to_bytes(3, "little"))
    return _cmac(session, b"")[1::2]


def _cmac(key: bytes, content: bytes) -> bytes:
    made = CMAC(AES128(key))
    made.update(content)
    return made.finalize()
