"""Keeps the interpreter itself from holding up a verdict."""

from __future__ import annotations

import gc
import sys

_YOUNG_MAX = 20_000
_HAND_OVER_SECONDS = 0.0005


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
