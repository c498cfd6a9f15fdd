"""The event's devices, and the code that makes a machine one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.before_doors.devices_client import Device, Pairing
from gatekeeper.organizer.before_doors.open_codes_client import OpenCode
from gatekeeper.presenters.desk.role_state_and_age_words import spell_heard, spell_role
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.before_doors.device_gate_card import DeviceGateCard
from gatekeeper.ui.organizer.before_doors.gate_paper_list_card import GateListCard
from gatekeeper.ui.organizer.before_doors.lost_device_card import LostDeviceCard
from gatekeeper.ui.organizer.before_doors.open_codes_card import OpenCodesCard
from gatekeeper.ui.organizer.before_doors.till_seats_card import TillSeatsCard
from gatekeeper.ui.organizer.before_doors.till_stock_card import StockCard
from gatekeeper.ui.organizer.desk_style import (
    DeskCard,
    called,
    fit_letters,
    make_button,
    make_text,
)
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.plain_table import dress_table
from gatekeeper.ui.organizer.widgets.scrolling_page import bring_into_sight
from gatekeeper.ui.organizer.widgets.search_field import SearchField
from gatekeeper.ui.organizer.widgets.wrapping_row import WrappingRow
from gatekeeper.ui.widgets.qr_picture import QrPicture
from gatekeeper.wording.texts import TEXTS

ROLES: Final = ("gate", "till", "both")
_QR_SIDE: Final = 260
_COLUMNS: Final = ("name", "role", "gate", "heard")


class DevicesPage(LastActLine, QWidget):
    """Lists the devices; makes a code for another one.

    Attributes:
        place: At which gate the chosen one stands.
        stock: What the chosen one may sell on its own.
        seats: Reserved seats that it alone may sell.
        lost: What is done about the chosen one.
        codes: Codes for others that nobody has used yet.
        paper: A gate's list on paper.
    """

    wanted = Signal(str, object)
    """A code for a role, and a gate's id or None."""
    wanted_here = Signal(str, object, str)
    """The same on this laptop, with the gate's name or ""."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskDevices")
        self._gates: dict[str, str] = {}
        self._taken: frozenset[str] = frozenset()
        self._wished, self._count, self._shown_id = "", -1, ""
        self._devices: tuple[Device, ...] = ()
        self._now: datetime | None = None
        self._at_work: set[QWidget] = set()
        rows = fill(QVBoxLayout(self), make_text(TEXTS.say("desk.devices.title"), "title"))
        self._empty = make_text(TEXTS.say("desk.devices.empty"), "lead", "devicesEmpty")
        rows.addWidget(self._empty)
        self.table = _make_table()
        self.table.itemSelectionChanged.connect(self._choose)
        self.search = SearchField(self.table, "deviceSearch")
        fill(rows, self.search, (self.table, 1))
        self.place = DeviceGateCard()
        rows.addWidget(self.place)
        self.stock = StockCard()
        rows.addWidget(self.stock)
        self.seats = TillSeatsCard()
        rows.addWidget(self.seats)
        for card in (self.place, self.stock, self.seats):
            card.busy.connect(partial(self._hold, card))
        self.lost = LostDeviceCard()
        rows.addWidget(self.lost)
        rows.addWidget(make_text(TEXTS.say("desk.devices.add"), "heading", "devicesAdd"))
        rows.addLayout(self._make_ways())
        self._note = make_text("", "good", "devicesSaid")
        self._note.hide()
        fill(rows, self._note, self._make_pairing())
        self.codes = OpenCodesCard()
        self.codes.taken_back.connect(self._forget_taken_back)
        rows.addWidget(self.codes)
        self.paper = GateListCard()
        rows.addWidget(self.paper)
        self._rest = QWidget()
        rows.addWidget(self._rest, 1)

    def _make_pairing(self) -> QFrame:
        self._card = DeskCard()
        self._card.hide()
        self._qr = QrPicture(_QR_SIDE)
        self._how = make_text("", "", "pairingHow")
        self.line = called(QLineEdit(), "pairingLine")
        self.line.setReadOnly(True)
        self._how.setBuddy(self.line)
        copy = make_button(TEXTS.say("desk.copy"), "pairingCopy")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.line.text()))
        text = fill(QVBoxLayout(), self._how, self.line)
        text.addWidget(copy, 0, Qt.AlignmentFlag.AlignLeading)
        text.addStretch(1)
        fill(QHBoxLayout(self._card), self._qr, (text, 1))
        return self._card

    def _make_ways(self) -> WrappingRow:
        self.role, self.gate = ChoiceBox(), ChoiceBox()
        called(self.role, "deviceRole", TEXTS.say("desk.devices.column.role"))
        called(self.gate, "deviceGate", TEXTS.say("desk.devices.column.gate"))
        fit_letters(self.gate)
        for role in ROLES:
            self.role.addItem(spell_role(role), role)
        self.role.currentIndexChanged.connect(self._follow_role)
        go = make_button(TEXTS.say("desk.devices.go"), "deviceGo", self._ask, is_main=True)
        here = make_button(TEXTS.say("desk.devices.here"), "deviceHere", self._ask_here)
        return WrappingRow(self.role, self.gate, go, here)

    def show_gates(self, gates: dict[str, str]) -> None:
        """Offer the event's gates."""
        if gates == self._gates:
            return
        self._gates = gates
        chosen = self._wished or self.gate.currentText()
        self.gate.clear()
        for gate_id, name in gates.items():
            self.gate.addItem(name, gate_id)
        self.gate.setCurrentIndex(max(0, self.gate.findText(chosen)))
        self.paper.show_gates(gates)

    def wish_gate(self, name: str) -> None:
        """Offer a device of a gate, by its name."""
        self._wished = name
        self.role.setCurrentIndex(self.role.findData(ROLES[0]))
        self.gate.setCurrentIndex(max(0, self.gate.findText(name)))

    def show_devices(self, devices: Sequence[Device], now: datetime) -> None:
        """List the devices as they are now; a code is shown until there is another one."""
        if len(devices) > self._count >= 0:
            self.forget_pairing()
        self._count = len(devices)
        self._offer_free({one.gate for one in devices if not one.is_revoked})
        self._empty.setVisible(not devices)
        self.table.setVisible(bool(devices))
        self.search.setVisible(bool(devices))
        self._rest.setVisible(not devices)
        self.table.setRowCount(len(devices))
        self._devices, self._now = tuple(devices), now
        for row, device in enumerate(devices):
            heard = _spell_heard(device, now)
            texts = (device.name, spell_role(device.role), device.gate, heard)
            for column, text in enumerate(texts):
                self._show_cell(row, column, text)
        self._follow_chosen()

    def tell_ages(self, now: datetime) -> None:
        """Say how long ago each was heard while it is asked for: a silent server freezes none."""
        self._now = now
        for row, device in enumerate(self._devices):
            self._show_cell(row, _COLUMNS.index("heard"), _spell_heard(device, now))

    def _show_cell(self, row: int, column: int, text: str) -> None:
        item = self.table.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            self.table.setItem(row, column, item)
        item.setText(TEXTS.isolate(text))

    def _follow_chosen(self) -> None:
        """Stay with the device that was chosen, wherever its row is by now."""
        chosen = self.lost.device
        ids = [one.id for one in self._devices]
        if chosen is not None and chosen.id in ids:
            with QSignalBlocker(self.table):
                # From right to left Qt's `selectRow` would choose none.
                self.table.setCurrentCell(ids.index(chosen.id), 0)
            self._show_chosen(self._devices[ids.index(chosen.id)])
        elif chosen is not None:
            self.table.clearSelection()

    def _choose(self) -> None:
        """Show what can be done about the chosen device; after a look, as it is by then."""
        row = self.table.currentRow() if self.table.selectedItems() else -1
        self._show_chosen(self._devices[row] if 0 <= row < len(self._devices) else None)

    def _show_chosen(self, device: Device | None) -> None:
        self.lost.show_device(device)
        self.place.show_device(device, self._devices, self._now)
        self.stock.show_device(device)
        self.seats.show_device(device)

    def _hold(self, card: QWidget, is_busy: bool) -> None:  # noqa: FBT001 - a signal's
        """Let no other device be chosen while a card is at work."""
        (self._at_work.add if is_busy else self._at_work.discard)(card)
        self.table.setDisabled(bool(self._at_work))

    def _offer_free(self, taken: set[str]) -> None:
        """Offer the first gate without a device, each time that another one has one."""
        is_new, self._taken = not taken <= self._taken, frozenset(taken)
        names = [self.gate.itemText(place) for place in range(self.gate.count())]
        free = [place for place, name in enumerate(names) if name not in taken]
        if free and is_new and self._wished in {"", *taken}:
            self._wished = ""
            self.gate.setCurrentIndex(free[0])

    def show_pairing(self, pairing: Pairing, until: str) -> None:
        """Show a code that makes a device, as a picture and as a line."""
        self._shown_id = pairing.id
        self._qr.show_code(pairing.text)
        icon = TEXTS.say("icon.gate.name")
        self._how.setText(TEXTS.say("desk.devices.how", time=until, icon=icon))
        self.line.setText(pairing.text)
        self.line.setCursorPosition(0)
        self._card.show()
        bring_into_sight(self._card)

    def forget(self) -> None:
        """Show nothing of the event before: its gates and devices are not this one's."""
        self.forget_pairing()
        self._devices, self._count = (), -1
        self.table.setRowCount(0)
        self.lost.show_device(None)
        self.codes.forget()
        self.show_gates({})
        self.say("")

    def forget_pairing(self) -> None:
        """Show no code: it was for another event, or is used."""
        self._card.hide()
        self.line.clear()

    def _forget_taken_back(self, code: OpenCode) -> None:
        if code.id == self._shown_id:
            self.forget_pairing()

    def _follow_role(self) -> None:
        self.gate.setEnabled(self.role.currentData() != "till")

    def _ask(self) -> None:
        role = str(self.role.currentData())
        self.say("")
        self.forget_pairing()
        self.wanted.emit(role, None if role == "till" else self.gate.currentData())

    def _ask_here(self) -> None:
        role, is_till = str(self.role.currentData()), self.role.currentData() == "till"
        self.forget_pairing()
        gate_id = None if is_till else self.gate.currentData()
        self.wanted_here.emit(role, gate_id, "" if is_till else self.gate.currentText())


def _make_table() -> QTableWidget:
    table = QTableWidget(0, len(_COLUMNS))
    called(table, "devicesTable", TEXTS.say("desk.page.devices"))
    dress_table(table, [TEXTS.say(f"desk.devices.column.{column}") for column in _COLUMNS])
    return table


def _spell_heard(device: Device, now: datetime) -> str:
    if device.is_revoked:
        return TEXTS.say("desk.devices.revoked")
    return spell_heard(device.heard_at, now)
