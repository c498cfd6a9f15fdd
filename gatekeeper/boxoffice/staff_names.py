"""Who somebody is of whom entries hold an opaque id only: by name, as the organizer gave it."""

from __future__ import annotations

from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.store.store import Store


def name_staff(store: Store, event: EventKnowledge | None, person: str) -> str:
    """Return the name of a cashier, also of one who was removed, or of a supervisor.

    Args:
        store: The till's; it asks nobody, so that papers of a cut-off till name people.
        event: The present one, for its supervisors.
        person: Opaque id.

    Returns:
        "" for nobody whom this till has been told of.
    """
    if not person:
        return ""
    found = store.cashiers.names().get(person, "")
    if found or event is None:
        return found
    return next((one.name for one in event.config.supervisors if one.id == person), "")
