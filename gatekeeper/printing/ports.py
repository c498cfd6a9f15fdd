"""What a till asks of a printer, whatever it is and wherever it stands."""

from __future__ import annotations

from typing import Protocol

import msgspec

from gatekeeper.printing.print_outcome import NotSent, SendResult
from gatekeeper.printing.printer_profiles import PaperProfile


class Paper(msgspec.Struct, frozen=True):
    """A document made into bytes, ready to be sent.

    Attributes:
        name: For a file or a list of the system's jobs, such as `ticket-17`.
        data: The bytes.
        token: 0 to 9,999: by it the printer says which paper is done.
        clears: What the printer still holds of an earlier paper is forgotten first.
    """

    name: str
    data: bytes
    token: int
    clears: bool = False


class Printer(Protocol):
    """One printer. Its calls block and belong in a thread of their own."""

    @property
    def profile(self) -> PaperProfile:
        """What it understands."""

    def send(self, paper: Paper) -> SendResult:
        """Send a paper and wait for what can be known; faults are answers."""

    def kick_drawer(self, *, at_once: bool = False) -> NotSent | None:
        """Open the drawer that hangs on it; None once it was told.

        Args:
            at_once: Whatever else it still waits for.
        """
