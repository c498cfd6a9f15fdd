"""Knows when a camera's picture has been looked at in every way and still is the same.

Hard looks cost ten times a plain one. In front of a gate where nobody stands they would keep half
a processor busy all evening, to find nothing in the same picture again.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from gatekeeper.readers.qr_grid import Grey

LOOKS_MAX: Final = 32
"""Hard looks at one picture; after sixteen the live decoder has tried all that it knows."""
_SIZE: Final = (64, 36)
_CHANGE_MIN: Final = 4
"""Grey levels of one cell; a camera's noise, averaged over a cell, stays below one."""


class Stillness:
    """Watches one camera."""

    def __init__(self) -> None:
        self._picture: Grey | None = None
        self._looks = 0

    def is_worth_a_look(self, frame: Grey) -> bool:
        """Tell whether a hard look could find what earlier ones did not.

        Args:
            frame: In grey; compared with the one that the looks are counted for, so that a slow
                change is a change as well.
        """
        small = np.asarray(cv2.resize(frame, _SIZE, interpolation=cv2.INTER_AREA), np.uint8)
        if self._picture is None or _differ(self._picture, small):
            self._picture, self._looks = small, 0
        return self._looks < LOOKS_MAX

    def count_look(self) -> None:
        """Take note of a hard look at the present picture."""
        self._looks += 1


def _differ(one: Grey, other: Grey) -> bool:
    return bool(np.abs(one.astype(np.int16) - other).max() >= _CHANGE_MIN)
