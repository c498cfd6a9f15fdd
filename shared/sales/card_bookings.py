"""The word for a card terminal's booking, as receipts and journals have it."""

from __future__ import annotations

import re
from typing import Final

_BOOKING: Final = re.compile(r"[1-9][0-9]{0,3}-[1-9][0-9]{0,5}-[0-9]{8}")


def is_one_booking(reference: str) -> bool:
    """Tell whether a reference names one booking of one terminal, and none that comes later.

    By receipt, trace and terminal, as a till that was told all three spells it. Receipts alone are
    counted from 1 again, and what a cashier keys in may be anything.
    """
    return _BOOKING.fullmatch(reference) is not None
