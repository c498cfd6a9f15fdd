"""Evidence files of one organization, made without a server."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from shared.journal.chain import SignedEntry, decode_entry
from shared.journal.entry import BootBody, ScanBody
from shared.journal.evidence_file_lines import (
    EVIDENCE_VERSION,
    BootLine,
    ConflictLine,
    DeviceLine,
    EntryLine,
    EventLine,
    EvidenceHead,
    EvidenceWriter,
    Line,
    NamedPlace,
    SideLine,
)
from shared.kernel.id_types import (
    ClaimId,
    ConflictId,
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    TicketId,
    ZoneId,
)
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Instant, format_instant
from shared.manifest.signed_document import DocumentSigner
from tests.factories.house import DOORS, EVENT, ORGANIZATION, ROOT, make_key, make_signer
from tests.factories.ledger_office import Journal

TICKET = TicketId(0x1122334455667788)
ZONE = ZoneId("zn_1")
CONFLICT = ConflictId("cf_1")
GATES = ("gt_north", "gt_south")
HEAD = EvidenceHead(
    v=EVIDENCE_VERSION,
    about="conflict",
    organization_id=ORGANIZATION,
    organization="House",
    event_id=EVENT,
    conflict_id=CONFLICT,
    root_public_key=ROOT.public_key.hex(),
    made_at=format_instant(DOORS),
)


def make_journal(number: int) -> Journal:
    """Return a gate's chain: its boot, an admission of `TICKET`, and one more of another."""
    made = Journal(DeviceId(f"dv_{number}"), make_key(100 + number), bytes([number]) * 8)
    made.add(BootBody("test", b"", 0), EventId(""), DOORS)
    for ticket in (TICKET, TICKET + number):
        made.add(scan_of(number, TicketId(ticket)), EVENT, Instant(DOORS + number * 1_000_000))
    return made


def scan_of(number: int, ticket: TicketId, **changed: Any) -> ScanBody:
    """Return an admission at the gate of a number."""
    return ScanBody(
        claim_id=ClaimId(f"{ticket:016x}{number:016x}"),
        gate_id=GateId(GATES[number - 1]),
        zone_id=ZONE,
        occurrence_id=OccurrenceId("oc_1"),
        direction="in",
        count=1,
        ticket_id=ticket,
        generation=1,
        key_id=3,
        code_hash=bytes(16),
        verdict="admit",
        reason="ok",
        mode="offline",
        **changed,
    )


def entry_line(device_id: DeviceId, signed: SignedEntry, status: str = "stored") -> EntryLine:
    """Spell an entry."""
    return EntryLine(
        device_id,
        b64encode(signed.entry).decode(),
        b64encode(signed.signature).decode(),
        status,
        format_instant(DOORS),
    )


def device_line(journal: Journal, *, is_whole: bool = False) -> DeviceLine:
    """Spell a device."""
    boots = (BootLine(journal.boot.hex(), journal.dseq, journal.previous.hex()),)
    return DeviceLine(
        device_id=journal.device_id,
        name="Gate",
        role="gate",
        profile="live",
        public_key=journal.key.public_key.hex(),
        enrolled_at=format_instant(DOORS),
        revoked_at=None,
        boots=boots if is_whole else (),
    )


def side_line(journal: Journal, gate_id: GateId, place: int = 1) -> SideLine:
    """Spell the side that a journal's entry proves."""
    signed = journal.entries[place]
    return SideLine(
        side=f"claim of {journal.device_id}",
        device_id=journal.device_id,
        gate_id=gate_id,
        at=format_instant(decode_entry(signed.entry).wall),
        at_error_us=20_000,
        count=1,
        mode="offline",
        reason="ok",
        entry_sha256=signed.hash.hex(),
    )


def conflict_line(*sides: SideLine, **changed: Any) -> ConflictLine:
    """Spell a double use."""
    fields: dict[str, Any] = {
        "kind": "double_use",
        "subject": "subject",
        "ticket_id": format_ticket_id(TICKET),
        "zone_id": ZONE,
        "device_id": "",
        "is_ordered": True,
        "dispositions": (),
    }
    return ConflictLine(
        conflict_id=CONFLICT,
        occurrence_id=OccurrenceId("oc_1"),
        detail="admitted more often than the ticket allows",
        opened_at=format_instant(DOORS),
        disposition="",
        sides=sides,
        **(fields | changed),
    )


def double_use() -> list[Line]:
    """Return the lines of a sound file about one double use, without its seal."""
    north, south = make_journal(1), make_journal(2)
    sides = [side_line(north, GateId(GATES[0])), side_line(south, GateId(GATES[1]))]
    entries = [
        entry_line(journal.device_id, signed)
        for journal in (north, south)
        for signed in journal.entries
    ]
    return [
        HEAD,
        event_line(),
        device_line(north),
        device_line(south),
        conflict_line(*sides),
        *entries,
    ]


def event_line() -> EventLine:
    """Spell the event."""
    return EventLine(
        event_id=EVENT,
        name="Night",
        timezone="UTC",
        offline_policy="open",
        manifest_sequence=0,
        manifest_sha256="",
        occurrences=(NamedPlace("oc_1", "Evening", ""),),
        zones=(NamedPlace(ZONE, "Arena", "oc_1"),),
        gates=tuple(NamedPlace(gate, gate, ZONE) for gate in GATES),
        ticket_types=(),
    )


def sealed(
    lines: list[Line], signer: DocumentSigner | None = None, head: EvidenceHead = HEAD
) -> list[bytes]:
    """Write lines and their seal."""
    writer = EvidenceWriter()
    written = [writer.line(line) for line in lines]
    return [*written, writer.seal(head, signer or make_signer(), DOORS)]
