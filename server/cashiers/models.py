"""The table of cashiers."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.personal_columns import OF_STAFF
from server.db.tenancy import Scoped
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import Instant


class Cashier(Scoped, Model):
    """Somebody who may work at a till, within the rights that were given to them.

    Attributes:
        id: Stands in journals instead of the name; never given again.
        badge_hash: 64 hex digits; of a badge that was withdrawn, `withdrawn ` and the id.
        name_key: Public key that buyers' data is sealed to; None while there is no badge.
        sign_key: Public key of what the badge signs; None while there is no badge.
        discount_percent: Discounts up to this.
        refund_minor: Refunds up to this amount at once.
        removed_at: Since when tills refuse them; their row stays, because journals name them.
    """

    __table_args__ = (
        Index(None, "organization_id", "badge_hash", unique=True),
        CheckConstraint("discount_percent BETWEEN 0 AND 100", name="discount_percent"),
        CheckConstraint("refund_minor >= 0", name="refund_minor"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(info=OF_STAFF)
    badge_hash: Mapped[str]
    created_at: Mapped[Instant]
    removed_at: Mapped[Instant | None]
    name_key: Mapped[bytes | None]
    sign_key: Mapped[bytes | None]
    sell: Mapped[bool]
    discount_percent: Mapped[int]
    comp: Mapped[bool]
    refund_minor: Mapped[int]
    paid_out: Mapped[bool]
    open_drawer: Mapped[bool]
    find: Mapped[bool]
    see_expected: Mapped[bool]
