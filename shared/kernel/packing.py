"""Values are packed as MessagePack and read back; what a decoder cannot read is `Malformed`."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from shared.kernel.errors import Malformed
from shared.kernel.undecodable import UNDECODABLE

MSGPACK: Final = "application/msgpack"
"""The media type of a body that is packed."""
T = TypeVar("T")

_ENCODER: Final = msgspec.msgpack.Encoder()


def pack(value: object) -> bytes:
    """Encode a struct as MessagePack."""
    return _ENCODER.encode(value)


def unpack(encoded: bytes, decoder: msgspec.msgpack.Decoder[T], what: str) -> T:
    """Decode bytes that somebody else made.

    Args:
        encoded: The bytes.
        decoder: Of the type wanted.
        what: What the bytes should have been, for the error's sentence.

    Raises:
        Malformed: if they are not of the decoder's type. (A text that is not UTF-8 surfaces from
            msgspec as a UnicodeDecodeError, deep nesting as a RecursionError.)
    """
    try:
        return decoder.decode(encoded)
    except UNDECODABLE as fault:
        raise Malformed(f"not {what}: {fault}") from None
