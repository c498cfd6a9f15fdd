"""Each transaction is opened for one organization here, and sees and writes that one's rows alone.

Every transaction is opened for one organization, or for the whole system (`SYSTEM`: login,
migrations, the ledger). In the session this file adds the organization to each query, fills it
in on each insert, and refuses what it cannot scope. On PostgreSQL the same scope is set as
`app.org` and row-level security enforces it again, whatever the query says.

A statement on `await session.connection()` goes past the first line: whoever writes one names
the organization in it. The second line still holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, Self

from sqlalchemy import (
    BindParameter,
    Connection,
    ForeignKeyConstraint,
    MetaData,
    Table,
    Text,
    event,
    text,
)
from sqlalchemy.orm import (
    Mapped,
    ORMExecuteState,
    Session,
    UOWTransaction,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.sql.base import ExecutableOption

from server.db.altered_policies import refuse_altered
from shared.kernel.id_types import OrganizationId

SYSTEM: Final = OrganizationId("*")
"""The scope that sees all organizations."""
_TENANT: Final = re.compile(r"[a-z0-9_]{1,64}")

SCOPE_KEY: Final = "scope"
APPLICATION_ROLE: Final = "gatekeeper_app"
"""A PostgreSQL role without rights to go round row-level security."""


_PROTECTION: Final = text(
    "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,"
    " ARRAY(SELECT p.polname::text FROM pg_policy p"
    " WHERE p.polrelid = c.oid AND p.polname LIKE 'tenant%')"
    " FROM pg_class c WHERE c.relkind = 'r' AND pg_table_is_visible(c.oid)"
)
"""Of each table: whether it binds everybody, and by which of our policies."""
_CRITERIA_KEPT: Final = 1_024
"""Organizations whose criteria are kept; they are made anew for others."""


class ScopeViolation(AssertionError):
    """A query that would have left its organization: always a bug of ours."""


class Scoped:
    """Mixin of a table whose rows belong to one organization."""

    organization_id: Mapped[OrganizationId] = mapped_column(index=False)


def refers(column: str, *, to: str) -> ForeignKeyConstraint:
    """Refer to a row of another table by its id: it is the same organization's, or none."""
    return ForeignKeyConstraint(["organization_id", column], [f"{to}.organization_id", f"{to}.id"])


class ScopedByOwnId:
    """Mixin of the organization's own table."""

    id: Mapped[str] = mapped_column(primary_key=True)


class ScopedSession(Session):
    """A session that knows for whom it works."""

    @property
    def scope(self) -> str:
        """Return the organization's id, or `SYSTEM`."""
        scope = self.info.get(SCOPE_KEY)
        if not scope:
            message = "a session without a scope: open it by Database.read or Database.write"
            raise ScopeViolation(message)
        return str(scope)


def is_tenant(scope: str) -> bool:
    """Tell whether a scope can be an organization's: `SYSTEM`, which sees all rows, is none."""
    return _TENANT.fullmatch(scope) is not None


@event.listens_for(ScopedSession, "do_orm_execute")
def _scope_statement(state: ORMExecuteState) -> None:
    session = state.session
    assert isinstance(session, ScopedSession)
    scope = session.scope
    if scope == SYSTEM:
        return
    if not state.is_orm_statement:
        message = "a statement without models in an organization's session cannot be scoped"
        raise ScopeViolation(message)
    if state.is_insert:
        _check_inserted(state, scope)
        return
    if state.is_update and isinstance(state.parameters, list):
        raise ScopeViolation("a bulk update by primary key cannot be scoped: add a WHERE")
    if state.is_column_load or state.is_relationship_load:
        return
    state.statement = state.statement.options(*_criteria_of(scope))


class _Owner(BindParameter[str]):
    """Whose rows a query sees, as a parameter.

    SQLAlchemy marks each part of a criterion by a copy, which is equal to its original. It would
    compare the two at each run of a statement, and makes an expression to do so. What stays itself
    is found at once.
    """

    inherit_cache = True

    def _annotate(self, values: object) -> Self:
        return self


@lru_cache(_CRITERIA_KEPT)
def _criteria_of(scope: str) -> tuple[ExecutableOption, ...]:
    """Return what each query of an organization is narrowed by, made once."""
    owner = _Owner("owner_of_rows", scope, Text())
    return (
        with_loader_criteria(
            Scoped,
            lambda model: model.organization_id == owner,
            include_aliases=True,
        ),
        with_loader_criteria(
            ScopedByOwnId,
            lambda model: model.id == owner,
            include_aliases=True,
        ),
    )


@event.listens_for(ScopedSession, "before_flush")
def _scope_flush(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    assert isinstance(session, ScopedSession)
    scope = session.scope
    if scope == SYSTEM:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Scoped):
            owner: OrganizationId | None = (
                row.organization_id
            )  # None until it is flushed, if left out
            if owner is None:
                row.organization_id = owner = OrganizationId(scope)
            _check(owner, scope)
        elif isinstance(row, ScopedByOwnId):
            _check(row.id, scope)


def _check_inserted(state: ORMExecuteState, scope: str) -> None:
    mapper = state.bind_mapper
    if mapper is None or not issubclass(mapper.class_, Scoped):
        return
    for row in _inserted_rows(state):
        _check(row.get("organization_id"), scope)


def _inserted_rows(state: ORMExecuteState) -> Iterable[Mapping[str, Any]]:
    parameters: Any = state.parameters
    if parameters:
        return [parameters] if isinstance(parameters, Mapping) else list(parameters)
    # Insert.values(…): there is no public way to look at what it holds.
    statement: Any = state.statement
    if statement._multi_values or statement.select is not None:  # noqa: SLF001 - see above
        raise ScopeViolation("give the rows as parameters, not inside the statement")
    values = statement._values or {}  # noqa: SLF001 - see above
    return [{column.key: getattr(bound, "value", None) for column, bound in values.items()}]


def _check(found: object, scope: str) -> None:
    if found != scope:
        raise ScopeViolation(f"a row of {found!r} in a session of {scope!r}")


def scoped_tables(metadata: MetaData) -> list[tuple[Table, str]]:
    """List each table that belongs to organizations, with the column that says to which."""
    found = []
    for table in metadata.sorted_tables:
        if "organization_id" in table.columns:
            found.append((table, "organization_id"))
        elif table.name == "organization":
            found.append((table, "id"))
    return found


def protect_tables(connection: Connection, metadata: MetaData) -> None:
    """Put PostgreSQL's row-level security on every scoped table; run after migrations.

    Idempotent: what stands already is left alone, beside servers at work; a policy's name says
    the version of its text. Owners are bound too (FORCE). A login that no policy can bind
    (superuser or BYPASSRLS) works under `APPLICATION_ROLE`, which this makes if it may.

    Raises:
        StoreFault: if somebody has altered a policy under its name, or put another beside it.
    """
    bypasses = connection.scalar(
        text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = session_user")
    )
    if bypasses:
        _make_application_role(connection)
    wanted = {table.name: _policy(column) for table, column in scoped_tables(metadata)}
    refuse_altered(connection, wanted)
    standing = {row[0]: (row[1], {*row[2]}) for row in connection.execute(_PROTECTION)}
    for table, _ in scoped_tables(metadata):
        policy, allowed = wanted[table.name]
        is_bound, policies = standing[table.name]
        if is_bound and policies == {policy}:
            continue  # to say it again would wait for whoever reads, and gates behind that
        name = connection.dialect.identifier_preparer.format_table(table)
        connection.execute(text(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"))
        connection.execute(text(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"))
        for former in policies:
            connection.execute(text(f"DROP POLICY {former} ON {name}"))
        connection.execute(
            text(f"CREATE POLICY {policy} ON {name} USING {allowed} WITH CHECK {allowed}")
        )


def _policy(column: str) -> tuple[str, str]:
    """Return a policy's name, and what it allows: rows of the session's organization."""
    # The sub-selects run once per query, not per row. After a transaction the setting is
    # '' rather than NULL; neither equals an id, so no scope means no rows.
    allowed = (
        f"({column} = (SELECT current_setting('app.org', true))"
        " OR (SELECT current_setting('app.org', true)) = '*')"
    )
    return f"tenant_{sha256(allowed.encode()).hexdigest()[:8]}", allowed


def _make_application_role(connection: Connection) -> None:
    role = APPLICATION_ROLE
    connection.execute(
        text(
            f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS;"
            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
    )
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {role}"))
    for kind, rights in (
        ("TABLES", "SELECT, INSERT, UPDATE, DELETE"),
        ("SEQUENCES", "USAGE, SELECT"),
    ):
        connection.execute(text(f"GRANT {rights} ON ALL {kind} IN SCHEMA public TO {role}"))
