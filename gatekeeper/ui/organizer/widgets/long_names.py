"""Names that are longer than any usual one stretch no page of the desk; codes stay in one line."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QApplication, QLabel, QSizePolicy

from gatekeeper.ui.widget_texts import plain_tip
from gatekeeper.wording.codes_in_sentences import hold, hold_codes
from gatekeeper.wording.texts import TEXTS

_ENDLESS: Final = re.compile(r"\S{24}(?=\S{8})")
_WORD: Final = re.compile(r"\S+")
_ADDRESS: Final = re.compile(r"([^\s@]{1,40})@([^\s@]{1,40})")
_MAY_BREAK: Final = "\N{ZERO WIDTH SPACE}"
_HOLDS: Final = "\N{WORD JOINER}"


class OneLine(QLabel):
    """A line at the far side that ends in dots where it has no room; its tip has all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        # Else a name of the other direction would stand at the near side.
        is_mirrored = QApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft
        far = Qt.AlignmentFlag.AlignLeft if is_mirrored else Qt.AlignmentFlag.AlignRight
        self.setAlignment(far | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)
        self._whole = ""

    def say(self, text: str) -> None:
        """Show a line."""
        self._whole = text
        self.setToolTip(plain_tip(text))
        self.setAccessibleName(text)
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as there is room for."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        self.setText(cut_with_dots(self._whole, self.fontMetrics(), self.width()))


def cut_with_dots(text: str, metrics: QFontMetrics, room: int) -> str:
    """Return as much of a line as there is room for; of a cut one the dots stand at its end.

    Args:
        text: The whole line.
        metrics: Of the letters that it is drawn in.
        room: So many pixels.
    """
    cut = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
    # Else the dots of a Latin name would stand before it on a page that runs from right to left.
    return cut if cut == text else TEXTS.isolate(cut)


def let_break(text: str) -> str:
    """Let a word that is longer than any usual one break where it has no room."""
    return hold_codes(_WORD.sub(_ease, text))


def keep_whole(text: str) -> str:
    """Let an address break before its @ alone, and a code nowhere: their hyphens might be none."""
    return hold_codes(_hold_addresses(text))


def _hold_addresses(text: str) -> str:
    return _ADDRESS.sub(_hold_together, text)


def _ease(word: re.Match[str]) -> str:
    if _ADDRESS.fullmatch(word[0]):
        return _hold_addresses(word[0])
    return _ENDLESS.sub(lambda found: found[0] + _MAY_BREAK, word[0])


def _hold_together(address: re.Match[str]) -> str:
    if "-" not in address[0]:
        return address[0]
    return f"{hold(address[1])}{_MAY_BREAK}@{_HOLDS}{hold(address[2])}"
