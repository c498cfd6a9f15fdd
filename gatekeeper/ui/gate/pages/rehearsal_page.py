"""A rehearsal's page: striped above and below, so that nobody takes it for the gate."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QProgressBar

from gatekeeper.presenters.page_items import Option, Row
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.gate.pages.device_page import DevicePage
from gatekeeper.ui.widgets.action_grid import ActionGrid
from gatekeeper.ui.widgets.page_parts import set_role
from gatekeeper.ui.widgets.rehearsal_stripes import RehearsalStripes
from gatekeeper.wording.texts import TEXTS

START = "start"
AGAIN = "again"
SAVE = "save"
VOLUME = "volume"


class RehearsalPage(DevicePage):
    """Lines between stripes; acts: `start`, those that were offered with it, `save`, `volume`."""

    def __init__(self, sizes: Sizes) -> None:
        self._stripes: tuple[RehearsalStripes, ...] = ()
        super().__init__(sizes)
        self.setObjectName("rehearsalPage")
        self._stripes = tuple(RehearsalStripes(sizes, "rehearsal.stripes") for _ in range(2))
        self._ways = ActionGrid(sizes, 2)
        self._ways.chosen.connect(self.acted)
        self._grids.append(self._ways)
        self._bar = QProgressBar(textVisible=False)
        self._bar.hide()
        for part in (self._bar, self._ways):
            self._body.column.insertWidget(self._body.column.count() - 1, part)
        self._rows.insertWidget(0, self._stripes[0])
        self._rows.addWidget(self._stripes[1])

    def offer(self, rows: Sequence[Row], others: Sequence[Option]) -> None:
        """Say what it would do, before it begins.

        Args:
            rows: What else could be played.
            others: Buttons for that.
        """
        self._say(TEXTS.say("rehearsal.title"), "title")
        start = Option(START, TEXTS.say("rehearsal.start"), is_main=True)
        self._offer_ways([start, *others])
        self.show_rows(rows, self._said, [])
        self.tell(TEXTS.say("rehearsal.hint"), "muted")
        self._ways.focus_first()

    def show_running(self, said: str, done: int = 0, total: int = 0) -> None:
        """Say how far it is.

        Args:
            said: In words.
            done: How much of it.
            total: Of how much; 0 where that is not known yet.
        """
        self._say(said, "")
        self._offer_ways([])
        self.tell("")
        self.show_rows([], self._said, [])
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._bar.setAccessibleName(said)
        self._bar.setVisible(bool(said))
        # The button that was pressed is gone, and Esc must still lead back.
        self._foot.focus_first()

    def show_report(self, said: str, rows: Sequence[Row]) -> None:
        """Show how it went."""
        self._say(said, "title")
        self._offer_ways([])
        self.tell("")
        acts = [
            Option(AGAIN, TEXTS.say("rehearsal.again")),
            Option(SAVE, TEXTS.say("rehearsal.save")),
            Option(VOLUME, TEXTS.say("rehearsal.volume")),
        ]
        self.show_rows(rows, said, acts)

    def show_problem(self, said: str) -> None:
        """Say why there is no rehearsal, or what could not be kept."""
        self._say(said, "bad")
        self._offer_ways([])
        self.tell("")
        self.show_rows([], said, [])
        self._foot.focus_first()

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        super().set_sizes(sizes)
        for one in self._stripes:
            one.set_sizes(sizes)

    def _offer_ways(self, options: Sequence[Option]) -> None:
        self._ways.show_options(options)
        self._ways.setVisible(bool(options))
        self._bar.hide()

    def _say(self, text: str, role: str) -> None:
        self._said = text
        set_role(self._title, role or "lead")
