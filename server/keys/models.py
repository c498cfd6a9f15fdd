"""Tables of signing keys, of channel keys, and of the homes of the ids that tills' keys mint."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import JsonValue
from server.db.model import Model, index_where
from server.db.tenancy import Scoped
from shared.kernel.id_types import DeviceId, EventId, OrganizationId
from shared.kernel.instant import Instant


class KeyRecord(Scoped, Model):
    """A key of the organization, or a till's whose private half we never see.

    Attributes:
        key_id: Unique within a keyring; credentials carry it as a hint.
        purpose: `root`, `manifest`, `ticket`, `till`, or `listed` (unpaid tickets).
        event_id: Of ticket and till keys.
        sealed_seed: The private half, sealed under the data folder's secret; None for tills.
        certificate, certificate_signature: The root's word for a manifest key.
        status: `active` or `compromised`, as in `shared/credential/keyring.py`.
        id_prefix, id_prefix_bits: Ticket ids that it may sign; 0 bits are all.
        manual_prefix, manual_prefix_bits: Its range of manual codes.
        ticket_type_codes: The types that a till's key may sign so far; None for all.
        id_limit: How many ids of its range a till was granted so far; None for no bound.
        device_id: The till.
        retired_at: Since when another key signs in its place; what it signed stays good.
        compromised_at: Since when its signature alone proves nothing.
    """

    __tablename__ = "signing_key"
    __table_args__ = (
        CheckConstraint(
            "purpose IN ('root', 'manifest', 'ticket', 'till', 'listed')", name="purpose"
        ),
        CheckConstraint("status IN ('active', 'compromised')", name="status"),
        CheckConstraint("key_id BETWEEN 0 AND 65535", name="key_id"),
        index_where(
            "purpose = 'root' AND retired_at IS NULL",
            "organization_id",
            name="uq_signing_key_root",
            is_unique=True,
        ),
        Index(None, "organization_id", "key_id"),
        Index(None, "event_id"),
    )

    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organization.id"))
    key_id: Mapped[int]
    purpose: Mapped[str]
    event_id: Mapped[EventId | None]
    public_key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    sealed_seed: Mapped[bytes | None] = mapped_column(LargeBinary)
    certificate: Mapped[bytes | None] = mapped_column(LargeBinary)
    certificate_signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    status: Mapped[str]
    admits_from: Mapped[Instant | None]
    admits_until: Mapped[Instant | None]
    id_prefix: Mapped[int]
    id_prefix_bits: Mapped[int]
    manual_prefix: Mapped[int]
    manual_prefix_bits: Mapped[int]
    ticket_type_codes: Mapped[JsonValue | None]
    id_limit: Mapped[int | None]
    device_id: Mapped[DeviceId | None]
    is_rehearsal: Mapped[bool]
    created_at: Mapped[Instant]
    retired_at: Mapped[Instant | None]
    compromised_at: Mapped[Instant | None]


class ChannelKey(Scoped, Model):
    """A key of the server's that shares a secret with each device of the organization.

    Attributes:
        number: Counted from 1; proofs name it.
        sealed_seed: The private half, sealed under the data folder's secret.
        certificate, certificate_signature: The root's word for it.
        retired_at: Since when nothing is proven under it, or None.
    """

    __table_args__ = (CheckConstraint("number >= 1", name="number"),)

    organization_id: Mapped[OrganizationId] = mapped_column(
        ForeignKey("organization.id"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    public_key: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    sealed_seed: Mapped[bytes] = mapped_column(LargeBinary)
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    certificate_signature: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Instant]
    retired_at: Mapped[Instant | None]


class TillHomeRange(Scoped, Model):
    """The home of the ids in a part of a till key's range, which a till may sell cut off.

    Attributes:
        place: Which part, from 0; of a second key with the same number, after those of the first.
        number: The assignment that gave it this home.
    """

    __tablename__ = "home_range"

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    key_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id_prefix: Mapped[int]
    id_prefix_bits: Mapped[int]
    device_id: Mapped[DeviceId]
    number: Mapped[int]
