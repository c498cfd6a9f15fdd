"""How often a JPEG's decoder goes over its dots."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from shared.kernel.jpeg_passes import count_passes
from tests.factories.sent_pictures import make_photograph, make_picture, make_staged_picture


def test_each_scan_is_a_pass() -> None:
    """A picture that comes in rows has one, one in stages ten."""
    assert count_passes(make_photograph()) == 1
    assert count_passes(make_picture(form="JPEG", progressive=True)) == 10
    assert count_passes(make_staged_picture(300)) == 309


@pytest.mark.parametrize("content", [b"", b"\xff", b"\xff\xda", b"\xff\xda\xff", make_picture()])
def test_what_is_no_jpeg_is_read_to_its_end(content: bytes) -> None:
    """It is no fault, and takes no time."""
    assert count_passes(content) <= 1


def test_a_scan_within_a_note_is_none() -> None:
    """A small picture in a large one, and a film behind it, are not unpacked."""
    staged = make_staged_picture(300)
    note = b"\xff\xe1" + struct.pack(">H", len(staged) + 2) + staged
    plain = make_photograph()
    assert count_passes(plain[:2] + note + plain[2:] + staged) == 1


@pytest.mark.parametrize("before", [b"\xff", b"\xff\x01", b"\xff\xd0", b"\x00", b"\xff\xff\xff"])
def test_no_scan_is_hidden_that_is_unpacked(before: bytes) -> None:
    """Filling, and marks that nothing stands behind, are no head of so many bytes."""
    plain = make_picture(form="JPEG", progressive=True)
    last = plain.rindex(b"\xff\xda")
    hidden = plain[:last] + (before + plain[last:-2]) * 90 + plain[-2:]
    with Image.open(io.BytesIO(hidden)) as opened:
        opened.load()
    assert count_passes(hidden) == 99
