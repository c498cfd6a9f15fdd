"""The first sync: how far it is, in a bar and in words, and what to do if it stops."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar

from gatekeeper.gate.answer import SyncProgress
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.gate.pages.start_page import StartPage
from gatekeeper.ui.widgets.page_parts import make_button, make_label, size_parts
from gatekeeper.wording.texts import TEXTS

_BAR_STEPS: Final = 1000
_STEP_KEYS: Final = {
    "Talking to the server": "sync.step_talking",
    "Exchanging news": "sync.step_news",
    "Up to date": "sync.step_done",
    "Asking for the event": "sync.step_asking",
    "Fetching tickets": "sync.step_fetching",
    "Loading tickets": "sync.step_loading",
}
"""The engine's own words for its steps; others are shown as they come."""


class SyncPage(StartPage):
    """Progress, and a way on when it fails."""

    retry_wanted = Signal()
    later_wanted = Signal()

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes, "syncPage", is_text=True)
        self._step = make_label(name="syncStep")
        self._fault = make_label(role="bad", name="syncFault")
        self._bar = QProgressBar()
        self._bar.setObjectName("syncBar")
        self._bar.setTextVisible(False)
        self._retry = make_button("sync.retry", name="syncRetry", is_primary=True)
        self._retry.clicked.connect(self.retry_wanted)
        self._later = make_button("sync.later", name="syncLater")
        self._later.clicked.connect(self.later_wanted)
        self._buttons = QHBoxLayout()
        self._compose()
        self.set_sizes(sizes)
        self.restart()

    def restart(self) -> None:
        """Begin: nothing is known yet."""
        self._step.setText(TEXTS.say("sync.starting"))
        self._bar.setRange(0, 0)
        self._fault.setText("")
        self._retry.hide()
        self._later.hide()

    def show_progress(self, progress: SyncProgress) -> None:
        """Show how much of how much is done."""
        key = _STEP_KEYS.get(progress.step)
        step = progress.step if key is None else TEXTS.say(key)
        if progress.total <= 0:
            self._bar.setRange(0, 0)
            self._step.setText(step)
        else:
            self._bar.setRange(0, _BAR_STEPS)
            self._bar.setValue(_BAR_STEPS * min(progress.done, progress.total) // progress.total)
            self._step.setText(
                TEXTS.say(
                    "sync.count",
                    step=step,
                    done=f"{progress.done:,}".replace(",", "\u202f"),
                    total=f"{progress.total:,}".replace(",", "\u202f"),
                )
            )
        self._bar.setAccessibleName(self._step.text())

    def show_failure(self, why: str, *, can_go_on: bool) -> None:
        """Say why it stopped, and what can be done.

        Args:
            why: A sentence for a person.
            can_go_on: Whether the gate knows enough to work without.
        """
        self._bar.setRange(0, _BAR_STEPS)
        self._bar.setValue(0)
        self._step.setText("")
        self._fault.setText(TEXTS.say("sync.failed", why=why))
        is_new = self._retry.isHidden()
        self._retry.show()
        self._later.setVisible(can_go_on)
        if is_new:
            self._body.reveal(self._fault)
            self._retry.setFocus()

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        size_parts(self, sizes)
        edge = sizes.px(80)
        self._rows.setContentsMargins(edge, edge, edge, edge)
        self._rows.setSpacing(sizes.px(30))
        self._buttons.setSpacing(sizes.gap)

    def _compose(self) -> None:
        hint = make_label(key="sync.hint", role="muted")
        column = self._body.column
        column.addStretch(1)
        column.addWidget(make_label(key="sync.title", role="title"))
        column.addWidget(hint)
        column.addWidget(self._bar)
        column.addWidget(self._step)
        column.addWidget(self._fault)
        column.addStretch(2)
        self._body.may_drop(hint)
        fill(self._buttons, self._later, self._retry)
        self._rows.addLayout(self._buttons)
