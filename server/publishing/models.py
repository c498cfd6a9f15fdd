"""Tables of signing keys, manifests and till allotments."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.tenancy import Scoped
from server.db.types import JsonValue


class SigningKey(Scoped, Model):
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
        Index(
            "uq_signing_key_root",
            "organization_id",
            unique=True,
            postgresql_where=text("purpose = 'root' AND retired_at IS NULL"),
            sqlite_where=text("purpose = 'root' AND retired_at IS NULL"),
        ),
        Index(None, "organization_id", "key_id"),
        Index(None, "event_id"),
    )

    organization_id: Mapped[str] = mapped_column(ForeignKey("organization.id"))
    key_id: Mapped[int]
    purpose: Mapped[str]
    event_id: Mapped[str | None]
    public_key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    sealed_seed: Mapped[bytes | None] = mapped_column(LargeBinary)
    certificate: Mapped[bytes | None] = mapped_column(LargeBinary)
    certificate_signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    status: Mapped[str]
    admits_from: Mapped[int | None]
    admits_until: Mapped[int | None]
    id_prefix: Mapped[int]
    id_prefix_bits: Mapped[int]
    manual_prefix: Mapped[int]
    manual_prefix_bits: Mapped[int]
    ticket_type_codes: Mapped[JsonValue | None]
    id_limit: Mapped[int | None]
    device_id: Mapped[str | None]
    is_rehearsal: Mapped[bool]
    created_at: Mapped[int]
    retired_at: Mapped[int | None]
    compromised_at: Mapped[int | None]


class ChannelKey(Scoped, Model):
    """A key of the server's that shares a secret with each device of the organization.

    Attributes:
        number: Counted from 1; proofs name it.
        sealed_seed: The private half, sealed under the data folder's secret.
        certificate, certificate_signature: The root's word for it.
        retired_at: Since when nothing is proven under it, or None.
    """

    __tablename__ = "channel_key"
    __table_args__ = (CheckConstraint("number >= 1", name="number"),)

    organization_id: Mapped[str] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    public_key: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    sealed_seed: Mapped[bytes] = mapped_column(LargeBinary)
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    certificate_signature: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[int]
    retired_at: Mapped[int | None]


class Allotment(Scoped, Model):
    """How many tickets of a type a till may sell on its own; only its return frees them."""

    __tablename__ = "allotment"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "ticket_type_id"],
            ["ticket_type.organization_id", "ticket_type.id"],
        ),
        CheckConstraint("granted >= 0 AND sold >= 0", name="counts"),
    )

    event_id: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"), primary_key=True)
    ticket_type_id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[str]
    granted: Mapped[int]
    sold: Mapped[int]


class ManifestClass(Scoped, Model):
    """One combination of ticket facts with its number in the event's manifests; never changed."""

    __tablename__ = "manifest_class"

    event_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[str] = mapped_column(ForeignKey("organization.id"))
    facts: Mapped[bytes] = mapped_column(LargeBinary)


class ToldPlan(Scoped, Model):
    """A plan that gates were told, for judging what passed while it held.

    Attributes:
        since: When the event's plan became this.
        config: The configuration, without people and places.
        told_seq: The number of the feed's item that told it first; None where that is not known.
    """

    __tablename__ = "told_plan"

    event_id: Mapped[str] = mapped_column(primary_key=True)
    plan_version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[str]
    since: Mapped[int]
    config: Mapped[bytes] = mapped_column(LargeBinary)
    told_seq: Mapped[int | None]


class Manifest(Scoped, Model):
    """An event's newest publication, as signed."""

    __tablename__ = "manifest"

    event_id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[str] = mapped_column(ForeignKey("organization.id"))
    epoch: Mapped[int]
    sequence: Mapped[int]
    cursor: Mapped[int]
    ticket_count: Mapped[int]
    document: Mapped[bytes] = mapped_column(LargeBinary)
    published_at: Mapped[int]


class ManifestChunk(Scoped, Model):
    """A chunk's bytes under their SHA-256.

    Attributes:
        sequence: The newest publication that names it; older ones are swept.
    """

    __tablename__ = "manifest_chunk"
    __table_args__ = (Index(None, "event_id", "sequence"),)

    organization_id: Mapped[str] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    event_id: Mapped[str]
    sequence: Mapped[int]
    chunk: Mapped[bytes] = mapped_column(LargeBinary)
