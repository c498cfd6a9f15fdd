"""Tables of devices and of the codes that enrol them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.personal_columns import OF_STAFF, TYPED
from server.db.tenancy import Scoped
from shared.admission.pace import PACE_DEFAULT
from shared.kernel.id_types import DeviceId, EventId, GateId, OrganizationId, UserId
from shared.kernel.instant import Instant


class Device(Scoped, Model):
    """A gate's or till's program with its own signing key.

    Attributes:
        role: `gate`, `till`, `both`, or `scanner`: one that only claims, by its token alone.
        profile: `live`, `rehearsal` or `test`.
        token_hash: SHA-256 of its bearer token.
        event_id, gate_id: What it serves now, if that is fixed.
        admissions_per_minute: How fast it may let holders in; 0 without a limit.
        place_revision: How often its event or gate was assigned anew.
        revoked_at: Since when its word takes no effect; its row and key stay as evidence.
        last_seen_at: When it last exchanged or claimed, to within half a minute.
        lan_address: Where it said that other gates reach it, `host:port`; a hint only.
    """

    __table_args__ = (
        CheckConstraint("role IN ('gate', 'till', 'both', 'scanner')", name="role"),
        CheckConstraint("profile IN ('live', 'rehearsal', 'test')", name="profile"),
        Index(None, "organization_id"),
    )

    id: Mapped[DeviceId] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(info=OF_STAFF)
    role: Mapped[str]
    profile: Mapped[str]
    program: Mapped[str]
    public_key: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    event_id: Mapped[EventId | None]
    gate_id: Mapped[GateId | None]
    admissions_per_minute: Mapped[int] = mapped_column(server_default=str(PACE_DEFAULT))
    place_revision: Mapped[int] = mapped_column(server_default="0")
    enrolled_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
    revoked_because: Mapped[str | None] = mapped_column(info=TYPED)
    last_seen_at: Mapped[Instant | None]
    lan_address: Mapped[str | None]


class DevicePlace(Scoped, Model):
    """One of the places that a device was ever assigned to.

    Cut off, it goes on where it was until it hears of another place; what it says of passages
    anywhere else has no effect.

    Attributes:
        event_id, gate_id: As in `Device`; "" where that was left open.
        since: When it first was.
    """

    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("device.id"), primary_key=True)
    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    gate_id: Mapped[GateId] = mapped_column(primary_key=True)
    since: Mapped[Instant]


class DeviceReportRow(Scoped, Model):
    """What a device said of itself last; never trusted for a decision.

    Attributes:
        event_id: The event that it served then.
        reported_at: Server time.
        report: An encoded `shared.wire.device_report.DeviceReport`, as it came.
    """

    __tablename__ = "device_report"

    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("device.id"), primary_key=True)
    event_id: Mapped[EventId | None]
    reported_at: Mapped[Instant]
    report: Mapped[bytes] = mapped_column(LargeBinary)


class RosterRow(Scoped, Model):
    """The version of an event's roster that was last handed out.

    Attributes:
        epoch, sequence: Raised when what the roster says has changed.
        digest: SHA-256 of what it said.
    """

    __tablename__ = "roster"

    event_id: Mapped[EventId] = mapped_column(ForeignKey("event.id"), primary_key=True)
    epoch: Mapped[int]
    sequence: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary)


class EnrolmentCode(Scoped, Model):
    """A one-time code; nothing is kept by which anybody could enrol (`shared/wire/enrol_code.py`).

    Attributes:
        hash: Its id, which devices send.
        signer: Public half of its signing key, by which devices prove that they know the code.
        secret: By which the server proves the same.
    """

    __table_args__ = (Index(None, "organization_id"),)

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    signer: Mapped[bytes] = mapped_column(LargeBinary)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organization.id"))
    role: Mapped[str]
    profile: Mapped[str]
    event_id: Mapped[EventId | None]
    gate_id: Mapped[GateId | None]
    admissions_per_minute: Mapped[int] = mapped_column(server_default=str(PACE_DEFAULT))
    created_by: Mapped[UserId]
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
    device_id: Mapped[DeviceId | None]
