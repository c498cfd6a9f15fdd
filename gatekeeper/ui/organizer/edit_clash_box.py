"""What somebody else changed meanwhile, field by field, and whose value shall hold."""

from __future__ import annotations

from textwrap import wrap
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.merging_edits import Clash, FieldClash, Whose
from gatekeeper.presenters.desk.plan_words import ClashWords, spell_clash
from gatekeeper.ui.filled_layouts import edge_to_edge
from gatekeeper.ui.organizer.desk_style import make_button, make_text
from gatekeeper.ui.organizer.widgets.long_names import let_break
from gatekeeper.ui.organizer.widgets.wrapping_row import WrappingRow
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import VENUE_CLOCK, WallClock

_LETTERS_IN_LINE: Final = 16
"""A button's words do not wrap by themselves, and two stand beside each other."""


class ClashBox(QFrame):
    """Lists the fields that another one changed; each has two values to choose from.

    Args:
        clock: Says when that was: the venue's, or the organization's for what is no event's.
    """

    chosen = Signal(object)
    """What shall hold, by path."""

    def __init__(self, clock: WallClock = VENUE_CLOCK) -> None:
        super().__init__()
        self._clock = clock
        self.setObjectName("clashBox")
        self.setProperty("role", "card")
        self._said = make_text("", "bad", "clashSaid")
        self._grid_home = QVBoxLayout()
        self._table: QWidget | None = None
        self._groups: dict[str, QButtonGroup] = {}
        self._behind: dict[QObject, bool] = {}
        ways = WrappingRow()
        for name, whose in (("clashTheirs", Whose.THEIRS), ("clashMine", Whose.MINE)):
            button = make_button(TEXTS.say(f"desk.plan.all_{whose}"), name)
            button.clicked.connect(lambda _on=False, one=whose: self._choose_all(one))
            ways.addWidget(button)
        go = make_button(TEXTS.say("desk.plan.merge"), "clashGo", is_main=True)
        go.clicked.connect(lambda: self.chosen.emit(self.choice))
        ways.addWidget(go)
        column = QVBoxLayout(self)
        column.addWidget(self._said)
        column.addWidget(make_text(TEXTS.say("desk.plan.clash_lead"), "lead"))
        column.addLayout(self._grid_home)
        column.addLayout(ways)
        self.hide()

    @property
    def choice(self) -> dict[str, Whose]:
        """Whose value of each field shall hold."""
        return {
            path: Whose.MINE if group.checkedId() else Whose.THEIRS
            for path, group in self._groups.items()
        }

    def show_clash(self, clash: Clash, words: ClashWords) -> None:
        """Show what they changed."""
        self._said.setText(spell_clash(clash, self._clock))
        self.clear()
        table = QWidget()
        grid = edge_to_edge(QGridLayout(table))
        headings = ("field", "before", "theirs", "mine")
        for column, heading in enumerate(headings):
            grid.addWidget(make_text(TEXTS.say(f"desk.plan.column.{heading}"), "lead"), 0, column)
        for row, field in enumerate(clash.fields, 1):
            self._add_row(grid, row, field, words)
        for column in range(1, len(headings)):
            grid.setColumnStretch(column, 1)
        self._table = table
        self._grid_home.addWidget(table)
        self.show()
        for button in self._behind:
            assert isinstance(button, QPushButton), "stands behind"
            self._behind[button] = button.isEnabled()
            button.setEnabled(False)

    def stand_before(self, *buttons: QPushButton) -> None:
        """Let buttons of the page save nothing past what is chosen here, while it is shown."""
        for button in buttons:
            self._behind[button] = button.isEnabled()
            button.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Disable again what a page enables meanwhile; it is so afterwards."""
        if event.type() is not QEvent.Type.EnabledChange or self.isHidden():
            return False
        if isinstance(watched, QPushButton) and watched.isEnabled() and watched in self._behind:
            self._behind[watched] = True
            watched.setEnabled(False)
        return False

    def clear(self) -> None:
        """Forget what was shown."""
        was_shown = not self.isHidden()
        self.hide()
        for button, is_enabled in self._behind.items() if was_shown else ():
            assert isinstance(button, QPushButton), "stands behind"
            button.setEnabled(is_enabled)
        self._groups.clear()
        if self._table is not None:
            self._grid_home.removeWidget(self._table)
            self._table.hide()
            self._table.deleteLater()
            self._table = None

    def _add_row(self, grid: QGridLayout, row: int, field: FieldClash, words: ClashWords) -> None:
        grid.addWidget(make_text(let_break(words.name(field.path))), row, 0)
        grid.addWidget(make_text(words.value(field.path, field.before)), row, 1)
        group = QButtonGroup(grid.parentWidget())
        values = ((0, "theirs", field.theirs), (1, "mine", field.mine))
        for at, name, value in values:
            button = QRadioButton(_in_lines(words.value(field.path, value)))
            button.setObjectName(f"clash_{field.path}_{name}")
            # What one alone changed holds, unless somebody says otherwise.
            button.setChecked(bool(at) is (field.mine != field.before))
            group.addButton(button, at)
            grid.addWidget(button, row, 2 + at, Qt.AlignmentFlag.AlignTop)
        self._groups[field.path] = group

    def _choose_all(self, whose: Whose) -> None:
        for group in self._groups.values():
            group.button(int(whose is Whose.MINE)).setChecked(True)


def _in_lines(text: str) -> str:
    """Break long lines between words; an & of a name is no key's letter."""
    lines = (
        wrap(line, _LETTERS_IN_LINE, break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    )
    return "\n".join("\n".join(line) for line in lines).replace("&", "&&")
