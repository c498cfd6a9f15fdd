"""A printer of the system's, reached by `lp`: queued, and followed until it is on paper."""

from __future__ import annotations

import shutil
import subprocess
from typing import Final

from gatekeeper.limits_and_times import PRINTER_CONNECT_SECONDS, SPOOLED_WITHIN
from gatekeeper.printing.outcome import NotSent, Printed, SendResult, Unknown, Why
from gatekeeper.printing.ports import Paper
from gatekeeper.printing.printer_profiles import PdfProfile
from shared.kernel.ports import Clock

_SPOOLER_SECONDS: Final = 10.0


class SystemPrinter:
    """A printer of the system's, by `lp`; fulfils `ports.Printer`.

    Args:
        name: As `lpstat -e` lists it; "" for the default one.
        profile: The page.
        clock: For how long it is waited.
    """

    def __init__(self, name: str, profile: PdfProfile, clock: Clock) -> None:
        self._name, self._profile, self._clock = name, profile, clock

    @property
    def profile(self) -> PdfProfile:
        """The page."""
        return self._profile

    def send(self, paper: Paper) -> SendResult:
        """Give a page to the spooler, and wait until it no longer lists it."""
        lp = shutil.which("lp")
        if lp is None:
            return NotSent(Why.UNREACHABLE)
        words = [lp, "-t", paper.name, *(["-d", self._name] if self._name else []), "-"]
        try:
            said = subprocess.run(
                words, input=paper.data, capture_output=True, timeout=_SPOOLER_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return Unknown(Why.NO_ANSWER)
        except OSError:
            return NotSent(Why.UNREACHABLE)
        if said.returncode:
            return NotSent(Why.UNREACHABLE)
        # It says: request id is door-17 (1 file(s)).
        request = next((word for word in said.stdout.decode().split() if "-" in word), "")
        return self._wait(request)

    def kick_drawer(self) -> NotSent | None:
        """No drawer hangs on the system's printers."""
        return NotSent(Why.UNREACHABLE)

    def _wait(self, request: str) -> SendResult:
        lpstat = shutil.which("lpstat")
        if lpstat is None or not request:
            return Unknown(Why.NO_ANSWER)
        deadline = self._clock.monotonic() + SPOOLED_WITHIN
        while self._clock.monotonic() < deadline:
            # `-W not-completed` lists what still waits or prints.
            words = [lpstat, "-W", "not-completed", "-o"]
            try:
                said = subprocess.run(
                    words, capture_output=True, timeout=_SPOOLER_SECONDS, check=False
                )
            except (OSError, subprocess.TimeoutExpired):
                return Unknown(Why.NO_ANSWER)
            waiting = {line.split()[0] for line in said.stdout.decode().splitlines() if line}
            if said.returncode:
                return Unknown(Why.NO_ANSWER)
            if request not in waiting:
                return Printed()
            _pause()
        return Unknown(Why.NO_ANSWER)


def _pause() -> None:
    # Nothing in this thread can be woken: the spooler tells nobody.
    import threading

    threading.Event().wait(PRINTER_CONNECT_SECONDS / 8)
