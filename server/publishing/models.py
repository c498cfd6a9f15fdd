"""Tables of signing keys, manifests and till allotments."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.personal_columns import OF_A_PERSON
from server.db.tenancy import Scoped
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.instant import Instant


class ManifestClass(Scoped, Model):
    """One combination of ticket facts with its number in the event's manifests.

    Never changed, but for words of a person who is erased.
    """

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organization.id"))
    facts: Mapped[bytes] = mapped_column(LargeBinary, info=OF_A_PERSON)


class Manifest(Scoped, Model):
    """An event's newest publication, as signed."""

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organization.id"))
    epoch: Mapped[int]
    sequence: Mapped[int]
    cursor: Mapped[int]
    ticket_count: Mapped[int]
    document: Mapped[bytes] = mapped_column(LargeBinary, info=OF_A_PERSON)
    published_at: Mapped[Instant]


class ManifestChunk(Scoped, Model):
    """A chunk's bytes under their SHA-256, once for each event: halls alike are the same bytes.

    Attributes:
        sequence: The newest publication that names it; older ones are swept.
    """

    __table_args__ = (Index(None, "event_id", "sequence"),)

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organization.id"))
    sequence: Mapped[int]
    chunk: Mapped[bytes] = mapped_column(LargeBinary, info=OF_A_PERSON)
