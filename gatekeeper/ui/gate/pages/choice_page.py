"""One question and its answers as large buttons; what has too many comes page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal

from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.gate.pages.supervisor_page import SupervisorPage
from gatekeeper.ui.widgets.action_grid import ActionGrid
from gatekeeper.ui.widgets.page_parts import make_label, set_role
from gatekeeper.wording.texts import TEXTS

_AT_ONCE: Final = 8
_MORE: Final = "_more"
_BACK: Final = "_back"


class ChoicePage(SupervisorPage):
    """Title, hint, options, and a way back.

    Args:
        sizes: The design's sizes in pixels.
        columns: At most so many.
        at_once: Options of one page.
    """

    chosen = Signal(str)

    def __init__(self, sizes: Sizes, columns: int = 2, *, at_once: int = _AT_ONCE) -> None:
        super().__init__(sizes, "choicePage")
        self._options: tuple[Option, ...] = ()
        self._first, self._at_once = 0, at_once
        self._title = make_label(role="title", name="choiceTitle")
        self._hint = make_label(role="muted", name="choiceHint")
        self.grid = ActionGrid(sizes, columns)
        self.grid.chosen.connect(self.chosen)
        self._grids.append(self.grid)
        self._foot.chosen.connect(self._press_foot)
        column = self._body.column
        fill(column, self._title, self._hint, STRETCH, self.grid, 2)
        fill(self._rows, (self._body, 1), self._foot)
        self.set_sizes(sizes)

    def ask(
        self, title: str, hint: str, options: Sequence[Option], *, role: str = "muted"
    ) -> None:
        """Ask something.

        Args:
            title: What.
            hint: A sentence under it.
            options: The answers; perhaps none.
            role: How the hint looks.
        """
        self._options, self._first = tuple(options), 0
        self._title.setText(title)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        # Where there is nothing to choose, the sentence is what the page says.
        set_role(self._hint, role if options or role != "muted" else "lead")
        self._show()
        self._body.show_top()

    def _show(self) -> None:
        self.grid.show_options(self._options[self._first : self._first + self._at_once])
        foot = [Option(_BACK, TEXTS.say("manual.back"))]
        if len(self._options) > self._at_once:
            foot.append(Option(_MORE, TEXTS.say("choice.more")))
        self._foot.show_options(foot)
        (self.grid if self._options else self._foot).focus_first()

    def _press_foot(self, key: str) -> None:
        if key == _BACK:
            self.left.emit()
            return
        self._first += self._at_once
        if self._first >= len(self._options):
            self._first = 0
        self._show()
