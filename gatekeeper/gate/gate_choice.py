"""At which gate a lane stands: named by a person, given at enrolment, or the only one there is."""

from __future__ import annotations

from shared.kernel.errors import BadInput
from shared.kernel.trouble import TroubleKind
from shared.manifest.event_config import EventConfig


def choose_gate(config: EventConfig, asked: str | None, assigned: str | None) -> str | None:
    """Return the id of the gate to stand at.

    Args:
        config: The event.
        asked: What a person named, an id or a name in any case; or None.
        assigned: The gate given at enrolment, or None.

    Returns:
        The id; None where nobody has said which of several gates it is.

    Raises:
        BadInput: if the event has no gate that is called so, or several.
    """
    if asked is None:
        known = {gate.id for gate in config.gates}
        if assigned in known:
            return assigned
        return config.gates[0].id if len(config.gates) == 1 else None
    wanted = asked.strip().casefold()
    found = [gate.id for gate in config.gates if gate.id == asked.strip()] or [
        gate.id for gate in config.gates if gate.name.casefold() == wanted
    ]
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"{gate.name} ({gate.id})" for gate in config.gates) or "none"
    if found:
        message = f"several gates are called {asked!r}; use the id: {names}"
    else:
        message = f"the event has no gate {asked!r}; it has: {names}"
    raise BadInput(message, kind=TroubleKind.NO_SUCH_GATE)
