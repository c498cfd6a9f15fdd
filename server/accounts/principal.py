"""The person or program that asks the server, and the ladder of roles that routes ask for."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from shared.kernel.id_types import OrganizationId, UserId


class Role(StrEnum):
    """What a member may do; each role may all that the one before it may.

    A reader looks at plans, boards, conflicts and reports, and sees no guest's name; staff at the
    door see guests too, and deny a ticket; the box office sells, refunds and brings lists in; a
    manager sets events up and rules over devices and people at gates; an owner rules over the
    organization, its members and its keys.
    """

    READER = "reader"
    STAFF = "staff"
    BOX_OFFICE = "box_office"
    MANAGER = "manager"
    OWNER = "owner"


RANKS: Final = {role: rank for rank, role in enumerate(Role)}

SCOPES: Final = frozenset(
    f"{resource}:{verb}"
    for resource in (
        "organization",
        "members",
        "events",
        "venues",
        "ticket_types",
        "orders",
        "tickets",
        "devices",
        "manifests",
        "journal",
        "conflicts",
        "reports",
        "webhooks",
    )
    for verb in ("read", "write")
)
"""What an API key may be given. Members and keys themselves need a person's session to write."""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """The person, or the program with an API key, that sends a request.

    Attributes:
        user_id: The person; for an API key, its creator.
        session_id: Of a person's sign-in; None for an API key.
        api_key_id: None for a person.
        organization_id: Of the path, None outside organizations.
        role: In that organization; for a key, its creator's at this moment.
        scopes: An API key's; None for a person, who has all of the role's.
        is_platform_admin: Runs the whole installation.
        lacks_factor: The organization asks them for a second factor, and they have none.
        is_too_late: Another machine took over from the server that they ask.
    """

    user_id: UserId
    session_id: str | None = None
    api_key_id: str | None = None
    organization_id: OrganizationId | None = None
    role: Role | None = None
    scopes: frozenset[str] | None = None
    is_platform_admin: bool = False
    lacks_factor: bool = False
    is_too_late: bool = False

    @property
    def actor(self) -> str:
        """Return the opaque id for logs and audit columns."""
        return self.api_key_id or self.user_id

    def has_role(self, role: Role) -> bool:
        """Tell whether the principal's role is at least `role`."""
        return self.role is not None and RANKS[self.role] >= RANKS[role]

    def has_scope(self, scope: str | None) -> bool:
        """Tell whether a key was given the scope; None needs a person."""
        if self.scopes is None:
            return True
        return scope is not None and scope in self.scopes
