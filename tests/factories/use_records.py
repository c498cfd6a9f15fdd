"""Passages as the ledger has them, one a minute, for what is decided over several."""

from __future__ import annotations

from typing import Any

from server.ledger.uses import UseRecord
from shared.kernel.instant import MINUTE
from tests.factories.house import DOORS


def use(number: int, direction: str = "in", **changed: Any) -> UseRecord:
    """Make a passage of ticket 1 at minute `number`, at a device of its own."""
    values: dict[str, Any] = {
        "claim_id": f"c{number}",
        "ticket_id": 1,
        "zone_id": "zn_1",
        "occurrence_id": "",
        "direction": direction,
        "at": DOORS + number * MINUTE,
        "at_error": 0,
        "count": 1,
        "gate_id": "gt_north",
        "device_id": f"dv_{number}",
        "mode": "offline",
        "reason": "ok",
        "is_annulled": False,
        "is_confirmed": True,
        "source": "journal",
        "boot": b"",
        "dseq": 1,
        "seq": number,
        "epoch": 1,
        "content": None,
        "remaining": None,
    }
    return UseRecord(**(values | changed))
