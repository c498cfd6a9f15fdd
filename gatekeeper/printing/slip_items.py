"""A paper as items from top to bottom, in words; every dialect draws the same items."""

from __future__ import annotations

from enum import IntEnum

import msgspec


class Height(IntEnum):
    """How large letters are, in lines of normal ones."""

    SMALL = 0
    NORMAL = 1
    LARGE = 2


class SlipText(msgspec.Struct, frozen=True):
    """A text on lines of its own, broken where it does not fit.

    Attributes:
        text: What it says.
        height: How large.
        is_bold: In the bold font.
        is_centred: Else it begins where the language's lines begin.
    """

    text: str
    height: Height = Height.NORMAL
    is_bold: bool = False
    is_centred: bool = False


class Pair(msgspec.Struct, frozen=True):
    """A text where lines begin, and an amount where they end.

    Attributes:
        text: Broken where it does not fit beside the amount.
        amount: Never broken.
        is_bold: In the bold font.
        height: How large.
    """

    text: str
    amount: str
    is_bold: bool = False
    height: Height = Height.NORMAL


class Band(msgspec.Struct, frozen=True):
    """White letters on a black band: what nobody must overlook."""

    text: str


class SlipCode(msgspec.Struct, frozen=True):
    """A QR code in the middle of the paper.

    Attributes:
        text: What it holds.
        is_small: A signer's code beside a receipt, which no gate reads.
    """

    text: str
    is_small: bool = False


class Rule(msgspec.Struct, frozen=True):
    """A line across the paper."""


class Gap(msgspec.Struct, frozen=True):
    """Half a line of nothing."""


class Logo(msgspec.Struct, frozen=True):
    """A picture in the middle of the paper, in black and white; nothing where it is not there.

    Attributes:
        digest: What it is found by.
    """

    digest: str


Item = SlipText | Pair | Band | SlipCode | Rule | Gap | Logo
Slip = tuple[Item, ...]
