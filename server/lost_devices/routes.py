"""Devices for the organizer: what each may hold, what was refused, what waits, which is lost."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Units
from server.devices.device_of_request import KnownDevices
from server.devices.finding_devices import get_device
from server.devices.revoking import revoke_device
from server.entries.checking_uploaded_entries import check_entry, corrected_time
from server.entries.journal_reading import JournalEntry, list_refusals
from server.entries.rows import ACCEPTED, DISMISSED, JournalOwner
from server.homes.moving import MoveOrder, finish_moves
from server.http.body_and_answer_types import Page, answer_of, moment_of, page_of
from server.http.logs import log
from server.http.page_cursors import PAGE_SIZE_DEFAULT, After, Limit
from server.lost_devices.declaring_lost import lose_device
from server.lost_devices.lost_device_rulings import (
    Ruling,
    Rulings,
    list_waiting,
)
from server.lost_devices.schemas import (
    LostAnswer,
    LostBody,
    MaybeUsed,
    RefusalAnswer,
    RulingAnswer,
    RulingBody,
    StandingAnswer,
    WaitingAnswer,
)
from server.lost_devices.what_devices_may_hold import list_standings
from server.problem_answers import wrong_field
from server.publishing.publisher import Publisher
from server.ticketing.ports import ChangeFeed
from server.tills.revoked_tills import withdraw_till
from shared.journal.chain import SignedEntry
from shared.journal.entry import BOOT_SIZE, ScanBody
from shared.journal.sale_body import SaleBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.ids import format_ticket_id

STANDINGS: Final = "/organizations/{organization_id:str}/events/{event_id:str}/devices"
DEVICE: Final = "/organizations/{organization_id:str}/devices/{device_id:str}"
LOST: Final = STANDINGS + "/{device_id:str}/lost"
READ: Final = requires(Role.READER, "journal:read")
RULE: Final = requires(Role.MANAGER, "devices:write")


@get(STANDINGS, tags=["devices"], guards=[READ])
async def list_event_devices(
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    limit: Limit = PAGE_SIZE_DEFAULT,
    after: After = None,
) -> Page[StandingAnswer]:
    """List an event's devices: when each was last heard, and what it may hold since."""
    async with units.read() as unit:
        rows = await list_standings(unit, event_id, limit=limit, after=after)
        return page_of(rows, limit, lambda row: row, lambda row: row.device_id)


@get(DEVICE + "/refusals", tags=["devices"], guards=[READ])
async def list_device_refusals(
    units: NamedDependency[Units], device_id: FromPath[DeviceId], limit: Limit = PAGE_SIZE_DEFAULT
) -> list[RefusalAnswer]:
    """List what a device sent and nobody could take: altered, another's, of no form."""
    async with units.read() as unit:
        device = await get_device(unit, device_id)
        rows = await list_refusals(unit, device_id, limit)
    return [
        answer_of(
            RefusalAnswer, row, device_id=device.id, device=device.name, entry_hash=row.hash.hex()
        )
        for row in rows
    ]


@get(DEVICE + "/unconfirmed", tags=["devices"], guards=[READ])
async def list_unconfirmed(
    units: NamedDependency[Units],
    device_id: FromPath[DeviceId],
    limit: Limit = PAGE_SIZE_DEFAULT,
    after: Annotated[str | None, QueryParameter(max_length=40)] = None,
) -> Page[WaitingAnswer]:
    """List what a device uploaded after it was revoked, and nobody has ruled on yet."""
    place = None if after is None else _place(after)
    async with units.read() as unit:
        await get_device(unit, device_id)
        rows = await list_waiting(unit, device_id, limit=limit, after=place)
        return page_of(rows, limit, _waiting, lambda row: f"{row.boot.hex()}-{row.dseq}")


@post(DEVICE + "/unconfirmed/accept", status_code=200, tags=["devices"], guards=[RULE])
async def accept_unconfirmed(
    data: JSONBody[RulingBody],
    rulings: NamedDependency[Rulings],
    units: NamedDependency[Units],
    device_id: FromPath[DeviceId],
) -> RulingAnswer:
    """Let entries of a revoked device take effect, once, as if they had come before."""
    return await _rule(rulings, units, device_id, data, ACCEPTED)


@post(DEVICE + "/unconfirmed/dismiss", status_code=200, tags=["devices"], guards=[RULE])
async def dismiss_unconfirmed(
    data: JSONBody[RulingBody],
    rulings: NamedDependency[Rulings],
    units: NamedDependency[Units],
    device_id: FromPath[DeviceId],
) -> RulingAnswer:
    """Keep entries of a revoked device as evidence, without effect."""
    return await _rule(rulings, units, device_id, data, DISMISSED)


@post(LOST, status_code=200, tags=["devices"], guards=[RULE])
async def declare_lost(
    data: JSONBody[LostBody],
    known_devices: NamedDependency[KnownDevices],
    publisher: NamedDependency[Publisher],
    units: NamedDependency[Units],
    changes: NamedDependency[ChangeFeed],
    event_id: FromPath[EventId],
    device_id: FromPath[DeviceId],
) -> LostAnswer:
    """Let a lost device give up homes, shares of zones and stock, in one act."""
    order = MoveOrder(
        from_device_id=device_id,
        to_device_id=data.to_device_id,
        ticket_ids=(),
        is_lost=True,
        because=data.reason,
        actor=units.actor,
    )
    async with units.write() as unit:
        lost = await lose_device(unit, changes, event_id, order)
        if data.revokes:
            await revoke_device(unit, device_id, data.reason)
            await withdraw_till(unit, device_id, publisher)
        answer = LostAnswer(
            device_id=device_id,
            homes_move_id=lost.move.id,
            maybe_sold=lost.maybe_sold.types,
            maybe_sold_total=sum(one.count for one in lost.maybe_sold.types),
            maybe_used=[MaybeUsed(*one) for one in sorted(lost.maybe_sold.uses.items())],
            seats=list(lost.seats),
        )
    if data.revokes:
        known_devices.note_changed(device_id)
    await finish_moves(units.context, changes, units.organization_id, event_id)
    log().info("device.lost", device_id=device_id, event_id=event_id, actor=units.actor)
    return answer


async def _rule(
    rulings: Rulings,
    units: Units,
    device_id: DeviceId,
    data: RulingBody,
    ruling: str,
) -> RulingAnswer:
    async with units.read() as unit:
        await get_device(unit, device_id)
    wanted = data.entries
    done = await rulings.rule(
        Ruling(
            owner=JournalOwner(units.organization_id, device_id),
            ruling=ruling,
            wanted=None
            if wanted is None
            else [(bytes.fromhex(one.boot), one.dseq) for one in wanted],
            actor=units.actor,
            note=data.note,
        )
    )
    return RulingAnswer(ruled=done.ruled, remaining=done.remaining)


def _place(after: str) -> tuple[bytes, int]:
    boot, _, dseq = after.partition("-")
    try:
        place = (bytes.fromhex(boot), int(dseq))
    except ValueError:
        place = (b"", 0)
    if len(place[0]) != BOOT_SIZE or not 0 < place[1] < 1 << 61:
        raise wrong_field("after", "is not what a page before gave")
    return place


def _waiting(row: JournalEntry) -> WaitingAnswer:
    checked = check_entry(SignedEntry(row.entry, row.signature), row.device_id, is_signed=True)
    at, at_error = corrected_time(checked.as_entry, row.received_at)
    answer = WaitingAnswer(
        boot=row.boot.hex(),
        dseq=row.dseq,
        kind=row.kind,
        event_id=row.event_id,
        received_at=moment_of(row.received_at),
        at=moment_of(at),
        at_error_us=at_error,
    )
    body = checked.body
    if isinstance(body, ScanBody):
        answer.gate_id = body.gate_id
        answer.ticket_id = None if body.ticket_id is None else format_ticket_id(body.ticket_id)
        answer.direction, answer.count = body.direction, body.count
        answer.verdict, answer.reason, answer.mode = body.verdict, body.reason, body.mode
    elif isinstance(body, SaleBody):
        answer.sale_id, answer.currency = body.sale_id, body.currency
        answer.total_minor, answer.tickets = body.total_minor, len(body.tickets)
    elif isinstance(body, WithdrawalBody):
        answer.ticket_id, answer.reason = format_ticket_id(body.ticket_id), body.purpose
        answer.sale_id, answer.currency = body.sale_id, body.currency
        answer.total_minor, answer.mode = body.amount_minor, body.mode
    return answer
