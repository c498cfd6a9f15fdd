"""Papers as files in a folder: PDF, or ESC/POS as it would be sent."""

from __future__ import annotations

import os
from pathlib import Path

from gatekeeper.printing.ports import Paper
from gatekeeper.printing.print_outcome import NotSent, Printed, SendResult, Why
from gatekeeper.printing.printer_profiles import EscposProfile, PdfProfile


class FolderPrinter:
    """Writes each paper to a file of its own; fulfils `ports.Printer`.

    Args:
        folder: Such as a stick's.
        profile: PDF, or ESC/POS as it would be sent.
    """

    def __init__(self, folder: Path, profile: PdfProfile | EscposProfile) -> None:
        self._folder, self._profile = folder, profile

    @property
    def profile(self) -> PdfProfile | EscposProfile:
        """What is written."""
        return self._profile

    def send(self, paper: Paper) -> SendResult:
        """Write the file; it is there whole, or not at all, and on the disk."""
        ending = "pdf" if isinstance(self._profile, PdfProfile) else "escpos"
        part = self._folder / f"{paper.name}.part"
        try:
            with part.open("wb") as file:
                file.write(paper.data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._folder / f"{paper.name}.{ending}")
        except OSError:
            return NotSent(Why.NOT_WRITTEN)
        return Printed()

    def kick_drawer(self, *, at_once: bool = False) -> NotSent | None:
        """No drawer hangs on a folder."""
        return NotSent(Why.UNREACHABLE)
