"""What each role may see and do at the desk: the server rules, the desk offers no more. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ROLES: Final = ("reader", "staff", "box_office", "manager", "owner")
"""Each may all that the one before it may."""

SEES: Final[Mapping[str, str]] = {
    "guests": "staff",
    "orders": "staff",
    "event_cancelling": "staff",
    "guest_data": "manager",
    "programs": "manager",
    "audit": "owner",
}
"""The least role for a page; any for the rest. Readers see no guest's name."""

CHANGES: Final[Mapping[str, str]] = {
    "doors_ready": "manager",
    "conflicts": "manager",
    "plan": "manager",
    "devices": "manager",
    "guests": "box_office",
    "orders": "box_office",
    "seats": "manager",
    "ticket_design": "manager",
    "people": "manager",
    "event_cancelling": "manager",
    "guest_data": "manager",
    "programs": "manager",
    "alarm_limits": "manager",
    "promotions": "manager",
}
"""The least role for what is done at a page; the rest change nothing of the organization's."""

MEMBERS_FROM: Final = "manager"
"""Who sees the members."""
INVITES_FROM: Final = "owner"
"""Who changes them."""
EVACUATES_FROM: Final = "manager"
"""Who empties a zone."""


def has_role(role: str, least: str) -> bool:
    """Whether a role is at least another; one that this program does not know may nothing more."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(least)


def may_enter(role: str, page: str) -> bool:
    """Whether a page is shown."""
    return has_role(role, SEES.get(page, ROLES[0]))


def lacks_for(role: str, page: str) -> str:
    """Return the role that it takes to change something at a page; "" where one's own does."""
    least = CHANGES.get(page, "")
    return "" if not least or has_role(role, least) else least
