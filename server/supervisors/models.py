"""The table of supervisors."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.personal_columns import OF_STAFF
from server.db.tenancy import Scoped
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import Instant

WITHDRAWN: Final = "withdrawn "
"""Stands with the person's id where a badge's hash stood: no code has this one."""


class Supervisor(Scoped, Model):
    """Somebody who may unlock a gate, or a steward, whose badge only shows names.

    Attributes:
        id: Stands in journals instead of the name; never given again.
        pin_hash: Argon2id in PHC form; empty for a steward, who has no PIN.
        badge_hash: 64 hex digits; of a badge that was withdrawn, `withdrawn ` and the id.
        name_key: Public key that holders' names are sealed to; only the badge has the other half.
            None for a badge that was not drawn here: it could be guessed.
        sign_key: Public key of what the badge signs; None where `name_key` is, and for badges
            that were drawn before badges signed.
        former_badges: What badges of before signed with (`server/supervisors/former_badges.py`).
        is_steward: Unlocks and signs nothing, and never will.
        removed_at: Since when gates refuse them; their row stays, because journals name them.
    """

    __table_args__ = (
        Index(
            None,
            "organization_id",
            "badge_hash",
            unique=True,
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(info=OF_STAFF)
    pin_hash: Mapped[str]
    badge_hash: Mapped[str]
    created_at: Mapped[Instant]
    removed_at: Mapped[Instant | None]
    name_key: Mapped[bytes | None]
    sign_key: Mapped[bytes | None]
    former_badges: Mapped[bytes | None]
    is_steward: Mapped[bool]

    @property
    def has_badge(self) -> bool:
        """Whether there is a badge that unlocks gates, or shows names."""
        return not self.badge_hash.startswith(WITHDRAWN)
