"""From a serial imager's bytes to codes. Pure: bytes and times come in, codes go out.

A code ends with CR, LF or ETX, or when the line has been silent for 50 ms. Where the code before
was ended by a sign, one is waited for through 300 ms: half a ticket is a ticket of nobody's. What
imagers put around a code (STX, ETX, AIM identifiers) is taken off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from gatekeeper.readers.scanner_prefixes_and_ends import strip_frame
from shared.kernel.instant import MILLISECOND, Duration

SERIAL_SILENCE_MAX: Final[Duration] = 50 * MILLISECOND
"""A reader on a cable that ends its codes by no sign has ended one after so long a pause."""
SERIAL_PAUSE_MAX: Final[Duration] = 300 * MILLISECOND
"""Within a code of one that ends its codes by a sign: by radio, bytes stop and go on."""

CODE_BYTES_MAX: Final = 4096
_ENDS: Final = re.compile(rb"[\r\n\x03]")


@dataclass(frozen=True, slots=True)
class SerialCode:
    """One complete code.

    Attributes:
        text: What it says; bytes that are no UTF-8 are read as Latin-1, as most imagers send them.
        at: When its last byte came, in µs of a monotonic clock.
    """

    text: str
    at: Duration


class SerialFraming:
    """Cuts one line's bytes into codes; of one longer than 4096 bytes only the head is told."""

    def __init__(self) -> None:
        """Start with nothing received."""
        self._received = bytearray()
        self._has_ends = False  # the last code was ended by a sign
        self._last_at: Duration = Duration(0)

    def feed(self, piece: bytes, at: Duration) -> list[SerialCode]:
        """Take bytes as they come; return the codes that they complete, oldest first.

        Args:
            piece: As received; a code may come in many pieces, and a piece may end several codes.
            at: When it came, in µs of a monotonic clock.
        """
        codes = self.end_if_silent(at)
        *lines, rest = _ENDS.split(piece)
        for line in lines:
            self._extend(line)
            self._has_ends |= bool(self._received)
            codes += self._end(at)
        self._extend(rest)
        self._last_at = at
        return codes

    def end_if_silent(self, at: Duration) -> list[SerialCode]:
        """Return the code that a silence up to now has ended, if there is one."""
        silence = SERIAL_PAUSE_MAX if self._has_ends else SERIAL_SILENCE_MAX
        if self._received and at - self._last_at >= silence:
            self._has_ends = False
            return self._end(self._last_at)
        return []

    def forget(self) -> None:
        """Drop what was begun, as after the cable was pulled; the next imager may be another."""
        self._clear()
        self._has_ends = False

    def _clear(self) -> None:
        self._received.clear()

    def _extend(self, piece: bytes) -> None:
        self._received += piece
        del self._received[CODE_BYTES_MAX:]

    def _end(self, at: Duration) -> list[SerialCode]:
        # What is cut is longer than any ticket still: it is told, so that the holder is answered.
        received = bytes(self._received)
        self._clear()
        try:
            text = received.decode("utf-8")
        except UnicodeDecodeError:
            text = received.decode("latin-1")
        text = strip_frame(text)
        return [SerialCode(text, at)] if text else []
