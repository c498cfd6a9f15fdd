"""The card terminal's own sum beside the card sum of a shift, in X and Z reports."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.boxoffice.payment_ports import TerminalDay
from gatekeeper.boxoffice.shift_requests import ShiftRequest
from gatekeeper.boxoffice.shifts import Shifts

_REPORTS: Final = frozenset({"x", "x_report", "close"})


async def add_terminal_sum(
    request: ShiftRequest, shifts: Shifts, terminal: TerminalDay | None
) -> ShiftRequest:
    """Return a request for a report with what the terminal has taken; as it is without an answer.

    At a close the terminal settles its day, unless the close is refused: what is open is to be
    taken back there first. Done again, the close still has the sum. One that is keyed in counts:
    somebody has read it from the terminal's paper.

    Raises:
        StoreFault: if the disk refuses.
    """
    if terminal is None or request.act not in _REPORTS or request.terminal_minor is not None:
        return request
    shift = shifts.current()
    if shift is None or (request.act == "close" and shifts.refuse_close(request) is not None):
        return request
    found = await terminal.count_day(
        shift.shift_id, shift.currency, shifts.card_minor(), ends_day=request.act == "close"
    )
    return msgspec.structs.replace(request, terminal_minor=found)
