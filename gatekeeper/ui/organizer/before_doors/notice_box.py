"""How far a message to all buyers is, and whom a person must tell."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gatekeeper.organizer.before_doors.notices_client import Notice
from gatekeeper.presenters.desk.notice_words import spell_notice, spell_unreached
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import make_text
from gatekeeper.ui.organizer.failed_work_box import FailedWorkBox
from gatekeeper.ui.organizer.widgets.plain_table import fill_table, make_table
from gatekeeper.wording.texts import TEXTS

_COLUMNS = ("order", "reach", "why")
_HEIGHT = 100


class NoticeBox(QWidget):
    """Shows nothing where there is no message.

    Attributes:
        failed: What of it failed for good.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said = make_text("", "", "noticeSaid")
        columns = [TEXTS.say(f"notice.column.{one}") for one in _COLUMNS]
        self.unreached = make_table("noticeMissed", TEXTS.say("notice.missed"), columns, _HEIGHT)
        self.failed = FailedWorkBox()
        fill(edge_to_edge(QVBoxLayout(self)), self._said, self.failed, (self.unreached, 1))
        self.show_notice(None)

    @property
    def said(self) -> str:
        """What is said of the message."""
        return "" if self.isHidden() else self._said.text()

    def show_notice(self, notice: Notice | None) -> None:
        """Show a message, or none."""
        self.setVisible(notice is not None)
        if notice is None:
            self.failed.show_work(None)
            return
        self.failed.show_work(notice.failed, notice.put_off)
        self._said.setText(spell_notice(notice))
        fill_table(self.unreached, [spell_unreached(one) for one in notice.unreached])
        self.unreached.setVisible(bool(notice.unreached))
