"""Where icon, word and lines of a verdict stand, for any size of screen."""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtCore import QRectF

from gatekeeper.presenters.gate.verdict_content import VerdictContent
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.widgets.text_fitting import FittedText, TextFitter

_TOP_SHARE: Final = 0.05
_TOP_SHARE_UPRIGHT: Final = 0.12


class _Stage(NamedTuple):
    """A step of shrinking: the icon's share of the short side, and factors of the design."""

    icon: float
    lines: float
    word: float


# Icon and lines give way first; the word keeps its size for three metres as long as it can.
_STAGES: Final = (
    _Stage(1 / 3, 1.0, 1.0),
    _Stage(0.32, 0.94, 1.0),
    _Stage(0.31, 0.88, 1.0),
    _Stage(0.298, 0.82, 1.0),
    _Stage(0.27, 0.82, 1.0),
    _Stage(0.24, 0.82, 1.0),
    _Stage(0.21, 0.82, 1.0),
    _Stage(0.18, 0.82, 1.0),
    _Stage(0.18, 0.82, 0.9),
    _Stage(0.18, 0.82, 0.8),
    _Stage(0.18, 0.75, 0.73),
    _Stage(0.18, 0.66, 0.66),
    _Stage(0.18, 0.58, 0.6),
    _Stage(0.16, 0.5, 0.5),
    _Stage(0.14, 0.42, 0.42),
    _Stage(0.1, 0.34, 0.36),
    _Stage(0.1, 0.26, 0.3),
    _Stage(0.1, 0.2, 0.26),
    _Stage(0.06, 0.2, 0.26),
    _Stage(0.0, 0.2, 0.26),
    _Stage(0.0, 0.1, 0.1),
)
# What is read out is larger than the word as soon as both have no room.
_READ_OUT_STAGES: Final = (
    *_STAGES[:8],
    _Stage(0.18, 0.88, 0.66),
    _Stage(0.18, 0.82, 0.5),
    _Stage(0.12, 0.82, 0.42),
    _Stage(0.1, 0.75, 0.36),
    _Stage(0.06, 0.7, 0.3),
    _Stage(0.0, 0.66, 0.26),
    _Stage(0.0, 0.58, 0.2),
    _Stage(0.0, 0.5, 0.1),
    _Stage(0.0, 0.42, 0.1),
    _Stage(0.0, 0.34, 0.1),
    _Stage(0.0, 0.26, 0.1),
    _Stage(0.0, 0.2, 0.1),
    _Stage(0.0, 0.1, 0.1),
)
_AT_MINIMUM: Final = 0.82
"""Lines keep their smallest legible size until the design has shrunk so far; so does the word."""


class PlacedText(NamedTuple):
    """A fitted text and the top of its first line."""

    text: FittedText
    top: float
    is_bold: bool


class VerdictLayout(NamedTuple):
    """A laid-out verdict; heights are from the panel's top."""

    icon: QRectF
    word: PlacedText
    lines: tuple[PlacedText, ...]
    bottom: float


class Area(NamedTuple):
    """The room that there is: the panel, and the window's shorter side."""

    width: float
    height: float
    window_height: float
    window_short_side: float


def lay_out_verdict(content: VerdictContent, area: Area, sizes: Sizes) -> VerdictLayout:
    """Place everything; shrink in steps until it fits the height.

    Args:
        content: What is said.
        area: Where.
        sizes: The design's sizes in pixels.
    """
    layout = None
    for stage in _READ_OUT_STAGES if content.is_read_out else _STAGES:
        layout = _place(content, area, sizes, stage)
        if layout.bottom <= area.height:
            break
    assert layout is not None
    # Where larger text is wanted, the word gives way before a reason is smaller than without.
    least = sizes.line_min
    if sizes.percent <= 100 or content.is_read_out or _least_of(content, layout) >= least:
        return layout
    for stage in _STAGES:
        larger = _place(content, area, sizes, stage, line_least=least)
        if larger.bottom <= area.height:
            # Nor does it take the icon away: its shape is told without colours.
            return layout if larger.icon.isEmpty() else larger
    return layout


def _least_of(content: VerdictContent, layout: VerdictLayout) -> int:
    """Return the smallest size of the reason's lines; whose ticket it is, is no reason."""
    holder = len(content.facts) if content.holder else -1
    sizes = [one.text.px for place, one in enumerate(layout.lines) if place != holder]
    return min(sizes, default=layout.word.text.px)


def _place(
    content: VerdictContent, area: Area, sizes: Sizes, stage: _Stage, *, line_least: int = 0
) -> VerdictLayout:
    width = area.width - 2 * sizes.margin
    # Where larger text is wanted, shrinking first takes back what that has added.
    enlarged = max(1.0, sizes.percent / 100)
    easing = min(1.0, stage.lines * enlarged / _AT_MINIMUM)
    word_easing = stage.word if content.is_read_out else easing
    word_min = max(sizes.floor, int(sizes.word_min * word_easing))
    line_min = max(sizes.floor, int(sizes.line_min * easing), line_least)
    word = TextFitter(is_bold=True, width=width).fit(
        content.word.upper(),
        preferred=max(word_min, int(sizes.word * stage.word)),
        minimum=word_min,
    )
    line_fitter = TextFitter(is_bold=False, width=width)
    lines = [
        line_fitter.fit(text, preferred=max(least, int(preferred * stage.lines)), minimum=least)
        for texts, preferred, least in (
            (content.facts, sizes.reason, line_min),
            (filter(None, (content.holder,)), sizes.holder, sizes.floor),
            (content.steps, sizes.line, line_min),
        )
        for text in texts
    ]
    icon_side = area.window_short_side * stage.icon
    gap = sizes.px(10) * stage.lines
    total = icon_side + word.height + sum(line.height + gap for line in lines)
    # The icon's place is the same in all states, unless the text needs the room.
    is_upright = area.window_height > area.window_short_side
    share = _TOP_SHARE_UPRIGHT if is_upright else _TOP_SHARE
    top = min(area.window_height * share, max(0.0, (area.height - total) / 2))
    return _stack(area, icon_side, top, gap, word, lines)


def _stack(
    area: Area, icon_side: float, top: float, gap: float, word: FittedText, lines: list[FittedText]
) -> VerdictLayout:
    icon = QRectF((area.width - icon_side) / 2, top, icon_side, icon_side)
    y = top + icon_side + gap / 2
    placed_word = PlacedText(word, y, is_bold=True)
    y += word.height
    placed: list[PlacedText] = []
    for line in lines:
        y += gap
        placed.append(PlacedText(line, y, is_bold=False))
        y += line.height
    return VerdictLayout(icon, placed_word, tuple(placed), y)
