"""Frames of a phone that is moved through a camera's picture, with the blur of its motion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

WIDTH: Final = 1280
HEIGHT: Final = 720
MODULE_PX: Final = 3.0
BLUR_MODULES: Final = 1.5
_QUIET: Final = 4
_BODY: Final = 16
_LEAD: Final = 4
"""Frames before the one in which the code is whole."""
_NOISE: Final = 3.0


class Frame(NamedTuple):
    """One frame of a film.

    Attributes:
        picture: In grey.
        is_whole: Whether the whole code is in view.
    """

    picture: Grey
    is_whole: bool


def draw_scene(seed: int, moment: int = 0) -> Grey:
    """Draw an entrance without a code: shapes, edges, light from one side, and noise.

    Args:
        seed: Of the entrance.
        moment: Of the noise.
    """
    rng = np.random.default_rng(seed)
    slope = np.linspace(70, 170, WIDTH, dtype=np.float32)
    scene = np.tile(slope, (HEIGHT, 1))
    for _ in range(14):
        x, y = int(rng.integers(0, WIDTH)), int(rng.integers(0, HEIGHT))
        w, h = int(rng.integers(40, 400)), int(rng.integers(40, 300))
        cv2.rectangle(scene, (x, y), (x + w, y + h), float(rng.integers(20, 235)), -1)
    soft = np.asarray(cv2.GaussianBlur(scene, (0, 0), 3), np.float32)
    return _grained(soft, np.random.default_rng([seed, moment]))


def film_phone(text: str, seed: int) -> Iterator[Frame]:
    """Film a phone that crosses the picture, tilted a little, at the limits of what must be read.

    Args:
        text: What the code on its screen says; 3 pixels a module.
        seed: Of the scene, the tilt, the way and the speed.
    """
    rng = np.random.default_rng(seed)
    scene = draw_scene(seed).astype(np.float32)
    phone = _draw_phone(text, float(rng.uniform(-12, 12)))
    height, width = phone.shape
    travel = float(rng.uniform(0.4, 1.0)) * BLUR_MODULES * MODULE_PX
    # A shutter of a third of the frame's time: the phone moves three times as far as it smears.
    step = 3 * travel
    y = int(rng.integers(20, HEIGHT - height - 20))
    # Neither the phone's dark body nor the quiet zone is a part of the code.
    edge = _BODY + int(_QUIET * MODULE_PX)
    x = -edge - _LEAD * step
    while x < WIDTH:
        left = round(x)
        frame = scene.copy()
        seen = phone[:, max(0, -left) : max(0, min(width, WIDTH - left))]
        if seen.size:
            at = max(0, left)
            frame[y : y + height, at : at + seen.shape[1]] = _smeared(seen, travel)
        is_whole = left + edge >= 0 and left + width - edge <= WIDTH
        yield Frame(_grained(frame, rng), is_whole)
        x += step


def _draw_phone(text: str, degrees: float) -> NDArray[np.float32]:
    """Draw a lit screen with a code, turned by an angle, on the dark body of the phone."""
    code = np.array([list(row) for row in segno.make(text, error="m", micro=False).matrix])
    page = np.pad(np.where(code, 25, 235).astype(np.float32), _QUIET, constant_values=235)
    fine = 4
    big = np.kron(page, np.ones((fine, fine), np.float32))
    scale = MODULE_PX / fine
    turned = abs(np.cos(np.radians(degrees))) + abs(np.sin(np.radians(degrees)))
    edge = int(page.shape[0] * MODULE_PX * turned) + 2 * _BODY
    middle = big.shape[0] / 2
    turn = cv2.getRotationMatrix2D((middle, middle), degrees, scale)
    turn[:, 2] += edge / 2 - middle
    drawn = cv2.warpAffine(big, turn, (edge, edge), flags=cv2.INTER_AREA, borderValue=40.0)
    return np.asarray(drawn, np.float32)


def _smeared(picture: NDArray[np.float32], pixels: float) -> NDArray[np.float32]:
    """Blur along the way that it moves."""
    reach = max(1, round(pixels))
    kernel = np.ones((1, reach), np.float32) / reach
    return np.asarray(cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REPLICATE))


def _grained(picture: NDArray[np.float32], rng: np.random.Generator) -> Grey:
    grain = rng.standard_normal(picture.shape, dtype=np.float32) * _NOISE
    return np.clip(picture + grain, 0, 255).astype(np.uint8)
