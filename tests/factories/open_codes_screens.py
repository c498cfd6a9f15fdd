"""Codes for devices that nobody has used, without a server behind them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from gatekeeper.organizer.before_doors.open_codes_client import OpenCode
from gatekeeper.organizer.server_api import EventSite
from shared.kernel.id_types import EventId, OrganizationId

HERE: Final = EventSite(OrganizationId("og_1"), EventId("ev_1"))
UNTIL: Final = datetime(2026, 11, 29, 22, 0, tzinfo=UTC)
OPEN_CODES: Final = (
    OpenCode(
        id="aa",
        role="gate",
        event_id="ev_1",
        gate_id="gt_1",
        created_by="us_1",
        expires_at=UNTIL,
        by="Mara Holt",
    ),
    OpenCode(
        id="bb",
        role="till",
        event_id="ev_2",
        gate_id=None,
        created_by="ak_1",
        expires_at=UNTIL + timedelta(days=30),
    ),
)
