"""The panels that gates have, and a window over the whole of one."""

from __future__ import annotations

from typing import NamedTuple

from gatekeeper.presenters.colors import Theme
from gatekeeper.presenters.sizes import Extent
from gatekeeper.ui.gate.pages.gate_window import GateWindow

REFERENCE_INCHES = 15.6


class Panel(NamedTuple):
    """A screen that gates have."""

    width: int
    height: int
    inches: float

    @property
    def name(self) -> str:
        """What it is called by."""
        return f"{self.width}x{self.height}-{self.inches:g}in"


PANELS = (
    Panel(800, 480, 7),
    Panel(1024, 600, 7),
    Panel(1024, 600, 10.1),
    Panel(1280, 800, 10.1),
    Panel(480, 800, 7),
    Panel(720, 1280, 5.5),
    Panel(1366, 768, 15.6),
    Panel(1920, 1080, 15.6),
)
TEXT_SIZES = (100, 150, 200)


class PanelWindow(GateWindow):
    """A window over all of a panel that this machine need not have."""

    def __init__(self, panel: Extent, theme: Theme, inches: float) -> None:
        self._panel = panel
        super().__init__(theme, inches)

    def _screen_extent(self) -> Extent:
        return self._panel
