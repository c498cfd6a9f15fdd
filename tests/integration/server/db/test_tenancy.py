"""The two lines that keep organizations apart, each tested without the other."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.tenancy import SYSTEM, ScopedSession, ScopeViolation, scoped_tables
from server.events.models import Event
from server.http.database_outage import is_outage
from server.organizations.models import Membership, Organization
from server.start_up.migrating import migrate
from server.tables import load_metadata
from shared.kernel.id_types import OrganizationId
from tests.factories.office import Office


async def two_organizations(office: Office) -> tuple[str, str]:
    """Make two organizations with an event each."""
    found = []
    for _ in range(2):
        person = await office.person()
        await office.event(person)
        found.append(person.organization_id)
    return found[0], found[1]


async def test_queries_see_only_their_organization(office: Office) -> None:
    """Selects, aliases, counts, joins and the organization's own table are all filtered."""
    a, _ = await two_organizations(office)
    async with office.database.read(org=a) as session:
        owners = (await session.execute(select(Event.organization_id))).scalars().all()
        assert owners == [a]
        assert (await session.execute(select(func.count()).select_from(Event))).scalar() == 1
        assert (await session.execute(select(Organization.id))).scalars().all() == [a]
        joined = select(Membership.user_id).join(
            Event, Event.organization_id == Membership.organization_id
        )
        assert len((await session.execute(joined)).all()) == 1
    async with office.database.read(org=SYSTEM) as session:
        assert len((await session.execute(select(Event))).all()) == 2


async def test_getting_by_key_stays_within_the_organization(office: Office) -> None:
    """An id of another organization gives nothing, also by `Session.get`."""
    a, b = await two_organizations(office)
    async with office.database.read(org=b) as session:
        (event_id,) = (await session.execute(select(Event.id))).scalars().all()
    async with office.database.read(org=a) as session:
        assert await session.get(Event, event_id) is None
        assert await session.get(Organization, b) is None


async def test_updates_and_deletes_stay_within_the_organization(office: Office) -> None:
    """A change without a WHERE changes one organization's rows only."""
    a, b = await two_organizations(office)
    async with office.database.write(org=a) as session:
        await session.execute(update(Event).values(name="mine"))
    async with office.database.read(org=SYSTEM) as session:
        names = {
            row.organization_id: row.name
            for row in (await session.execute(select(Event.organization_id, Event.name))).all()
        }
    assert names[a] == "mine"
    assert names[b] == "Probe Fest"


async def test_a_row_of_another_organization_is_not_written(office: Office) -> None:
    """Neither added, nor inserted, nor moved."""
    a, b = await two_organizations(office)
    row = {"organization_id": b, "user_id": "us_x", "role": "staff", "created_at": 0}
    with pytest.raises(ScopeViolation):
        async with office.database.write(org=a) as session:
            session.add(Membership(**row))
            await session.flush()
    with pytest.raises(ScopeViolation):
        async with office.database.write(org=a) as session:
            await session.execute(insert(Membership), [row])
    with pytest.raises(ScopeViolation):
        async with office.database.write(org=a) as session:
            await session.execute(insert(Membership).values(**row))
    with pytest.raises(ScopeViolation):
        async with office.database.write(org=a) as session:
            found = (await session.execute(select(Event))).scalar_one()
            found.organization_id = OrganizationId(b)
            await session.flush()


async def test_what_cannot_be_scoped_is_refused(office: Office) -> None:
    """Bare SQL in an organization's session, bulk updates by key, and a session without scope."""
    a, _ = await two_organizations(office)
    async with office.database.read(org=a) as session:
        with pytest.raises(ScopeViolation):
            await session.execute(text("SELECT 1"))
        with pytest.raises(ScopeViolation):
            await session.execute(update(Event), [{"id": "ev_1", "name": "x"}])
    bare = AsyncSession(sync_session_class=ScopedSession)
    with pytest.raises(ScopeViolation):
        await bare.execute(select(Event))
    await bare.close()


async def test_the_database_refuses_what_the_session_would_let_through(
    office: Office,
) -> None:
    """On PostgreSQL bare SQL without any filter sees one organization; SQLite has no such line."""
    a, b = await two_organizations(office)
    query = text("SELECT DISTINCT organization_id FROM event")
    async with office.database.read(org=a) as session:
        connection = await session.connection()
        seen = set((await connection.execute(query)).scalars().all())
    if office.database.is_sqlite:
        assert seen == {a, b}
        return
    assert seen == {a}
    with pytest.raises(DBAPIError, match="row-level security") as refused:
        async with office.database.write(org=a) as session:
            connection = await session.connection()
            await connection.execute(
                text(
                    "INSERT INTO organization_counter (organization_id, name, value)"
                    " VALUES (:other, 'x', 1)"
                ),
                {"other": b},
            )
    assert not is_outage(refused.value)
    async with office.database.read(org="og_nobody") as session:
        connection = await session.connection()
        assert (await connection.execute(query)).all() == []
        role = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert (await connection.execute(role)).scalar() is False


async def test_the_scope_ends_with_its_transaction(office: Office) -> None:
    """A pooled connection that served one organization serves the next without a trace."""
    if office.database.is_sqlite:
        return
    a, b = await two_organizations(office)
    for organization_id in (a, b, a, b, a, b):
        async with office.database.read(org=organization_id) as session:
            connection = await session.connection()
            found = await connection.execute(text("SELECT organization_id FROM event"))
            assert found.scalars().all() == [organization_id]


async def test_every_table_of_an_organization_has_its_policy(office: Office) -> None:
    """Row-level security is on and forced for each table with an organization, none forgotten."""
    if office.database.is_sqlite:
        return
    query = text(
        "SELECT relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid"
        " WHERE relrowsecurity AND relforcerowsecurity"
    )
    async with office.database.read(org=SYSTEM) as session:
        protected = set((await session.execute(query)).scalars().all())
    assert protected == {table.name for table, _ in scoped_tables(load_metadata())}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_is_protected_is_prepared_again_without_waiting(office: Office) -> None:
    """An operator's verb beside a server at work takes no table from it; what is missing is made.

    It would else wait for the longest reader, and every claim behind it.
    """
    settings, now = office.settings, office.clock.wall()
    a, b = await two_organizations(office)
    async with office.database.read(org=a) as session:
        assert len((await session.execute(select(Event))).all()) == 1  # its lock is held meanwhile
        await migrate(settings, now)
    open_door = "ALTER TABLE event NO FORCE ROW LEVEL SECURITY"
    old = (
        "DO $$ BEGIN EXECUTE (SELECT format('ALTER POLICY %I ON event RENAME TO tenant', polname)"
    )
    old += " FROM pg_policy WHERE polrelid = 'event'::regclass); END $$"
    for damage in (open_door, old):
        async with office.database.write(org=SYSTEM) as session:
            await session.execute(text(damage))
        await migrate(settings, now)
        async with office.database.read(org=b) as session:
            everything = text("SELECT organization_id FROM event")
            found = await (await session.connection()).execute(everything)
            assert [row[0] for row in found] == [b], damage


async def test_who_runs_the_installation_asks_for_an_organization_that_cannot_be(
    office: Office,
) -> None:
    """Belonging to none they may ask for any: what no id can be is not there, nor is `*` all."""
    person, admin = await office.person(), await office.person(None, is_admin=True)
    event_id = await office.event(person)
    for name in ("*", "-1", "x" * 300, "%25", "%F0%9F%8E%AB"):
        for path in ("", "/pauses", "/evacuations", "/orders"):
            asked = f"/api/v1/organizations/{name}/events/{event_id}{path}"
            answer = await office.call("GET", asked, admin)
            assert answer.status_code == 404, (asked, answer.text)
