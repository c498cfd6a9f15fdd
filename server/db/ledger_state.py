"""The ledger's state: which epoch it is in, and whether it answers claims.

Feeds, manifests and claims are ordered by (epoch, sequence). A database put back from a backup
opens a higher epoch; until every device has offered its journal again the ledger is closed and
claims are answered 503. Where a device has shown that its organization's word was forgotten, the
ledger is closed for that organization alone (`server/exchange/ledger_rollback.py`).
"""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.personal_columns import TYPED
from server.db.tenancy import Scoped
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.instant import Instant

FIRST_EPOCH = 1
SUCCESSOR = "successor"
"""Stands in the ledger's alarms, with each organization's id, for the machine that took over."""


PUT_BACK: Final = "put back"
"""What `restore` says in `cluster`'s place on PostgreSQL, with the copy's rows themselves: whoever
prepares the database next, also where `restore` was killed before it could, opens a higher epoch.
"""


class LedgerRow(Model):
    """The only row of its table (id 1)."""

    __tablename__ = "ledger"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[int]
    open: Mapped[bool]
    reason: Mapped[str]
    changed_at: Mapped[int]
    cluster: Mapped[str] = mapped_column(default="")


class LedgerAlarm(Scoped, Model):
    """A device's proof that the ledger had been further than it is.

    While there is one for the present epoch, the ledger is closed for the organization.

    Attributes:
        epoch: The ledger's when it was shown.
        seen_epoch, seen_seq: What the ledger itself had signed before.
    """

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    device_id: Mapped[DeviceId] = mapped_column(primary_key=True)
    event_id: Mapped[EventId]
    seen_epoch: Mapped[int]
    seen_seq: Mapped[int]
    noted_at: Mapped[int]


class Reoffer(Scoped, Model):
    """A device that must offer its whole journal again before an epoch grants claims.

    Attributes:
        event_id: The device's event; empty where it serves any of the organization's.
        asked_at: When it was first told.
        done_at: When it had offered all.
        absent_because: An operator's words, where the device will not come.
    """

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("device.id"), primary_key=True)
    event_id: Mapped[EventId]
    asked_at: Mapped[int | None]
    done_at: Mapped[int | None]
    absent_because: Mapped[str | None] = mapped_column(info=TYPED)


class LedgerState(msgspec.Struct, frozen=True):
    """The ledger's epoch, and whether it grants claims.

    Attributes:
        epoch: From 1, only ever higher.
        open: Whether claims are granted, but to organizations whose word was forgotten.
        reason: Why it is closed, or was last opened; for the operator.
        changed_at: When, µs.
        cluster: What PostgreSQL says of itself, "system identifier/timeline"; empty on SQLite;
            `PUT_BACK` in a copy that was put back and has no higher epoch yet.
    """

    epoch: int
    open: bool
    reason: str
    changed_at: Instant
    cluster: str = ""


async def read_ledger(session: AsyncSession) -> LedgerState:
    """Return the ledger's state; closed at epoch 0 if the database was never prepared."""
    row = (await session.execute(select(LedgerRow))).scalar_one_or_none()
    if row is None:
        return LedgerState(0, open=False, reason="not initialised", changed_at=Instant(0))
    return LedgerState(row.epoch, row.open, row.reason, Instant(row.changed_at), row.cluster)


def is_taken_over() -> ColumnElement[bool]:
    """Tell, in a query in the system's scope, whether another machine took over from this one.

    Until an operator opens a higher epoch here, all that is done belongs to that one: nothing is
    changed by people, and nothing is sent.
    """
    alarm = select(LedgerAlarm.epoch).join(LedgerRow, LedgerRow.epoch == LedgerAlarm.epoch)
    return alarm.where(LedgerAlarm.device_id.startswith(f"{SUCCESSOR} ")).exists()


async def count_closed(session: AsyncSession) -> int:
    """Count the organizations for which the ledger is closed; needs the system's scope."""
    query = select(func.count(LedgerAlarm.organization_id.distinct())).join(
        LedgerRow, LedgerRow.epoch == LedgerAlarm.epoch
    )
    return int((await session.execute(query)).scalar_one())


async def ensure_ledger(session: AsyncSession, now: Instant) -> LedgerState:
    """Open the first epoch if there is none; needs the system's scope."""
    state = await read_ledger(session)
    if state.epoch:
        return state
    session.add(
        LedgerRow(id=1, epoch=FIRST_EPOCH, open=True, reason="first start", changed_at=now)
    )
    await session.flush()
    return await read_ledger(session)


async def open_epoch(
    session: AsyncSession,
    *,
    at_least: int,
    reason: str,
    now: Instant,
    admits_claims: bool,
) -> LedgerState:
    """Start a higher epoch than any seen.

    Args:
        session: In the system's scope.
        at_least: The highest epoch known from elsewhere; the new one is above it as well.
        reason: For the operator and the audit.
        now: µs.
        admits_claims: False to keep the ledger closed until devices have synced.
    """
    state = await ensure_ledger(session, now)
    await session.execute(
        update(LedgerRow).values(
            epoch=max(state.epoch, at_least) + 1,
            open=admits_claims,
            reason=reason,
            changed_at=now,
        )
    )
    return await read_ledger(session)


async def reopen_ledger(session: AsyncSession, reason: str, now: Instant) -> None:
    """Grant claims again, within the same epoch."""
    await session.execute(update(LedgerRow).values(open=True, reason=reason, changed_at=now))
