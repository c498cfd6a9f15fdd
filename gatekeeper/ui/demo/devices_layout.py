"""Where the devices stand in the demo's window: gates, till, the wires above, and the card."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gatekeeper.demo.event import NORTH, SOUTH
from gatekeeper.demo.server_and_devices import TILL
from gatekeeper.ui.demo.card_panel import CardPanel
from gatekeeper.ui.demo.demo_style import Design
from gatekeeper.ui.demo.gate_column import DeviceHead, GateColumn
from gatekeeper.ui.demo.story_thread import Plugged
from gatekeeper.ui.demo.till_panel import TillPanel
from gatekeeper.ui.demo.window_parts import Wires
from gatekeeper.ui.filled_layouts import edge_to_edge, fill


class DevicesLayout(QWidget):
    """Lays the devices out side by side under the server; the card once somebody tries."""

    def __init__(self) -> None:
        super().__init__()
        self.wires = Wires()
        self.columns = {name: GateColumn(name) for name in (NORTH, SOUTH)}
        self.till = TillPanel()
        self.card = CardPanel()
        self.card.hide()
        for name, column in self.columns.items():
            self.wires.add_device(name, column)
        self.wires.add_device(TILL, self.till)
        self._devices = fill(QHBoxLayout(), self.card)
        for column in self.columns.values():
            self._devices.addWidget(column, 1)
        self._devices.addWidget(self.till)
        rows = edge_to_edge(QVBoxLayout(self))
        rows.setSpacing(0)
        fill(rows, self.wires, (self._devices, 1))

    @property
    def heads(self) -> dict[str, DeviceHead]:
        """The devices' names with the switches of their cables."""
        heads = {name: column.head for name, column in self.columns.items()}
        return heads | {TILL: self.till.head}

    def take_plugged(self, plugged: Plugged) -> None:
        """Show a cable as it is now."""
        self.wires.set_plugged(plugged.device, is_plugged=plugged.is_plugged)
        if plugged.device == TILL:
            self.till.set_plugged(is_plugged=plugged.is_plugged)
        else:
            self.columns[plugged.device].head.set_plugged(is_plugged=plugged.is_plugged)

    def begin_trying(self) -> None:
        """Give everything free for hands."""
        for column in self.columns.values():
            column.begin_trying()
        self.till.begin_trying()
        self.card.show()

    def retranslate(self) -> None:
        """Say anew what holds names and figures."""
        for column in self.columns.values():
            column.retranslate()
        self.till.retranslate()
        self.card.retranslate()
        self.wires.update()

    def set_design(self, design: Design) -> None:
        """Take other sizes."""
        self._devices.setSpacing(design.px(14))
        self.wires.set_design(design)
        self.till.set_design(design)
        self.card.set_design(design)
        for column in self.columns.values():
            column.set_design(design)
        self.card.setFixedWidth(design.px(292))
        self.till.setFixedWidth(design.px(224))
