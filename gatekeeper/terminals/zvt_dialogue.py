"""One command to a ZVT terminal and all that it says to it, over one connection.

Nothing is judged here: an ending says what was heard, and whether the command can have been. Every
message of the terminal is acknowledged before the next, as the protocol wants it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec

from gatekeeper.terminals.zvt_codec import Apdu, ApduReader
from gatekeeper.terminals.zvt_messages import (
    ABORTED,
    ACKNOWLEDGED,
    CANCEL,
    COMPLETION,
    PROGRESS,
    REFUSED_CLASS,
    STATUS,
    Result,
    read_progress,
    read_result,
)

TERMINAL_CONNECT_SECONDS: Final = 3.0
"""For a card terminal to take the connection; it stands in the same room."""
TERMINAL_ACK_SECONDS: Final = 5.0
"""For a card terminal to say that it has heard a command: the protocol's own time."""
TERMINAL_ANSWER_SECONDS: Final = 20.0
"""For what needs no card and no bank: registration, the last booking again."""
TERMINAL_RESULT_SECONDS: Final = 120.0
"""For a card to be shown and its bank to answer, from the terminal's last word on."""
TERMINAL_LONGEST_SECONDS: Final = 600.0
"""For one payment, whatever the terminal says meanwhile."""
TERMINAL_IDLE_SECONDS: Final = 20.0
"""How long a terminal may stay busy when it is asked what became of a payment."""
TERMINAL_QUIET_SECONDS: Final = 4.0
"""So long an idle terminal must have booked nothing new before a payment counts as not made."""

_READ_SIZE: Final = 4_096
_RESULTS_MAX: Final = 8
_YES: Final = Apdu(ACKNOWLEDGED)

OnProgress = Callable[[int, str], None]
"""Told of each step: the terminal's code for it, and the text that it shows or ""."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long a terminal may take, in seconds; see `TERMINAL_CONNECT_SECONDS` and the rest."""

    connect: float = TERMINAL_CONNECT_SECONDS
    ack: float = TERMINAL_ACK_SECONDS
    answer: float = TERMINAL_ANSWER_SECONDS
    result: float = TERMINAL_RESULT_SECONDS
    longest: float = TERMINAL_LONGEST_SECONDS
    idle: float = TERMINAL_IDLE_SECONDS
    quiet: float = TERMINAL_QUIET_SECONDS


class End(StrEnum):
    """How a command ended."""

    COMPLETED = "completed"
    ABORTED = "aborted"
    REFUSED = "refused"
    """The terminal would not begin it."""
    SILENT = "silent"
    """It may have been heard, and may still be done."""
    CUT = "cut"
    """As silent: the line ended first."""


class Dialogue(msgspec.Struct, frozen=True, kw_only=True):
    """What was heard.

    Attributes:
        end: How it ended.
        code: Of an abort or a refusal; 0 else.
        data: Of a completion.
        results: Each status information, in order.
    """

    end: End
    code: int = 0
    data: bytes = b""
    results: tuple[Result, ...] = ()


class _Cut(Exception):
    """The line ended."""


class ZvtLine:
    """A connection to a terminal; for one task at a time, `cancel` apart."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pace: Pace
    ) -> None:
        """Speak over these; use `connect`."""
        self._reader, self._writer, self._pace = reader, writer, pace
        self._parts = ApduReader()
        self._waiting: list[Apdu] = []

    @classmethod
    async def connect(cls, host: str, port: int, pace: Pace) -> ZvtLine | None:
        """Connect; None where nobody answers there."""
        try:
            async with asyncio.timeout(pace.connect):
                reader, writer = await asyncio.open_connection(host, port)
        except (OSError, TimeoutError, UnicodeError):  # the last: a name that no resolver takes
            return None
        return cls(reader, writer, pace)

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(self._pace.connect):
                await self._writer.wait_closed()

    async def cancel(self) -> None:
        """Ask the terminal to give up what it is doing; some do not listen."""
        with contextlib.suppress(_Cut):
            await self._send(Apdu(CANCEL))

    async def stop_all(self) -> None:
        """Ask it to give up whatever it does, and take its word for that, if it gives one."""
        with contextlib.suppress(_Cut, TimeoutError):
            await self._send(Apdu(CANCEL))
            async with asyncio.timeout(self._pace.ack):
                await self._await_ack()

    async def ask(
        self, command: Apdu, seconds: float, on_progress: OnProgress | None = None
    ) -> Dialogue:
        """Send a command, and hear the terminal out.

        Args:
            command: What it is to do.
            seconds: How long it may be quiet.
            on_progress: Told of its steps.
        """
        heard = _Heard(on_progress)
        try:
            await self._send(command)
            async with asyncio.timeout(self._pace.ack):
                ack = await self._await_ack()
            if ack.command != ACKNOWLEDGED and ack.command & 0xFF:
                return heard.ended(End.REFUSED, code=ack.command & 0xFF)
            async with asyncio.timeout(self._pace.longest):
                return await self._hear_out(heard, seconds)
        except TimeoutError:
            return heard.ended(End.SILENT)
        except _Cut:
            return heard.ended(End.CUT)

    async def _hear_out(self, heard: _Heard, seconds: float) -> Dialogue:
        while True:
            async with asyncio.timeout(seconds):
                message = await self._receive()
            if message.command == ACKNOWLEDGED or message.command >> 8 == REFUSED_CLASS:
                continue  # of a cancel that was sent meanwhile
            # What it says counts also where the acknowledgement does not arrive any more.
            done = heard.take(message)
            try:
                await self._send(_YES)
            except _Cut:
                if done is None:
                    raise
            if done is not None:
                return done

    async def _await_ack(self) -> Apdu:
        """Wait for the word about a command; what is left of an earlier one is only answered."""
        while True:
            message = await self._receive()
            if message.command == ACKNOWLEDGED or message.command >> 8 == REFUSED_CLASS:
                return message
            await self._send(_YES)

    async def _send(self, message: Apdu) -> None:
        try:
            self._writer.write(message.encode())
            async with asyncio.timeout(self._pace.ack):
                await self._writer.drain()
        except (OSError, TimeoutError) as fault:
            raise _Cut from fault

    async def _receive(self) -> Apdu:
        while not self._waiting:
            try:
                data = await self._reader.read(_READ_SIZE)
            except OSError as fault:
                raise _Cut from fault
            if not data:
                raise _Cut
            self._waiting = self._parts.feed(data)
        return self._waiting.pop(0)


class _Heard:
    """Collects what a terminal says to one command."""

    def __init__(self, on_progress: OnProgress | None) -> None:
        self._on_progress = on_progress
        self._results: list[Result] = []

    def take(self, message: Apdu) -> Dialogue | None:
        """Take a message; the whole, if it was the last."""
        if message.command == COMPLETION:
            return self.ended(End.COMPLETED, data=message.data)
        if message.command == ABORTED:
            return self.ended(End.ABORTED, code=message.data[0] if message.data else 0xFF)
        if message.command == STATUS and len(self._results) < _RESULTS_MAX:
            self._results.append(read_result(message.data))
        elif message.command == PROGRESS and self._on_progress is not None:
            self._on_progress(*read_progress(message.data))
        return None

    def ended(self, end: End, *, code: int = 0, data: bytes = b"") -> Dialogue:
        """Return the whole."""
        return Dialogue(end=end, code=code, data=data, results=tuple(self._results))
