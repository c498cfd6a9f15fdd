"""Tickets of others by a camera: barcodes as people hold them, askew, and one after the other."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from gatekeeper.readers.decoding import LiveDecoder, decode_thoroughly
from gatekeeper.readers.picture_turning import askew
from gatekeeper.this_machine import EffortClock
from tests.factories.strength import sized
from tests.fakes.clock import ManualClock

WIDTH, HEIGHT = 1280, 720
CENTRE = (700.0, 330.0)
_TEXTS = {
    zxingcpp.BarcodeFormat.Code128: ("1234567890123456", "6543210987654321"),
    zxingcpp.BarcodeFormat.PDF417: ("ABCDEFGH12345678", "HGFEDCBA87654321"),
    zxingcpp.BarcodeFormat.Aztec: ("ABCDEFGH12345678", "HGFEDCBA87654321"),
    zxingcpp.BarcodeFormat.DataMatrix: ("ABCDEFGH12345678", "HGFEDCBA87654321"),
}
LINES = [zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.PDF417]


def _held(kind: zxingcpp.BarcodeFormat, text: str, degrees: float) -> NDArray[np.uint8]:
    """Draw a ticket in front of a camera, turned by so many degrees."""
    code = np.array(zxingcpp.create_barcode(text, kind).to_image(scale=4), dtype=np.uint8)
    if kind == zxingcpp.BarcodeFormat.Code128:
        code = np.repeat(code[:1], code.shape[1] // 3, axis=0)
    ticket = np.pad(code, 40, constant_values=235)
    height, width = ticket.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 400 / code.shape[1])
    turn[:, 2] += CENTRE[0] - width / 2, CENTRE[1] - height / 2
    frame = np.full((HEIGHT, WIDTH), 90, dtype=np.uint8)
    cv2.warpAffine(ticket, turn, (WIDTH, HEIGHT), frame, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    noise = np.random.default_rng(1).normal(0, 2, frame.shape)
    return np.clip(cv2.GaussianBlur(frame, (0, 0), 0.8) + noise, 0, 255).astype(np.uint8)


def _looks(decoder: LiveDecoder, frame: NDArray[np.uint8], text: str) -> int:
    """Return how many hard looks it took to read a text."""
    for count in range(1, 17):
        codes = decoder.second_pass(frame)
        if codes:
            assert [code.text for code in codes] == [text]
            return count
    pytest.fail(f"{text} is not read")


@pytest.mark.parametrize("degrees", sized([-38.0, 12.0, 75.0], [-38.0, -15.0, 12.0, 28.0, 75.0]))
@pytest.mark.parametrize("kind", LINES)
def test_barcode_is_read_however_it_is_held(kind: zxingcpp.BarcodeFormat, degrees: float) -> None:
    """By a camera and in a picture; it is said where it lies."""
    text = _TEXTS[kind][0]
    frame = _held(kind, text, degrees)
    assert abs((askew(frame) + degrees + 45) % 90 - 45) < 3
    _looks(LiveDecoder(ManualClock()), frame, text)
    (code,) = decode_thoroughly([frame], EffortClock())
    middle = np.mean(code.corners, axis=0)
    assert code.text == text
    assert np.abs(middle - CENTRE).max() < 150


@pytest.mark.parametrize("kind", list(_TEXTS))
def test_next_ticket_of_a_kind_is_read_at_the_first_looks(kind: zxingcpp.BarcodeFormat) -> None:
    """Of one event's tickets all are alike: what was read last is looked for first."""
    decoder = LiveDecoder(ManualClock())
    first, other = _TEXTS[kind]
    _looks(decoder, _held(kind, first, 3.0), first)
    assert _looks(decoder, _held(kind, other, -3.0), other) <= 2


def test_barcode_beside_a_qr_code_is_told_as_well() -> None:
    """A picture of a ticket may hold both, and who opens it chooses."""
    kind = zxingcpp.BarcodeFormat.Aztec
    frame = _held(kind, _TEXTS[kind][0], 0.0)
    beside = zxingcpp.create_barcode("https://example.org/terms", zxingcpp.BarcodeFormat.QRCode)
    code = np.pad(np.array(beside.to_image(scale=6), dtype=np.uint8), 30, constant_values=255)
    frame[200 : 200 + code.shape[0], 60 : 60 + code.shape[1]] = code
    texts = {code.text for code in decode_thoroughly([frame], EffortClock())}
    assert texts == {_TEXTS[kind][0], "https://example.org/terms"}
