"""A server whose gates listen: an event that is published, devices with keys, their journals."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from server.events.events_and_dates import get_event
from server.homes.telling_gates_of_tickets import LedgerFeed
from server.keys.vault import open_vault
from server.ledger.lookups import LedgerLookups
from server.publishing.credentials import open_issuer
from server.settings import Settings, make_data_folder
from server.ticketing.issuing_many import issue_many
from server.ticketing.ticket_types import get_ticket_type
from shared.journal.chain import SignedEntry, hash_code
from shared.journal.entry import BOOT_SIZE, BootBody, ReleaseBody, ScanBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    TicketId,
    TicketTypeId,
    ZoneId,
)
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import HOUR, Instant, format_instant
from shared.manifest.seen_codes import credential_of, prove_signed, seen_word
from shared.manifest.signed_document import DocumentKind, SignedDocument, open_document
from shared.wire.exchange import (
    EXCHANGE_VERSION,
    ExchangeRequest,
    ExchangeResponse,
    KnownPlace,
    KnownZoneShare,
)
from shared.wire.feed import FeedPage, ItemBody, decode_item
from shared.wire.till_stock import KnownStock
from tests.factories.enrolling import Placed, enrol_by_code, place_device
from tests.factories.journal_writing import GateDevice, Journal
from tests.factories.lent_databases import lend
from tests.factories.office import Office, Person, open_app, test_settings
from tests.factories.postgres import PostgresCluster
from tests.factories.proving import Proven, know
from tests.factories.strength import sized
from tests.factories.upkeep import note_copy
from tests.fakes.clock import DEFAULT_START, ManualClock
from tests.fakes.entropy import SeededEntropy

__all__ = ["GateDevice", "Journal", "LedgerOffice", "open_ledger_office"]
MSGPACK = "application/msgpack"
PATIENT_MS = 10_000
"""How long a gate waits for the ledger: a busy machine is no cut network."""
_OPTIONS = ("offset", "offset_error", "event_id", "cursor")


@dataclass
class LedgerOffice:
    """A published event with gates, tickets and their codes."""

    office: Office
    owner: Person
    event_id: EventId
    occurrence_id: OccurrenceId
    zone_id: ZoneId
    gates: list[str]
    ticket_type_id: TicketTypeId
    tickets: list[TicketId] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    claims: int = 0
    openings: int = 0

    @property
    def path(self) -> str:
        """Return the event's address."""
        return f"{self.owner.path}/events/{self.event_id}"

    @property
    def now(self) -> Instant:
        """Return the server's time."""
        return self.office.clock.wall()

    async def enrol(
        self,
        gate: int = 0,
        *,
        role: str = "both",
        profile: str = "live",
        begins: bool = True,
        is_fixed: bool = True,
    ) -> GateDevice:
        """Enrol a device; its gate is fixed unless not wanted.

        For a device of another profile than a live one, the event becomes one of that profile.
        """
        if profile != "live":
            await self.become(profile)
        terms = {
            "role": role,
            "profile": profile,
            "event_id": self.event_id,
            "gate_id": self.gates[gate] if is_fixed else None,
        }
        key = SigningKey.generate(self.office.entropy)
        device_id, token, channel = await sized(self._place, self._enrol_by_code)(key, terms)
        know(token, key, channel)
        boot = self.office.entropy.random_bytes(BOOT_SIZE)
        journal = Journal(device_id, key, boot)
        if begins:
            journal.add(BootBody("test", b"", 0), EventId(""), self.now)
        return GateDevice(device_id, token, GateId(self.gates[gate]), key, journal)

    async def _place(self, key: SigningKey, terms: dict[str, Any]) -> Placed:
        vault = self.office.framework.state["vault"]
        async with self.office.context.write(self.owner.organization_id) as unit:
            return await place_device(unit, vault, key, **terms)

    async def _enrol_by_code(self, key: SigningKey, terms: dict[str, Any]) -> Placed:
        path = f"{self.owner.path}/devices/codes"
        code = await self.office.ok("POST", path, self.owner, json=terms)
        answer = await enrol_by_code(self.office.client, code["code"], key)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        return made["device_id"], made["token"], made["channel"]

    async def become(self, profile: str) -> None:
        """Let the event be one for tests or rehearsals, as if it had been made so."""
        async with self.office.context.write(self.owner.organization_id) as unit:
            (await get_event(unit, self.event_id)).profile = profile

    async def claim(
        self, device: GateDevice, code: str, claim_id: ClaimId | None = None, **more: Any
    ) -> httpx.Response:
        """Claim a code at the device's gate."""
        if claim_id is None:
            self.claims += 1
            claim_id = ClaimId(f"claim-{self.claims}")
        body = {
            "code": code,
            "gate_id": device.gate_id,
            "direction": "in",
            "claim_id": claim_id,
            "scanned_at": format_instant(self.now),
        }
        return await self.office.client.post(
            "/sync/v1/claims", json=body | more, headers=device.headers
        )

    async def claimed(self, device: GateDevice, code: str, *args: Any, **more: Any) -> Any:
        """Claim, and return the answer's JSON."""
        answer = await self.claim(device, code, *args, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def exchange(
        self,
        device: GateDevice,
        entries: Sequence[SignedEntry] = (),
        *,
        cursor: int = 0,
        epoch: int = 0,
        head: SignedDocument | None = None,
        event_id: EventId | None = None,
        shares: Sequence[KnownZoneShare] = (),
        gate_id: GateId = GateId(""),
        offers_for: int | None = None,
        cashiers: bytes | None = None,
        stock: KnownStock | None = None,
        held_grant: SignedDocument | None = None,
        report: bytes = b"",
        places: Sequence[KnownPlace] = (),
    ) -> httpx.Response:
        """Make a round trip."""
        request = ExchangeRequest(
            v=EXCHANGE_VERSION,
            event_id=self.event_id if event_id is None else event_id,
            epoch=epoch,
            cursor=cursor,
            head=head,
            entries=tuple(entries),
            sent_at=self.now,
            shares=tuple(shares),
            gate_id=gate_id,
            offers_for=offers_for,
            cashiers=cashiers,
            stock=stock,
            held_grant=held_grant,
            report=report,
            places=tuple(places),
        )
        return await self.office.client.post(
            "/sync/v1/exchange",
            content=msgspec.msgpack.encode(request),
            headers=device.headers | {"content-type": MSGPACK},
        )

    async def exchanged(
        self, device: GateDevice, entries: Sequence[SignedEntry] = (), **more: Any
    ) -> ExchangeResponse:
        """Make a round trip that must succeed."""
        answer = await self.exchange(device, entries, **more)
        assert answer.status_code == 200, answer.text
        return msgspec.msgpack.decode(answer.content, type=ExchangeResponse)

    def scan(
        self, device: GateDevice, ticket: int, *, wall: Instant | None = None, **changed: Any
    ) -> ScanBody:
        """Record an admission on the device's own, and return its body."""
        body = self.passage(device, ticket, changed)
        options = {name: changed.pop(name) for name in _OPTIONS if name in changed}
        event_id = options.pop("event_id", self.event_id)
        device.journal.add(body, event_id, self.now if wall is None else wall, **options)
        return body

    def passage(self, device: GateDevice, ticket: int, changed: dict[str, Any]) -> ScanBody:
        """Return an admission on the device's own that is not on record."""
        changed = {name: value for name, value in changed.items() if name not in _OPTIONS}
        body = ScanBody(
            claim_id=changed.pop("claim_id", self.office.entropy.random_bytes(16).hex()),
            gate_id=device.gate_id,
            zone_id=self.zone_id,
            occurrence_id=self.occurrence_id,
            direction="in",
            count=1,
            ticket_id=self.tickets[ticket],
            generation=1,
            key_id=self.key_id,
            code_hash=hash_code(self.codes[ticket], self.event_id),
            verdict="admit",
            reason="ok",
            mode="offline",
            policy="open",
            remaining=0,
        )
        body = msgspec.structs.replace(body, **changed)
        if "seen" not in changed and body.ticket_id == self.tickets[ticket]:
            seen = self.prove(device, self.codes[ticket], body.claim_id)
            body = msgspec.structs.replace(body, seen=seen)
        return body

    def prove(self, device: GateDevice, code: str, claim_id: ClaimId) -> bytes:
        """Prove that a device has read a code."""
        word = seen_word(self.event_id, DeviceId(device.id), claim_id)
        return prove_signed(word, credential_of(code))

    def release(self, device: GateDevice, claim_id: ClaimId, ticket: int) -> None:
        """Record that nobody was admitted under a claim id."""
        body = ReleaseBody(claim_id, self.tickets[ticket], "timed out, not admitted")
        device.journal.add(body, self.event_id, self.now)

    async def conflicts(self) -> list[dict[str, Any]]:
        """List the event's conflicts."""
        found = await self.office.ok("GET", f"{self.path}/conflicts", self.owner)
        items: list[dict[str, Any]] = found["items"]
        return items

    async def read_feed(self, device: GateDevice, cursor: int = 0) -> list[ItemBody | None]:
        """Read and verify the whole feed."""
        found: list[ItemBody | None] = []
        while True:
            answer = await self.exchanged(device, cursor=cursor)
            page = self.open_page(answer.page)
            assert page.after == cursor
            assert [item.sequence for item in page.items] == list(
                range(cursor + 1, cursor + 1 + len(page.items))
            )
            found += [decode_item(item) for item in page.items]
            cursor += len(page.items)
            if cursor >= page.head:
                return found

    def open_page(self, document: SignedDocument | None) -> FeedPage:
        """Verify a page down from the organization's root."""
        assert document is not None
        return open_document(
            document,
            DocumentKind.FEED,
            FeedPage,
            root_public_key=self.root,
            organization_id=self.owner.organization_id,
        )

    root: bytes = b""
    key_id: int = 0
    ticket_key: bytes = b""

    def hex_of(self, ticket: int) -> str:
        """Return a ticket's id as the API spells it."""
        return format_ticket_id(self.tickets[ticket])


@asynccontextmanager
async def open_ledger_office(
    settings: Settings, *, tickets: int = 20, zone: dict[str, Any] | None = None, **more: Any
) -> AsyncIterator[LedgerOffice]:
    """Run a server with a published event; closed after the block.

    Args:
        settings: Of a database that is migrated already.
        tickets: How many are issued and signed.
        zone: Changes to the zone, which admits once.
        more: `ticket_type`, `policy`: changes to these.
    """
    async with _open_office(settings, "ledger office") as office:
        yield await open_doors(office, tickets, zone, **more)


@asynccontextmanager
async def open_ledger_office_again(
    settings: Settings, before: LedgerOffice
) -> AsyncIterator[LedgerOffice]:
    """Run a server over a database that an earlier one has left, with the same event.

    Its clock goes on where the earlier one's stood: it would else be found to have been set back.
    """
    seed = f"{'again ' * (before.openings + 1)}{before.claims}"
    async with _open_office(settings, seed, before.now) as office:
        office.people = before.office.people
        # Lists of its own: what a test adds to a template would be another test's surprise.
        yield replace(
            before,
            office=office,
            gates=[*before.gates],
            tickets=[*before.tickets],
            codes=[*before.codes],
            openings=before.openings + 1,
        )


@asynccontextmanager
async def _open_office(
    settings: Settings, seed: str, start: Instant = DEFAULT_START
) -> AsyncIterator[Office]:
    make_data_folder(settings.data_folder)
    async with open_app(
        settings,
        ManualClock(start),
        SeededEntropy(seed),
        changes=LedgerFeed(),
        usage=LedgerLookups(),
        auth=Proven(),
    ) as office:
        yield office


async def open_doors(
    office: Office, tickets: int, zone: dict[str, Any] | None = None, **more: Any
) -> LedgerOffice:
    """Make an organization with a published event; as `open_ledger_office`."""
    owner = await office.person("owner")
    policy = {"claim_budget_ms": PATIENT_MS} | more.get("policy", {})
    event_id = await office.event(owner, policy=policy)
    path = f"{owner.path}/events/{event_id}"
    now = office.clock.wall()
    times = {
        "name": "Night",
        "starts_at": format_instant(now - HOUR),
        "ends_at": format_instant(now + 8 * HOUR),
    }
    occurrence = await office.ok("POST", f"{path}/occurrences", owner, json=times)
    kind = await office.ticket_type(owner, EventId(event_id), **more.get("ticket_type", {}))
    terms = {
        "name": "Arena",
        "occurrence_id": occurrence["id"],
        "reentry_after_exit": False,
    }
    zone_id = (await office.ok("POST", f"{path}/zones", owner, json=terms | (zone or {})))["id"]
    gates = [
        (await office.ok("POST", f"{path}/gates", owner, json={"name": n, "zone_id": zone_id}))[
            "id"
        ]
        for n in ("North", "South")
    ]
    made = LedgerOffice(
        office, owner, EventId(event_id), occurrence["id"], zone_id, gates, TicketTypeId(kind)
    )
    await issue(made, tickets)
    await office.hand_over(path, owner)
    code = await office.ok("POST", f"{owner.path}/devices/codes", owner, json={})
    assert code["text"].startswith("GKE1 ")
    async with office.context.write(owner.organization_id) as unit:
        from server.keys.organization_keys import root_public_key

        vault = open_vault(office.settings.data_folder, office.entropy)
        made.root = await root_public_key(unit, vault)
    return made


async def issue(made: LedgerOffice, tickets: int) -> None:
    """Issue and sign so many tickets more."""
    office = made.office
    vault = open_vault(office.settings.data_folder, office.entropy)
    async with office.context.write(made.owner.organization_id) as unit:
        issuer = await open_issuer(unit, vault, made.event_id)
        kind = await get_ticket_type(unit, made.event_id, made.ticket_type_id)
        made.key_id, made.ticket_key = issuer.key_id, issuer.public_key
        async for batch in issue_many(unit, kind, tickets, has_manual_codes=True):
            made.tickets += batch
            made.codes += issuer.sign_many(batch, kind.code, 1)


@dataclass(frozen=True)
class Template:
    """A published event at rest, to be copied for each test.

    Attributes:
        place: The SQLite file, or the name of the PostgreSQL database.
        secrets: The data folder's secrets, which open the organization's keys.
        office: What the event consists of.
    """

    place: str
    secrets: Path
    office: LedgerOffice


async def _rest(settings: Settings) -> LedgerOffice:
    """Publish an event and leave it."""
    async with open_ledger_office(settings) as office:
        return office


@pytest.fixture(scope="session")
def published_sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Give a SQLite file with a published event, to be copied."""
    folder = tmp_path_factory.mktemp("published")
    file = folder / "gatekeeper.db"
    shutil.copyfile(migrated_sqlite, file)
    office = asyncio.run(_rest(test_settings(f"sqlite:///{file}", folder)))
    return Template(str(file), folder / "secrets", office)


@pytest.fixture(scope="session")
def published_postgres(
    postgres_cluster: PostgresCluster,
    migrated_postgres: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Template:
    """Give the name of a PostgreSQL database with a published event, to be copied."""
    folder = tmp_path_factory.mktemp("published")
    made = postgres_cluster.create_database(migrated_postgres)
    office = asyncio.run(_rest(test_settings(made.url, folder)))
    return Template(made.name, folder / "secrets", office)


def copy_published(template: Template, folder: Path) -> tuple[Settings, LedgerOffice]:
    """Copy a published event in SQLite into a folder; returns its settings and what it is."""
    shutil.copytree(template.secrets, folder / "secrets")
    file = folder / "gatekeeper.db"
    shutil.copyfile(template.place, file)
    note_copy(url := f"sqlite:///{file}")
    return test_settings(url, folder), template.office


@pytest.fixture(params=["sqlite", "postgresql"])
def published(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Settings, LedgerOffice]]:
    """Give a copy of a published event: each test runs on both kinds of databases."""
    kind = "sqlite" if request.param == "sqlite" else "postgres"
    template: Template = request.getfixturevalue(f"published_{kind}")
    if kind == "sqlite":
        yield copy_published(template, tmp_path)
        return
    shutil.copytree(template.secrets, tmp_path / "secrets")
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    with lend(cluster, template.place) as database:
        yield test_settings(database.url, tmp_path), template.office


@pytest.fixture
async def ledger_office(
    published: tuple[Settings, LedgerOffice],
) -> AsyncIterator[LedgerOffice]:
    """Give a server with a published event, on SQLite, then on PostgreSQL."""
    async with open_ledger_office_again(*published) as opened:
        yield opened
