"""A printer of the system's, reached by `lp`: queued, and followed until it is on paper."""

from __future__ import annotations

import os
import subprocess
from typing import Final

from gatekeeper.printing.ports import Paper
from gatekeeper.printing.print_outcome import NotSent, Printed, SendResult, Unknown, Why
from gatekeeper.printing.printer_connections import PRINTER_CONNECT_SECONDS
from gatekeeper.printing.printer_profiles import PdfProfile
from shared.kernel.instant import SECOND, Duration
from shared.kernel.ports import Clock

SPOOLED_WITHIN: Final[Duration] = 30 * SECOND
"""How long the system's printer may take to say that a page is done."""

_SPOOLER_SECONDS: Final = 10.0
_NOT_BEGUN: Final = frozenset({"none", "job-hold-until-specified"})
"""What the spooler says of a page that only waits: its printer is stopped or busy, or holds it."""
_ENDED_EARLY: Final = ("cancel", "abort")


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
        words = ["lp", "-t", paper.name, *(["-d", self._name] if self._name else []), "-"]
        try:
            said = _ask(words, paper.data)
        except subprocess.TimeoutExpired:
            return Unknown(Why.NO_ANSWER)
        except OSError:
            return NotSent(Why.UNREACHABLE)
        if said is None:
            return NotSent(Why.UNREACHABLE)
        # It says: request id is door-17 (1 file(s)).
        request = next((word for word in said.split() if "-" in word), "")
        try:
            return self._follow(request)
        except (OSError, subprocess.TimeoutExpired):
            return Unknown(Why.NO_ANSWER)

    def kick_drawer(self, *, at_once: bool = False) -> NotSent | None:
        """No drawer hangs on the system's printers."""
        return NotSent(Why.UNREACHABLE)

    def _follow(self, request: str) -> SendResult:
        """Wait for a page's end; one that does not end in time is taken out of the spooler.

        Left there it would come out an hour later, beside the one that was printed in its place.
        """
        deadline, has_begun = self._clock.monotonic() + SPOOLED_WITHIN, False
        while request and self._clock.monotonic() < deadline:
            waiting = _list_pages("not-completed")
            if waiting is None:
                return Unknown(Why.NO_ANSWER)
            if request not in waiting:
                return _how_it_ended(request)
            has_begun = has_begun or waiting[request] not in _NOT_BEGUN
            _pause()
        is_out = bool(request) and _ask(["cancel", request]) is not None
        return Unknown(Why.NO_ANSWER) if has_begun or not is_out else NotSent(Why.OFFLINE)


def _ask(words: list[str], feed: bytes = b"") -> str | None:
    """Return what a program of the spooler's says, in English; None if it refuses.

    Raises:
        OSError: if there is no such program.
        subprocess.TimeoutExpired: if it does not end.
    """
    said = subprocess.run(
        words,
        input=feed,
        capture_output=True,
        timeout=_SPOOLER_SECONDS,
        check=False,
        env=os.environ | {"LC_ALL": "C"},
    )
    return None if said.returncode else said.stdout.decode(errors="replace")


def _list_pages(which: str) -> dict[str, str] | None:
    """Return what the spooler says of each page that it lists; None if it does not answer."""
    said = _ask(["lpstat", "-W", which, "-l", "-o"])
    if said is None:
        return None
    pages, request = dict[str, str](), ""
    for line in said.splitlines():
        name, _, words = line.strip().partition(" ")
        if line and not line[0].isspace():
            request, pages[name] = name, ""
        elif name == "Alerts:":
            pages[request] = words
    return pages


def _how_it_ended(request: str) -> SendResult:
    """Tell a page that was printed from one that somebody has taken out of the spooler."""
    ended = (_list_pages("completed") or {}).get(request)
    if ended is None:  # it keeps no list of those that have ended, nor of a deleted printer's
        return Unknown(Why.NO_ANSWER)
    if any(word in ended for word in _ENDED_EARLY):
        return Unknown(Why.STOPPED)
    return Printed()


def _pause() -> None:
    # Nothing in this thread can be woken: the spooler tells nobody.
    import threading

    threading.Event().wait(PRINTER_CONNECT_SECONDS / 8)
