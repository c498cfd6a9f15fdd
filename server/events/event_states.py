"""The states of an event and the ways between them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class EventProfile(StrEnum):
    """Which devices' work an event is for: only live ones let real holders in."""

    LIVE = "live"
    REHEARSAL = "rehearsal"
    TEST = "test"


class EventState(StrEnum):
    """How far an event has come."""

    DRAFT = "draft"
    PENDING_APPROVAL = "pending_approval"
    PUBLISHED = "published"
    ACTIVE = "active"
    COMPLETED = "completed"
    ARCHIVED = "archived"
    CANCELLED = "cancelled"


TRANSITIONS: Final = {
    EventState.DRAFT: frozenset(
        {EventState.PENDING_APPROVAL, EventState.PUBLISHED, EventState.CANCELLED}
    ),
    EventState.PENDING_APPROVAL: frozenset(
        {EventState.DRAFT, EventState.PUBLISHED, EventState.CANCELLED}
    ),
    EventState.PUBLISHED: frozenset(
        {EventState.ACTIVE, EventState.COMPLETED, EventState.CANCELLED}
    ),
    EventState.ACTIVE: frozenset({EventState.COMPLETED, EventState.CANCELLED}),
    # Back to active: doors were closed too early.
    EventState.COMPLETED: frozenset({EventState.ACTIVE, EventState.ARCHIVED}),
    EventState.CANCELLED: frozenset({EventState.ARCHIVED}),
    EventState.ARCHIVED: frozenset(),
}

SELLABLE: Final = frozenset({EventState.PUBLISHED, EventState.ACTIVE})
"""States in which tickets are sold."""

EDITABLE: Final = frozenset(
    {
        EventState.DRAFT,
        EventState.PENDING_APPROVAL,
        EventState.PUBLISHED,
        EventState.ACTIVE,
    }
)
"""States in which the plan may change."""


UNRELEASED: Final = frozenset({EventState.DRAFT, EventState.PENDING_APPROVAL})
"""States before anybody has said that it takes place; where it must be, it is not approved."""

REACHABLE: Final = frozenset(EventState) - {EventState.CANCELLED, EventState.ARCHIVED}
"""States in which devices are enrolled: after the end, too, journals are still brought in."""


def may_become(now: EventState, then: EventState) -> bool:
    """Tell whether an event may go from one state to the other."""
    return then in TRANSITIONS[now]


def needs_admin(then: EventState, *, needs_approval: bool, now: EventState) -> bool:
    """Tell whether only a platform admin may take this step."""
    return needs_approval and then is EventState.PUBLISHED and now in UNRELEASED
