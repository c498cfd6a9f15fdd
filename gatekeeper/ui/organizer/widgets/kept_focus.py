"""The keyboard's place on the desk's pages, when what has it goes away or is busy for a while.

Qt hands the focus of a part that is disabled or hidden to the next one in the window: from a
pressed button to its neighbour, and at last to the list of events. Enter would press that one.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

_COMES_BACK = frozenset({QEvent.Type.EnabledChange, QEvent.Type.Show})


class KeptFocus(QObject):
    """Keeps the focus on a page, and gives it back to what had it.

    While that is away the page's area has it: no key presses anything there, and Tab goes on to
    the page's first part. Who puts the cursor elsewhere meanwhile is left alone.

    Args:
        area: Holds the pages; takes the focus itself.
    """

    def __init__(self, area: QWidget) -> None:
        super().__init__(area)
        self._area = area
        self._away: QWidget | None = None
        self._is_giving = False
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._follow)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Give the focus back to what can take it again."""
        if event.type() in _COMES_BACK and watched is self._away and _takes_keys(self._away):
            part, self._away = self._away, None
            part.removeEventFilter(self)
            if QApplication.focusWidget() in {None, self._area}:
                part.setFocus()
        return False

    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        if not isValid(self._area):
            return  # somebody else has sat down at the desk
        if self._is_giving or before is None or before is self._area:
            if now not in {None, self._area}:
                self._forget()
            return
        if not isValid(before) or not self._area.isAncestorOf(before) or _takes_keys(before):
            self._forget()
            return
        if not self._area.isVisible():
            return
        if self._away is None:
            self._away = before
            before.installEventFilter(self)
        self._is_giving = True
        self._area.setFocus()
        self._is_giving = False

    def _forget(self) -> None:
        if self._away is not None and isValid(self._away):
            self._away.removeEventFilter(self)
        self._away = None


def _takes_keys(part: QWidget) -> bool:
    return part.isEnabled() and part.isVisible()
