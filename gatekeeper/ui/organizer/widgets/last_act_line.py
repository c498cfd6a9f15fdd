"""What a page or a card of the desk says of its last act, in a line of its own, and what rests."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QLabel, QWidget

from gatekeeper.ui.organizer.desk_style import give_role
from gatekeeper.ui.organizer.widgets.long_names import let_break


class LastActLine:
    """Shows the line while there is something to say; whoever is noted makes it."""

    _note: QLabel
    _keeps_room = False
    """Whether the line stays, empty: what is below it would jump with each search."""

    _resting: Sequence[QWidget] = ()
    """What takes no second act before the first one has ended; all where nothing is named."""

    @property
    def note(self) -> str:
        """What is said of the last act, or ""."""
        return "" if self._note.isHidden() else self._note.text()

    def say(self, text: str, role: str = "bad") -> None:
        """Say what came of an act, or nothing for ""."""
        self._note.setText(let_break(text))
        give_role(self._note, role)
        self._note.setVisible(bool(text) or self._keeps_room)

    def set_busy(self, *, is_busy: bool) -> None:
        """Let no second act begin before the first one has ended."""
        assert isinstance(self, QWidget), "it is mixed into one"
        for widget in self._resting or (self,):
            widget.setEnabled(not is_busy)
