"""Evidence files: what somebody outside can verify from the root key (`docs/specs/evidence.md`).

A file is read in short transactions, page by page, up to the heads that were noted at first:
journals are only ever appended to, so that it is one state of them all the same.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from server.db.unit import Context, Unit
from server.devices.finding_devices import Device, list_devices
from server.entries.journal_reading import (
    JournalBoot,
    JournalEntry,
    JournalFork,
    read_boot_entries,
    read_boots,
    read_entries,
    read_forks,
    read_spans,
)
from server.entries.rows import Place
from server.keys.signers import OrganizationSigner
from server.organizations.organizations_and_numbers import get_organization
from server.plans.compiling_plans import read_event_config
from server.publishing.publisher import find_manifest
from server.reconciliation.settling_conflicts import (
    Conflict,
    ConflictDisposition,
    ConflictSide,
    get_conflict,
    list_conflicts,
    read_dispositions,
    read_side_body,
    read_sides,
)
from shared.journal.entry import ScanBody
from shared.journal.evidence_file_lines import (
    EVIDENCE_VERSION,
    BootLine,
    ConflictLine,
    DeviceLine,
    DispositionLine,
    EntryLine,
    EventLine,
    EvidenceAbout,
    EvidenceHead,
    EvidenceWriter,
    NamedPlace,
    SideLine,
)
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import ConflictId, EventId, OrganizationId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import format_instant, format_instant_or_none
from shared.kernel.same_fields import made_of

_PAGE: Final = 500
_FORKED: Final = "forked"


class _Told(msgspec.Struct, frozen=True):
    """A conflict's line, and where the entries behind it are held."""

    line: ConflictLine
    places: list[Place]


async def write_conflict(
    context: Context,
    signing: OrganizationSigner,
    organization_id: OrganizationId,
    event_id: EventId,
    conflict_id: ConflictId,
) -> bytes:
    """Write the evidence of one conflict: both sides' entries, and those next to them.

    Raises:
        Problem: `not-found`.
    """
    writer = EvidenceWriter()
    async with context.read(organization_id) as unit:
        conflict = await get_conflict(unit, event_id, conflict_id)
        head = await _head(unit, signing, EvidenceAbout.CONFLICT, event_id, conflict_id)
        (told,) = await _tell(unit, [conflict])
        around = [
            (device_id, boot, number)
            for device_id, boot, dseq in told.places
            for number in (1, dseq - 1, dseq, dseq + 1)
        ]
        named = {side.device_id for side in told.line.sides} | {conflict.device_id}
        named |= {place[0] for place in told.places}
        devices = [one for one in await list_devices(unit) if one.id in named]
        entries = await read_entries(unit, around)
        forks = await read_forks(unit, sorted(named), around)
        boots = await read_boots(unit, sorted(named))
        written = [writer.line(head)]
        written += [writer.line(line) for line in await _event(unit, event_id)]
        written += [writer.line(_device(device, ())) for device in devices]
        written.append(writer.line(told.line))
        written += [writer.line(_entry(row, _FORKED)) for row in forks]
        written += [writer.line(_entry(row, row.status)) for row in _in_order(entries, boots)]
        now = unit.now
    return b"".join([*written, writer.seal(head, signing.signer, now)])


async def write_event(
    context: Context,
    signing: OrganizationSigner,
    organization_id: OrganizationId,
    event_id: EventId,
) -> AsyncIterator[bytes]:
    """Write the evidence of an event, piece by piece: every boot that holds an entry of it.

    Whole boots, since only they are without a gap; entries of another event in the same boot of
    a device are therefore among them.

    Raises:
        Problem: `not-found`.
    """
    writer = EvidenceWriter()
    async with context.read(organization_id) as unit:
        head = await _head(unit, signing, EvidenceAbout.EVENT, event_id, ConflictId(""))
        event = await _event(unit, event_id)
        spans = {(span.device_id, span.boot) for span in await read_spans(unit, event_id)}
        held = await read_boots(unit, sorted({device_id for device_id, _ in spans}))
        boots = [boot for boot in held if (boot.device_id, boot.boot) in spans]
        conflicts = await _all_conflicts(unit, event_id)
        named = {side.device_id for told in conflicts for side in told.line.sides}
        named |= {told.line.device_id for told in conflicts} | {boot.device_id for boot in boots}
        devices = [one for one in await list_devices(unit) if one.id in named]
        forks = await read_forks(unit, sorted(named))
        known = {(boot.device_id, boot.boot) for boot in boots}
        places = [place for told in conflicts for place in told.places]
        apart = await read_entries(unit, [p for p in places if (p[0], p[1]) not in known])
    yield b"".join(
        [
            writer.line(head),
            *(writer.line(line) for line in event),
            *(writer.line(_device(device, boots)) for device in devices),
            *(writer.line(told.line) for told in conflicts),
            *(writer.line(_entry(row, _FORKED)) for row in forks),
            *(writer.line(_entry(row, row.status)) for row in apart),
        ]
    )
    for boot in boots:
        async for row in _whole_boot(context, organization_id, boot):
            yield writer.line(_entry(row, row.status))
    yield writer.seal(head, signing.signer, context.clock.wall())


async def _whole_boot(
    context: Context, organization_id: OrganizationId, boot: JournalBoot
) -> AsyncIterator[JournalEntry]:
    last = 0
    while last < boot.dseq:
        async with context.read(organization_id) as unit:
            rows = await read_boot_entries(
                unit, boot.device_id, boot.boot, after=last, until=boot.dseq, limit=_PAGE
            )
        if not rows:
            return
        for row in rows:
            yield row
        last = rows[-1].dseq


async def _all_conflicts(unit: Unit, event_id: EventId) -> list[_Told]:
    found: list[_Told] = []
    while True:
        after = found[-1].line.conflict_id if found else None
        rows = await list_conflicts(unit, event_id, limit=_PAGE, after=after)
        found += await _tell(unit, rows[:_PAGE])
        if len(rows) <= _PAGE:
            return found


async def _head(
    unit: Unit,
    signing: OrganizationSigner,
    about: EvidenceAbout,
    event_id: EventId,
    conflict_id: ConflictId,
) -> EvidenceHead:
    organization = await get_organization(unit)
    return EvidenceHead(
        v=EVIDENCE_VERSION,
        about=about.value,
        organization_id=OrganizationId(organization.id),
        organization=organization.name,
        event_id=event_id,
        conflict_id=conflict_id,
        root_public_key=signing.root_public_key.hex(),
        made_at=format_instant(unit.now),
    )


async def _event(unit: Unit, event_id: EventId) -> list[EventLine]:
    """Name the event's parts. The manifest itself holds supervisors' names and PINs' hashes."""
    config = await read_event_config(unit, event_id)
    manifest = await find_manifest(unit, event_id)
    return [
        EventLine(
            event_id=event_id,
            name=config.name,
            timezone=config.timezone,
            offline_policy=config.offline_policy,
            manifest_sequence=0 if manifest is None else manifest.sequence,
            manifest_sha256="" if manifest is None else sha256(manifest.document).hex(),
            occurrences=tuple(NamedPlace(one.id, one.name, "") for one in config.occurrences),
            zones=tuple(
                NamedPlace(one.id, one.name, one.occurrence_id or "") for one in config.zones
            ),
            gates=tuple(NamedPlace(one.id, one.name, one.zone_id) for one in config.gates),
            ticket_types=tuple(
                NamedPlace(one.id, one.name, one.occurrence_id or "")
                for one in config.ticket_types
            ),
        )
    ]


def _device(row: Device, boots: Iterable[JournalBoot]) -> DeviceLine:
    return DeviceLine(
        device_id=row.id,
        name=row.name,
        role=row.role,
        profile=row.profile,
        public_key=row.public_key.hex(),
        enrolled_at=format_instant(row.enrolled_at),
        revoked_at=format_instant_or_none(row.revoked_at),
        boots=tuple(
            BootLine(boot.boot.hex(), boot.dseq, boot.head.hex())
            for boot in boots
            if boot.device_id == row.id
        ),
    )


async def _tell(unit: Unit, rows: Sequence[Conflict]) -> list[_Told]:
    """Tell conflicts of one event, with what is asked of the database asked once for all."""
    if not rows:
        return []
    event_id, ids = rows[0].event_id, [row.id for row in rows]
    sides = await read_sides(unit, event_id, ids)
    said = await read_dispositions(unit, event_id, ids)
    places = [_places(sides[one]) + _places(said[one]) for one in ids]
    held = {
        (entry.device_id, entry.boot, entry.dseq): entry.hash.hex()
        for entry in await read_entries(unit, [one for some in places for one in some])
    }
    return [
        _Told(_conflict(row, sides[row.id], said[row.id], held), some)
        for row, some in zip(rows, places, strict=True)
    ]


def _conflict(
    row: Conflict,
    sides: Sequence[ConflictSide],
    said: Sequence[ConflictDisposition],
    held: Mapping[Place, str],
) -> ConflictLine:
    return made_of(
        ConflictLine,
        row,
        conflict_id=row.id,
        ticket_id=None if row.ticket_id is None else format_ticket_id(row.ticket_id),
        opened_at=format_instant(row.opened_at),
        sides=tuple(
            # A forked entry stands beside the one that is held at its place.
            _side(one, _hash_at(held, one) if one.entry is None else _hash(one.entry))
            for one in sides
        ),
        dispositions=tuple(
            DispositionLine(
                disposition=one.disposition,
                said_by=one.said_by,
                said_at=format_instant(one.said_at),
                entry_sha256=_hash_at(held, one),
            )
            for one in said
        ),
    )


def _side(row: ConflictSide, entry_sha256: str) -> SideLine:
    """State a side as its device signed it: of a grant it may not have heard."""
    line = SideLine(
        side=row.side,
        device_id=row.device_id,
        gate_id=row.gate_id,
        at=format_instant(row.at),
        at_error_us=row.at_error,
        count=max(1, row.count),
        mode=row.mode,
        reason=row.reason,
        entry_sha256=entry_sha256,
    )
    match read_side_body(row):
        case WithdrawalBody() as body:
            return msgspec.structs.replace(line, mode=body.mode, reason=body.purpose)
        case ScanBody() as body:
            return msgspec.structs.replace(
                line,
                gate_id=body.gate_id,
                count=max(1, body.count),
                mode=body.mode,
                reason=body.reason,
                person=body.person,
                happened_from=format_instant_or_none(body.happened_from),
                happened_until=format_instant_or_none(body.happened_until),
            )
        case _:
            return line


def _places(rows: Iterable[ConflictSide | ConflictDisposition]) -> list[Place]:
    return [place for row in rows if (place := _place(row)) is not None]


def _place(row: ConflictSide | ConflictDisposition) -> Place | None:
    if not row.device_id or row.boot is None or row.dseq is None:
        return None
    return row.device_id, row.boot, row.dseq


def _hash_at(held: Mapping[Place, str], row: ConflictSide | ConflictDisposition) -> str:
    place = _place(row)
    return "" if place is None else held.get(place, "")


def _hash(entry: bytes) -> str:
    return sha256(entry).hex()


def _in_order(entries: Iterable[JournalEntry], boots: Sequence[JournalBoot]) -> list[JournalEntry]:
    """Put boots in the order of arrival, so that each stands after the one it continues."""
    numbers = {(boot.device_id, boot.boot): boot.number for boot in boots}
    return sorted(
        entries,
        key=lambda row: (row.device_id, numbers.get((row.device_id, row.boot), 0), row.dseq),
    )


def _entry(row: JournalEntry | JournalFork, status: str) -> EntryLine:
    return EntryLine(
        device_id=row.device_id,
        entry=b64encode(row.entry).decode(),
        signature=b64encode(row.signature).decode(),
        status=status,
        received_at=format_instant(row.received_at),
    )
