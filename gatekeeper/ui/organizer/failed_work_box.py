"""What failed for good, and why, with the button that has it tried again; or why mails wait."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gatekeeper.organizer.failed_work import FailedWork, WorkEnd
from gatekeeper.presenters.desk.work_reason_words import spell_ends
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import give_role, line_up, make_button, make_text
from gatekeeper.ui.organizer.widgets.long_names import let_break
from gatekeeper.wording.texts import TEXTS


class FailedWorkBox(QWidget):
    """Shows nothing where nothing failed.

    Attributes:
        work: What is shown, or None.
    """

    wants_again = Signal(object)
    """The `FailedWork`."""

    def __init__(self) -> None:
        super().__init__()
        self.work: FailedWork | None = None
        self._said = make_text("", "bad", "failedSaid")
        self._again = make_button(TEXTS.say("desk.again"), "failedAgain")
        self._again.clicked.connect(lambda: self.wants_again.emit(self.work))
        fill(edge_to_edge(QVBoxLayout(self)), self._said, line_up(self._again))
        self.hide()

    @property
    def said(self) -> str:
        """What is said of it, or ""."""
        return "" if self.isHidden() else self._said.text()

    def show_work(self, work: FailedWork | None, put_off: WorkEnd | None = None) -> None:
        """Show what failed, else why mails wait, or nothing."""
        self.work = work
        self.setVisible(work is not None or put_off is not None)
        self._again.setVisible(work is not None)
        give_role(self._said, "bad" if work is not None else "warn")
        if work is not None:
            self._say("failed.said", work.ends)
        elif put_off is not None:
            self._say("failed.put_off", [put_off])

    def _say(self, key: str, ends: Sequence[WorkEnd]) -> None:
        self._said.setText(let_break(TEXTS.say(key, said=spell_ends(ends))))
