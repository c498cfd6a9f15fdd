"""Codes on sheets that are not flat are followed module by module, and none is read wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import cv2
import numpy as np
import pytest
import segno
import zxingcpp
from numpy.typing import NDArray

from gatekeeper.readers import qr_grid
from gatekeeper.readers.decoding import CAMERA_LOOK_MAX, LiveDecoder
from gatekeeper.readers.qr_bend import MARGIN, follow
from tests.factories.strength import sized
from tests.fakes.clock import ManualClock

TEXT: Final = "7" * 40 + "0123456789" * 16
_MODULE: Final = 8  # pixels
_QUIET: Final = 4


def _modules(text: str) -> NDArray[np.uint8]:
    made = segno.make(text, version=5, error="m", mode="numeric", boost_error=False)
    dark = np.array([list(row) for row in made.matrix_iter(border=_QUIET)]) > 0
    return np.where(dark, 30, 220).astype(np.uint8)


def _sheet(text: str, reach: float) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Draw a code whose middle lies up to so many modules beside its grid.

    Returns:
        The picture, and how far each of its pixels was moved along, in modules.
    """
    flat = np.kron(_modules(text), np.ones((_MODULE, _MODULE), np.uint8))
    edge = flat.shape[0]
    down, along = np.mgrid[0:edge, 0:edge].astype(np.float32)
    wave = np.sin(np.pi * along / edge) ** 2 * np.sin(np.pi * down / edge) ** 2
    drawn = cv2.remap(flat, along - reach * _MODULE * wave, down, cv2.INTER_LINEAR)
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), 2.0), np.uint8), reach * wave


def _in_room(sheet: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.pad(sheet, 120, constant_values=90)


@pytest.mark.parametrize("reach", [-1.2, 0.0, 1.2])
def test_each_module_of_a_bent_code_is_found(reach: float) -> None:
    """To a quarter of a module, where the picture shows an edge to follow."""
    sheet, truth = _sheet(TEXT, reach)
    size = 37
    homography = np.array([[_MODULE, 0, 32.0], [0, _MODULE, 32.0], [0, 0, 1.0]])
    bend = follow(sheet, homography, 5)
    found = bend.shift[0][MARGIN:-MARGIN, MARGIN:-MARGIN]
    middles = (np.arange(size) + _QUIET) * _MODULE + _MODULE // 2
    away = np.abs(found - truth[np.ix_(middles, middles)])
    assert np.quantile(away, 0.95) < 0.3
    assert np.abs(bend.shift[1]).max() < 0.5


def test_bent_code_is_read_that_a_plain_decoder_cannot_read() -> None:
    """A crumpled ticket is a ticket."""
    frame = _in_room(_sheet(TEXT, 1.3)[0])
    assert not [one for one in zxingcpp.read_barcodes(frame) if one.text]
    decoder = LiveDecoder(ManualClock())
    read = [decoder.second_pass(frame) for _ in range(4)]
    assert {code.text for codes in read for code in codes} == {TEXT}


class _DearBend(ManualClock):
    """A machine on which following a bend takes most of a look's time, and the rest its share."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        equalised = qr_grid._equalised

        def followed(*about: Any) -> Any:
            self.advance(CAMERA_LOOK_MAX * 7 // 10)
            return follow(*about)

        def dear(*about: Any) -> Iterator[Any]:
            for soft in equalised(*about):
                self.advance(CAMERA_LOOK_MAX // 5)
                yield soft

        monkeypatch.setattr(qr_grid, "_equalised", dear)
        monkeypatch.setattr("gatekeeper.readers.qr_grid.qr_bend.follow", followed)


def test_bent_code_is_read_where_following_it_takes_most_of_a_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once that was known, no time was left for it after what is tried as if it were flat."""
    frame = _in_room(_sheet(TEXT, 1.3)[0])
    decoder = LiveDecoder(_DearBend(monkeypatch))
    for _ in range(3):  # visitors
        read = [decoder.second_pass(frame) for _ in range(8)]
        assert {code.text for codes in read for code in codes} == {TEXT}


def _under_glare(text: str, place: int, seed: int) -> NDArray[np.uint8]:
    """Lay a band of glare over a third of a code, too wide for its correction."""
    sheet = _sheet(text, 0.0)[0]
    edge = sheet.shape[0]
    first = 12 * _MODULE + place * 5 * _MODULE
    sheet[first : first + 11 * _MODULE, 5 * _MODULE : edge - 5 * _MODULE] = 250
    noise = np.random.default_rng(seed).normal(0, 2, sheet.shape)
    return _in_room(np.clip(sheet + noise, 0, 255).astype(np.uint8))


def test_glare_that_wanders_hides_no_code() -> None:
    """What one frame does not show, another does: no frame alone can be read."""
    frames = [_under_glare(TEXT, place, place) for place in (0, 1, 2)]
    for frame in frames:
        alone = LiveDecoder(ManualClock())
        assert not any(alone.second_pass(frame) for _ in range(sized(2, 16)))
    decoder = LiveDecoder(ManualClock())
    read = [decoder.second_pass(frame) for _ in range(2) for frame in frames]
    assert {code.text for codes in read for code in codes} == {TEXT}


def test_code_of_the_next_visitor_is_not_mixed_with_the_last_ones() -> None:
    """A code that was seen but not read counts only as long as it is what is seen."""
    other = TEXT[::-1]
    for seed in range(sized(1, 8)):
        decoder = LiveDecoder(ManualClock())
        for place in (0, 1):
            decoder.second_pass(_under_glare(TEXT, place, seed))
        codes = [
            code.text
            for place in (2, 0, 1)
            for code in decoder.second_pass(_under_glare(other, place, seed))
        ]
        assert set(codes) <= {other}, seed
