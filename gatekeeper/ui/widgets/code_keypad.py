"""A keypad on the screen: the characters of a manual code, for fingers in gloves."""

from __future__ import annotations

from typing import Final

from gatekeeper.presenters.manual_entry import CHECK_KEYS, CODE_KEYS, ManualEntry
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.widgets.code_key_grid import KeyGrid

_LETTERS: Final = 1.5


class Keypad(KeyGrid):
    """Keys of a manual code; those that cannot follow are off."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes, (*CODE_KEYS, *CHECK_KEYS), "key", _LETTERS)
        self.setObjectName("keypad")
        self.set_sizes(sizes)

    def allow(self, entry: ManualEntry) -> None:
        """Switch on the keys that may follow."""
        for character, key in self.keys.items():
            key.setEnabled(entry.may_follow(character))

    def place(self, columns: int) -> None:
        """Put the check symbols below the code's, beside what erases and clears."""
        rows = -(-len(CODE_KEYS) // columns)
        for place, character in enumerate(CODE_KEYS):
            self.grid.addWidget(self.keys[character], place // columns, place % columns)
        for place, character in enumerate(CHECK_KEYS):
            self.grid.addWidget(self.keys[character], rows, place)
        last = len(CHECK_KEYS)
        self.grid.addWidget(self.erase, rows, last)
        if columns - last > 1:
            self.grid.addWidget(self.clear, rows, last + 1, 1, columns - last - 1)
        else:  # beside the last letters, which fill no row
            begin = len(CODE_KEYS) % columns
            self.grid.addWidget(self.clear, rows - 1, begin, 1, columns - begin)
