"""Real photographs: exact texts, in whatever charset, and none that is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gatekeeper.readers.image import decode_file
from gatekeeper.system import SystemClock

_PHOTOS = Path(__file__).parent / "photos"
_EXPECTED: dict[str, str] = json.loads((_PHOTOS / "expected.json").read_text("utf-8"))
# This picture holds a second code inside the first.
_INNER = "[内側QRコード]\r\n\r\n*ダブルQR*\r\nhttp://d-qr.net/ex/"


@pytest.mark.parametrize("name", _EXPECTED)
def test_photo_gives_its_exact_text_and_no_other(name: str) -> None:
    """Blanks, CR LF, control characters and Japanese half-width letters included."""
    texts = [code.text for code in decode_file(_PHOTOS / name, SystemClock())]
    others = {_INNER} if name == "qrcode-2-16.png" else set()
    assert texts.count(_EXPECTED[name]) == 1
    assert set(texts) == {_EXPECTED[name]} | others
