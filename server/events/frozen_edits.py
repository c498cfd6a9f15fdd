"""Edits that a freeze refuses: what was handed to gates is not changed under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from server.events.models import Event
from server.problem_answers import FieldError, Problem
from shared.manifest.frozen_parts import PlanPart, find_locked

_WHY: Final = (
    "This plan has been handed to its gates. Capacities, limits, prices, people, devices and gates"
    " can still be changed; for this, a manager lifts the freeze with a reason"
    " (POST …/freeze/lift), then hands the plan to gates again."
)


def refuse_frozen_edit(
    event: Event, part: PlanPart, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Refuse an edit of what is locked.

    Args:
        event: Whose plan.
        part: What is edited.
        before: Its fields as they are.
        after: As they shall be.

    Raises:
        Problem: `plan-frozen`, naming the fields.
    """
    if event.frozen_at is not None:
        _refuse(find_locked(part, before, after))


def refuse_frozen(event: Event, part: PlanPart) -> None:
    """Refuse to add, remove or replace something as a whole.

    Raises:
        Problem: `plan-frozen`.
    """
    if event.frozen_at is not None:
        _refuse((part.value,))


def _refuse(locked: Sequence[str]) -> None:
    if locked:
        said = "is locked since the plan was handed to gates"
        errors = [FieldError(name, said) for name in locked]
        raise Problem("plan-frozen", _WHY, errors=errors)
