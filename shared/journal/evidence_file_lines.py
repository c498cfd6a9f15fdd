"""The evidence file: what a stranger can verify with the organization's root key alone.

JSON Lines, each line one object. First a head, then what the organization states (the event, its
devices with their keys, the conflicts), then journal entries as their devices signed them, and at
last a seal: the organization's signature over the SHA-256 of every byte before it. So each entry
stands on its device's key, and each device's key on the root. Normative text:
`docs/specs/evidence.md`.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from enum import StrEnum
from typing import Final

import msgspec

from shared.kernel.id_types import (
    ConflictId,
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    OrganizationId,
    ZoneId,
)
from shared.kernel.instant import Instant
from shared.manifest.signed_document import DocumentKind, DocumentSigner, encode_document

EVIDENCE_VERSION: Final = 1
LINE_SIZE_MAX: Final = 1_000_000
"""Bytes of one line, its end among them; no honest line comes near."""


class EvidenceAbout(StrEnum):
    """What a file is evidence of."""

    CONFLICT = "conflict"
    EVENT = "event"


class EvidenceHead(msgspec.Struct, frozen=True, tag_field="line", tag="head", kw_only=True):
    """The first line.

    Attributes:
        v: `EVIDENCE_VERSION`.
        about: An `EvidenceAbout`.
        conflict_id: Of a conflict's file, else "".
        root_public_key: 64 hex digits; compare it with one that you have from elsewhere.
        made_at: ISO 8601.
    """

    v: int
    about: str
    organization_id: OrganizationId
    organization: str
    event_id: EventId
    conflict_id: ConflictId
    root_public_key: str
    made_at: str


class NamedPlace(msgspec.Struct, frozen=True):
    """A name for an id: of a gate or ticket type; a gate has its zone, a zone its occurrence.

    Attributes:
        within: Id of the place around it, or "".
    """

    id: str
    name: str
    within: str


class EventLine(msgspec.Struct, frozen=True, tag_field="line", tag="event", kw_only=True):
    """The event as its newest manifest names it, without what opens gates or names staff.

    Attributes:
        manifest_sequence: Which publication; 0 where there is none.
        manifest_sha256: 64 hex digits, of the signed manifest as gates hold it, or "".
    """

    event_id: EventId
    name: str
    timezone: str
    offline_policy: str
    manifest_sequence: int
    manifest_sha256: str
    occurrences: tuple[NamedPlace, ...]
    zones: tuple[NamedPlace, ...]
    gates: tuple[NamedPlace, ...]
    ticket_types: tuple[NamedPlace, ...]


class BootLine(msgspec.Struct, frozen=True):
    """How far the organization holds one boot of a device's journal.

    Attributes:
        boot: 16 hex digits.
        dseq: Number of the last entry held.
        head: Its SHA-256, 64 hex digits.
    """

    boot: str
    dseq: int
    head: str


class DeviceLine(msgspec.Struct, frozen=True, tag_field="line", tag="device", kw_only=True):
    """The organization's word that a key is a device's.

    Attributes:
        public_key: 64 hex digits.
        enrolled_at, revoked_at: ISO 8601; null where it was not revoked.
        boots: Of an event's file, those that are wholly in it; of a conflict's, none.
    """

    device_id: DeviceId
    name: str
    role: str
    profile: str
    public_key: str
    enrolled_at: str
    revoked_at: str | None
    boots: tuple[BootLine, ...]


class SideLine(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a conflict as the organization holds it.

    Attributes:
        at: ISO 8601, server time as well as it is known.
        at_error_us: How far `at` may be off either way; null while unknown.
        entry_sha256: Of the entry that proves it, or "": then it is the organization's word only.
        person: Opaque id of the supervisor on whose word it was, or "".
        happened_from, happened_until: Of a passage by a list on paper, keyed in later by that
            person: between which instants it was, ISO 8601; null for any other.
    """

    side: str
    device_id: DeviceId
    gate_id: GateId
    at: str
    at_error_us: int | None
    count: int
    mode: str
    reason: str
    entry_sha256: str
    person: str = ""
    happened_from: str | None = None
    happened_until: str | None = None


class DispositionLine(msgspec.Struct, frozen=True):
    """What people decided, the earliest first.

    Attributes:
        said_by: Opaque: an account's name in the records, or `PERSON@DEVICE`.
        entry_sha256: Of the gate's entry that says so; "" for an organizer's own word.
    """

    disposition: str
    said_by: str
    said_at: str
    entry_sha256: str


class ConflictLine(msgspec.Struct, frozen=True, tag_field="line", tag="conflict", kw_only=True):
    """A conflict with its sides, the earliest first.

    Attributes:
        ticket_id: 16 hex digits, or null where it is not about a ticket.
        device_id: Whose journal it is about, or "".
        is_ordered: Whether the order of the first two sides is certain.
        disposition: How it stands; "" while open.
    """

    conflict_id: ConflictId
    kind: str
    subject: str
    ticket_id: str | None
    occurrence_id: OccurrenceId
    zone_id: ZoneId
    device_id: DeviceId
    is_ordered: bool
    detail: str
    opened_at: str
    disposition: str
    sides: tuple[SideLine, ...]
    dispositions: tuple[DispositionLine, ...]


class EntryLine(msgspec.Struct, frozen=True, tag_field="line", tag="entry"):
    """A journal entry, verbatim.

    Attributes:
        device_id: Whose.
        entry, signature: Base64 of the bytes.
        status: `stored`, `unconfirmed`, `accepted`, `dismissed` or `forked`.
        received_at: ISO 8601, the organization's word.
    """

    device_id: DeviceId
    entry: str
    signature: str
    status: str
    received_at: str


class SealLine(msgspec.Struct, frozen=True, tag_field="line", tag="seal"):
    """The last line: base64 of a signed document of kind `evidence` (an `EvidenceSeal`)."""

    document: str


Line = EvidenceHead | EventLine | DeviceLine | ConflictLine | EntryLine | SealLine


class EvidenceSeal(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What the organization signs.

    Attributes:
        v: `EVIDENCE_VERSION`.
        organization_id: Whose word it is.
        event_id: Of which event.
        conflict_id: Of which conflict; "" for the whole event.
        lines: How many lines stand before the seal.
        sha256: Of all bytes before the seal's line, line ends among them.
    """

    v: int
    organization_id: OrganizationId
    event_id: EventId
    conflict_id: ConflictId
    lines: int
    sha256: bytes


class EvidenceWriter:
    """Writes the lines of one file, and its seal."""

    def __init__(self) -> None:
        """Begin with nothing written."""
        self._digest = hashlib.sha256()
        self._lines = 0

    def line(self, line: Line) -> bytes:
        """Give a line's bytes, its end among them."""
        written = encode_line(line)
        self._digest.update(written)
        self._lines += 1
        return written

    def seal(self, head: EvidenceHead, signer: DocumentSigner, now: Instant) -> bytes:
        """Give the last line's bytes."""
        seal = EvidenceSeal(
            v=EVIDENCE_VERSION,
            organization_id=head.organization_id,
            event_id=head.event_id,
            conflict_id=head.conflict_id,
            lines=self._lines,
            sha256=self._digest.digest(),
        )
        document = signer.sign(DocumentKind.EVIDENCE, seal, now)
        return encode_line(SealLine(b64encode(encode_document(document)).decode()))


def encode_line(line: Line) -> bytes:
    """Encode a line as it stands in the file: compact JSON and one line feed."""
    return msgspec.json.encode(line) + b"\n"
