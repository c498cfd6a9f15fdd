"""Letters as dots: shaped by HarfBuzz, filled from the fonts' outlines; no window needed."""

from __future__ import annotations

from functools import cache, lru_cache
from math import ceil, floor
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
import uharfbuzz as hb
from numpy.typing import NDArray

from gatekeeper.printing.line_breaks_and_text_runs import DrawnRun, visual_runs
from gatekeeper.printing.paper_fonts import font_path
from shared.paper.font_families import SHIPPED

Canvas = NDArray[np.uint8]
"""Rows of dots: 255 is ink, 0 is paper."""

_CURVE_STEPS: Final = 6
_FINE: Final = 4
"""Letters are filled on a grid so much finer, and then made into dots."""
_ABOVE: Final = 1.15
_BELOW: Final = 0.5
"""How far letters reach from the baseline, in ems; marks of Arabic and Thai included."""


class _Glyph(NamedTuple):
    number: int
    x: float
    y: float


@cache
def _font(family: str, *, is_bold: bool) -> Any:
    return hb.Font(hb.Face(hb.Blob.from_file_path(font_path(family, is_bold=is_bold))))


@lru_cache(maxsize=4_096)
def _shape(run: DrawnRun, *, is_bold: bool) -> tuple[tuple[_Glyph, ...], float]:
    """Return a run's glyphs and its width, in units of the em."""
    font = _font(run.family, is_bold=is_bold)
    buffer = hb.Buffer()
    buffer.add_str(run.text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if run.is_right_to_left else "ltr"
    hb.shape(font, buffer)
    em = font.face.upem
    glyphs, x = [], 0.0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        where = (x + position.x_offset) / em, position.y_offset / em
        glyphs.append(_Glyph(info.codepoint, *where))
        x += position.x_advance
    return tuple(glyphs), x / em


@lru_cache(maxsize=4_096)
def _outline(family: str, number: int, *, is_bold: bool) -> tuple[NDArray[np.float64], ...]:
    """Return a glyph's contours as polygons, in units of the em, upwards."""
    font = _font(family, is_bold=is_bold)
    contours: list[list[tuple[float, float]]] = []
    functions = hb.DrawFuncs()
    functions.set_move_to_func(lambda x, y, _: contours.append([(x, y)]))
    functions.set_line_to_func(lambda x, y, _: contours[-1].append((x, y)))

    def curve(a: float, b: float, x: float, y: float, _: object) -> None:
        x0, y0 = contours[-1][-1]
        for step in range(1, _CURVE_STEPS + 1):
            t = step / _CURVE_STEPS
            u = 1 - t
            contours[-1].append(
                (u * u * x0 + 2 * u * t * a + t * t * x, u * u * y0 + 2 * u * t * b + t * t * y)
            )

    functions.set_quadratic_to_func(curve)
    font.draw_glyph(number, functions, None)
    em = font.face.upem
    return tuple(np.array(one, dtype=np.float64) / em for one in contours if len(one) > 2)


def text_width(text: str, size: float, *, is_bold: bool = False) -> float:
    """Return how wide a line is, in the unit of `size`."""
    runs = visual_runs(text, starts_right=False)
    return sum(_shape(run, is_bold=is_bold)[1] for run in runs) * size


def draw_text(
    canvas: Canvas,
    text: str,
    at: tuple[float, float],
    size: float,
    *,
    is_bold: bool,
    starts_right: bool = False,
) -> None:
    """Draw a line with its left end and baseline at a place.

    Args:
        canvas: What is drawn on.
        text: One line.
        at: From the left and from the top, in dots.
        size: Of the em, in dots.
        is_bold: In the bold font.
        starts_right: The language of the paper runs from right to left.
    """
    top, bottom = floor(at[1] - _ABOVE * size), ceil(at[1] + _BELOW * size)
    fine = np.zeros(((bottom - top) * _FINE, canvas.shape[1] * _FINE), np.uint8)
    x = at[0]
    for run in visual_runs(text, starts_right=starts_right):
        glyphs, width = _shape(run, is_bold=is_bold)
        for glyph in glyphs:
            contours = _outline(run.family, glyph.number, is_bold=is_bold)
            origin = np.array([x + glyph.x * size, at[1] - top - glyph.y * size])
            points = [
                np.rint((one * (size, -size) + origin) * _FINE - 0.5).astype(np.int32)
                for one in contours
            ]
            if points:
                cv2.fillPoly(fine, points, 255)
        x += width * size
    ink = cv2.resize(fine, (canvas.shape[1], bottom - top), interpolation=cv2.INTER_AREA)
    first, last = max(0, top), min(len(canvas), bottom)
    part = canvas[first:last]
    np.maximum(part, ink[first - top : last - top], out=part)


def line_height(size: float, text: str) -> int:
    """Return the height of a text's lines, in dots; marks of Arabic and Thai need more room."""
    is_plain = all(run.family == SHIPPED[0] for run in visual_runs(text, starts_right=False))
    return round(size * (1.36 if is_plain else 1.5))


def ascent(size: float) -> float:
    """Return how far a line's baseline lies under its top."""
    return size * 1.07
