"""What is known after bytes were sent to a printer."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Why(StrEnum):
    """Why a paper was not, or perhaps not, printed; each has its sentence in the catalogue."""

    NO_PAPER = "no_paper"
    COVER_OPEN = "cover_open"
    PRINTER_ERROR = "printer_error"
    """Cutter, head, voltage: the printer itself shows what."""
    OFFLINE = "offline"
    UNREACHABLE = "unreachable"
    """No connection, no device, no such printer."""
    SILENT = "silent"
    """It took the connection and did not say how it is: in use by another, or no printer."""
    PAPER_ENDED = "paper_ended"
    """In the middle."""
    CUT_OFF = "cut_off"
    """The line was cut in the middle."""
    STOPPED = "stopped"
    """The printer stopped in the middle: its cover was opened, or it found a fault."""
    NO_ANSWER = "no_answer"
    """All was sent; nobody says whether it was printed."""
    TILL_STOPPED = "till_stopped"
    """The till was switched off meanwhile."""
    NOT_WRITTEN = "not_written"
    """The file could not be written: the stick is full or gone."""
    CANNOT_DRAW = "cannot_draw"
    """The document could not be made into what this printer understands."""


class Printed(msgspec.Struct, frozen=True):
    """Confirmed by the printer, or by the disk for a file.

    Attributes:
        is_roll_low: The roll is near its end.
    """

    is_roll_low: bool = False


class Unknown(msgspec.Struct, frozen=True):
    """Bytes were sent, and it is not known that all was printed.

    Attributes:
        why: Why not.
        is_cut: Perhaps not all reached the printer, which takes what comes next for the rest.
    """

    why: Why
    is_cut: bool = False


class NotSent(msgspec.Struct, frozen=True):
    """Nothing of it was sent, so nothing of it was printed."""

    why: Why


SendResult = Printed | Unknown | NotSent
