"""The page that tries a printer."""

from __future__ import annotations

from typing import Final

from gatekeeper.printing.documents import TicketPaper
from shared.kernel.languages import LANGUAGE_NAMES

_TEST_CODE: Final = "0" * 200


def make_trial_page() -> TicketPaper:
    """Return a ticket that admits nobody, with letters that a printer may lack."""
    return TicketPaper(
        digits=_TEST_CODE,
        manual_code="0000-0000-0",
        event=" ".join(LANGUAGE_NAMES.values()),
        ticket_type="ÄÖÜ ß é ñ € ×",
        is_practice=True,
    )
