"""How large things are on any panel: what shrinks, what scrolls, what is dropped first.

All sizes are designed on a 15.6 inch panel of 1920×1080, whose pixels are 0.18 mm wide: there a
font of 148 px has capitals 19.2 mm high, seen from 3 m under 22 minutes of arc (ISO 9241-3).

The one rule for every page, in this order:

1. What is touched is never under `TOUCH_LEAST_MM`, what answers a guest or leads on hardly under
   `TOUCH_GLOVED_MM`, and no letter under `LETTER_LEAST_MM`.
2. The design is made as large as it fits: its longer side on the window's, its shorter likewise.
3. Texts that are read from afar begin at the size that the panel's millimetres ask for, and
   shrink from there until they fit; never below rule 1. Of a verdict, the drawing and the lines
   give way first, and the word last.
4. What is secondary is dropped where it has no room: the list of past scans first, then hints,
   then the picture, then the facts of a bar from its middle.
5. Grids take fewer columns where words or fingers would have no room; pages of texts and menus
   scroll under a foot that stays (`gatekeeper/ui/widgets/scroll_body.py`).
6. A larger text enlarges what is small; what is large already grows no further than it fits.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

REFERENCE_PIXEL_MM: Final = 0.18
REFERENCE_LONG_SIDE: Final = 1920
REFERENCE_SHORT_SIDE: Final = 1080
TOUCH_LEAST_MM: Final = 9.0
"""Below this a thumb misses too often (Parhi, Karlson and Bederson 2006: 9.2 to 9.6 mm)."""
TOUCH_GLOVED_MM: Final = 12.0
"""The same of a wet or gloved finger, where a panel has no room for 20 mm."""
LETTER_LEAST_MM: Final = 2.4
"""Of the font: its capitals are 1.7 mm high, seen from 0.4 m under 15 minutes of arc."""
_GAP_LEAST_MM: Final = 1.0
_STAFF_OVER_LEAST: Final = 1.15
MM_PER_INCH: Final = 25.4
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
        scale: Pixels per reference pixel, at which the design fits the window.
        far: The same for texts that are read from afar, as the panel's millimetres want it; such
            texts shrink until they fit.
        percent: How large small texts are wanted, of the design's size.
        pixel_mm: The panel's pixel pitch.
    """

    scale: float
    far: float = 0.0
    percent: int = 100
    pixel_mm: float = REFERENCE_PIXEL_MM

    def px(self, reference: float) -> int:
        """Return so many reference pixels in pixels, at least one."""
        return max(1, round(reference * self.scale))

    def mm(self, length: float) -> int:
        """Return so many millimetres in pixels, rounded up."""
        return math.ceil(length / self.pixel_mm)

    def wide(self, reference: float) -> int:
        """Return the width of words that are so wide in the design, as large as words are now."""
        return max(1, round(reference * self.staff / _STAFF))

    @property
    def word(self) -> int:
        """The verdict's word: 3 m, 22 minutes of arc."""
        return self._far(_WORD)

    @property
    def word_min(self) -> int:
        """The smallest verdict word on one line: 3 m, 16 minutes."""
        return self.px(108)

    @property
    def reason(self) -> int:
        """The line under the word: 2 m, 22 minutes."""
        return self._far(88)

    @property
    def line(self) -> int:
        """The fact and the next step: 1.5 m."""
        return self._far(72)

    @property
    def holder(self) -> int:
        """Letters of a holder's name and order on a verdict, for staff at 1 m."""
        return self._far(54)

    @property
    def line_min(self) -> int:
        """The smallest line of a verdict, where the design fits."""
        return self.px(72)

    @property
    def staff(self) -> int:
        """Text for staff: 0.7 m. A narrow panel ends its growth: the longest words need a line."""
        plain = max(_STAFF * self.scale, self.least * _STAFF_OVER_LEAST)
        return round(min(plain * self.percent / 100, max(plain, self.px(_STAFF_MOST))))

    @property
    def floor(self) -> int:
        """What the texts of a verdict's screen shrink to at most, where it is the design's."""
        return max(self.px(_STAFF), self.least)

    @property
    def least(self) -> int:
        """The smallest letters on any gate's or till's screen."""
        return self.mm(LETTER_LEAST_MM)

    @property
    def title(self) -> int:
        """A page's title: larger than everything on it, but it grows less."""
        return min(self.px(_TITLE_MOST), max(self.px(64), round(self.staff * 1.4)))

    @property
    def lead(self) -> int:
        """Letters of a page's main sentence."""
        return max(self.px(46), round(self.staff * 1.15))

    @property
    def code(self) -> int:
        """Letters of a code that is typed character by character, where its line has room."""
        return self.px(92)

    @property
    def touch(self) -> int:
        """A primary touch target: 20 mm where there is room for it, and a glove's on 7 inches."""
        gloved = min(self.mm(TOUCH_GLOVED_MM), self.px(128))
        return max(self.px(111), gloved, self.touch_least)

    @property
    def small_touch(self) -> int:
        """A secondary touch target: 12 mm where there is room for it."""
        return max(self.px(67), self.touch_least)

    @property
    def touch_least(self) -> int:
        """The smallest touch target on any screen."""
        return self.mm(TOUCH_LEAST_MM)

    @property
    def gap(self) -> int:
        """Between touch targets: 3 mm where there is room for it."""
        return max(self.px(17), self.mm(_GAP_LEAST_MM))

    @property
    def margin(self) -> int:
        """Between text and the frame."""
        return self.px(60)

    @property
    def frame(self) -> int:
        """The inner frame of deny and refer."""
        return self.px(24)

    @property
    def measure(self) -> int:
        """How wide lines of running text may be: about 70 letters, which eyes find back from."""
        return self.staff * 40

    def _far(self, reference: float) -> int:
        return max(1, round(reference * max(self.far, self.scale) * self.percent / 100))


_STAFF: Final = 35
_STAFF_MOST: Final = 80
_TITLE_MOST: Final = 104
_WORD: Final = 148


def pixel_mm_of_panel(screen: Extent, panel_inches: float) -> float:
    """Return the pixel pitch of a panel whose diagonal somebody measured."""
    return panel_inches * MM_PER_INCH / math.hypot(screen.width, screen.height)


def choose_sizes(
    window: Extent, screen: Extent, pixel_mm: float, text_percent: int = 100
) -> Sizes:
    """Choose the sizes for a window.

    Args:
        window: The window.
        screen: The screen that it is on; a window that leaves part of it free shrinks its text.
        pixel_mm: Pixel pitch as the screen says; an impossible one counts as the reference.
        text_percent: How large small texts are wanted, of the design's size.
    """
    low, high = _PLAUSIBLE_PIXEL_MM
    pitch = pixel_mm if low <= pixel_mm <= high else REFERENCE_PIXEL_MM
    share = min(1.0, window.short_side / max(1, screen.short_side))
    physical = REFERENCE_PIXEL_MM / pitch * share
    fitting = min(max(window) / REFERENCE_LONG_SIDE, window.short_side / REFERENCE_SHORT_SIDE)
    return Sizes(fitting, max(physical, fitting), text_percent, pitch)
