"""A gate that cannot start: what is wrong, and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Signal

from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.gate.pages.start_page import StartPage
from gatekeeper.ui.widgets.page_parts import make_button, make_label, size_parts


class FaultPage(StartPage):
    """One sentence on what is wrong, one on what to do, one button."""

    retry_wanted = Signal()

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes, "faultPage", is_text=True)
        self._why = make_label(role="lead", name="faultWhy")
        self._retry = make_button("fault.retry", name="faultRetry", is_primary=True)
        self._retry.clicked.connect(self.retry_wanted)
        self.setFocusProxy(self._retry)
        self._body.column.addStretch(1)
        self._body.column.addWidget(make_label(key="fault.title", role="title"))
        self._body.column.addWidget(self._why)
        self._body.column.addWidget(make_label(key="fault.next", role="muted"))
        self._body.column.addStretch(2)
        self._rows.addWidget(self._retry)
        self.set_sizes(sizes)

    def show_fault(self, why: str) -> None:
        """Say what is wrong."""
        self._why.setText(why)
        self._why.setAccessibleName(why)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        size_parts(self, sizes)
        edge = sizes.px(80)
        self._rows.setContentsMargins(edge, edge, edge, edge)
        self._rows.setSpacing(sizes.px(40))
