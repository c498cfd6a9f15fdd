"""The charts of the live board, drawn by pyqtgraph: the only file that knows it.

A line is told from another by its colour, its dashes and its marks; the colours keep apart for who
sees no red or green, on the light page as on the dark one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QApplication, QWidget

from gatekeeper.presenters.colors import Theme
from gatekeeper.presenters.desk.live_chart_figures import (
    LINES,
    Bar,
    ChartLine,
    elide,
    spell_minute,
)

_DASHES: Final = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DashDotDotLine,
    Qt.PenStyle.SolidLine,
)
_MARKS: Final = ("o", "s", "t", "d", "+", "x")
_HEIGHT: Final = 240
_TICKS: Final = 6
_COLUMNS: Final = 3
_ROOM: Final = 0.16
"""Of the chart's height, for each row of its legend."""
_POINT_SIZE: Final = 9.0


class _Axis(pg.AxisItem):  # type: ignore[misc]  # ships no types
    """Draws its figures straight away.

    The one that ships keeps them as a recording, and looks up fonts anew whenever it is played:
    a third of the time that a chart takes. And it gives up room as soon as its figures are a
    little narrower, for which the whole chart is laid out again and drawn twice.
    """

    picture: Any
    _drawn: Any = None

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation=orientation)
        self.setStyle(autoReduceTextSpace=False, maxTickLevel=1)

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        """Write whole numbers alone: nobody comes by halves."""
        whole = [(step, at) for step, at in super().tickSpacing(low, high, size) if step >= 1]
        return whole or [(1.0, 0.0)]

    def paint(self, painter: Any, _option: Any, _widget: Any) -> None:
        """Draw what was worked out when anything changed last."""
        painter.save()
        if self.style["tickFont"]:
            painter.setFont(self.style["tickFont"])
        if self.picture is None:  # whatever changes makes it so
            self._drawn = self.generateDrawSpecs(painter)
            self.picture = True
        if self._drawn is not None:
            self.drawPicture(painter, *self._drawn)
        painter.restore()


class _Chart(pg.PlotWidget):  # type: ignore[misc]  # ships no types
    """A plot that is only looked at: whatever it shows stands in a table beside it."""

    def __init__(self, theme: Theme, name: str, axes: dict[str, _Axis]) -> None:
        every = {side: _Axis(side) for side in ("left", "bottom")} | axes
        super().__init__(background=theme.panel.ground, axisItems=every)
        self.setObjectName(name)
        self.setFixedHeight(_HEIGHT)
        # Time runs to the right, as on every clock's chart, also where words run to the left.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseEnabled(x=False, y=False)
        self.setMenuEnabled(False)
        self.hideButtons()
        font = QFont(QApplication.font())
        font.setPointSizeF(_POINT_SIZE)
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.muted))
            axis.setTickFont(font)
        self.showGrid(x=False, y=True, alpha=0.25)
        self._range: tuple[Any, ...] = ()

    def show_range(self, across: tuple[float, float], up: tuple[float, float], pad: float) -> None:
        """Show so much of the plane; nothing is worked out anew for the same."""
        if (across, up) != self._range:
            self._range = (across, up)
            self.setRange(xRange=across, yRange=up, padding=pad)

    def wheelEvent(self, event: Any) -> None:
        """Let the page scroll."""
        event.ignore()


class MinuteChart(_Chart):
    """Numbers minute by minute, a line for each name."""

    def __init__(self, theme: Theme, name: str) -> None:
        self._minutes = _MinuteAxis("bottom")
        super().__init__(theme, name, {"bottom": self._minutes})
        self._theme = theme
        self._legend = self.addLegend(
            offset=(8, 2), colCount=_COLUMNS, labelTextColor=theme.panel.figure
        )
        self._lines: list[Any] = []
        self._names: list[str] = []
        self._shown: list[tuple[int, ...]] = []

    def show_series(self, since: datetime, series: Sequence[ChartLine]) -> None:
        """Draw the lines, in place of those before."""
        self._minutes.begin(since)
        names = [elide(one.name) for one in series]
        if names != self._names:
            self._begin(names)
        shown = [one.values for one in series]
        for line, values, before in zip(self._lines, shown, self._shown, strict=True):
            if values != before:
                line.setData(np.arange(len(values)), _numbers(values))
        self._shown = shown
        top = round_up(max((max(values, default=1) for values in shown), default=1))
        length = max(map(len, shown), default=1)
        rows = -(-len(names) // _COLUMNS)
        upper = 1.05 * top / (1 - _ROOM * rows)
        self.show_range((0, max(1, length - 1)), (0, upper), 0.02)

    def _begin(self, names: list[str]) -> None:
        for line in self._lines:
            self.removeItem(line)
        self._legend.clear()
        self._names, self._lines = names, []
        self._shown = [() for _ in names]
        colors = LINES["light" if self._theme.name == "light" else "dark"]
        for place, name in enumerate(names):
            color = colors[place % len(colors)]
            self._lines.append(
                self.plot(
                    pen=pg.mkPen(color, width=2, style=_DASHES[place % len(_DASHES)]),
                    symbol=_MARKS[place % len(_MARKS)],
                    symbolSize=6,
                    symbolPen=pg.mkPen(color),
                    symbolBrush=pg.mkBrush(color),
                    name=name,
                )
            )


class ZoneChart(_Chart):
    """Who is inside each zone, what it may be, and the most that may be."""

    def __init__(self, theme: Theme, name: str) -> None:
        self._names = _Axis("left")
        super().__init__(theme, name, {"left": self._names})
        colors = LINES["light" if theme.name == "light" else "dark"]
        self._bars = pg.BarGraphItem(
            x0=[0], y=[0], width=[0], height=0.5, brush=pg.mkBrush(colors[0]), pen=None
        )
        self._bounds = pg.ErrorBarItem(
            x=_numbers([0]), y=_numbers([0]), left=_numbers([0]), right=_numbers([0]),
            beam=0.3, pen=pg.mkPen(theme.panel.figure, width=2),
        )  # fmt: skip
        self._limits = pg.ScatterPlotItem(
            symbol="d", size=13, pen=pg.mkPen(QColor(theme.bad), width=2), brush=None
        )
        for item in (self._bars, self._bounds, self._limits):
            self.addItem(item)
        self.getPlotItem().invertY(True)
        self.showGrid(x=True, y=False, alpha=0.25)

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Draw the zones, the first at the top."""
        places = list(range(len(bars)))
        self.setFixedHeight(max(_HEIGHT // 2, 40 + 34 * len(bars)))
        self._names.setTicks([[(place, elide(one.name)) for place, one in enumerate(bars)]])
        inside = [one.inside for one in bars]
        self._bars.setOpts(x0=[0] * len(bars), y=places, width=inside)
        self._bounds.setData(
            x=_numbers(inside),
            y=_numbers(places),
            left=_numbers([one.inside - one.low for one in bars]),
            right=_numbers([max(0, (one.high or one.inside) - one.inside) for one in bars]),
        )
        limited = [(one.capacity, place) for place, one in enumerate(bars) if one.capacity]
        self._limits.setData(x=[one[0] for one in limited], y=[one[1] for one in limited])
        top = max((max(one.inside, one.high or 0, one.capacity or 0) for one in bars), default=1)
        self.show_range((0, round_up(top) * 1.05), (-0.6, len(bars) - 0.4), 0)


class _MinuteAxis(_Axis):
    """Says minutes as times of the day."""

    since: datetime | None = None

    def begin(self, since: datetime) -> None:
        """Say times from this minute on."""
        if since != self.since:
            self.since, self.picture = since, None
            self.update()

    def tickStrings(self, values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
        """Return what stands at some places."""
        if self.since is None:
            return ["" for _ in values]
        return [spell_minute(self.since, int(value)) for value in values]

    def tickValues(self, low: float, high: float, _size: float) -> list[tuple[int, list[int]]]:
        """Return at which places something stands: whole minutes, a handful of them."""
        span = max(1, int(high) - int(low))
        step = max(1, span // _TICKS)
        return [(step, list(range(max(0, int(low)), int(high) + 1, step)))]


def _numbers(values: Sequence[float]) -> Any:
    return np.array(values, dtype=float)


def round_up(top: int) -> int:
    """Return a chart's end that stays for a while, though its figures grow with each look.

    Two digits, the second an even one: never more than a fifth above what is shown.
    """
    step = int("2" + "0" * (len(str(top)) - 2))
    return -(-max(1, top) // step) * step


def tell_apart(chart: QWidget, name: str, words: str) -> None:
    """Say to who cannot see a chart what it is, and where its figures stand."""
    chart.setAccessibleName(name)
    chart.setAccessibleDescription(words)
