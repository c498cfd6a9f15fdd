"""What is kept of the readings of one frame."""

from __future__ import annotations

import numpy as np
import pytest

from gatekeeper.readers.decoder_libraries import PictureLook, ReadSymbol
from gatekeeper.readers.frame_search import FrameSearch


def square(left: float, top: float, edge: float) -> tuple[tuple[float, float], ...]:
    right, low = left + edge, top + edge
    return ((left, top), (right, top), (right, low), (left, low))


@pytest.mark.parametrize(
    ("corners", "texts"),
    [
        (square(0, 220, 80), ["ticket"]),  # the finder pattern at the lower left
        (square(340, 220, 80), ["ticket", "7036"]),
    ],
)
def test_a_finder_pattern_of_a_code_that_was_read_is_no_micro_qr_code(
    corners: tuple[tuple[float, float], ...], texts: list[str]
) -> None:
    """Shaken, it looks like one, in two looks alike: a picture of one ticket gave two texts."""
    search = FrameSearch(np.zeros((300, 420), dtype=np.uint8))
    ticket = ReadSymbol("ticket", "QRCode", "zxing", square(0, 0, 300))
    search.take(PictureLook([ticket]))
    for engine in ("zxing:plain", "zxing:soft"):
        search.take(
            PictureLook([ReadSymbol("7036", "MicroQRCode", engine, corners, is_sure=False)])
        )
    assert [code.text for code in search.codes] == texts
