"""The table of the audit."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.tenancy import Scoped


class AuditLine(Scoped, Model):
    """One request that changed something; written in its transaction, never changed after.

    Attributes:
        organization_id: Whose rows; empty for what belongs to no organization.
        at: µs, the server's time.
        actor: Opaque id of the person or API key; empty for whoever has none yet.
        route: The route's template: a path itself may hold anything.
        targets: Ids of the path, `name=id`, joined by spaces.
        request_id: As in the log and in the answer.
    """

    __tablename__ = "audit_line"

    organization_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    actor: Mapped[str]
    method: Mapped[str]
    route: Mapped[str]
    targets: Mapped[str]
    request_id: Mapped[str]
