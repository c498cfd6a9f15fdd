"""The connection over which one worker has another decide its claims: what travels, and how.

Each piece begins with its size in four bytes. What is sent within one turn of the loop goes out
together, so that a batch's claims, and its answers, wake the other worker once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Generic, TypeVar, cast

import msgspec

from server.devices.identity import DeviceIdentity
from shared.kernel.undecodable import UNDECODABLE
from shared.wire.claim import ClaimRequest

_SIZE: Final = 4
_Piece = TypeVar("_Piece")


class HandedClaim(msgspec.Struct, array_like=True):
    """A claim whose device has proven itself to the worker that hands it over.

    Attributes:
        until: When nobody waits for its answer any more, by the clock that all processes of a
            machine share (`time.monotonic`).
    """

    number: int
    until: float
    device: DeviceIdentity
    request: ClaimRequest


class HandedAnswer(msgspec.Struct, array_like=True):
    """What a claim was answered.

    Attributes:
        answer: The encoded `ClaimAnswer`; None where whoever asks has to decide for itself.
        together: How many claims were decided in one.
    """

    number: int
    answer: bytes | None
    together: int


class WorkerLink(asyncio.Protocol, Generic[_Piece]):
    """One end of the connection.

    Attributes:
        lost: Done once it is no more; at once where the other side sends what is none of it, as a
            worker of another version may.
    """

    def __init__(self, kind: type[_Piece], take: Callable[[_Piece], None]) -> None:
        """Prepare for a connection.

        Args:
            kind: What comes in.
            take: Takes each piece.
        """
        self._decode = msgspec.msgpack.Decoder(kind).decode
        self._encode = msgspec.msgpack.Encoder().encode
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._come = b""
        self._going: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self.lost: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        """End."""
        self._transport = None
        if not self.lost.done():
            self.lost.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Hand on the pieces that are whole."""
        come, at = self._come + data, 0
        try:
            while (begin := at + _SIZE) <= len(come):
                end = begin + int.from_bytes(come[at:begin], "big")
                if end > len(come):
                    break
                self._take(self._decode(come[begin:end]))
                at = end
        except UNDECODABLE:
            self.close()
        self._come = come[at:]

    def send(self, piece: HandedClaim | HandedAnswer) -> None:
        """Send with the loop's next turn.

        Raises:
            UnicodeEncodeError: for a text that is none: half of a character may have been scanned.
        """
        packed = self._encode(piece)
        if not self._going:
            self._loop.call_soon(self._flush)
        self._going.append(len(packed).to_bytes(_SIZE, "big") + packed)

    def close(self) -> None:
        """Send what is to be sent, and end."""
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def _flush(self) -> None:
        going, self._going = self._going, []
        if going and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(going))
