"""A time zone, found by any part of its name."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QComboBox, QCompleter

from gatekeeper.ui.organizer.widgets.passed_by_scrolling import PassedBy
from gatekeeper.wording.wall_clocks import find_zone
from shared.kernel.list_search_folding import fold_text

_SHOWN_MAX = 12


@cache
def _known_zones() -> frozenset[str]:
    """Return the zones' names; to look for them walks a thousand files."""
    return frozenset(available_timezones())


class TimeZoneBox(PassedBy, QComboBox):
    """Offers the zones in which the typed letters stand: `berlin`, `new york`.

    Args:
        zone: The one that is chosen first.
    """

    def __init__(self, zone: str) -> None:
        super().__init__()
        self.setEditable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        names = sorted(_known_zones() | {zone})
        self.addItems(names)
        self._by_words = {_fold(name): name for name in names}
        completer = QCompleter(names, self, caseSensitivity=Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setMaxVisibleItems(_SHOWN_MAX)
        self.setCompleter(completer)
        self.setCurrentText(zone)
        edit = self.lineEdit()
        assert edit is not None, "it can be typed into"
        edit.textEdited.connect(self._follow)
        edit.editingFinished.connect(self._settle)

    @property
    def zone(self) -> str:
        """The zone that is meant: its full name, or the only one of which a part was typed.

        It is what was typed where no zone is called so.
        """
        typed = self.currentText().strip()
        if find_zone(typed) is not None:
            return typed
        words = _fold(typed)
        if words in self._by_words:
            return self._by_words[words]
        ends = [name for said, name in self._by_words.items() if said.endswith(f"/{words}")]
        found = ends or [name for said, name in self._by_words.items() if words in said]
        return found[0] if len(found) == 1 and words else typed

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Choose all of the name when somebody clicks into it: they are about to type another."""
        super().focusInEvent(event)
        QTimer.singleShot(0, self, self._choose_all)

    def _choose_all(self) -> None:
        edit = self.lineEdit()
        if edit is not None and self.hasFocus():
            edit.selectAll()

    def _follow(self, text: str) -> None:
        """Search for `new york` as for `New_York`."""
        completer = self.completer()
        if " " in text and completer is not None:
            completer.setCompletionPrefix(text.strip().replace(" ", "_"))
            completer.complete()

    def _settle(self) -> None:
        if (meant := self.zone) != self.currentText():
            self.setCurrentText(meant)


def _fold(name: str) -> str:
    return fold_text(name).replace("_", " ")
