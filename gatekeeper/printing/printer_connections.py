"""The lines to printers: network, serial, a device file; each opened for one job and closed."""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import serial

PRINTER_CONNECT_SECONDS: Final = 2.0
"""For a printer to take the connection, or for its next bytes; it stands in the same room."""

_AT_ONCE: Final = 4_096
_READ_SIZE: Final = 256


class PrinterLine(Protocol):
    """An open line. Its calls block and belong in a thread of their own."""

    def write(self, data: bytes) -> int:
        """Send a piece and return how much of it was taken.

        Raises:
            TimeoutError: if the printer accepts nothing for a while.
            OSError: if the line is cut.
        """

    def read(self, seconds: float) -> bytes:
        """Return what has come; nothing if nothing came in time.

        Raises:
            OSError: if the line is cut.
        """

    def close(self) -> None:
        """Let it go; a printer often takes one connection at a time."""


OpenLine = Callable[[], PrinterLine]


class TcpLine:
    """A printer on the network."""

    def __init__(self, host: str, port: int) -> None:
        """Connect.

        Raises:
            OSError: if it cannot be reached.
        """
        self._socket = socket.create_connection((host, port), PRINTER_CONNECT_SECONDS)

    def write(self, data: bytes) -> int:
        """Send a piece."""
        self._socket.settimeout(PRINTER_CONNECT_SECONDS)
        return self._socket.send(data[:_AT_ONCE])

    def read(self, seconds: float) -> bytes:
        """Return what has come."""
        self._socket.settimeout(max(seconds, 0.001))
        try:
            data = self._socket.recv(_READ_SIZE)
        except TimeoutError:
            return b""
        if not data:
            raise ConnectionResetError("the printer closed the connection")
        return data

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


class SerialLine:
    """A printer on a serial line."""

    def __init__(self, path: str, baud: int) -> None:
        """Open the line.

        Raises:
            OSError: if there is none.
        """
        import serial

        self._line: serial.Serial = serial.Serial(
            path, baud, timeout=0, write_timeout=PRINTER_CONNECT_SECONDS
        )

    def write(self, data: bytes) -> int:
        """Send a piece."""
        import serial

        try:
            return int(self._line.write(data[:_READ_SIZE]) or 0)
        except serial.SerialTimeoutException as fault:
            raise TimeoutError(str(fault)) from fault

    def read(self, seconds: float) -> bytes:
        """Return what has come."""
        self._line.timeout = seconds
        first = self._line.read(1)
        return bytes(first + self._line.read(self._line.in_waiting)) if first else b""

    def close(self) -> None:
        """Close the line."""
        self._line.close()


class DeviceFileLine:
    """A printer on USB, as the system's device file."""

    def __init__(self, path: str) -> None:
        """Open the file for both ways, or only for writing where it cannot be read.

        Raises:
            OSError: if there is none.
        """
        waits_not: int = getattr(os, "O_NONBLOCK", 0)
        try:
            self._file = os.open(path, os.O_RDWR | waits_not)
        except PermissionError:
            self._file = os.open(path, os.O_WRONLY | waits_not)

    def write(self, data: bytes) -> int:
        """Send a piece."""
        _, ready, _ = select.select([], [self._file], [], PRINTER_CONNECT_SECONDS)
        if not ready:
            raise TimeoutError("the printer accepts no data")
        return os.write(self._file, data[:_AT_ONCE])

    def read(self, seconds: float) -> bytes:
        """Return what has come."""
        ready, _, _ = select.select([self._file], [], [], seconds)
        return os.read(self._file, _READ_SIZE) if ready else b""

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
