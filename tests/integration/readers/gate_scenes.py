"""Rendered gate scenes: a ticket's QR code as a camera at a gate sees it, from a seed.

A scene is a 1280×720 grey frame with one code of 200 digits (version 5-M, as tickets have) on a
phone or on paper, tilted and turned, then spoilt in one chief way and a little in others. The
same seed gives the same frame. The ranges were set so that plain zxing-cpp reads about four in
five, no reader in mind; they say nothing about any real camera.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
_Light = NDArray[np.float32]

WIDTH: Final = 1280
HEIGHT: Final = 720
KINDS: Final = ("motion", "defocus", "glare", "moire", "low_light", "dirt", "inverted", "tilt")
_CELL = 12  # pixels a module has before it is put into the scene


@dataclass(frozen=True, slots=True)
class Scene:
    """One frame, the text its code holds, and what was done to it.

    `corners` are those of the code without its quiet zone, from its top left on, clockwise.
    """

    seed: int
    kind: str
    text: str
    frame: Grey
    corners: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where the code stands: its homography from code pixels, and its scale."""

    homography: NDArray[np.float64]
    module: float  # pixels of the frame per module
    centre: tuple[float, float]
    size: float  # edge of the code with its quiet zone, pixels of the frame


def render(seed: int) -> Scene:
    """Make the scene of a seed; kinds come in turn."""
    rng = np.random.default_rng([seed, 20261120])
    kind = KINDS[seed % len(KINDS)]
    text = "".join(str(digit) for digit in rng.integers(0, 10, 200))
    code = _code(text)
    if kind == "inverted":
        code = 1.0 - code
    code = _soil(code, rng, heavy=kind == "dirt")
    placed = _place(code.shape[0], rng, steep=kind == "tilt")
    light = _compose(code, placed, rng)
    match kind:
        case "motion":
            light = _shake(light, rng.uniform(0.6, 1.9) * placed.module, rng)
        case "defocus":
            light = _defocus(light, rng.uniform(0.3, 0.95) * placed.module)
        case "glare":
            light = _glare(light, placed, rng)
        case "moire":
            light = _moire(light, placed, rng)
        case _:
            pass
    if kind not in ("motion", "defocus"):
        light = _defocus(light, rng.uniform(0.0, 0.4) * placed.module)
        light = _shake(light, rng.uniform(0.0, 0.6) * placed.module, rng)
    frame = _capture(light, rng, dark=kind == "low_light")
    return Scene(seed, kind, text, frame, _corners(code.shape[0], placed))


def passage(seed: int) -> tuple[str, Iterator[tuple[Grey, bool]]]:
    """Let a phone move through the picture, from left to right, 30 frames a second.

    Returns:
        The text of its code; and per frame, whether the code is wholly in it.
    """
    rng = np.random.default_rng([seed, 20261122])
    text = "".join(str(digit) for digit in rng.integers(0, 10, 200))
    code = _soil(_code(text), rng, heavy=False)
    placed = _place(code.shape[0], rng, steep=False)
    return text, _move(code, placed, rng)


def _move(code: _Light, placed: _Placed, rng: np.random.Generator) -> Iterator[tuple[Grey, bool]]:
    scene_seed = int(rng.integers(1 << 30))
    speed, y = rng.uniform(15, 45), rng.uniform(250, 470)
    x = -placed.size * 0.1
    while x < WIDTH + placed.size * 0.4:
        shift = np.array([[1, 0, x - placed.centre[0]], [0, 1, y - placed.centre[1]], [0, 0, 1]])
        moved = _Placed(np.asarray(shift @ placed.homography), placed.module, (x, y), placed.size)
        light = _compose(code, moved, np.random.default_rng(scene_seed))
        light = _defocus(light, rng.uniform(0, 0.4) * placed.module)
        light = _shake(light, rng.uniform(0, 1.5) * placed.module, rng)
        corners = _corners(code.shape[0], moved)
        margin = 2 * placed.module
        is_whole = bool(
            (corners > margin).all() and (corners < (WIDTH - margin, HEIGHT - margin)).all()
        )
        yield _capture(light, rng, dark=False), is_whole
        x += speed


def empty_frame(seed: int) -> Grey:
    """Make a frame with no code in view: clutter, edges, noise."""
    rng = np.random.default_rng([seed, 20261121])
    return _capture(_background(rng), rng, dark=False)


def _code(text: str) -> _Light:
    made = segno.make(text, version=5, error="m", mode="numeric", boost_error=False)
    modules = np.array([list(row) for row in made.matrix_iter(border=4)], dtype=np.float32)
    return np.kron(1.0 - (modules > 0), np.ones((_CELL, _CELL))).astype(np.float32)


def _soil(code: _Light, rng: np.random.Generator, *, heavy: bool) -> _Light:
    """Ink unevenness for all; stains, scratches and a fold for the dirty ones."""
    edge = code.shape[0]
    ink, paper = rng.uniform(0.03, 0.18), rng.uniform(0.75, 1.0)
    code = code * (paper - ink) + ink
    if not heavy:
        return code.astype(np.float32)
    layer = np.zeros_like(code)
    for _ in range(int(rng.integers(2, 9))):
        middle = (int(rng.integers(0, edge)), int(rng.integers(0, edge)))
        axes = (int(rng.uniform(0.5, 2.6) * _CELL), int(rng.uniform(0.5, 2.6) * _CELL))
        cv2.ellipse(layer, middle, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
    for _ in range(int(rng.integers(0, 6))):
        ends = rng.integers(0, edge, (2, 2))
        thick = int(rng.integers(1, _CELL))
        cv2.line(layer, tuple(map(int, ends[0])), tuple(map(int, ends[1])), 1.0, thick)
    layer = cv2.GaussianBlur(layer, (0, 0), _CELL / 4) * rng.uniform(0.6, 1.0)
    code = code * (1 - layer) + layer * rng.uniform(0.05, 0.95)
    fold = np.exp(-(((np.arange(edge) - rng.uniform(0, edge)) / _CELL) ** 2))
    return (code * (1 - rng.uniform(0, 0.5) * fold[None, :])).astype(np.float32)


def _place(edge: int, rng: np.random.Generator, *, steep: bool) -> _Placed:
    module = float(rng.uniform(3.2, 7.5))
    size = module * edge / _CELL
    margin = size * 0.6
    middle = (
        float(rng.uniform(margin, WIDTH - margin)),
        float(rng.uniform(min(margin, 355), HEIGHT - min(margin, 355))),
    )
    turn = rng.uniform(0, 2 * np.pi) if rng.random() < 0.3 else rng.normal(0, 0.2)
    yaw = rng.uniform(0.6, 1.1) if steep else rng.uniform(0, 0.45)
    lean = rng.uniform(0, 2 * np.pi)
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=np.float64) / 2
    # Turn about an axis in the plane, seen from 2.5 code widths away.
    axis = np.array([np.cos(lean), np.sin(lean)])
    out = []
    for corner in square:
        along, across = corner @ axis, corner @ np.array([-axis[1], axis[0]])
        depth = 1 + across * np.sin(yaw) / 2.5
        flat = axis * along + np.array([-axis[1], axis[0]]) * across * np.cos(yaw)
        cosine, sine = np.cos(turn), np.sin(turn)
        x, y = flat / depth
        out.append(
            (
                middle[0] + size * (x * cosine - y * sine),
                middle[1] + size * (x * sine + y * cosine),
            )
        )
    corners = np.array([[0, 0], [edge, 0], [edge, edge], [0, edge]], dtype=np.float32)
    homography = cv2.getPerspectiveTransform(corners, np.array(out, dtype=np.float32))
    return _Placed(np.asarray(homography, dtype=np.float64), module, middle, size)


def _corners(edge: int, placed: _Placed) -> NDArray[np.float64]:
    near, far = 4.0 * _CELL, edge - 4.0 * _CELL
    square = np.array([[near, near, 1], [far, near, 1], [far, far, 1], [near, far, 1]])
    seen = square @ placed.homography.T
    return np.asarray(seen[:, :2] / seen[:, 2:], dtype=np.float64)


def _background(rng: np.random.Generator) -> _Light:
    light = cv2.resize(
        rng.uniform(0.1, 0.7, (5, 8)).astype(np.float32),
        (WIDTH, HEIGHT),
        interpolation=cv2.INTER_CUBIC,
    )
    for _ in range(int(rng.integers(8, 30))):
        first = (int(rng.integers(0, WIDTH)), int(rng.integers(0, HEIGHT)))
        second = (first[0] + int(rng.integers(10, 300)), first[1] + int(rng.integers(5, 200)))
        cv2.rectangle(light, first, second, float(rng.uniform(0, 1)), int(rng.integers(-1, 4)))
    words = (np.clip(light, 0, 1) * 255).astype(np.uint8)
    for _ in range(6):
        where = (int(rng.integers(0, WIDTH - 200)), int(rng.integers(20, HEIGHT)))
        word = "".join(chr(int(c)) for c in rng.integers(65, 91, 9))
        cv2.putText(
            words,
            word,
            where,
            cv2.FONT_HERSHEY_SIMPLEX,
            float(rng.uniform(0.5, 2)),
            int(rng.integers(0, 256)),
            int(rng.integers(1, 4)),
        )
    return (words.astype(np.float32) / 255).astype(np.float32)


def _compose(code: _Light, placed: _Placed, rng: np.random.Generator) -> _Light:
    light = _background(rng)
    # Twice the size, then averaged: edges as a lens and a sensor make them, not as a table does.
    double = np.diag([2.0, 2.0, 1.0]) @ placed.homography
    large = (2 * WIDTH, 2 * HEIGHT)
    warped = cv2.warpPerspective(code, double, large, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.ones_like(code), double, large)
    warped = cv2.resize(warped, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    mask = cv2.resize(mask, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    shade = cv2.resize(
        rng.uniform(0.65, 1.0, (2, 3)).astype(np.float32),
        (WIDTH, HEIGHT),
        interpolation=cv2.INTER_LINEAR,
    )
    return ((light * (1 - mask) + warped) * shade).astype(np.float32)


def _shake(light: _Light, length: float, rng: np.random.Generator) -> _Light:
    size = int(np.ceil(length)) | 1
    if size < 3:
        return light
    kernel = np.zeros((size * 8, size * 8), dtype=np.float32)
    angle = rng.uniform(0, np.pi)
    middle = size * 4
    offset = np.array([np.cos(angle), np.sin(angle)]) * length * 4
    first = tuple(round(middle - part) for part in offset)
    second = tuple(round(middle + part) for part in offset)
    cv2.line(kernel, first, second, 1.0, 6)
    small = cv2.resize(kernel, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.filter2D(light, -1, small / small.sum()), dtype=np.float32)


def _defocus(light: _Light, radius: float) -> _Light:
    """Blur with a disc, as a lens out of focus does."""
    if radius < 0.3:
        return light
    size = int(np.ceil(radius)) * 2 + 1
    fine = np.zeros((size * 8, size * 8), dtype=np.float32)
    cv2.circle(fine, (size * 4, size * 4), round(radius * 8), 1.0, -1)
    small = cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.filter2D(light, -1, small / small.sum()), dtype=np.float32)


def _glare(light: _Light, placed: _Placed, rng: np.random.Generator) -> _Light:
    """A lamp's reflection: saturated in the middle, veiling around it."""
    spread = placed.size * rng.uniform(0.05, 0.2)
    angle = rng.uniform(0, 2 * np.pi)
    away = placed.size * rng.uniform(0.0, 0.6)
    x = placed.centre[0] + away * np.cos(angle)
    y = placed.centre[1] + away * np.sin(angle)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    stretch = rng.uniform(1, 2.5)
    distance = ((columns - x) / (spread * stretch)) ** 2 + ((rows - y) / spread) ** 2
    spot = rng.uniform(0.4, 1.3) * np.exp(-distance / 2)
    veil = rng.uniform(0.05, 0.3) * np.exp(-distance / 30)
    return np.asarray(np.clip(light + spot + veil, 0, 1.2), dtype=np.float32)


def _moire(light: _Light, placed: _Placed, rng: np.random.Generator) -> _Light:
    """Bands where a screen's grid and the sensor's beat against each other."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    for _ in range(int(rng.integers(1, 4))):
        angle = rng.uniform(0, np.pi)
        period = rng.uniform(0.5, 4.0) * placed.module
        phase = rng.uniform(0, 2 * np.pi)
        bow = rng.normal(0, 0.2) * columns * rows / WIDTH
        travel = columns * np.cos(angle) + rows * np.sin(angle) + bow
        depth = rng.uniform(0.04, 0.22)
        light = light * (1 - depth + depth * np.sin(2 * np.pi * travel / period + phase))
    return np.asarray(np.clip(light, 0, 1), dtype=np.float32)


def _capture(light: _Light, rng: np.random.Generator, *, dark: bool) -> Grey:
    """Expose, add the sensor's noise, and compress as a camera's stream does."""
    gain = rng.uniform(0.09, 0.3) if dark else rng.uniform(0.7, 1.1)
    noise = rng.uniform(3.0, 7.0) if dark else rng.uniform(0.5, 4.0)
    frame = light * gain * 255 + rng.normal(0, noise, light.shape)
    grey = np.clip(frame, 0, 255).astype(np.uint8)
    quality = int(rng.integers(50, 95))
    _, packed = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
