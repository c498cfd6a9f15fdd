"""What of a code staff and holders can compare: its last characters, as the ticket has them."""

from __future__ import annotations

import contextlib
from typing import Final

from cachetools import FIFOCache

from gatekeeper.gate.knowledge import EventKnowledge
from shared.credential.manual_code import format_manual_code
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import TicketId

SHOWN: Final = 6
"""Of `7K2M-9Q4T-H` the last group with its check symbol: `9Q4T-H`."""
UNKNOWN: Final = "–"
_KEPT: Final = 500


def end_of_code(event: EventKnowledge, ticket_id: TicketId, text: str = "") -> str:
    """Return the last characters of the code on a ticket's newest copy, "" where none is known.

    What stands on a copy that was replaced is nobody's code any more, and is not told; of a
    foreign code only the hash is known.

    Args:
        event: What is known.
        ticket_id: Whose.
        text: The code as it was scanned or typed just now, or "".
    """
    # A page that is damaged may hide a code, nothing else.
    with contextlib.suppress(GatekeeperError):
        row = event.find(ticket_id)
        if row is not None and row.facts.is_imported:
            return text.strip()[-SHOWN:]
        code = None if row is None else event.find_code(row)
        if code is not None and event.find_manual(code) is not None:
            return format_manual_code(code)[-SHOWN:]
    return ""


def type_of_ticket(event: EventKnowledge | None, ticket_id: TicketId) -> str | None:
    """Return the name of a ticket's type, None where it is not known now."""
    with contextlib.suppress(GatekeeperError):  # of a damaged page: it hides a name, nothing else
        row = None if event is None else event.find(ticket_id)
        if event is not None and row is not None:
            kind = event.index.types_by_code.get(row.facts.ticket_type_code)
            return None if kind is None else kind.name
    return None


class PrintedCodes:
    """Finds the end of the code that is printed on a ticket.

    Manual codes are in the manifest; a foreign code is known by its hash alone, so that its end is
    remembered from the scan, in memory only.
    """

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._foreign: FIFOCache[int, str] = FIFOCache(_KEPT)

    def tail(self, event: EventKnowledge | None, ticket_id: TicketId, text: str = "") -> str:
        """Return the code's last characters, `UNKNOWN` for a foreign one, "" without any.

        Args:
            event: What is known.
            ticket_id: Whose.
            text: The code as it was scanned just now, or "".
        """
        # The answer is on disk by now: a page that is damaged may hide its code, not the verdict.
        with contextlib.suppress(GatekeeperError):
            return self._tail(event, ticket_id, text)
        return ""

    def _tail(self, event: EventKnowledge | None, ticket_id: TicketId, text: str) -> str:
        row = None if event is None else event.find(ticket_id)
        if event is None or row is None:
            return ""
        if row.facts.is_imported:
            if text:
                self._foreign[ticket_id] = text.strip()[-SHOWN:]
            return self._foreign.get(ticket_id, UNKNOWN)
        code = event.find_code(row)
        return "" if code is None else format_manual_code(code)[-SHOWN:]
