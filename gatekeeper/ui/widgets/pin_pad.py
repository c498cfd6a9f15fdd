"""The digits of a PIN on keys for fingers, and where each stands."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt

from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.widgets.action_grid import ActionGrid
from gatekeeper.wording.texts import TEXTS

_KEYS: Final = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "erase", "0", "enter")
"""Row by row, as telephones have it."""
_COLUMNS: Final = 3


class PinPad(ActionGrid):
    """Keys that type a PIN, take its last digit back and hand it in."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes, _COLUMNS, word_width=0, takes_focus=False, is_tall=True)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # in every language

    def show_keys(self, *, is_asked: bool, can_enter: bool) -> None:
        """Show the keys, in the language that is spoken now.

        Args:
            is_asked: Whether a PIN is asked for at this moment.
            can_enter: Whether what was typed may be one.
        """
        labels = {"erase": TEXTS.say("manual.erase_name"), "enter": TEXTS.say("unlock.enter")}
        self.show_options(
            [
                Option(
                    key,
                    labels.get(key, key),
                    is_main=key == "enter",
                    is_enabled=is_asked and (key != "enter" or can_enter),
                )
                for key in _KEYS
            ]
        )
