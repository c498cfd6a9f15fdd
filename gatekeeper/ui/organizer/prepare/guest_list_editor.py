"""Whose guests a ticket type is for, and how many each of them may bring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gatekeeper.organizer.form_defaults import PLUS_PROPOSED
from gatekeeper.ui.filled_layouts import edge_to_edge
from gatekeeper.ui.organizer.desk_style import called, make_text
from gatekeeper.ui.organizer.widgets.number_box import NumberBox
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import COMPANIONS_MAX, HOST_NAME_SIZE_MAX


class HostEditor(QWidget):
    """A host, or none for a type that is sold.

    Args:
        value: As the API has it, or None.
    """

    def __init__(self, value: Mapping[str, Any] | None) -> None:
        super().__init__()
        limit = TEXTS.say("desk.plan.field.quantity_limit")
        self.host = called(QLineEdit("" if value is None else str(value["host"])), "hostName")
        self.host.setMaxLength(HOST_NAME_SIZE_MAX)
        self.host.setPlaceholderText(TEXTS.say("guestlist.host"))
        self.host.setAccessibleName(TEXTS.say("guestlist.host"))
        self.host.setCursorPosition(0)
        self.plus = called(NumberBox(), "hostPlus")
        self.plus.setRange(0, COMPANIONS_MAX)
        self.plus.setValue(PLUS_PROPOSED if value is None else int(value["plus_max"]))
        self.plus.setAccessibleName(TEXTS.say("guestlist.plus"))
        row = QHBoxLayout()
        row.addWidget(make_text(TEXTS.say("guestlist.plus"), "", "hostPlusWords"), 1)
        row.addWidget(self.plus)
        column = edge_to_edge(QVBoxLayout(self))
        column.addWidget(self.host)
        column.addLayout(row)
        column.addWidget(make_text(TEXTS.say("guestlist.lead", limit=limit), "lead", "hostLead"))
        self.host.textChanged.connect(self._follow)
        self._follow()

    def read(self) -> dict[str, Any] | None:
        """Return it as the API has it; None without a host."""
        host = self.host.text().strip()
        return {"host": host, "plus_max": self.plus.value()} if host else None

    def _follow(self) -> None:
        self.plus.setEnabled(bool(self.host.text().strip()))
