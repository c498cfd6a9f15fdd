"""Ledger epochs: after the database went back, devices bring their journals again.

A higher epoch is opened with a list of the devices that must offer their whole journals. Until a
device has, or is revoked, or an operator has declared it absent, the claims of its event are
answered 503; its uploads are taken, since they are what is waited for.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import func, select, update

from server.db.audit_line import note_organization
from server.db.ledger_state import (
    LedgerAlarm,
    LedgerRow,
    LedgerState,
    Reoffer,
    open_epoch,
    read_ledger,
    reopen_ledger,
)
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.devices.device_of_request import DeviceIdentity
from server.devices.finding_devices import Device
from server.devices.rows import await_journals
from server.exchange.ledger_rollback import LedgerView
from server.problem_answers import not_found
from shared.kernel.id_types import DeviceId, EventId, OrganizationId
from shared.kernel.instant import Instant
from shared.wire.entries_per_upload import fill_request
from shared.wire.exchange import ExchangeRequest


class PendingDevice(msgspec.Struct, frozen=True):
    """A device that an epoch waits for."""

    device_id: DeviceId
    organization_id: OrganizationId
    event_id: EventId
    is_asked: bool


class ForgottenPage(msgspec.Struct, frozen=True):
    """A device's signed page that this database has forgotten: it is an older copy.

    Attributes:
        page: Its epoch and head.
    """

    device_id: DeviceId
    organization_id: OrganizationId
    event_id: EventId
    page: tuple[int, int]


async def start_waiting(context: Context) -> None:
    """Let a ledger that opened a new epoch wait for its devices, and for nothing else.

    Run at every start. An organization whose device proved the ledger to be behind stays closed:
    that is not the ledger's own state.
    """
    async with context.database.write(org=SYSTEM) as session:
        state = await read_ledger(session)
        if state.open or not state.epoch:
            return
        await await_journals(session, state.epoch)
        await reopen_ledger(session, state.reason, context.clock.wall())


async def list_behind(context: Context) -> Sequence[ForgottenPage]:
    """List by which devices the ledger is closed, each for its organization, oldest first."""
    async with context.database.read(org=SYSTEM) as session:
        query = (
            select(LedgerAlarm)
            .join(LedgerRow, LedgerRow.epoch == LedgerAlarm.epoch)
            .order_by(LedgerAlarm.noted_at, LedgerAlarm.device_id)
        )
        rows = (await session.execute(query)).scalars().all()
        return [
            ForgottenPage(
                row.device_id, row.organization_id, row.event_id, (row.seen_epoch, row.seen_seq)
            )
            for row in rows
        ]


async def open_higher_epoch(context: Context, reason: str, *, at_least: int = 0) -> LedgerState:
    """Open an epoch above every one that was seen, and wait for all devices.

    Args:
        context: Of the server or a command.
        reason: For the record.
        at_least: The highest epoch known from elsewhere.
    """
    now = context.clock.wall()
    async with context.database.write(org=SYSTEM) as session:
        query = select(func.max(LedgerAlarm.seen_epoch))
        seen = (await session.execute(query)).scalar_one_or_none() or 0
        state = await open_epoch(
            session, at_least=max(seen, at_least), reason=reason, now=now, admits_claims=True
        )
        await await_journals(session, state.epoch)
        return state


async def list_pending(context: Context) -> Sequence[PendingDevice]:
    """List the devices that the present epoch still waits for."""
    async with context.database.read(org=SYSTEM) as session:
        state = await read_ledger(session)
        query = (
            select(Reoffer)
            .join(Device, Device.id == Reoffer.device_id)
            .where(
                Reoffer.epoch == state.epoch,
                Reoffer.done_at.is_(None),
                Device.revoked_at.is_(None),
            )
            .order_by(Reoffer.device_id)
        )
        rows = (await session.execute(query)).scalars().all()
        return [
            PendingDevice(
                row.device_id, row.organization_id, row.event_id, row.asked_at is not None
            )
            for row in rows
        ]


async def declare_absent(context: Context, device_id: DeviceId, reason: str) -> None:
    """Wait for a device no longer: what only it knows may be lost, and doubles with it.

    Raises:
        Problem: `not-found` if the present epoch does not wait for it.
    """
    now = context.clock.wall()
    async with context.database.write(org=SYSTEM) as session:
        state = await read_ledger(session)
        changed = await session.execute(
            update(Reoffer)
            .where(
                Reoffer.epoch == state.epoch,
                Reoffer.device_id == device_id,
                Reoffer.done_at.is_(None),
            )
            .values(done_at=now, absent_because=reason)
            .returning(Reoffer.organization_id)
        )
        organization_id = changed.scalar_one_or_none()
        if organization_id is None:
            raise not_found("device that is waited for")
        note_organization(organization_id)


async def note_offer(
    context: Context,
    device: DeviceIdentity,
    request: ExchangeRequest,
    view: LedgerView,
    *,
    has_gap: bool,
) -> bool:
    """Tell whether a device must offer its whole journal again, and note when it has.

    A device sends its oldest entries that are not acknowledged, as many as fit: where more would
    have fitted, in the new epoch and after it was asked, they are the last. It has heard the
    question where it says the epoch, by its cursor or as the one for which it offers: any answer
    may have been lost.

    Args:
        context: Of the server.
        device: Whose journal.
        request: Its exchange.
        view: What the ledger waits for.
        has_gap: Some of the entries were answered `gap`: earlier ones are still to come.
    """
    is_behind = request.epoch not in {0, view.epoch}
    if not view.must_offer:
        return is_behind
    has_heard = view.epoch in {request.epoch, request.offers_for}
    if request.offers_for is None and not request.event_id:
        has_heard = True  # a device of before, which has nothing to say it with
    if not has_heard or not view.is_asked:
        await _note(context, device.id, view.epoch, asked_at=context.clock.wall())
        return True
    if not fill_request(request.entries) and not has_gap:
        await _note(context, device.id, view.epoch, done_at=context.clock.wall())
    return False


async def _note(context: Context, device_id: DeviceId, epoch: int, **values: Instant) -> None:
    async with context.database.write(org=SYSTEM) as session:
        await session.execute(
            update(Reoffer)
            .where(Reoffer.epoch == epoch, Reoffer.device_id == device_id)
            .values(values)
            .execution_options(synchronize_session=False)
        )
