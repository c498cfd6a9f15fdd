"""What is locked of an event once its gates were handed its plan, and what stays open. Pure.

Gates work alone by what they were handed. What says who may come in where, and when, is changed
under nobody's hands while people stand in a queue; how many, for how much, and who works there may
be changed at any moment, and each gate hears of it at its next contact.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final


class PlanPart(StrEnum):
    """What a plan is made of, as the API's bodies have it."""

    EVENT = "event"
    DATE = "date"
    ZONE = "zone"
    GATE = "gate"
    TYPE = "type"
    SEATS = "seats"


LOCKED: Final[Mapping[PlanPart, frozenset[str]]] = {
    PlanPart.EVENT: frozenset({"timezone", "policy.offline_policy"}),
    PlanPart.DATE: frozenset({"doors_at", "starts_at", "ends_at"}),
    PlanPart.ZONE: frozenset(
        {
            "occurrence_id",
            "ticket_type_ids",
            "reentry_after_exit",
            "multiple_entries",
            "strict_anti_passback",
            "admit_pending",
            "rule",
        }
    ),
    PlanPart.GATE: frozenset({"zone_id", "direction"}),
    PlanPart.TYPE: frozenset(
        {
            "occurrence_id",
            "persons",
            "check_id",
            "questions",
            "offline_policy",
            "valid_from",
            "valid_until",
            "selling.seats",
        }
    ),
    PlanPart.SEATS: frozenset({"map"}),
}
"""The fields that nobody changes under a freeze, by their paths."""

WHOLE: Final = frozenset({PlanPart.DATE, PlanPart.ZONE, PlanPart.SEATS})
"""Of these none is added or removed under a freeze either. A gate is, and a type: a further door
and a further guest list change nothing of what gates were handed."""


def find_locked(
    part: PlanPart, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return the locked fields that an edit would change, in order of name.

    Args:
        part: What is edited.
        before: Its fields, of which groups such as `policy` may be mappings.
        after: The same as they shall be; what is not named stays.
    """
    absent = object()
    found = []
    for path in sorted(LOCKED[part]):
        wanted = _look(after, path, absent)
        if wanted is not absent and wanted != _look(before, path, None):
            found.append(path)
    return tuple(found)


def _look(fields: Mapping[str, Any], path: str, otherwise: Any) -> Any:
    name, dot, inner = path.partition(".")
    value = fields.get(name, otherwise)
    if not dot:
        return value
    return value.get(inner, otherwise) if isinstance(value, Mapping) else otherwise
