"""Devices: enrolled by a one-time code, listed, assigned, revoked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import count
from typing import Final, TypeAlias

import msgspec
from sqlalchemy import ColumnElement, Select, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from server import limits_and_times as limits
from server.access_keys import hash_token
from server.db.audit_line import note_organization, note_target
from server.db.ledger_state import LedgerRow, Reoffer
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit, locked
from server.devices.assigning import OTHERWISE, check_profile, note_place
from server.devices.device_tokens import token_of_enrolment
from server.devices.lan_addresses import note_lan_address
from server.devices.models import Device, DeviceReportRow, EnrolmentCode
from server.devices.rosters import RosterVersions, newest_roster
from server.devices.schemas import AssignmentBody
from server.events.lifecycle import REACHABLE
from server.events.service import get_event, get_event_in
from server.http.page_cursors import RowOrder
from server.keys.vault import Vault
from server.limits_and_times import (
    CODE_KEPT,
    CODE_LIFETIME,
    CODE_LIFETIME_MAX,
    SERVERS_APART,
)
from server.organizations.service import read_beginning
from server.problem_answers import Problem, wrong_field
from server.venues_and_gates.service import get_gate
from shared.kernel import ids
from shared.kernel.id_types import DeviceId, EventId, GateId
from shared.kernel.instant import Duration, Instant
from shared.wire.enrol import EnrolRequest
from shared.wire.enrol_code import code_keys, draw_code, is_code_proven, is_key_proven

__all__ = ["Device", "DeviceReportRow", "RosterVersions", "newest_roster", "note_lan_address"]
"""What other domains read; they change it through the functions here only."""

SCANNER: Final = "scanner"
AT_GATES: Final = frozenset({"gate", "both"})
"""Roles of devices that decide at a gate; a scanner only claims."""
"""The role of a device that only claims, by its token alone."""

_NAME_IN_TURN: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:place, 0))")
_OFFER_FIRST: Final = text(
    "INSERT INTO reoffer (epoch, device_id, organization_id, event_id, asked_at, done_at,"
    " absent_because) SELECT l.epoch, CAST(:device_id AS TEXT), CAST(:organization_id AS TEXT),"
    " CAST(:event_id AS TEXT), NULL, NULL, NULL FROM ledger l WHERE l.epoch > 0"
)
_NAME_ROOM: Final = 70
"""Of a device's name that is kept where a number has to tell it from another one."""
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters by Unicode's word that nobody sees: fillers of Hangul, and Braille without a dot."""
IsProven: TypeAlias = Callable[[bytes], bool]
"""Tells whether a request was proven whole under a code's secret."""
_USED_UP: Final = "This code is wrong, used, or older than its time; ask for a new one."
_REVOKED: Final = "This device was revoked; make a new profile."


class IssuedCode(msgspec.Struct, frozen=True):
    """A fresh enrolment code; shown once."""

    code: str
    expires_at: Instant


class Enrolled(msgspec.Struct, frozen=True):
    """A device with its token; shown once."""

    device: Device
    token: str


async def issue_code(
    unit: Unit, assignment: AssignmentBody, *, actor: str, lifetime: Duration = CODE_LIFETIME
) -> IssuedCode:
    """Make a one-time code for one device.

    Raises:
        Problem: if the event or gate is not the organization's, or the event is cancelled,
            archived or not approved.
    """
    await check_assignment(unit, assignment)
    await _check_reachable(unit, assignment, assignment.profile)
    old = delete(EnrolmentCode).where(EnrolmentCode.expires_at < unit.now - CODE_KEPT)
    await unit.change(old)
    await _spend(unit, _has_ended(unit.now, unit.now))
    there = await _count_devices(unit)
    limits.check(there, limits.DEVICES_MAX, "devices and open codes; revoke some first")
    code = draw_code(unit.entropy)
    keys = code_keys(code)
    expires_at = unit.now + min(lifetime, CODE_LIFETIME_MAX)
    await unit.add(
        EnrolmentCode(
            hash=keys.code_id,
            signer=keys.signer.public_key,
            secret=keys.secret,
            role=assignment.role,
            profile=assignment.profile,
            event_id=assignment.event_id,
            gate_id=assignment.gate_id,
            admissions_per_minute=assignment.admissions_per_minute,
            created_by=actor,
            created_at=unit.now,
            expires_at=expires_at,
            used_at=None,
            device_id=None,
        )
    )
    return IssuedCode(code, expires_at)


async def _count_devices(unit: Unit) -> int:
    """Count the devices that are not revoked, and the codes that may still enrol one."""
    devices = select(func.count()).select_from(Device).where(Device.revoked_at.is_(None))
    codes = select(func.count()).select_from(EnrolmentCode)
    codes = codes.where(EnrolmentCode.used_at.is_(None), EnrolmentCode.expires_at > unit.now)
    found = [(await unit.session.execute(query)).scalar_one() for query in (devices, codes)]
    return sum(found)


async def _check_reachable(unit: Unit, assignment: AssignmentBody, profile: str) -> None:
    """Refuse an event that is off, that nobody has approved yet, or of another profile."""
    if assignment.event_id is not None:
        event = await get_event_in(unit, assignment.event_id, REACHABLE, OTHERWISE)
        check_profile(profile, event.profile)


async def check_assignment(unit: Unit, assignment: AssignmentBody) -> None:
    """Refuse an event or gate that is not the organization's.

    Raises:
        Problem: naming the field.
    """
    if assignment.role == SCANNER and assignment.gate_id is None:
        raise wrong_field("gate_id", "is needed: a scanner claims at one gate's zone")
    if assignment.event_id is None:
        if assignment.gate_id is not None:
            raise wrong_field("event_id", "is needed with gate_id")
        return
    try:
        await get_event(unit, assignment.event_id)
    except Problem:
        raise wrong_field("event_id", "is not an event of this organization") from None
    if assignment.gate_id is not None:
        try:
            await get_gate(unit, assignment.event_id, assignment.gate_id)
        except Problem:
            raise wrong_field("gate_id", "is not a gate of this event") from None


async def enrol(
    context: Context, vault: Vault, request: EnrolRequest, is_proven: IsProven
) -> Enrolled:
    """Trade a one-time code and a proven key for a device; the code is used up.

    Whoever does not know the code itself uses nothing up, though its id was overheard. Who asks
    once more with the same code and key is told the same and changes nothing: the answer may have
    been lost.

    A request that names the id that the device has had is for that very device: a ledger that was
    put back to an older copy may have forgotten it, and its journal goes on under that id only.

    Raises:
        Problem: `forbidden` for a wrong, used or late code, or a proof that does not hold;
            `conflict` if the key has another device already, or the id another key,
            organization or profile; `device-revoked` if it was revoked.
    """
    public_key = bytes.fromhex(request.public_key)
    if not is_key_proven(request):
        raise Problem("forbidden", "The proof is not the key's signature over this code.")
    now = context.clock.wall()
    token = token_of_enrolment(vault, bytes.fromhex(request.code_id), public_key)
    async with context.database.write(org=SYSTEM) as session:
        code, is_fresh = await _use_code(session, request, now)
        if not is_code_proven(request, code.signer) or not is_proven(code.secret):
            raise Problem("forbidden", _USED_UP)
        note_organization(code.organization_id)  # the path names none
        if code.event_id is not None:
            note_target("event_id", code.event_id)
        if not is_fresh:
            return Enrolled(await _enrolled_before(session, request, hash_token(token)), token)
        device = await _find_enrolled(session, public_key, request.device_id)
        if device is not None:
            _check_return(device, code, public_key, request.device_id)
            device.role, device.event_id, device.gate_id = code.role, code.event_id, code.gate_id
            device.admissions_per_minute = code.admissions_per_minute
            device.program, device.token_hash = request.program, hash_token(token)
        else:
            device = _new_device(context, request, code, hash_token(token))
            device.name = await _free_name(session, device)
            session.add(device)
            await session.flush()
            if request.device_id is not None:
                await _await_journal(session, device)
        await note_place(session, device, now)
        code.device_id = device.id
        note_target("device_id", device.id)
    return Enrolled(device, token)


async def _find_enrolled(
    session: AsyncSession, public_key: bytes, device_id: DeviceId | None
) -> Device | None:
    """Find the device that has this key or, failing that, this id."""
    query = select(Device).where(or_(Device.public_key == public_key, Device.id == device_id))
    found = (await session.execute(query)).scalars().all()
    return next((one for one in found if one.public_key == public_key), next(iter(found), None))


def _check_return(
    device: Device, code: EnrolmentCode, public_key: bytes, device_id: DeviceId | None
) -> None:
    """Refuse whoever is not the very device that the ledger has.

    One that knows no id may be one that never learned it; once it was heard of, it did.
    """
    if device_id is None and device.last_seen_at is not None:
        raise Problem("conflict", "This key is enrolled already; make a new profile.")
    is_same = device_id in {None, device.id} and device.public_key == public_key
    if not is_same or device.organization_id != code.organization_id:
        # Said alike, so that nobody learns what another organization has.
        raise Problem("conflict", "This id or key is another device's; make a new profile.")
    if device.revoked_at is not None:
        raise Problem("device-revoked", _REVOKED)
    if device.profile != code.profile:
        what = f"This device is enrolled as {device.profile}, the code is for {code.profile}."
        raise Problem("conflict", what)


def _new_device(
    context: Context, request: EnrolRequest, code: EnrolmentCode, token_hash: bytes
) -> Device:
    return Device(
        id=request.device_id or ids.new_id(ids.DEVICE, context.entropy),
        organization_id=code.organization_id,
        name=_tidy(request.name),
        role=code.role,
        profile=code.profile,
        program=request.program,
        public_key=bytes.fromhex(request.public_key),
        token_hash=token_hash,
        event_id=code.event_id,
        gate_id=code.gate_id,
        admissions_per_minute=code.admissions_per_minute,
        enrolled_at=context.clock.wall(),
        revoked_at=None,
        revoked_because=None,
        last_seen_at=None,
    )


def _tidy(name: str) -> str:
    """Return a name in one line, of signs that can be seen: a device chooses it by itself."""
    seen = "".join(sign if sign.isprintable() and sign not in _BLANK else " " for sign in name)
    return " ".join(seen.split()) or "device"


async def _free_name(session: AsyncSession, device: Device) -> str:
    """Return a device's name, with a number where another one of the event has it already.

    Who asks at the same instant waits until this one has its name on record. On SQLite every
    writer does; elsewhere no row is locked, since gates pass meanwhile.
    """
    if session.get_bind().dialect.name == "postgresql":
        place = f"{device.organization_id} {device.event_id}"
        await session.execute(_NAME_IN_TURN, {"place": place})
    query = select(Device.name).where(
        Device.organization_id == device.organization_id,
        Device.event_id == device.event_id,
        Device.revoked_at.is_(None),
    )
    taken = set((await session.execute(query)).scalars())
    names = (f"{device.name[:_NAME_ROOM]} {number}" for number in count(2))
    return device.name if device.name not in taken else next(n for n in names if n not in taken)


async def _await_journal(session: AsyncSession, device: Device) -> None:
    """Let claims wait for all that a device has recorded before this ledger knew it (again)."""
    place = {"device_id": device.id, "organization_id": device.organization_id}
    connection = await session.connection()
    await connection.execute(_OFFER_FIRST, place | {"event_id": device.event_id or ""})
    # When it was enrolled is forgotten: what it recorded then must not count as impossible.
    device.enrolled_at = await read_beginning(session, device.organization_id)


async def _use_code(
    session: AsyncSession, request: EnrolRequest, now: Instant
) -> tuple[EnrolmentCode, bool]:
    """Use up the code that a request names; tells whether it was good still.

    Raises:
        Problem: `forbidden` if there is no such code.
    """
    is_it = EnrolmentCode.hash == bytes.fromhex(request.code_id)
    # The guard stands in the update itself, so that two devices cannot share a code.
    used = await session.execute(
        update(EnrolmentCode)
        .where(
            is_it,
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > now,
            EnrolmentCode.created_at <= now + SERVERS_APART,
        )
        .values(used_at=now)
        .returning(EnrolmentCode)
    )
    if (found := used.scalar_one_or_none()) is not None:
        return found, True
    found = (await session.execute(select(EnrolmentCode).where(is_it))).scalar_one_or_none()
    if found is None:
        raise Problem("forbidden", _USED_UP)
    return found, False


async def _enrolled_before(
    session: AsyncSession, request: EnrolRequest, token_hash: bytes
) -> Device:
    """Return the device that a request has made before; the code is good for no other one."""
    # Its token is of this very code and key, unless another code has given it another since.
    query = select(Device).where(Device.token_hash == token_hash)
    device = (await session.execute(query)).scalar_one_or_none()
    if device is None or request.device_id not in {None, device.id}:
        raise Problem("forbidden", _USED_UP)
    if device.revoked_at is not None:
        raise Problem("device-revoked", _REVOKED)
    return device


async def get_device(unit: Unit, device_id: DeviceId) -> Device:
    """Return a device of the organization.

    Raises:
        Problem: `not-found`.
    """
    query = select(Device).where(Device.id == device_id)
    return await unit.get(query, "device")


async def hold_device(unit: Unit, device_id: DeviceId) -> Device:
    """Return a device as it is now, locked until the commit: nobody revokes it meanwhile.

    Raises:
        Problem: `not-found`.
    """
    return await unit.get(locked(select(Device).where(Device.id == device_id)), "device")


async def count_at_gate(unit: Unit, gate_id: GateId) -> int:
    """Count the devices that stand at a gate and are not revoked."""
    standing = select(func.count()).select_from(Device)
    standing = standing.where(Device.gate_id == gate_id, Device.revoked_at.is_(None))
    return (await unit.session.execute(standing)).scalar_one()


async def withdraw_codes(unit: Unit, issued_by: Collection[str]) -> None:
    """Let codes that somebody has issued, and nobody has used yet, enrol nothing any more."""
    await _spend(unit, EnrolmentCode.created_by.in_(issued_by))


async def end_all_codes(session: AsyncSession, now: Instant) -> None:
    """End everybody's codes that nobody has used; needs the system's scope.

    An older copy of the database holds those that were used or taken back since.
    """
    await session.execute(
        update(EnrolmentCode).where(EnrolmentCode.used_at.is_(None)).values(used_at=now)
    )


async def end_codes(context: Context, due_by: Instant) -> int:
    """End codes of all organizations for good whose time was over by then, whatever clocks do.

    So do those end that were drawn by a clock that was ahead: else they would be good again when
    that time comes.

    Returns:
        How many.
    """
    now = context.clock.wall()
    ended = EnrolmentCode.used_at.is_(None) & _has_ended(now, due_by)
    async with context.database.read(org=SYSTEM) as session:
        if (
            await session.execute(select(EnrolmentCode.hash).where(ended).limit(1))
        ).first() is None:
            return 0
    spend = update(EnrolmentCode).where(ended).values(used_at=now).returning(EnrolmentCode.hash)
    async with context.database.write(org=SYSTEM) as session:
        return len((await session.execute(spend)).all())


def _has_ended(now: Instant, due_by: Instant) -> ColumnElement[bool]:
    return or_(EnrolmentCode.expires_at <= due_by, EnrolmentCode.created_at > now + SERVERS_APART)


async def _spend(unit: Unit, which: ColumnElement[bool]) -> None:
    """Let codes that nobody has used be as if they had been: for good, whatever clocks do."""
    await unit.change(
        update(EnrolmentCode)
        .where(which, EnrolmentCode.used_at.is_(None))
        .values(used_at=unit.now)
    )


DEVICE_ORDER: Final = RowOrder(
    Device.id,
    fields={
        "name": Device.name,
        "role": Device.role,
        "enrolled_at": Device.enrolled_at,
        "last_seen_at": Device.last_seen_at,
        "revoked_at": Device.revoked_at,
    },
)


def select_devices(
    *, role: str | None, event_id: EventId | None, is_revoked: bool | None
) -> Select[Device]:
    """Ask for devices: of a role, of those that work at an event, of those that are revoked."""
    query = select(Device)
    if role is not None:
        query = query.where(Device.role == role)
    if event_id is not None:
        query = query.where(Device.event_id == event_id)
    if is_revoked is not None:
        query = query.where(Device.revoked_at.is_not(None) == is_revoked)
    return query


async def list_devices(unit: Unit) -> Sequence[Device]:
    """Return the devices in order of id, revoked ones as well."""
    return await unit.all(select(Device).order_by(Device.id).limit(limits.DEVICES_MAX + 1))


async def list_awaited(unit: Unit, event_id: EventId) -> Sequence[Device]:
    """Return the devices whose journals the ledger, which was put back, still waits for.

    What they took back or let in since the copy an event's ledger does not know before.
    """
    query = (
        select(Device)
        .join(Reoffer, Reoffer.device_id == Device.id)
        .join(LedgerRow, LedgerRow.epoch == Reoffer.epoch)
        .where(Reoffer.event_id.in_([event_id, ""]), Reoffer.done_at.is_(None))
        .where(Device.revoked_at.is_(None))
        .order_by(Device.id)
    )
    return await unit.all(query)


async def assign_device(unit: Unit, device_id: DeviceId, assignment: AssignmentBody) -> Device:
    """Change what a device is for.

    Raises:
        Problem: `not-found`, or a wrong event or gate.
    """
    await check_assignment(unit, assignment)
    device = await get_device(unit, device_id)
    await _check_reachable(unit, assignment, device.profile)
    if (device.event_id, device.gate_id) != (assignment.event_id, assignment.gate_id):
        device.place_revision += 1
    device.role = assignment.role
    device.event_id = assignment.event_id
    device.gate_id = assignment.gate_id
    device.admissions_per_minute = assignment.admissions_per_minute
    await unit.session.flush()
    await note_place(unit.session, device, unit.now)
    return device


async def revoke_device(unit: Unit, device_id: DeviceId, because: str) -> Device:
    """Take a device's word away, from this commit on; its journal is still taken as evidence.

    Raises:
        Problem: `not-found`.
    """
    device = await hold_device(unit, device_id)
    if device.revoked_at is None:
        device.revoked_at = unit.now
        device.revoked_because = because
        await unit.session.flush()
    return device
