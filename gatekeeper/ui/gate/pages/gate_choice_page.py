"""Which gate this is, where the profile does not say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QFocusEvent

from gatekeeper.presenters.colors import ButtonLook
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.gate.pages.start_page import StartPage
from gatekeeper.ui.widgets.action_grid import ActionGrid
from gatekeeper.ui.widgets.page_parts import color_buttons, make_button, make_label, size_parts
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import GateId
from shared.manifest.event_config import GateConfig

_COLUMNS: Final = 2


class GateChoicePage(StartPage):
    """A large button for each gate."""

    chosen = Signal(str)
    retry_wanted = Signal()

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes, "gateChoicePage")
        self._none = make_label(key="gate.none", role="bad", name="gateNone")
        self.grid = ActionGrid(sizes, _COLUMNS)
        self.grid.setObjectName("gateGrid")
        self.grid.chosen.connect(self._choose)
        self._retry = make_button("sync.retry", name="gateRetry", is_primary=True)
        self._retry.clicked.connect(self.retry_wanted)
        self._is_done = False
        self._gates: tuple[GateConfig, ...] = ()
        hint = make_label(key="gate.hint", role="muted")
        self._body.column.addWidget(make_label(key="gate.title", role="title"))
        self._body.column.addWidget(hint)
        self._body.column.addWidget(self._none)
        self._body.column.addWidget(self.grid)
        self._body.column.addStretch(1)
        self._body.may_drop(hint)
        self._rows.addWidget(self._retry)
        self.set_sizes(sizes)

    def offer(self, gates: Sequence[GateConfig]) -> None:
        """Show the gates that there are."""
        self._is_done = False
        self._gates = tuple(gates)
        self.grid.show_options(
            [
                Option(gate.id, gate.name, hint=TEXTS.say(f"gate.{gate.direction}"))
                for gate in gates
            ]
        )
        self._none.setVisible(not gates)
        self.grid.setVisible(bool(gates))
        self._retry.setVisible(not gates)
        self._body.show_top()
        self._take_focus()

    def retranslate(self) -> None:
        """Name the ways of the gates in another language."""
        self.offer(self._gates)

    def set_look(self, look: ButtonLook) -> None:
        """Take other colours."""
        color_buttons(self, look)
        self.grid.set_look(look)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        size_parts(self, sizes)
        self.grid.set_sizes(sizes)
        edge = sizes.margin
        self._rows.setContentsMargins(edge, edge, edge, edge)
        self._rows.setSpacing(sizes.gap)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Give the keyboard to what can be pressed."""
        self._take_focus()

    def _take_focus(self) -> None:
        if self._gates:
            self.grid.focus_first()
        else:
            self._retry.setFocus()

    def _choose(self, gate_id: GateId) -> None:
        # A double click must not choose twice.
        if self._is_done:
            return
        self._is_done = True
        self.chosen.emit(gate_id)
