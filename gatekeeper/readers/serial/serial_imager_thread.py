"""One serial imager on a thread of its own: finds its port, reads codes, finds it again."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

import serial

from gatekeeper.readers.ports import RawScan, ReaderHealth
from gatekeeper.readers.serial.framing import SERIAL_SILENCE_MAX, SerialFraming
from gatekeeper.readers.serial.wanted_port import SerialPort, WantedPort, list_ports
from shared.kernel.instant import MILLISECOND, SECOND, Duration
from shared.kernel.os_errors import words_of_system
from shared.kernel.ports import Clock

SERIAL_RETRY: Final[Duration] = SECOND
"""Between two tries to open a reader on a cable that is not there."""

_LINE_FAULTS: tuple[type[Exception], ...] = (
    OSError,  # serial.SerialException is one
    TypeError,  # pyserial finds None where its descriptor was, if the port is closed meanwhile
    ValueError,
)
with suppress(ImportError):  # there is none on Windows
    import termios

    _LINE_FAULTS += (termios.error,)

_CODES_MAX: Final = 1024
_READ_SIZE: Final = 4096
_WAIT: Final[Duration] = 20 * MILLISECOND
_AT_WORK: Final[set[str]] = set()
"""Paths of the lines that this program's imagers are heard on."""


class SerialSource:
    """A running imager.

    Attributes:
        fault: What a person can do about an imager that is not ready, or an empty text.
    """

    def __init__(
        self,
        wanted: WantedPort,
        clock: Clock,
        *,
        retry: Duration = SERIAL_RETRY,
        ports: Callable[[], Iterable[SerialPort]] = list_ports,
    ) -> None:
        """Start listening at once; the imager may come later.

        Args:
            wanted: Which port.
            clock: The machine's.
            retry: Between two attempts to find a port that is gone.
            ports: Lists the ports that there are.
        """
        self.fault = ""
        self._wanted = wanted
        self._clock = clock
        self._retry = retry
        self._ports = ports
        self._codes: deque[RawScan] = deque(maxlen=_CODES_MAX)
        self._framing = SerialFraming()
        self._health = ReaderHealth.ABSENT
        self._quit = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"serial {wanted}", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"Imager {self._wanted}"

    @property
    def health(self) -> ReaderHealth:
        """How it is now."""
        return self._health

    def poll(self) -> list[RawScan]:
        """Return what was read since the last call, oldest first."""
        codes: list[RawScan] = []
        while self._codes:
            codes.append(self._codes.popleft())
        return codes

    def close(self) -> None:
        """Let the port go; may be called twice."""
        self._quit.set()
        self._thread.join(timeout=5)

    # -- the thread --------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._quit.is_set():
            line = self._open()
            if line is not None:
                self._health, self.fault = ReaderHealth.READY, ""
                _AT_WORK.add(line.port)
                self._listen(line)
                _AT_WORK.discard(line.port)
                with suppress(*_LINE_FAULTS):
                    line.close()
                self._framing.forget()
            if not self._quit.is_set():
                self._health = ReaderHealth.ABSENT
                self._quit.wait(self._retry / SECOND)

    def _open(self) -> Any:
        faults = [f"no serial scanner {self._wanted}; plug it in"]
        # Of several that are alike, another source may have the first.
        for path in self._wanted.find_all(self._ports()):
            if self._wanted.path is None and path in _AT_WORK:
                faults.append(
                    f"another serial scanner {self._wanted} is in use; plug in the one"
                    " that is missing"
                )
                continue
            try:
                baud_rate, wait_s = self._wanted.baud_rate, _WAIT / SECOND
                return serial.Serial(path, baud_rate, timeout=wait_s, exclusive=True)
            except _LINE_FAULTS as fault:
                said = words_of_system(fault)
                faults.append(f"{path} cannot be opened; plug the scanner in again ({said})")
        self.fault = faults[-1]
        return None

    def _listen(self, line: Any) -> None:
        """Read until the line is gone or the end is asked for."""
        # Silence is what was listened to: while the machine stands still, bytes come unheard.
        listened, before = Duration(0), self._clock.monotonic()
        while not self._quit.is_set():
            try:
                # One byte wakes it; what else has come is taken along.
                piece = line.read(1)
                if piece:
                    piece += line.read(min(line.in_waiting, _READ_SIZE))
            except _LINE_FAULTS as fault:
                self.fault = (
                    f"the scanner was unplugged; plug it in again ({words_of_system(fault)})"
                )
                return
            now = self._clock.monotonic()
            listened = Duration(listened + min(now - before, _WAIT))
            before, framing = now, self._framing
            codes = framing.feed(piece, listened) if piece else framing.end_if_silent(listened)
            for code in codes:
                at = Duration(now - (listened - code.at))
                self._codes.append(RawScan(code.text, self.name, at))


assert _WAIT < SERIAL_SILENCE_MAX
