"""Real photographs: exact texts, in whatever charset, and none that is wrong."""

from __future__ import annotations

import functools
from typing import Final

import pytest

from gatekeeper.readers.image_files import decode_file
from gatekeeper.this_machine import EffortClock
from tests.factories.field_samples import QR_PHOTOS, needs_field_samples, read_sample

EXPECTED: Final[dict[str, str]] = read_sample(QR_PHOTOS / "expected.json")
INNER: Final = {"qrcode-2/16.png": "[内側QRコード]\r\n\r\n*ダブルQR*\r\nhttp://d-qr.net/ex/"}
"""This picture holds a second code inside the first."""
MISLABELLED: Final = {"qrcode-2/13.png": ("photograph of", "photography of")}
"""The label lacks a letter that the symbol has: readings by several preparations, with most of
the error correction unused, agree on it."""
PHOTOS_READ_MIN: Final = 95


@functools.cache
def _texts(name: str) -> list[str]:
    return [code.text for code in decode_file(QR_PHOTOS / name, EffortClock())]


def _right(name: str) -> str:
    said, meant = MISLABELLED.get(name, ("", ""))
    return EXPECTED[name].replace(said, meant) if said else EXPECTED[name]


@needs_field_samples
@pytest.mark.parametrize("folder", ["qrcode-1", "qrcode-2", "qrcode-3"])
def test_photos_give_their_exact_texts_and_no_other(folder: str) -> None:
    """Blanks, CR LF, control characters and Japanese half-width letters included."""
    wrong = []
    for name in EXPECTED:
        if name.startswith(folder):
            others = set(_texts(name)) - {_right(name), INNER.get(name)}
            wrong += [(name, other) for other in others]
    assert wrong == []


@needs_field_samples
def test_nearly_all_photos_are_read() -> None:
    """The goal is 95 of 97."""
    read = sum(_right(name) in _texts(name) for name in EXPECTED)
    assert read >= PHOTOS_READ_MIN
