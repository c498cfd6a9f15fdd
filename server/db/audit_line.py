"""One line of the audit for each request that changes something, in its own transaction.

The request is known by a context variable, which the outermost layers set; the line is written
by `Database.write` and `Driver.write`, through which every change goes. So no route can forget it,
and there is no change without a line, nor a line of a change that was taken back. A request that
was repeated, and changed nothing the second time, has a line each time. What devices record
(claims, journals) is signed by them and kept as it is; it has no line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from server.db.hot_path_statements import statement
from server.db.model import Model
from server.db.tenancy import SYSTEM, Scoped
from shared.kernel.id_types import OrganizationId

NOBODYS: Final = ""
"""The organization of what belongs to none: accounts and sign-ins."""

_COLUMNS: Final = (
    "organization_id",
    "at",
    "id",
    "actor",
    "method",
    "route",
    "targets",
    "request_id",
)
_INTO: Final = f"INSERT INTO audit_line ({', '.join(_COLUMNS)}) VALUES"
_INSERT: Final = text(f"{_INTO} ({', '.join(':' + name for name in _COLUMNS)})")
AUDIT_LINE: Final = statement(f"{_INTO} ($1, $2, $3, $4, $5, $6, $7, $8)")
"""The same for the ledger's own connections, with what `line` gives."""


class AuditLine(Scoped, Model):
    """One request that changed something; written in its transaction, never changed after.

    Attributes:
        organization_id: Whose rows; empty for what belongs to no organization.
        at: µs, the server's time.
        actor: Opaque id of the person or API key; empty for whoever has none yet; `operator` for
            whoever has the server's machine.
        route: The route's template: a path itself may hold anything. Of the command line, whose
            method is `COMMAND`, the program, verb and action.
        targets: Ids of the path, tickets' as well, `name=id`, joined by spaces; then what the
            request's service has said besides.
        request_id: As in the log and in the answer.
    """

    organization_id: Mapped[OrganizationId] = mapped_column(primary_key=True)
    at: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    actor: Mapped[str]
    method: Mapped[str]
    route: Mapped[str]
    targets: Mapped[str]
    request_id: Mapped[str]


class ChangingRequest:
    """A request that may change something.

    Attributes:
        organization_id: Of the path, or of what it makes.
        is_written: A transaction with its line was committed; one that failed is tried again.
    """

    def __init__(self, describe: Callable[[], Mapping[str, Any]]) -> None:
        """Prepare.

        Args:
            describe: Tells, once the request is routed, the line's columns but the organization's.
        """
        self._describe, self._said = describe, dict[str, str]()
        self.is_written = False
        self.organization_id: OrganizationId | None = None

    def say(self, name: str, value: str) -> None:
        """Add what the path does not tell, by an id or a word of ours, never a person's words.

        Of a request that is looked at again the last word counts.
        """
        self._said[name] = value

    async def write_line(self, session: AsyncSession, org: str) -> None:
        """Add the request's line to a transaction; once, whatever else it changes."""
        line = self.line(org)
        if line is not None:
            # On the connection itself: the organization is named in the statement.
            connection = await session.connection()
            await connection.execute(_INSERT, dict(zip(_COLUMNS, line, strict=True)))

    def line(self, org: str) -> tuple[Any, ...] | None:
        """Return the line's columns for a transaction that is about to end; None for a second."""
        if self.is_written:
            return None
        owner = self.organization_id if org == SYSTEM else org
        line = {"organization_id": owner or NOBODYS, **self._describe()}
        said = [f"{name}={value}" for name, value in self._said.items()]
        line["targets"] = " ".join(filter(None, [line["targets"], *said]))
        return tuple(line[name] for name in _COLUMNS)


PRESENT: ContextVar[ChangingRequest | None] = ContextVar("changing_request", default=None)


def note_organization(organization_id: OrganizationId) -> None:
    """Say to whom a change belongs, where the request's path does not."""
    present = PRESENT.get()
    if present is not None:
        present.organization_id = organization_id


def note_target(name: str, value: str) -> None:
    """Say what a change is about, where the request's path does not: an id, or a word of ours."""
    present = PRESENT.get()
    if present is not None:
        present.say(name, value)
