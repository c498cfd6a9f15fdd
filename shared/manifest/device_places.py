"""At which of an event's gates a device may stand: one rule for the ledger and for the device.

Source:
    docs/decisions/0033-each-device-within-its-own.md
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.kernel.id_types import GateId
from shared.manifest.event_config import GateConfig


def may_stand_at(
    gates: Mapping[GateId, GateConfig], fixed_gate: GateId | None, gate_id: GateId
) -> bool:
    """Tell whether a device may let holders in at a gate.

    Args:
        gates: Of its event, by id.
        fixed_gate: To which the organizer has assigned it; None where it may choose any.
        gate_id: Where it wants to stand.

    Returns:
        True at its own gate, and at those that lead into the same zone. At none where its own is
        no gate of the event, or not yet known here: nobody knows its zone then.
    """
    if fixed_gate is None or fixed_gate == gate_id:
        return True
    own, asked = gates.get(fixed_gate), gates.get(gate_id)
    return own is not None and asked is not None and own.zone_id == asked.zone_id
