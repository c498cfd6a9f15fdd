"""Which key of the keyboard does what on the gate's screen; what decides is held, not tapped."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt

from gatekeeper.presenters.gate.decision_buttons_and_keys import ACT_KEYS
from gatekeeper.presenters.gate.open_decision import Act

FULL_SCREEN: Final = Qt.Key.Key_F11
LAST: Final = Qt.Key.Key_L
MANUAL: Final = Qt.Key.Key_F3
PICTURE: Final = Qt.Key.Key_F4
PASTE: Final = Qt.Key.Key_V
"""With Ctrl."""
ACTS: Final[dict[int, Act]] = {Qt.Key[f"Key_{name}"]: act for act, name in ACT_KEYS.items()}
"""Held; the supervisor's key and the one that takes back act where nothing is asked as well."""
STEPS: Final[dict[int, int]] = {
    Qt.Key.Key_Plus: 1,
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_Minus: -1,
    Qt.Key.Key_Down: -1,
}
"""How many pass: more or fewer."""
