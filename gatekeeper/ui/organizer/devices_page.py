"""The event's devices, and the code that makes a machine one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.desk import Device, Pairing
from gatekeeper.presenters.desk_words import spell_heard, spell_role
from gatekeeper.ui.organizer.looks import make_button, make_text
from gatekeeper.ui.organizer.paper_card import PaperCard
from gatekeeper.ui.organizer.search_field import SearchField
from gatekeeper.ui.widgets.qr_picture import QrPicture
from gatekeeper.wording.texts import TEXTS

ROLES: Final = ("gate", "till", "both")
_QR_SIDE: Final = 260
_COLUMNS: Final = ("name", "role", "gate", "heard")


class DevicesPage(QWidget):
    """Lists the devices; makes a code for another one."""

    wanted = Signal(str, object)
    """A code for a role, and a gate's id or None."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskDevices")
        self._gates: dict[str, str] = {}
        rows = QVBoxLayout(self)
        rows.addWidget(make_text(TEXTS.say("desk.devices.title"), "title"))
        self._empty = make_text(TEXTS.say("desk.devices.empty"), "lead", "devicesEmpty")
        rows.addWidget(self._empty)
        self.table = _make_table()
        self.search = SearchField(self.table, "deviceSearch")
        rows.addWidget(self.search)
        rows.addWidget(self.table, 1)
        rows.addWidget(make_text(TEXTS.say("desk.devices.add"), "heading", "devicesAdd"))
        ask = QHBoxLayout()
        self.role, self.gate = QComboBox(), QComboBox()
        self.role.setObjectName("deviceRole")
        self.gate.setObjectName("deviceGate")
        for role in ROLES:
            self.role.addItem(spell_role(role), role)
        self.role.currentIndexChanged.connect(self._follow_role)
        go = make_button(TEXTS.say("desk.devices.go"), "deviceGo", is_main=True)
        go.clicked.connect(self._ask)
        for widget in (self.role, self.gate, go):
            ask.addWidget(widget)
        ask.addStretch(1)
        rows.addLayout(ask)
        self._card = QFrame()
        self._card.setProperty("role", "card")
        self._card.hide()
        self._qr = QrPicture(_QR_SIDE)
        self._how = make_text("", "", "pairingHow")
        self.line = QLineEdit()
        self.line.setObjectName("pairingLine")
        self.line.setReadOnly(True)
        copy = make_button(TEXTS.say("desk.copy"), "pairingCopy")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.line.text()))
        text = QVBoxLayout()
        text.addWidget(self._how)
        text.addWidget(self.line)
        text.addWidget(copy, 0, Qt.AlignmentFlag.AlignLeading)
        text.addStretch(1)
        card = QHBoxLayout(self._card)
        card.addWidget(self._qr)
        card.addLayout(text, 1)
        rows.addWidget(self._card)
        self.paper = PaperCard()
        rows.addWidget(self.paper)
        self._rest = QWidget()
        rows.addWidget(self._rest, 1)

    def show_gates(self, gates: dict[str, str]) -> None:
        """Offer the event's gates."""
        if gates == self._gates:
            return
        self._gates = gates
        self.gate.clear()
        for gate_id, name in sorted(gates.items(), key=lambda one: one[1]):
            self.gate.addItem(name, gate_id)
        self.paper.show_gates(gates)

    def show_devices(self, devices: Sequence[Device], now: datetime) -> None:
        """List the devices as they are now."""
        self._empty.setVisible(not devices)
        self.table.setVisible(bool(devices))
        self.search.setVisible(bool(devices))
        self._rest.setVisible(not devices)
        self.table.setRowCount(len(devices))
        for row, device in enumerate(devices):
            heard = (
                TEXTS.say("desk.devices.revoked")
                if device.is_revoked
                else spell_heard(device.heard_at, now)
            )
            texts = (device.name, spell_role(device.role), device.gate, heard)
            for column, text in enumerate(texts):
                self.table.setItem(row, column, QTableWidgetItem(text))

    def show_pairing(self, pairing: Pairing, until: str) -> None:
        """Show a code that makes a device, as a picture and as a line."""
        self._qr.show_code(pairing.text)
        self._how.setText(TEXTS.say("desk.devices.how", time=until))
        self.line.setText(pairing.text)
        self.line.setCursorPosition(0)
        self._card.show()

    def forget_pairing(self) -> None:
        """Show no code: it was for another event."""
        self._card.hide()
        self.line.clear()

    def _follow_role(self) -> None:
        self.gate.setEnabled(self.role.currentData() != "till")

    def _ask(self) -> None:
        role = str(self.role.currentData())
        self.wanted.emit(role, None if role == "till" else self.gate.currentData())


def _make_table() -> QTableWidget:
    table = QTableWidget(0, len(_COLUMNS))
    table.setObjectName("devicesTable")
    table.setHorizontalHeaderLabels(
        [TEXTS.say(f"desk.devices.column.{column}") for column in _COLUMNS]
    )
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    return table
