"""Which key of the keyboard presses what on the till's page."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt

from gatekeeper.presenters.till.tiles import TILE_KEYS

KEYS: Final = {
    Qt.Key.Key_C: ("cash",),
    Qt.Key.Key_K: ("card",),
    Qt.Key.Key_O: ("other",),
    Qt.Key.Key_P: ("park", "parked"),
    Qt.Key.Key_W: ("pick_up",),
    Qt.Key.Key_G: ("guests",),
    Qt.Key.Key_R: ("reprint_list",),
    Qt.Key.Key_B: ("best", "sales"),
    Qt.Key.Key_M: ("seats",),
    Qt.Key.Key_T: ("last",),
    Qt.Key.Key_X: ("exchange", "swap", "swap:split"),
    Qt.Key.Key_Y: ("approved",),
    Qt.Key.Key_N: ("declined",),
    Qt.Key.Key_Escape: ("back",),
    Qt.Key.Key_Backspace: ("erase",),
    Qt.Key.Key_F8: ("menu",),
    Qt.Key.Key_F10: ("enter",),
    Qt.Key.Key_Right: ("turn",),
}
"""What a finger on the keyboard means, if it is offered; F1 to F7 and F9 are the tiles, in their
order. Where no amount is keyed in, 1 to 9 are what is offered, in its order."""
ALWAYS: Final = frozenset({"back", "erase", "enter"})
"""What is pressed by its key even where no button offers it."""
TILES: Final = tuple(Qt.Key[f"Key_{name}"] for name in TILE_KEYS)
"""Of the tiles, in their order."""
