"""How large things are, from the panel's physical size and the window's pixels.

All sizes are designed on a 15.6 inch panel of 1920×1080, whose pixels are 0.18 mm wide: there a
font of 148 px has capitals 19.2 mm high, seen from 3 m under 22 minutes of arc (ISO 9241-3).
Coarser pixels need fewer of them, finer ones more; and a window never uses less of its height
than the design does.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

REFERENCE_PIXEL_MM: Final = 0.18
REFERENCE_SHORT_SIDE: Final = 1080
_MM_PER_INCH: Final = 25.4
_PLAUSIBLE_PIXEL_MM: Final = (0.05, 0.8)


class Extent(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def short_side(self) -> int:
        """The smaller of the two."""
        return min(self)


class Sizes(NamedTuple):
    """Pixels of a design in reference pixels.

    Attributes:
        scale: Pixels per reference pixel.
    """

    scale: float

    def px(self, reference: float) -> int:
        """Return so many reference pixels in pixels, at least one."""
        return max(1, round(reference * self.scale))

    @property
    def word(self) -> int:
        """The verdict's word: 3 m, 22 minutes of arc."""
        return self.px(148)

    @property
    def word_min(self) -> int:
        """The smallest verdict word on one line: 3 m, 16 minutes."""
        return self.px(108)

    @property
    def reason(self) -> int:
        """The line under the word: 2 m, 22 minutes."""
        return self.px(88)

    @property
    def line_min(self) -> int:
        """The smallest line of a verdict, and the size of the next step: 1.5 m."""
        return self.px(72)

    @property
    def staff(self) -> int:
        """Text for staff: 0.7 m. Nothing on a verdict screen is smaller."""
        return self.px(35)

    @property
    def touch(self) -> int:
        """A primary touch target: 20 mm."""
        return self.px(111)

    @property
    def small_touch(self) -> int:
        """A secondary touch target: 12 mm."""
        return self.px(67)

    @property
    def gap(self) -> int:
        """Between touch targets: 3 mm."""
        return self.px(17)

    @property
    def margin(self) -> int:
        """Between text and the frame."""
        return self.px(60)

    @property
    def frame(self) -> int:
        """The inner frame of deny and refer."""
        return self.px(24)


def pixel_mm_of_panel(screen: Extent, panel_inches: float) -> float:
    """Return the pixel pitch of a panel whose diagonal somebody measured."""
    return panel_inches * _MM_PER_INCH / math.hypot(screen.width, screen.height)


def choose_sizes(window: Extent, screen: Extent, pixel_mm: float) -> Sizes:
    """Choose the sizes for a window.

    Args:
        window: The window.
        screen: The screen that it is on; a window that leaves part of it free shrinks its text.
        pixel_mm: Pixel pitch as the screen says; an impossible one counts as the reference.
    """
    low, high = _PLAUSIBLE_PIXEL_MM
    pitch = pixel_mm if low <= pixel_mm <= high else REFERENCE_PIXEL_MM
    share = min(1.0, window.short_side / max(1, screen.short_side))
    physical = REFERENCE_PIXEL_MM / pitch * share
    proportional = window.short_side / REFERENCE_SHORT_SIDE
    return Sizes(max(physical, proportional))
