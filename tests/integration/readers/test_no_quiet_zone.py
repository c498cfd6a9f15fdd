"""Codes whose ground goes up to their edge: cut out on a dark screen, inverted on a white page."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import segno
import zxingcpp

from gatekeeper.readers import qr_finder
from gatekeeper.readers.decoding import LiveDecoder, decode_thoroughly
from gatekeeper.readers.picture_filters import blurred
from gatekeeper.readers.qr_grid import Grey
from tests.factories.phone_film import draw_scene
from tests.factories.strength import sized
from tests.fakes.clock import ManualClock

FRAMES_MAX = 4


def draw(seed: int, *, is_negative: bool) -> tuple[str, Grey]:
    """Draw a code without a quiet zone, tilted and soft, on black, or negative on white."""
    rng = np.random.default_rng(seed)
    text = "".join(str(digit) for digit in rng.integers(0, 10, 60 if seed % 2 else 200))
    made = segno.make(text, error="m", micro=False, boost_error=False)
    modules = np.array([list(row) for row in made.matrix], dtype=np.float32)
    fine = 1 - np.kron(modules, np.ones((12, 12), dtype=np.float32))
    light = np.pad(fine * 0.8 + 0.12, 200, constant_values=0.04)
    scale = float(rng.uniform(3, 5)) / 12
    middle = light.shape[0] / 2
    way = cv2.getRotationMatrix2D((middle, middle), float(rng.uniform(0, 360)), scale)
    way[:, 2] += np.array([640, 360]) - middle
    seen = cv2.warpAffine(light, way, (1280, 720), flags=cv2.INTER_AREA, borderValue=0.04)
    seen = 1 - seen if is_negative else seen
    grain = rng.normal(0, 2, seen.shape)
    return text, blurred(np.clip(seen * 255 + grain, 0, 255).astype(np.uint8), 0.3 * 12 * scale)


@pytest.mark.parametrize("is_negative", [False, True], ids=["on black", "inverted on white"])
@pytest.mark.parametrize("seed", range(sized(2, 8)))
def test_a_code_without_a_quiet_zone_is_read(seed: int, *, is_negative: bool) -> None:
    """Within a few frames of a camera, and in a file; decoders want light around it."""
    text, picture = draw(seed, is_negative=is_negative)
    assert not [one for one in zxingcpp.read_barcodes(picture) if one.text == text]
    decoder = LiveDecoder(ManualClock())
    looks = (decoder.second_pass(picture) for _ in range(FRAMES_MAX))
    assert [code.text for code in next(filter(None, looks), [])] == [text]
    assert [code.text for code in decode_thoroughly([picture], ManualClock())] == [text]


def test_rings_of_letters_and_grain_are_no_symbols() -> None:
    """A page of round letters, an entrance, noise; and what is hardly a picture."""
    page = np.full((720, 1280), 230, dtype=np.uint8)
    for line in range(20, 720, 24):
        letters = "oo0o 800 OOO good 08 boxoffice 6o9 " * 3
        cv2.putText(page, letters, (5, line), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 20, 2)
    noise = np.random.default_rng(1).integers(0, 255, page.shape, dtype=np.uint8)
    for picture in (
        page,
        noise,
        noise[:2],
        noise[:, :1],
        *(draw_scene(seed) for seed in range(4)),
    ):
        assert qr_finder.find_closed_places(picture) == []
    assert LiveDecoder(ManualClock()).second_pass(noise[:1]) == []
