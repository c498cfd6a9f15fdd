"""A keypad on the screen for codes of any form: every letter, every digit, and the usual marks."""

from __future__ import annotations

from typing import Final

from gatekeeper.presenters.manual_entry import FOREIGN_KEYS
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.widget_texts import call_by, explain_by
from gatekeeper.ui.widgets.code_key_grid import KeyGrid

_LETTERS: Final = 1.3


class LettersPad(KeyGrid):
    """Keys of which one changes between capital and small letters."""

    def __init__(self, sizes: Sizes) -> None:
        self._is_small = False
        super().__init__(sizes, FOREIGN_KEYS, "any", _LETTERS)
        self.setObjectName("lettersPad")
        self._case = self.make_key("caseKey")
        call_by(self.keys[" "], "till.space")
        self._case.clicked.connect(lambda: self.set_small(is_small=not self._is_small))
        self.set_small(is_small=False)
        self.set_sizes(sizes)

    def set_small(self, *, is_small: bool) -> None:
        """Write small letters from now on, or capital ones."""
        self._is_small = is_small
        for character, key in self.keys.items():
            key.setText("␣" if character == " " else self.say(character))
        self._case.setText("ABC" if is_small else "abc")
        key_name = "manual.capitals" if is_small else "manual.smalls"
        call_by(self._case, key_name)
        explain_by(self._case, key_name)

    def say(self, sign: str) -> str:
        """Return a letter as large as letters are written now."""
        return sign.lower() if self._is_small else sign

    def place(self, columns: int) -> None:
        """Put the other keys below the signs'."""
        super().place(columns)
        row = -(-len(FOREIGN_KEYS) // columns)
        self.grid.addWidget(self._case, row, 0, 1, 2)
        self.grid.addWidget(self.erase, row, 2, 1, 2)
        self.grid.addWidget(self.clear, row, 4, 1, columns - 4)
