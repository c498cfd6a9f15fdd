"""A receipt printer at the lowest layer: a TCP port or a serial line, with paper and moods.

It answers as Epson's reference says: status at once, even while it prints; the process id once
everything before it is on paper. One connection at a time is served; others wait or are refused.
"""

from __future__ import annotations

import os
import select
import socket
import threading
from collections.abc import Callable
from typing import Final, Self

from tests.fakes.escpos_paper import EscposPaper
from tests.fakes.serial_line import SerialLine

_TICK: Final = 0.02
_ASKS: Final = b"\x10\x04"
_OPENS: Final = b"\x10\x14\x01"
_FORGETS: Final = bytes.fromhex("10140801031401060208")


class ReceiptPrinter:
    """What lies behind the line.

    Attributes:
        paper: What was printed.
        papers: How many papers were cut off.
        rows_left: Rows of dots until the paper ends; None for a full roll.
        is_low: The roll is near its end.
        is_open: Its cover is.
        is_offline: Its feed button was pressed.
        has_fault: Its cutter jammed.
        is_silent: It answers nothing.
        answers_jobs: It knows process ids.
        hangs_up_after: Bytes after which the line is cut; None never.
    """

    def __init__(self) -> None:
        self.paper = EscposPaper()
        self.rows_left: int | None = None
        self.is_low = self.is_open = self.is_offline = self.has_fault = False
        self.is_silent = False
        self.answers_jobs = True
        self.hangs_up_after: int | None = None
        self.taken = 0
        self._stops = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_out(self) -> bool:
        """Whether the paper has ended."""
        return self.rows_left is not None and self.paper.picture.shape[0] > self.rows_left

    def load_paper(self) -> None:
        """Put a new roll in."""
        self.rows_left = None

    def status(self, number: int) -> int:
        """Return a status byte."""
        if number == 4:
            return 0x12 | (0x0C if self.is_low else 0) | (0x60 if self.is_out else 0)
        if number == 2:
            faults = (0x04 if self.is_open else 0) | (0x40 if self.has_fault else 0)
            return 0x12 | faults | (0x20 if self.is_out else 0)
        held = self.is_open or self.is_out or self.has_fault or self.is_offline
        return 0x12 | (0x08 if held else 0)

    def take(self, data: bytes, answer: Callable[[bytes], object]) -> bool:
        """Print what came; False if the line is to be cut.

        A question, and the words by which it forgets all or opens the drawer, it hears at once:
        also amid a picture of which the rest never came, which takes whatever else follows.
        """
        if self.paper.is_amid and len(data) == 5 and data.startswith(_OPENS):
            self.paper.open_drawer(data[3])
            return True
        if self.paper.is_amid and len(data) == 3 and data.startswith(_ASKS):
            if not self.is_silent:
                answer(bytes([self.status(data[2])]))
            return True
        if self.paper.is_amid and data.startswith(_FORGETS):
            self.paper.forget()
            data = data.removeprefix(_FORGETS)
        if self.hangs_up_after is not None and self.taken + len(data) > self.hangs_up_after:
            self.taken += len(data)
            return False
        self.taken += len(data)
        before = len(self.paper.events)
        self.paper.feed(data)
        for event in self.paper.events[before:]:
            if self.is_silent:
                continue
            if event.kind == "status":
                answer(bytes([self.status(event.value)]))
            if event.kind == "job" and self.answers_jobs and not self.is_out and not self.is_open:
                answer(b"\x37\x22" + event.value + b"\x00")
        return True

    @property
    def cuts(self) -> int:
        """How many papers were cut off."""
        return sum(event.kind == "cut" for event in self.paper.events)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stops.set()
        assert self._thread is not None
        self._thread.join(10)

    def _run(self) -> None:
        raise NotImplementedError


class NetworkPrinter(ReceiptPrinter):
    """On a TCP port, one connection at a time.

    Args:
        port: Where it was before its cable was pulled; 0 for any that is free.

    Attributes:
        port: Where it listens.
        connections: How many it has served.
    """

    def __init__(self, port: int = 0) -> None:
        super().__init__()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=1)
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0

    @property
    def address(self) -> str:
        """As a till's set-up names it."""
        return f"tcp:127.0.0.1:{self.port}"

    def _run(self) -> None:
        with self._listener:
            while not self._stops.is_set():
                if not select.select([self._listener], [], [], _TICK)[0]:
                    continue
                connection, _ = self._listener.accept()
                self.connections += 1
                with connection:
                    self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        while not self._stops.is_set():
            if not select.select([connection], [], [], _TICK)[0]:
                continue
            try:
                data = connection.recv(1_000)
            except OSError:
                return
            if not data or not self.take(data, connection.sendall):
                return


class SerialPrinter(ReceiptPrinter):
    """On a pseudo terminal."""

    def __init__(self) -> None:
        super().__init__()
        self._line = SerialLine()

    @property
    def address(self) -> str:
        """As a till's set-up names it."""
        return f"serial:{self._line.path}@19200"

    @property
    def device(self) -> str:
        """The same line as a device file."""
        return f"device:{self._line.path}"

    def _run(self) -> None:
        near = self._line.near
        while not self._stops.is_set():
            if select.select([near], [], [], _TICK)[0]:
                self.take(os.read(near, 1_000), lambda data: os.write(near, data))
