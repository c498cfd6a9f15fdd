"""What a receipt printer's status says: why it does not print, the first of several reasons.

The bytes are those of Epson's published command reference, `DLE EOT n`.
"""

from __future__ import annotations

from typing import Final

from gatekeeper.printing.print_outcome import Why

OF_ROLL: Final = 4
OF_CAUSE: Final = 2
OF_PRINTER: Final = 1
"""The numbers of the statuses that a printer is asked for."""
ROLL_LOW: Final = 0x0C
"""Of the roll: near its end."""
OFFLINE: Final = 0x08
"""Of the printer."""
_FIXED_MASK, _FIXED = 0x93, 0x12
_END: Final = 0x60
_COVER, _STOPPED_BY_END, _FAULT = 0x04, 0x20, 0x40


def is_status(said: bytes) -> bool:
    """Tell whether what a printer said is one status, and no piece of another answer."""
    return len(said) == 1 and said[0] & _FIXED_MASK == _FIXED


def why_not_printing(roll: int, cause: int) -> Why | None:
    """Tell why a printer cannot print; of several reasons the first here. None if it can.

    Args:
        roll: The status of the roll.
        cause: That of what holds it.
    """
    if roll & _END or cause & _STOPPED_BY_END:
        return Why.NO_PAPER
    if cause & _COVER:
        return Why.COVER_OPEN
    return Why.PRINTER_ERROR if cause & _FAULT else None


def why_held(asked: int, said: bytes) -> Why | None:
    """Tell what holds a printer in the middle of a paper; a piece of another answer is nothing.

    Args:
        asked: The number of the status that it was asked for.
        said: What it answered.
    """
    if not is_status(said):
        return None
    if asked == OF_ROLL and said[0] & _END == _END:
        return Why.PAPER_ENDED
    if asked == OF_CAUSE:
        why = why_not_printing(0, said[0])
        return Why.PAPER_ENDED if why is Why.NO_PAPER else Why.STOPPED if why else None
    return None
