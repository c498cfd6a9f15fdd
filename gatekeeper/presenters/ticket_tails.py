"""How a ticket is called on the screen: by the end of the code that is printed on it."""

from __future__ import annotations

from typing import Final

_ID_DIGITS_SHOWN: Final = 4


def tail_of(ticket_id: str | None, printed: str) -> str:
    """Return what stands after the dots; of the id where nothing is printed but a picture.

    Args:
        ticket_id: 16 hex digits, or None without a ticket.
        printed: The code's last characters, or "".
    """
    return printed or (ticket_id or "")[-_ID_DIGITS_SHOWN:]
