"""An organization with its keys, an event with its tickets, and honestly signed manifests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from gatekeeper.gate.knowledge import Trust
from shared.credential.codec import to_digits
from shared.credential.credential_fields import Claims
from shared.credential.keyring import IdRange, TicketKey
from shared.credential.manual_code import MANUAL_BITS
from shared.credential.signing import sign_credential
from shared.kernel.ed25519 import SigningKey, sha256
from shared.kernel.id_types import (
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    OrganizationId,
    TicketId,
    TicketTypeId,
    ZoneId,
)
from shared.kernel.ids import TICKET_ID_BITS
from shared.kernel.instant import HOUR, Instant, parse_instant
from shared.manifest.chunk_columns import (
    CLASS_SIZE,
    ID_SIZE,
    MANUAL_SIZE,
    encode_columns,
    pack_numbers,
)
from shared.manifest.event_config import (
    CONFIG_VERSION,
    EventConfig,
    GateConfig,
    OccurrenceConfig,
    TicketTypeConfig,
    ZoneConfig,
)
from shared.manifest.header import (
    HEADER_VERSION,
    ChunkRef,
    ManifestHeader,
    choose_prefix_bits,
)
from shared.manifest.seats import cut_seats
from shared.manifest.signed_document import (
    DOCUMENT_VERSION,
    DocumentKind,
    DocumentSigner,
    KeyCertificate,
    SignedDocument,
    certify,
)
from shared.manifest.tickets import TicketClass, TicketRow
from shared.seating.packed_map import pack_map
from shared.seating.seat_map import SeatMap
from tests.fakes.entropy import SeededEntropy

ORGANIZATION = OrganizationId("og_test")
EVENT = EventId("ev_test")
NORTH = GateId("gt_north")
SOUTH = GateId("gt_south")
ZONE = ZoneId("zn_hall")
OCCURRENCE = OccurrenceId("oc_first")
STANDARD = 1
GROUP = 2
STARTS: Instant = parse_instant("2026-07-04T18:00:00Z")


def make_config(**changes: object) -> EventConfig:
    """Make the configuration of a small event: one zone, two gates, two types."""
    config = EventConfig(
        v=CONFIG_VERSION,
        organization_id=ORGANIZATION,
        event_id=EVENT,
        name="Night of the Lanterns",
        timezone="Europe/Berlin",
        state="active",
        sequence=1,
        occurrences=(OccurrenceConfig(OCCURRENCE, "First night", STARTS, STARTS + 4 * HOUR),),
        zones=(ZoneConfig(id=ZONE, name="Hall", reentry_after_exit=True),),
        gates=(GateConfig(NORTH, "North", ZONE), GateConfig(SOUTH, "South", ZONE)),
        ticket_types=(
            TicketTypeConfig(
                id=TicketTypeId("tt_std"),
                code=STANDARD,
                name="Standard",
                price_minor=2500,
                currency="EUR",
            ),
            TicketTypeConfig(id=TicketTypeId("tt_grp"), code=GROUP, name="Group", persons=5),
        ),
    )
    return msgspec.structs.replace(config, **changes)


UNPAID: Final = 8
"""Id of the key by which tickets are signed that are not paid."""


class TicketOffice:
    """Sells tickets, and signs what gates are told; the server's part in tests.

    Attributes:
        config: May be replaced; the next manifest carries it.
        keyring: The ticket keys, likewise.
        rows: Tickets that the next manifest lists, by id.
        seat_map: Its reserved seats, likewise; None without.
    """

    def __init__(self, seed: int | str = "office", config: EventConfig | None = None) -> None:
        self.entropy = SeededEntropy(f"office:{seed}")
        self.root = SigningKey.generate(self.entropy)
        self.ticket_key = SigningKey.generate(self.entropy)
        self.config = make_config() if config is None else config
        self.keyring: tuple[TicketKey, ...] = (
            TicketKey(
                key_id=7,
                public_key=self.ticket_key.public_key,
                organization_id=ORGANIZATION,
                event_id=self.config.event_id,
            ),
        )
        self.rows: dict[TicketId, TicketRow] = {}
        self.seat_map: SeatMap | None = None
        self.signer = self.make_signer()

    @property
    def trust(self) -> Trust:
        """What a device has pinned."""
        return Trust(self.root.public_key, ORGANIZATION)

    def make_signer(self) -> DocumentSigner:
        """Make a manifest key and certify it."""
        key = SigningKey.generate(self.entropy)
        certificate = KeyCertificate(
            v=DOCUMENT_VERSION,
            organization_id=ORGANIZATION,
            key_id=1,
            public_key=key.public_key,
            purpose="manifest",
            not_before=Instant(0),
        )
        return DocumentSigner(key, certify(certificate, self.root))

    def draw_id(self) -> int:
        """Draw a ticket id."""
        return int.from_bytes(self.entropy.random_bytes(8), "big")

    def sell(
        self, code: int = STANDARD, *, manual_code: int | None = None, **facts: object
    ) -> str:
        """Issue a ticket and return its digits."""
        values: dict[str, object] = {
            "persons": 5 if code == GROUP else 1,
            "state": "paid",
        } | facts
        ticket_class = msgspec.convert({"ticket_type_code": code, **values}, TicketFacts).facts()
        row = TicketRow(TicketId(self.draw_id()), ticket_class, manual_code)
        self.rows[row.ticket_id] = row
        if ticket_class.state != "pending":
            return self.digits(row.ticket_id, code, ticket_class.generation)
        unpaid = msgspec.structs.replace(self.keyring[0], key_id=UNPAID, is_listed_only=True)
        if unpaid not in self.keyring:
            self.keyring += (unpaid,)
        return self.digits(row.ticket_id, code, ticket_class.generation, key_id=UNPAID)

    def digits(
        self, ticket_id: TicketId, code: int = STANDARD, generation: int = 0, *, key_id: int = 7
    ) -> str:
        """Sign a credential for any ticket id."""
        claims = Claims(
            key_id=key_id, ticket_id=ticket_id, ticket_type_code=code, generation=generation
        )
        return to_digits(sign_credential(claims, self.ticket_key))

    def publish(
        self, *, sequence: int = 1, epoch: int = 1, cursor: int = 0, at: Instant = STARTS - HOUR
    ) -> tuple[SignedDocument, dict[bytes, bytes]]:
        """Sign a manifest of all tickets; returns it and its chunks by hash."""
        header, chunks = build_manifest(
            self.config,
            self.keyring,
            list(self.rows.values()),
            sequence=sequence,
            epoch=epoch,
            cursor=cursor,
        )
        if self.seat_map is not None:
            packed = pack_map(self.seat_map)
            pieces = cut_seats(packed, len(self.seat_map.seats), ())
            header = msgspec.structs.replace(header, seat_chunks=tuple(ref for ref, _ in pieces))
            chunks |= {ref.sha256: data for ref, data in pieces}
        return self.signer.sign(DocumentKind.MANIFEST, header, at), chunks


class TicketFacts(msgspec.Struct):
    """A ticket class by field names, for readable tests."""

    ticket_type_code: int
    state: str = "paid"
    occurrence_id: OccurrenceId | None = None
    variant: str | None = None
    blocked: bool = False
    generation: int = 0
    valid_from: int | None = None
    valid_until: int | None = None
    persons: int = 1
    home_device_id: DeviceId | None = None
    is_imported: bool = False

    def facts(self) -> TicketClass:
        """Return the wire's form."""
        return TicketClass(**msgspec.structs.asdict(self))


def build_manifest(
    config: EventConfig,
    keyring: Sequence[TicketKey],
    rows: Sequence[TicketRow],
    *,
    sequence: int,
    epoch: int = 1,
    cursor: int = 0,
    prefix_bits: int | None = None,
) -> tuple[ManifestHeader, dict[bytes, bytes]]:
    """Lay tickets out as a manifest's chunks."""
    rows = sorted(rows, key=lambda row: row.ticket_id)
    classes = tuple(sorted({row.facts for row in rows}, key=msgspec.msgpack.encode))
    numbers = {facts: number for number, facts in enumerate(classes)}
    bits = choose_prefix_bits(len(rows)) if prefix_bits is None else prefix_bits
    chunks: dict[bytes, bytes] = {}
    refs = []
    for prefix, group in _by_prefix(((r.ticket_id, numbers[r.facts]) for r in rows), bits):
        table = (
            (pack_numbers([i for i, _ in group], ID_SIZE), ID_SIZE),
            (pack_numbers([n for _, n in group], CLASS_SIZE), CLASS_SIZE),
        )
        refs.append(_add_chunk(chunks, prefix, len(group), encode_columns(*table)))
    manual = sorted((r.manual_code, r.ticket_id) for r in rows if r.manual_code is not None)
    manual_refs = []
    for prefix, group in _by_prefix(manual, bits, MANUAL_BITS):
        table = (
            (pack_numbers([c for c, _ in group], MANUAL_SIZE), MANUAL_SIZE),
            (pack_numbers([i for _, i in group], ID_SIZE), ID_SIZE),
        )
        manual_refs.append(_add_chunk(chunks, prefix, len(group), encode_columns(*table)))
    header = ManifestHeader(
        v=HEADER_VERSION,
        epoch=epoch,
        sequence=sequence,
        cursor=cursor,
        not_after=None,
        config=config,
        keyring=tuple(keyring),
        classes=classes,
        prefix_bits=bits,
        chunks=tuple(refs),
        manual_chunks=tuple(manual_refs),
        ticket_count=len(rows),
    )
    return header, chunks


def till_range() -> IdRange:
    """Return the id range that tests delegate to a till."""
    return IdRange(prefix=0xBEEF, bits=16)


def _by_prefix(
    pairs: Iterable[tuple[int, int]], bits: int, key_bits: int = TICKET_ID_BITS
) -> list[tuple[int, list[tuple[int, int]]]]:
    groups: dict[int, list[tuple[int, int]]] = {}
    for key, value in pairs:
        groups.setdefault(key >> (key_bits - bits), []).append((key, value))
    return sorted(groups.items())


def _add_chunk(chunks: dict[bytes, bytes], prefix: int, count: int, chunk: bytes) -> ChunkRef:
    digest = sha256(chunk)
    chunks[digest] = chunk
    return ChunkRef(prefix, count, len(chunk), digest)
