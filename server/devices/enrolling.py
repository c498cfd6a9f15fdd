"""A device that enrols: it trades a one-time code and its own key for its place, or comes back."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Final, TypeAlias

import msgspec
from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from server.access_keys import hash_token
from server.db.audit_line import note_organization, note_target
from server.db.ledger_state import is_taken_over
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.devices.assigning import note_place
from server.devices.device_tokens import token_of_enrolment
from server.devices.enrolment_codes import USED_UP, use_code
from server.devices.models import Device, EnrolmentCode
from server.keys.vault import Vault
from server.organizations.organizations_and_numbers import read_beginning
from server.problem_answers import Problem
from shared.kernel import ids
from shared.kernel.id_types import DeviceId
from shared.wire.enrol import EnrolRequest
from shared.wire.enrol_code import is_code_proven, is_key_proven

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
_TAKEN_OVER: Final = "Another machine has taken over from this server; ask for a code from there."
_REVOKED: Final = "This device has been revoked; create a new profile."


class Enrolled(msgspec.Struct, frozen=True):
    """A device with its token; shown once.

    Attributes:
        is_again: It was told so before, by the same code and key.
    """

    device: Device
    token: str
    is_again: bool = False


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
        Problem: `forbidden` for a wrong, used or late code, a proof that does not hold, or where
            another machine took over, which would not know the device; `conflict` if the key has
            another device already, or the id another key, organization or profile;
            `device-revoked` if it was revoked.
    """
    public_key = bytes.fromhex(request.public_key)
    if not is_key_proven(request):
        raise Problem("forbidden", "The proof is not the key's signature over this code.")
    now = context.clock.wall()
    token = token_of_enrolment(vault, bytes.fromhex(request.code_id), public_key)
    async with context.database.write(org=SYSTEM) as session:
        code, is_fresh = await use_code(session, request, now)
        if not is_code_proven(request, code.signer) or not is_proven(code.secret):
            raise Problem("forbidden", USED_UP)
        note_organization(code.organization_id)  # the path names none
        if code.event_id is not None:
            note_target("event_id", code.event_id)
        if not is_fresh:
            device = await _enrolled_before(session, request, hash_token(token))
            return Enrolled(device, token, is_again=True)
        if (await session.execute(select(is_taken_over()))).scalar_one():
            raise Problem("gone", _TAKEN_OVER)
        known = await _find_enrolled(session, public_key, request.device_id)
        if known is not None:
            device = known
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
        raise Problem("conflict", "This key is already enrolled; create a new profile.")
    is_same = device_id in {None, device.id} and device.public_key == public_key
    if not is_same or device.organization_id != code.organization_id:
        # Said alike, so that nobody learns what another organization has.
        raise Problem(
            "conflict", "This id or key belongs to another device; create a new profile."
        )
    if device.revoked_at is not None:
        raise Problem("device-revoked", _REVOKED)
    if device.profile != code.profile:
        what = f"This device is enrolled as {device.profile}, but the code is for {code.profile}."
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


async def _enrolled_before(
    session: AsyncSession, request: EnrolRequest, token_hash: bytes
) -> Device:
    """Return the device that a request has made before; the code is good for no other one."""
    # Its token is of this very code and key, unless another code has given it another since.
    query = select(Device).where(Device.token_hash == token_hash)
    device = (await session.execute(query)).scalar_one_or_none()
    if device is None or request.device_id not in {None, device.id}:
        raise Problem("forbidden", USED_UP)
    if device.revoked_at is not None:
        raise Problem("device-revoked", _REVOKED)
    return device
