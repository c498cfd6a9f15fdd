"""A relay on a serial line: the common one-channel USB relays, and a contact on CTS as sensor."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from gatekeeper.turnstile.arm_and_relay_times import RELAY_PULSE
from gatekeeper.turnstile.passage_sensor import Contact, watch_passage
from gatekeeper.turnstile.ports import ArmPause, ArmUnsure
from shared.kernel.errors import EnvironmentFault
from shared.kernel.instant import MILLISECOND, SECOND, Duration
from shared.kernel.trouble import TroubleKind

if TYPE_CHECKING:
    import serial


_LINE_FAULTS: tuple[type[Exception], ...] = (
    OSError,  # serial.SerialException is one
    TypeError,  # pyserial finds None where its descriptor was, if the line is closed meanwhile
    ValueError,
)
with contextlib.suppress(ImportError):  # there is none on Windows
    import termios

    _LINE_FAULTS += (termios.error,)

_ON: Final = bytes.fromhex("A00101A2")
_OFF: Final = bytes.fromhex("A00100A1")
"""Channel 1 of LCUS relays: start, channel, state, sum."""
_POLL: Final[Duration] = 20 * MILLISECOND
_BAUD: Final = 9_600
_WRITE_SECONDS: Final = 1.0


OpenLine = Callable[[str], "serial.Serial"]


def _open_line(path: str) -> serial.Serial:
    import serial

    return serial.Serial(path, _BAUD, timeout=0, write_timeout=_WRITE_SECONDS, exclusive=True)


class SerialRelay:
    """Fulfils `ports.ArmRelay`.

    Args:
        path: The line, such as `/dev/ttyUSB0`.
        elapsed: Tells a monotonic time: the machine may be suspended between two looks.
        has_sensor: Whether a contact on CTS closes while somebody passes.
        pulse: How long the relay is on.
        open_line: Opens the line.
        pause: Waits between two looks; None for a machine's own time.
    """

    def __init__(
        self,
        path: str,
        *,
        elapsed: Callable[[], Duration],
        has_sensor: bool = False,
        pulse: Duration = RELAY_PULSE,
        open_line: OpenLine = _open_line,
        pause: ArmPause | None = None,
    ) -> None:
        self._path, self._has_sensor, self._pulse = path, has_sensor, pulse
        self._line: serial.Serial | None = None
        self._open_line = open_line
        self._pause = pause or threading.Event()
        self._contact = Contact(
            self._ask_contact, place=path, poll=_POLL, elapsed=elapsed, pause=self._pause
        )
        self._has_passed = self._was_closed = False

    @property
    def has_sensor(self) -> bool:
        """Whether CTS is wired."""
        return self._has_sensor

    def lock(self) -> None:
        """Switch off: a relay that was on when its program was killed is on still."""
        with self._explained():
            line = self._opened()
            line.write(_OFF)
            line.flush()
        self._forget()  # whoever plugs it in anew before the first visitor has lost nothing

    def open_once(self) -> None:
        """Switch on, and off again after the pulse, in which somebody may pass already."""
        self._has_passed, self._was_closed = False, True
        with self._explained():
            line = self._opened()
            with contextlib.suppress(*_LINE_FAULTS):  # whoever waits for it then is told
                self._was_closed = self._has_sensor and line.cts
            line.write(_ON)
        self._contact.begin()
        with self._explained(ArmUnsure):
            line.flush()
            self._has_passed = self._pulse_passed()
            line.write(_OFF)
            line.flush()

    def wait_for_passage(self, timeout: Duration) -> bool:
        """Wait for the contact to close, and look once more when the arm has locked."""
        return watch_passage(
            self._contact.waits_for,
            timeout,
            was_closed=self._was_closed,
            has_passed=self._has_passed,
        )

    def _ask_contact(self) -> bool:
        with self._explained(ArmUnsure):  # it is asked once the arm was told to open
            return bool(self._opened().cts)

    def close(self) -> None:
        """Close the line."""
        self._pause.set()
        self._forget()

    def _pulse_passed(self) -> bool:
        """Wait until the pulse is over; tells whether the contact has closed in it."""
        waited, was_open, has_passed = Duration(0), not self._was_closed, False
        while waited < self._pulse:
            if self._has_sensor and not has_passed:
                is_closed = self._contact.look()
                has_passed = was_open and is_closed
                was_open = was_open or not is_closed
            step = Duration(min(_POLL, self._pulse - waited))
            self._pause.wait(step / SECOND)
            waited = Duration(waited + step)
        return has_passed

    def _opened(self) -> Any:
        if self._line is None:
            self._line = self._open_line(self._path)
        return self._line

    def _forget(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with contextlib.suppress(*_LINE_FAULTS):
                line.close()

    @contextlib.contextmanager
    def _explained(self, kind: type[EnvironmentFault] = EnvironmentFault) -> Any:
        """Say what a person can do; the line is opened anew next time."""
        import serial

        try:
            yield
        except _LINE_FAULTS as fault:
            self._forget()
            # What a line takes too late the system may have taken, and send yet.
            is_late = isinstance(fault, serial.SerialTimeoutException)
            message = f"the turnstile's relay at {self._path} does not answer; check its cable"
            told = ArmUnsure if is_late else kind
            raise told(message, kind=TroubleKind.RELAY_CABLE) from fault
