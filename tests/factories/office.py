"""A whole server in the test's process: migrated database, application, signed-in people.

`office` runs each test on SQLite and on PostgreSQL. Migrations run once per test process and
database; each test gets an empty one.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from server.accounts.models import LoginSession, User
from server.accounts.password_hashes import PasswordHashes
from server.accounts.tokens import TYPE_ACCESS, TokenClaims, TokenSigner
from server.app import create_app
from server.db.clock_leaps import NOTED_EVERY, REST, note_time
from server.db.database_connections import Database
from server.db.hot_path_connections import Driver, open_driver
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.homes.telling_gates_of_tickets import LedgerFeed
from server.http.asgi import App
from server.jobs import leases_of_ended_workers
from server.jobs import runner as job_runner
from server.ledger.lookups import LedgerLookups
from server.orders import how_long_unpaid_orders_hold_seats
from server.orders import routes as order_routes
from server.organizations.models import Membership
from server.organizations.organizations_and_numbers import create_organization
from server.settings import Settings, make_data_folder
from server.start_up.migrating import migrate
from server.ticketing.ports import ChangeFeed, UsageLookup
from shared.kernel import ids
from shared.kernel.id_types import EventId, OrganizationId, TicketId, UserId
from shared.kernel.instant import DAY, Instant
from shared.manifest.tickets import TicketRow
from tests.factories.asgi_lifespan import running
from tests.factories.frameworks import idle_framework
from tests.factories.lent_databases import lend
from tests.factories.migrated_files import beginning_with_copies
from tests.factories.one_thread import asked_in_one_thread
from tests.factories.postgres import PostgresCluster
from tests.factories.quick import QUICK_HASHES, quiet_logs
from tests.factories.statements import kept_statements
from tests.factories.strength import sized
from tests.factories.tallied import check_tallies
from tests.factories.upkeep import note_copy, upkeep_rests_over_copy
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy

ACCESS_SECRET = bytes(range(32))
NEVER_S = 86_400


class RecordingFeed(LedgerFeed):
    """A change feed that remembers; fulfils `server.ticketing.ports.ChangeFeed`."""

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[tuple[str, TicketRow]] = []

    async def append(
        self, session: AsyncSession, event_id: EventId, changes: Sequence[TicketRow]
    ) -> None:
        """Remember what was announced."""
        self.changes += [(event_id, change) for change in changes]


class SetUsage(LedgerLookups):
    """A usage lookup over a set; fulfils `server.ticketing.ports.UsageLookup`."""

    def __init__(self) -> None:
        self.ids: set[int] = set()

    async def used(
        self, session: AsyncSession, event_id: EventId, ticket_ids: Sequence[TicketId]
    ) -> frozenset[int]:
        """Return those that the test has put in."""
        return frozenset(self.ids & set(ticket_ids))


@dataclass(frozen=True)
class Person:
    """Somebody with a session, in an organization with a role."""

    user_id: UserId
    organization_id: OrganizationId
    headers: dict[str, str]

    @property
    def path(self) -> str:
        """Return the organization's address."""
        return f"/api/v1/organizations/{self.organization_id}"


@dataclass
class Office:
    """The server under test."""

    settings: Settings
    database: Database
    clock: ManualClock
    entropy: SeededEntropy
    app: App
    framework: Litestar
    client: httpx.AsyncClient
    feed: RecordingFeed
    usage: SetUsage
    people: int = field(default=0)

    @property
    def context(self) -> Context:
        """Return what services take."""
        return Context(self.database, self.clock, self.entropy)

    @asynccontextmanager
    async def driving(self) -> AsyncIterator[Driver]:
        """Open a driver of hot statements beside the application's own."""
        driver = open_driver(self.database, self.settings.database, size=2)
        try:
            yield driver
        finally:
            await driver.close()

    async def give_password(self, person: Person, password: str) -> None:
        """Let somebody have a password, by which they prove that it is they."""
        encoded = await self.framework.state["hashes"].hash(password)
        async with self.database.write(org=SYSTEM) as session:
            changed = update(User).where(User.id == person.user_id)
            await session.execute(changed.values(password_hash=encoded))

    async def rest_over_leap(self) -> None:
        """Let the time pass for which servers end nothing after their clock has leapt."""
        for _ in range(REST // NOTED_EVERY + 1):
            self.clock.advance(NOTED_EVERY)
            await note_time(self.context)

    async def person(
        self,
        role: str | None = "owner",
        *,
        organization_id: OrganizationId | None = None,
        is_admin: bool = False,
        name: str = "Ada Probe",
    ) -> Person:
        """Make a user with a session, in a fresh organization or a given one."""
        self.people += 1
        now = self.clock.wall()
        user = User(
            id=ids.new_id(ids.USER, self.entropy),
            email=f"person{self.people}@example.org",
            email_key=f"person{self.people}@example.org",
            name=name,
            password_hash=None,
            is_platform_admin=is_admin,
            state="active",
            created_at=now,
            password_changed_at=now,
        )
        session_id = ids.new_id(ids.SESSION, self.entropy)
        async with self.database.write(org=SYSTEM) as session:
            session.add(user)
            await session.flush()
            session.add(
                LoginSession(
                    id=session_id,
                    user_id=user.id,
                    created_at=now,
                    last_used_at=now,
                    expires_at=now + 30 * DAY,
                    revoked_at=None,
                    revoked_because=None,
                    client="test",
                )
            )
            if organization_id is None:
                made = await create_organization(
                    session,
                    self.entropy,
                    now,
                    name="Probe Ltd",
                    slug=f"probe-{self.people}",
                    currency="EUR",
                    timezone="Europe/Berlin",
                    owner_id=user.id,
                )
                organization_id = OrganizationId(made.id)
                if role != "owner":
                    await self._set_role(session, OrganizationId(made.id), user.id, role)
            elif role is not None:
                session.add(
                    Membership(
                        organization_id=organization_id,
                        user_id=user.id,
                        role=role,
                        created_at=now,
                    )
                )
        token = TokenSigner(self.settings.access_token_secret).sign(
            TokenClaims(user.id, session_id), now, kind=TYPE_ACCESS, lifetime=DAY
        )
        return Person(user.id, organization_id, {"authorization": f"Bearer {token}"})

    async def _set_role(
        self,
        session: AsyncSession,
        organization_id: OrganizationId,
        user_id: UserId,
        role: str | None,
    ) -> None:
        row = await session.get(Membership, (organization_id, user_id))
        assert row is not None
        if role is None:
            await session.delete(row)
        else:
            row.role = role

    async def call(
        self, method: str, path: str, person: Person | None = None, **more: Any
    ) -> httpx.Response:
        """Send a request as somebody."""
        headers = (person.headers if person is not None else {}) | more.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **more)

    async def ok(self, method: str, path: str, person: Person | None = None, **more: Any) -> Any:
        """Send a request that must succeed, and return its JSON."""
        answer = await self.call(method, path, person, **more)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def hand_over(self, event: str, person: Person) -> None:
        """Hand an event to gates, and let its plan be changed all the same."""
        await self.ok("POST", f"{event}/handover", person)
        now = await self.ok("GET", f"{event}/freeze", person)
        if now["is_frozen"]:
            lift = {"reason": "a test changes it"}
            await self.ok("POST", f"{event}/freeze/lift", person, json=lift)

    async def event(self, person: Person, *, state: str = "published", **terms: Any) -> str:
        """Make an event in a state, and return its id."""
        body = {"name": "Probe Fest", "timezone": "Europe/Berlin"} | terms
        made = await self.ok("POST", f"{person.path}/events", person, json=body)
        path = f"{person.path}/events/{made['id']}"
        if state != "draft":
            await self.ok("POST", f"{path}/state", person, json={"state": state})
        return str(made["id"])

    async def ticket_type(self, person: Person, event_id: EventId, **terms: Any) -> str:
        """Make a ticket type, and return its id."""
        body = {"name": "Standard", "price_minor": 2500} | terms
        path = f"{person.path}/events/{event_id}/ticket-types"
        return str((await self.ok("POST", path, person, json=body))["id"])

    async def plan(self, person: Person, event_id: EventId) -> None:
        """Give an event what it cannot be published without: a type, a zone and a gate."""
        path = f"{person.path}/events/{event_id}"
        await self.ticket_type(person, event_id)
        zone = await self.ok("POST", f"{path}/zones", person, json={"name": "Hall"})
        gate = {"name": "Door", "zone_id": zone["id"]}
        await self.ok("POST", f"{path}/gates", person, json=gate)


@asynccontextmanager
async def open_office(settings: Settings, *, address: str = "127.0.0.1") -> AsyncIterator[Office]:
    """Run a server over a database that is migrated already; closed after the block."""
    make_data_folder(settings.data_folder)
    clock, entropy = ManualClock(), SeededEntropy(settings.public_url + address)
    feed, usage = RecordingFeed(), SetUsage()
    async with open_app(
        settings, clock, entropy, changes=feed, usage=usage, address=address
    ) as office:
        yield replace(office, feed=feed, usage=usage)


async def _read_own_time(_session: AsyncSession, own: Instant) -> Instant:
    """Have a database's clock move as a test's does."""
    return own


@asynccontextmanager
async def open_app(
    settings: Settings,
    clock: ManualClock,
    entropy: SeededEntropy,
    *,
    changes: ChangeFeed,
    usage: UsageLookup,
    auth: httpx.Auth | None = None,
    address: str = "127.0.0.1",
) -> AsyncIterator[Office]:
    """Run the application, its clients at an address; closed after the block."""
    quiet_logs()
    database = Database(settings.database, pool_size=4)
    with (
        pytest.MonkeyPatch.context() as patch,
        idle_framework(settings) as framework,
        kept_statements(database),
        asked_in_one_thread(settings.database),
    ):
        for room in (how_long_unpaid_orders_hold_seats, job_runner, leases_of_ended_workers):
            patch.setattr(room, "read_time", _read_own_time)
        app = create_app(
            settings,
            clock=clock,
            entropy=entropy,
            database=database,
            change_feed=changes,
            usage=usage,
            framework=framework,
        )
        framework.state["hashes"] = PasswordHashes(entropy, **sized(QUICK_HASHES, {}))
        transport = httpx.ASGITransport(app=app, client=(address, 50_000))
        try:
            async with AsyncExitStack() as stack:
                with upkeep_rests_over_copy(settings.database):
                    await stack.enter_async_context(running(app))
                client = await stack.enter_async_context(
                    httpx.AsyncClient(transport=transport, base_url=settings.public_url, auth=auth)
                )
                yield Office(
                    settings,
                    database,
                    clock,
                    entropy,
                    app,
                    framework,
                    client,
                    RecordingFeed(),
                    SetUsage(),
                )
                await check_tallies(database)
        finally:
            await database.close()


def test_settings(database: str, folder: Path, **more: Any) -> Settings:
    """Make settings for a server in the test's process."""
    values: dict[str, Any] = {
        "access_token_secret": ACCESS_SECRET,
        "rate_limit_per_minute": 100_000,
        "registration_is_open": True,
    }
    return Settings(database=database, data_folder=folder, **(values | more))


test_settings.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a SQLite file with all tables, to be copied."""
    file = tmp_path_factory.mktemp("template") / "template.db"
    settings = test_settings(f"sqlite:///{file}", file.parent)
    with beginning_with_copies():  # a process runs the migrations once
        asyncio.run(migrate(settings, ManualClock().wall()))
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres_cluster: PostgresCluster) -> str:
    """Give the name of a PostgreSQL database with all tables, to be copied."""
    return postgres_cluster.migrated()


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """Give the URL of a fresh, migrated SQLite file."""
    return _copy_of(migrated_sqlite, tmp_path)


def _copy_of(template: Path, folder: Path) -> str:
    file = folder / "gatekeeper.db"
    shutil.copyfile(template, file)
    note_copy(url := f"sqlite:///{file}")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Give the URL of a fresh, migrated database: each test runs on both kinds."""
    if request.param == "sqlite":
        yield _copy_of(request.getfixturevalue("migrated_sqlite"), tmp_path)
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    with lend(cluster, request.getfixturevalue("migrated_postgres")) as database:
        yield database.url


@pytest.fixture
async def office(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Office]:
    """Give a server on SQLite, then on PostgreSQL; unpaid orders end where a test says so.

    Tests count what they let expire: on a slow machine the server's own look would come first.
    """
    monkeypatch.setattr(order_routes, "DUE_EVERY_S", NEVER_S)
    async with open_office(test_settings(database_url, tmp_path)) as opened:
        yield opened
