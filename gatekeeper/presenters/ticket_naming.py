"""How a ticket is called on the screen: by the end of the code that is printed on it."""

from __future__ import annotations

from typing import Final

from gatekeeper.gate.ends_of_printed_codes import UNKNOWN
from gatekeeper.wording.texts import TEXTS

__all__ = ["UNKNOWN", "name_ticket", "tail_of"]

_ID_DIGITS_SHOWN: Final = 4


def tail_of(ticket_id: str | None, printed: str) -> str:
    """Return what stands after the dots; of the id where nothing is printed but a picture.

    Args:
        ticket_id: 16 hex digits, or None without a ticket.
        printed: The code's last characters, or "".
    """
    return printed or (ticket_id or "")[-_ID_DIGITS_SHOWN:]


def name_ticket(ticket_id: str | None, printed: str) -> str:
    """Name a ticket in a line: by the end of its code, or as one of a list of unknown codes.

    Args:
        ticket_id: 16 hex digits, or None without a ticket.
        printed: The code's last characters, `UNKNOWN` for one that is known by its hash, or "".
    """
    if printed == UNKNOWN:
        return TEXTS.say("decide.ticket_of_list")
    return TEXTS.say("decide.ticket", ticket=tail_of(ticket_id, printed))
