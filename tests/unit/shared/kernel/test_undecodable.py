"""What the decoder raises for bytes that it cannot read, and that all of it is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from shared.kernel.undecodable import UNDECODABLE

DEEP = 100_000


@pytest.mark.parametrize(
    ("decode", "content"),
    [
        (msgspec.json.decode, b"{"),
        (msgspec.json.decode, b'{"a": "\xe9"}'),
        (msgspec.json.decode, b"[" * DEEP),
        (msgspec.msgpack.decode, b"\xc1"),
        (msgspec.msgpack.decode, b"\xa1\xe9"),
        (msgspec.msgpack.decode, b"\x91" * DEEP),
        (msgspec.msgpack.decode, b"\xc7\x0c\xff" + b"\xff" * 12),
    ],
)
def test_whatever_bytes_do_to_the_decoder_is_taken(
    decode: Callable[[bytes], Any], content: bytes
) -> None:
    """Cut off, in no UTF-8, within each other without end, and beyond all time."""
    with pytest.raises(UNDECODABLE):
        decode(content)
