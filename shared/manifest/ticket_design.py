"""What an organizer chooses of a ticket's looks, and what can never be chosen away.

The code keeps its size, its white and its place whatever is chosen here; so do the event, the
date, the type and the manual code. Colours are only taken where black and white readers and
tired eyes still read them.
"""

from __future__ import annotations

from typing import Final

import msgspec

CONTRAST_MIN: Final = 4.5
"""Of letters on white, as WCAG 2.2 has it for texts of any size (1.4.3, AA)."""
NOTE_SIZE_MAX: Final = 600
"""Letters of the organizer's own words: they fit under the code on A4 and A6."""
NOTE_LINES_MAX: Final = 8
LINES: Final = ("organization", "venue", "zone", "seat", "holder", "price", "order")
"""What a ticket may leave out."""
PAGES: Final = ("a4", "a6")
_HEX_SIZE: Final = 7


class PictureMark(msgspec.Struct, frozen=True, array_like=True):
    """A picture, named by what is in it.

    Attributes:
        digest: SHA-256 of its bytes, 64 hex digits: whoever has fetched it checks it by this.
        width: In its own dots.
        height: The same.
        size: Of its bytes.
    """

    digest: str
    width: int
    height: int
    size: int


class TicketDesign(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """How an event's tickets look; without one they are plain.

    Attributes:
        accent: Of the stripe and the titles, as `#rrggbb`; "" for black.
        logo: Beside the titles, on white.
        band: A picture above them, cut to its place.
        hidden: Which of `LINES` are left out.
        note: The organizer's own words, such as terms; line ends are kept.
        page: `a4` or `a6`: on which page the server puts each.
    """

    accent: str = ""
    logo: PictureMark | None = None
    band: PictureMark | None = None
    hidden: tuple[str, ...] = ()
    note: str = ""
    page: str = "a4"

    def shows(self, line: str) -> bool:
        """Tell whether a line is printed."""
        return line not in self.hidden


PLAIN: Final = TicketDesign()


def read_color(text: str) -> tuple[int, int, int] | None:
    """Return the parts of `#rrggbb`, 0 to 255 each; None if it is no such colour."""
    if len(text) != _HEX_SIZE or text[0] != "#":
        return None
    if not set(text[1:]) <= set("0123456789abcdefABCDEF"):
        return None
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def contrast_on_white(color: tuple[int, int, int]) -> float:
    """Return the contrast of a colour with white, 1 to 21, as WCAG 2.2 reckons it."""
    light = sum(
        weight * _linear(part / 255)
        for weight, part in zip((0.2126, 0.7152, 0.0722), color, strict=True)
    )
    return 1.05 / (light + 0.05)


def is_legible(accent: str) -> bool:
    """Tell whether a colour may be a ticket's accent; "" is black."""
    if not accent:
        return True
    color = read_color(accent)
    return color is not None and contrast_on_white(color) >= CONTRAST_MIN


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
