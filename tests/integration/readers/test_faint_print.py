"""Paper of a printer that runs out: stripes and spots of the code hold little ink or none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import segno
from numpy.typing import NDArray

from gatekeeper.readers.decoding import LiveDecoder, decode_thoroughly
from gatekeeper.this_machine import EffortClock
from tests.fakes.clock import ManualClock

WIDTH, HEIGHT = 1280, 720
PAPER, INK = 225.0, 40.0
_TEXT = "https://example.org/ticket/7Kq2ZxWm94TbVhLs"
_CELL = 12  # pixels a module is printed with


def _print_out(seed: int) -> NDArray[np.uint8]:
    """Print a ticket with too little ink, and take it before a camera."""
    rng = np.random.default_rng(seed)
    made = segno.make(_TEXT, error="m", micro=False)
    dark = np.array([list(row) for row in made.matrix_iter(border=6)], dtype=np.float32)
    paper = np.kron(1 - dark, np.ones((_CELL, _CELL), dtype=np.float32))
    grain = cv2.GaussianBlur(rng.normal(0, 1, paper.shape).astype(np.float32), (0, 0), 1.5)
    paper[grain > 0.1] = 1.0
    for _ in range(2):
        start = int(rng.integers(0, paper.shape[0]))
        band = slice(start, start + _CELL)
        paper[band] += (1 - paper[band]) * 0.75
    size = round(paper.shape[0] * 7 / _CELL)
    seen = cv2.resize(paper, (size, size), interpolation=cv2.INTER_AREA) * (PAPER - INK) + INK
    frame = np.full((HEIGHT, WIDTH), 90, dtype=np.float32)
    frame[180 : 180 + size, 420 : 420 + size] = seen
    noise = rng.normal(0, 2, frame.shape)
    return np.clip(cv2.GaussianBlur(frame, (0, 0), 0.8) + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("seed", [0, 2])
def test_print_with_too_little_ink_is_read(seed: int) -> None:
    """By a camera within a second, and in a picture."""
    frame = _print_out(seed)
    decoder = LiveDecoder(ManualClock())
    assert decoder.first_pass(frame) == []
    looks = (decoder.second_pass(frame) for _ in range(8))
    codes = next(filter(None, looks), [])
    assert [code.text for code in codes] == [_TEXT]
    assert [code.text for code in decode_thoroughly([frame], EffortClock())] == [_TEXT]
