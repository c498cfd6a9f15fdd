"""How large a QR code is on each paper: its side in millimetres, on a roll a module's dots."""

from __future__ import annotations

from typing import Final

CODE_ON_A4: Final = 56.0
CODES_ON_A6: Final = (56.0, 50.0, 46.0, 42.0)
"""The largest that leaves room for what the ticket says."""
CODE_ON_CARD: Final = 36.0
CODE_ON_LARGE_CARD: Final = 46.0
"""Of a ticket on its own piece of paper that is higher than a bank card."""
CODE_ON_SLIP: Final = 44.0
SMALL_CODE_ON_SLIP: Final = 24.0
"""Of a slip as PDF; the small one is a fiscal signer's."""
CODE_ON_GUEST_BADGE: Final = 46.0
CODE_ON_GUEST_CARD: Final = 34.0
CODE_ON_STAFF_BADGE: Final = 58.0
CODE_ON_RECOVERY_SHEET: Final = 44.0

MODULE_DOTS: Final = 6
"""Of one module of a code, on a roll whose line has more than `printer_profiles.WIDE_DOTS`."""
MODULE_DOTS_NARROW: Final = 5
