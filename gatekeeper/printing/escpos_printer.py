"""Sends to a receipt printer and asks it what became of it.

Status before, bytes, then a process id that the printer answers when everything before it is on
paper. Whatever it does not say is unknown, never fine.
"""

from __future__ import annotations

from typing import Final

from gatekeeper.printing.escpos_dialect import kick_drawer
from gatekeeper.printing.escpos_status import (
    OF_CAUSE,
    OF_PRINTER,
    OF_ROLL,
    OFFLINE,
    ROLL_LOW,
    is_status,
    why_held,
    why_not_printing,
)
from gatekeeper.printing.ports import Paper
from gatekeeper.printing.print_outcome import NotSent, Printed, SendResult, Unknown, Why
from gatekeeper.printing.printer_connections import OpenLine, PrinterLine
from gatekeeper.printing.printer_profiles import EscposProfile
from shared.kernel.instant import SECOND, Duration
from shared.kernel.ports import Clock

PRINTER_STATUS: Final[Duration] = SECOND
"""How long a printer may take to say how it is."""
PRINTED_WITHIN: Final[Duration] = 15 * SECOND
"""How long a printer may take to say that a paper is done: a metre of it, and some."""

_QUIET: Final = b"\x1da\x00"
"""`GS a 0`: no status unasked, so that an answer is an answer."""
_ASK: Final = b"\x10\x04"
_FORGET: Final = bytes.fromhex("1014080103140106 0208")
_DONE: Final = b"\x1d(H\x06\x0000"
_TAKEN_EACH_S: Final = 400
"""Bytes; a line of 4,800 baud brings more. What takes one now and then, and stops never, kept the
drawer and all later papers waiting without end."""


class EscposPrinter:
    """Fulfils `ports.Printer`.

    Args:
        open_line: Opens the line for one job.
        profile: What the printer understands.
        clock: For how long it is waited.
        within: How long the printer may take to say that a paper is done.
    """

    def __init__(
        self,
        open_line: OpenLine,
        profile: EscposProfile,
        clock: Clock,
        within: Duration = PRINTED_WITHIN,
    ) -> None:
        self._open_line, self._profile, self._clock = open_line, profile, clock
        self._within = within

    @property
    def profile(self) -> EscposProfile:
        """What it understands."""
        return self._profile

    def send(self, paper: Paper) -> SendResult:
        """Send a paper and wait until the printer says that it is done."""
        try:
            line = self._open_line()
        except (OSError, ValueError):
            return NotSent(Why.UNREACHABLE)
        try:
            roll = self._ask_all(line) if self._profile.tells_status else 0
            if isinstance(roll, Why):
                return NotSent(roll)
            result = self._send(line, paper)
            return Printed(bool(roll & ROLL_LOW)) if isinstance(result, Printed) else result
        finally:
            line.close()

    def kick_drawer(self, *, at_once: bool = False) -> NotSent | None:
        """Open the drawer, also where the printer has no paper."""
        if not self._profile.drawer_pin:
            return NotSent(Why.UNREACHABLE)
        try:
            line = self._open_line()
        except (OSError, ValueError):
            return NotSent(Why.UNREACHABLE)
        try:
            said = self._ask(line, OF_PRINTER) if self._profile.tells_status else None
            is_offline = said is not None and bool(said & OFFLINE)
            at_once = is_offline or (at_once and self._profile.forgets)
            self._write(line, kick_drawer(self._profile.drawer_pin, at_once=at_once))
        except OSError:
            return NotSent(Why.UNREACHABLE)
        finally:
            line.close()
        return None

    def _ask_all(self, line: PrinterLine) -> Why | int:
        """Return the roll's status if a printer can print, or why it cannot."""
        try:
            roll = self._ask(line, OF_ROLL)
            cause = None if roll is None else self._ask(line, OF_CAUSE)
            printer = None if cause is None else self._ask(line, OF_PRINTER)
        except OSError:
            return Why.UNREACHABLE
        if roll is None or cause is None or printer is None:
            return Why.SILENT
        return why_not_printing(roll, cause) or (Why.OFFLINE if printer & OFFLINE else roll)

    def _ask(self, line: PrinterLine, number: int) -> int | None:
        """Return one status byte, or None if what came is none."""
        began = self._clock.monotonic()
        while line.read(0):  # what was said before is no answer to this
            if self._clock.monotonic() - began > PRINTER_STATUS:
                return None  # it talks without end
        self._write(line, _ASK + bytes([number]))
        answer = line.read(PRINTER_STATUS / SECOND)
        if is_status(answer):
            return answer[0]
        return None

    def _send(self, line: PrinterLine, paper: Paper) -> SendResult:
        forgets = paper.clears and self._profile.forgets
        token = b"%04d" % (paper.token % 10_000)
        done = _DONE + token if self._profile.tells_done else b""
        before = (_FORGET if forgets else b"") + _QUIET
        data = before + paper.data + done
        sent = 0
        deadline = self._clock.monotonic() + self._within + len(data) * SECOND // _TAKEN_EACH_S
        try:
            while sent < len(data):
                if self._clock.monotonic() > deadline:
                    raise TimeoutError
                sent += line.write(data[sent:])
        except TimeoutError:
            return Unknown(self._why_stopped(line) or Why.STOPPED, is_cut=True)
        except OSError:
            return Unknown(Why.CUT_OFF, is_cut=True) if sent else NotSent(Why.UNREACHABLE)
        if not done:
            return Unknown(Why.NO_ANSWER)
        return self._wait(line, b"\x37\x22" + token + b"\x00")

    def _wait(self, line: PrinterLine, wanted: bytes) -> SendResult:
        """Wait for the printer to say that the paper is done, asking meanwhile what holds it."""
        heard, asked = b"", 0
        deadline = self._clock.monotonic() + self._within
        try:
            while self._clock.monotonic() < deadline:
                said = line.read(PRINTER_STATUS / SECOND)
                heard = (heard + said)[-4 * len(wanted) :]
                if wanted in heard:
                    return Printed()
                if not self._profile.tells_status:
                    continue
                if why := why_held(asked, said):
                    return Unknown(why)
                asked = OF_CAUSE if asked == OF_ROLL else OF_ROLL
                self._write(line, _ASK + bytes([asked]))
        except OSError:  # hung up after all was sent, which may still have been on its way
            return Unknown(Why.NO_ANSWER, is_cut=True)
        return Unknown(Why.NO_ANSWER)

    def _why_stopped(self, line: PrinterLine) -> Why | None:
        try:
            roll = self._ask(line, OF_ROLL)
            cause = self._ask(line, OF_CAUSE)
        except OSError:
            return Why.CUT_OFF
        why = None if roll is None else why_not_printing(roll, cause or 0)
        return Why.PAPER_ENDED if why is Why.NO_PAPER else Why.STOPPED if why else None

    def _write(self, line: PrinterLine, data: bytes) -> None:
        while data:
            data = data[line.write(data) :]
