"""What the desk's page of orders is shown in pictures: who passed on a ticket, what goes back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from gatekeeper.organizer.during.orders_client import Passage, Refund

_ZONE: Final = ZoneInfo("Europe/Berlin")
PASSAGES: Final = (
    Passage(is_entry=True, at=datetime(2026, 11, 22, 18, 30, tzinfo=_ZONE), gate="North", count=1),
    Passage(is_entry=False, at=datetime(2026, 11, 22, 19, 5, tzinfo=_ZONE), gate="", count=1),
)


def refund_by(rules: tuple[dict[str, Any], ...]) -> Refund:
    """Make what a used ticket's refund gives back by such terms: half of it."""
    return Refund(
        currency="EUR",
        price_minor=4_000,
        back_minor=2_000,
        noted_minor=None,
        is_used=True,
        rules=rules,
        timezone="Europe/Berlin",
    )
