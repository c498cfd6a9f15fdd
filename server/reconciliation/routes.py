"""Conflicts for the organizer: list, evidence, disposition."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream

from server.accounts.guards import requires
from server.accounts.principal import Principal, Role
from server.db.session_transaction import SessionTransaction
from server.db.unit import Unit, Units
from server.devices.finding_devices import Device, list_devices
from server.events.events_and_dates import get_event
from server.feed.rows import append_feed, take_numbers
from server.http.body_and_answer_types import Page, answer_of, to_moment
from server.http.list_search_and_filters import Search
from server.http.logs import log
from server.http.page_cursors import SORTS
from server.keys.signers import Signers
from server.problem_answers import Problem
from server.reconciliation import evidence_files, settling_conflicts
from server.reconciliation.conflicts_and_sides import settled_notice
from server.reconciliation.models import Conflict, ConflictSide
from server.reconciliation.schemas import (
    ConflictAnswer,
    ConflictDetail,
    DispositionAnswer,
    NewDisposition,
    SideAnswer,
)
from server.ticketing.finding_and_changing_tickets import read_codes
from server.ticketing.ports import ChangeFeed
from shared.journal.entry import ScanBody
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import ConflictId, EventId, TicketId
from shared.kernel.ids import format_ticket_id

CONFLICTS: Final = "/organizations/{organization_id:str}/events/{event_id:str}/conflicts"
CONFLICT: Final = CONFLICTS + "/{conflict_id:str}"
EVIDENCE: Final = "/organizations/{organization_id:str}/events/{event_id:str}/evidence"
JSON_LINES: Final = "application/jsonl"
READ: Final = requires(Role.READER, "conflicts:read")
WRITE: Final = requires(Role.MANAGER, "conflicts:write")
SEES_TICKETS: Final = requires(Role.STAFF, "tickets:read")
"""Journals have what tills sold, with the codes by which tickets are typed in at gates: who does
not see tickets does not see entries either."""


@get(CONFLICTS, tags=["conflicts"], guards=[READ], opt={SORTS: settling_conflicts.CONFLICT_ORDER})
async def list_conflicts(
    search: NamedDependency[Search],
    principal: NamedDependency[Principal],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    *,
    kind: Annotated[str | None, QueryParameter(max_length=64)] = None,
    is_open: Annotated[bool | None, QueryParameter(name="open")] = None,
) -> Page[ConflictAnswer]:
    """List an event's conflicts, settled ones as well."""
    may_see = sees_tickets(principal)
    codes: dict[TicketId, str] = {}
    async with units.read() as unit:
        await get_event(unit, event_id)

        async def prepare(rows: Sequence[Conflict]) -> None:
            if may_see:
                codes.update(await _codes(unit, event_id, rows))

        return await search.page(
            unit,
            settling_conflicts.select_conflicts(event_id, kind=kind, is_open=is_open),
            settling_conflicts.CONFLICT_ORDER,
            convert=lambda row: _conflict(row, codes),
            prepare=prepare,
        )


@get(CONFLICT, tags=["conflicts"], guards=[READ])
async def get_conflict(
    principal: NamedDependency[Principal],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    conflict_id: FromPath[ConflictId],
) -> ConflictDetail:
    """Show a conflict with the signed evidence of all sides; entries to who sees tickets."""
    async with units.read() as unit:
        conflict = await settling_conflicts.get_conflict(unit, event_id, conflict_id)
        return await _detail(unit, conflict, shows_entries=sees_tickets(principal))


@post(CONFLICT + "/disposition", status_code=200, tags=["conflicts"], guards=[WRITE])
async def settle_conflict(
    data: JSONBody[NewDisposition],
    changes: NamedDependency[ChangeFeed],
    principal: NamedDependency[Principal],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    conflict_id: FromPath[ConflictId],
) -> ConflictDetail:
    """Note what people decided; the gates are told."""
    actor = principal.actor
    async with units.write() as unit:
        await settling_conflicts.get_conflict(unit, event_id, conflict_id)
        transaction = SessionTransaction(unit.session)
        # Before the conflict itself, as uploads do that join it: neither waits for the other.
        head = await take_numbers(transaction, units.organization_id, event_id, 1)
        conflict = await settling_conflicts.settle_conflict(
            unit,
            event_id,
            conflict_id,
            disposition=data.disposition.value,
            note=data.note,
            actor=actor,
        )
        detail = await _detail(unit, conflict, shows_entries=sees_tickets(principal))
        notice = settled_notice(
            conflict.id,
            conflict.kind,
            conflict.ticket_id,
            conflict.zone_id,
            [(side.side, side.gate_id) for side in detail.sides],
            disposition=conflict.disposition,
            is_ordered=conflict.is_ordered,
        )
        await append_feed(transaction, units.organization_id, event_id, head, [notice])
        changes.tell_after_commit(unit.session, event_id)
    log().info("conflict.settled", conflict_id=conflict_id, actor=actor)
    return detail


@get(
    CONFLICT + "/evidence",
    tags=["conflicts"],
    guards=[READ, SEES_TICKETS],
    media_type=JSON_LINES,
)
async def get_conflict_evidence(
    signers: NamedDependency[Signers],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    conflict_id: FromPath[ConflictId],
) -> Response[bytes]:
    """Fetch a conflict's evidence as a file that others can verify, from the root key alone.

    `gatekeeper journal verify FILE` does; the format is in `docs/specs/evidence.md`.
    """
    signing = await signers.of_organization(units.organization_id)
    written = await evidence_files.write_conflict(
        units.context, signing, units.organization_id, event_id, conflict_id
    )
    return Response(written, media_type=JSON_LINES, headers=_file(conflict_id))


@get(EVIDENCE, tags=["conflicts"], guards=[READ, SEES_TICKETS], media_type=JSON_LINES)
async def get_event_evidence(
    signers: NamedDependency[Signers], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> Stream:
    """Fetch an event's evidence as one file: all journals of its gates, and its conflicts.

    It ends with a seal; a file without one was cut off.
    """
    async with units.read() as unit:
        await get_event(unit, event_id)
    signing = await signers.of_organization(units.organization_id)
    pieces = evidence_files.write_event(units.context, signing, units.organization_id, event_id)
    return Stream(pieces, media_type=JSON_LINES, headers=_file(event_id))


def _file(name: str) -> dict[str, str]:
    return {
        "content-disposition": f'attachment; filename="evidence-{name}.jsonl"',
        "cache-control": "no-store",
    }


def sees_tickets(principal: Principal) -> bool:
    """Tell whether somebody may read what tickets are, and so what devices have signed of them."""
    try:
        SEES_TICKETS.check(principal)
    except Problem:
        return False
    return True


async def _detail(unit: Unit, conflict: Conflict, *, shows_entries: bool) -> ConflictDetail:
    event_id, found = conflict.event_id, [conflict.id]
    sides = (await settling_conflicts.read_sides(unit, event_id, found))[conflict.id]
    said = (await settling_conflicts.read_dispositions(unit, event_id, found))[conflict.id]
    devices = {device.id: device for device in await list_devices(unit)}
    codes = await _codes(unit, conflict.event_id, [conflict]) if shows_entries else {}
    return ConflictDetail(
        conflict=_conflict(conflict, codes),
        sides=[
            _side(side, devices.get(side.device_id), shows_entry=shows_entries) for side in sides
        ],
        dispositions=[answer_of(DispositionAnswer, one) for one in said],
    )


async def _codes(
    unit: Unit, event_id: EventId, rows: Sequence[Conflict]
) -> Mapping[TicketId, str]:
    ids = {row.ticket_id for row in rows if row.ticket_id is not None}
    return await read_codes(unit, event_id, ids)


def _conflict(row: Conflict, codes: Mapping[TicketId, str]) -> ConflictAnswer:
    return answer_of(
        ConflictAnswer,
        row,
        ticket_id=None if row.ticket_id is None else format_ticket_id(row.ticket_id),
        manual_code=None if row.ticket_id is None else codes.get(row.ticket_id),
    )


def _side(row: ConflictSide, device: Device | None, *, shows_entry: bool) -> SideAnswer:
    body = settling_conflicts.read_side_body(row)
    scanned = body if isinstance(body, ScanBody) else None
    sold = body if isinstance(body, SaleBody | WithdrawalBody | ShiftBody) else None
    person = "" if scanned is None else scanned.person
    return answer_of(
        SideAnswer,
        row,
        person=person if sold is None else sold.authorized_by,
        happened_from=None if scanned is None else to_moment(scanned.happened_from),
        happened_until=None if scanned is None else to_moment(scanned.happened_until),
        device="" if device is None else device.name,
        at_error_us=row.at_error,
        boot=None if row.boot is None else row.boot.hex(),
        entry=_base64(row.entry) if shows_entry else None,
        signature=_base64(row.signature) if shows_entry else None,
        entry_hash=None if row.entry is None else sha256(row.entry).hex(),
        public_key=None if device is None else device.public_key.hex(),
        cashier="" if sold is None else sold.cashier,
    )


def _base64(found: bytes | None) -> str | None:
    return None if found is None else b64encode(found).decode()
