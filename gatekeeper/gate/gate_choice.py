"""At which gate a lane stands: named by a person, given by the organizer, or the only one."""

from __future__ import annotations

from collections.abc import Mapping

from shared.kernel.errors import BadInput
from shared.kernel.id_types import GateId
from shared.kernel.trouble import TroubleKind
from shared.manifest.device_places import may_stand_at
from shared.manifest.event_config import GateConfig


def gates_open_to(gates: Mapping[GateId, GateConfig], fixed: GateId | None) -> list[GateConfig]:
    """List the gates at which a device may stand, in the event's order; see `may_stand_at`."""
    return [gate for gate in gates.values() if may_stand_at(gates, fixed, gate.id)]


def choose_gate(
    gates: Mapping[GateId, GateConfig], asked: str | None, own: str | None, fixed: GateId | None
) -> str | None:
    """Return the id of the gate to stand at.

    Args:
        gates: The event's, by id.
        asked: What a person named, an id or a name in any case; or None.
        own: The gate that was chosen before, or given at enrolment; or None.
        fixed: The gate to which the organizer has assigned the device, or None.

    Returns:
        The id; None where nobody has said which of several gates it is.

    Raises:
        BadInput: if the event has no gate that is called so, or several; or if another zone lies
            behind it than the organizer has assigned the device to.
    """
    open_to = [gate.id for gate in gates_open_to(gates, fixed)]
    if asked is None:
        for wanted in (own, fixed):
            if wanted in open_to:
                return wanted
        return open_to[0] if len(open_to) == 1 else None
    called = asked.strip().casefold()
    found = [one for one in gates if one == asked.strip()] or [
        gate.id for gate in gates.values() if gate.name.casefold() == called
    ]
    allowed = [one for one in found if one in open_to]
    if len(allowed) == 1:
        return allowed[0]
    names = ", ".join(f"{gates[one].name} ({one})" for one in open_to) or "none"
    if allowed:
        message = f"several gates are called {asked!r}; use the id: {names}"
    elif found:
        message = (
            f"this device is not assigned to the zone of {asked!r}; the organizer may assign it"
            f" there. It may stand at: {names}"
        )
    else:
        message = f"the event has no gate {asked!r}; it has: {names}"
    raise BadInput(message, kind=TroubleKind.NO_SUCH_GATE)
