"""The process that checks signatures for a worker: requests come by standard input, until its end.

A request is its length in four bytes, then a question in MessagePack; the answer is one byte for
each thing asked of, 1 where it holds. It imports as little as it can, because each worker has one.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import IO, Final

import msgspec

from shared.journal.chain import SignedEntry, is_signed_by
from shared.kernel.ed25519 import SigningKey
from shared.kernel.known_signature import KnownProof, is_known, is_made_again
from shared.kernel.undecodable import UNDECODABLE

ANSWER_TIMEOUT_S: Final = 10
"""For one answer; then the worker checks by itself."""
_LENGTH_SIZE: Final = 4


class AreSigned(msgspec.Struct, frozen=True, array_like=True, tag="signed"):
    """Asks of each entry whether the key signed these very bytes."""

    public_key: bytes
    entries: Sequence[SignedEntry]

    @property
    def count(self) -> int:
        """Of how many things it asks."""
        return len(self.entries)


class AreKnown(msgspec.Struct, frozen=True, array_like=True, tag="known"):
    """Asks of each proof whether who made it knew the signature.

    Attributes:
        proofs: Which.
        seeds: The private halves of public keys, as far as they are ours.
    """

    proofs: Sequence[KnownProof]
    seeds: Mapping[bytes, bytes] = {}

    @property
    def count(self) -> int:
        """Of how many things it asks."""
        return len(self.proofs)


Question = AreSigned | AreKnown

_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(Question).decode


def answer(question: Question) -> list[bool]:
    """Tell of each thing whether it holds. Pure."""
    if isinstance(question, AreKnown):
        own = {public_key: SigningKey(seed) for public_key, seed in question.seeds.items()}
        return [
            ((key := own.get(shown.public_key)) is not None and is_made_again(shown, key))
            or is_known(shown)
            for shown in question.proofs
        ]
    return [is_signed_by(signed, question.public_key) for signed in question.entries]


def encode_request(question: Question) -> bytes:
    """Encode what is asked."""
    body = _ENCODE(question)
    return len(body).to_bytes(_LENGTH_SIZE, "big") + body


def answer_all(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests until the worker hangs up."""
    while len(length := asked.read(_LENGTH_SIZE)) == _LENGTH_SIZE:
        question: Question = _DECODE(asked.read(int.from_bytes(length, "big")))
        answers.write(bytes(answer(question)))
        answers.flush()


if __name__ == "__main__":
    try:
        answer_all(sys.stdin.buffer, sys.stdout.buffer)
    except (BrokenPipeError, *UNDECODABLE):
        sys.exit(0)  # the worker has gone in the middle of a question
