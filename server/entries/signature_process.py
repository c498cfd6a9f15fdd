"""The process that checks signatures for a worker: requests come by standard input, until its end.

A request is its length in four bytes, then a public key and signed entries in MessagePack; the
answer is one byte for each entry, 1 where the key signed it. It imports as little as it can,
because each worker has one.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import IO, Final

import msgspec

from shared.journal.chain import SignedEntry, is_signed_by
from shared.kernel.undecodable import UNDECODABLE

ANSWER_TIMEOUT_S: Final = 10
"""For one answer; then the worker checks by itself."""
_LENGTH_SIZE: Final = 4

_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(tuple[bytes, list[SignedEntry]]).decode


def check_all(public_key: bytes, entries: Sequence[SignedEntry]) -> list[bool]:
    """Tell of each entry whether the key signed these very bytes. Pure."""
    return [is_signed_by(signed, public_key) for signed in entries]


def encode_request(public_key: bytes, entries: Sequence[SignedEntry]) -> bytes:
    """Encode what is asked."""
    body = _ENCODE((public_key, entries))
    return len(body).to_bytes(_LENGTH_SIZE, "big") + body


def answer_all(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests until the worker hangs up."""
    while len(length := asked.read(_LENGTH_SIZE)) == _LENGTH_SIZE:
        public_key, entries = _DECODE(asked.read(int.from_bytes(length, "big")))
        answers.write(bytes(check_all(public_key, entries)))
        answers.flush()


if __name__ == "__main__":
    try:
        answer_all(sys.stdin.buffer, sys.stdout.buffer)
    except (BrokenPipeError, *UNDECODABLE):
        sys.exit(0)  # the worker has gone in the middle of a question
