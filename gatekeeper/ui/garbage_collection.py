"""Keeps the interpreter from holding up a verdict, and windows from ending in other threads."""

from __future__ import annotations

import gc
import sys
from typing import Final

from PySide6.QtCore import QObject, QTimer

_YOUNG_MAX: Final = 20_000
_HAND_OVER_SECONDS: Final = 0.0005
_LOOK_MS: Final = 250
"""How often the window's thread looks whether garbage is to be collected."""


class GarbageCollector(QObject):
    """Looks for cyclic garbage in the window's thread, and in no other.

    By itself the interpreter collects in whichever thread happens to allocate: where that is the
    engine's or the camera's, a window that nobody needs any more is taken apart there, while Qt
    may be drawing it here, and the program ends by a segmentation fault. So the interpreter's own
    way is off for as long as there is a window, and this one follows its thresholds.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(collect_when_due)
        self._look.start()


def collect_when_due() -> None:
    """Collect the oldest generation that has grown beyond its threshold, if any has."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    for generation in (2, 1, 0):
        if counts[generation] > thresholds[generation]:
            gc.collect(generation)
            return


def avoid_pauses() -> None:
    """Let threads take turns often, and search for cyclic garbage seldom and only among the new.

    The window, the engine and the camera share one interpreter: at the default of 5 ms a key
    press could wait that long for each of the others. A full search through all that the program
    is made of takes tens of milliseconds; what exists already is never garbage, and is left out.
    May be called again when more of the program has been loaded.
    """
    sys.setswitchinterval(_HAND_OVER_SECONDS)
    gc.freeze()
    gc.set_threshold(_YOUNG_MAX, 10, 10)


def end_frugality() -> None:
    """Give everything back to the search, so that the interpreter can end in order."""
    gc.unfreeze()
