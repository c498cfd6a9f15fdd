"""Work that is due now and then, done once by whichever worker comes first.

When each is due next stands in a table of its own: so a worker that was just started misses
nothing, N workers do nothing twice, and a worker that dies in the middle keeps its turn only until
its lease ends. All of it is due after a pause and none at an hour of the day, so no change to
summer time moves, repeats or skips any of it. A server's clock may be set back: what is due
further ahead than one pause, or leased for longer than any lease, was written by a clock that was
wrong, and is due now.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from shared.kernel.instant import MINUTE, SECOND, Duration, Instant

LEASE: Final[Duration] = 10 * MINUTE
"""How long one worker may be at it; none of it takes a minute."""
TURN_LOOK_S: Final = 300
"""Between two looks at whether it is due, in seconds: one row is read."""
FIRST_TURN: Final = text(
    "INSERT INTO periodic_turn (name, due_at, lease_by, lease_until)"
    " VALUES (:name, :due_at, '', NULL) ON CONFLICT (name) DO NOTHING"
)


class PeriodicTurn(Model):
    """When something is due next.

    Attributes:
        name: What.
        lease_by: The worker that is at it, or "".
        lease_until: When another may take its turn.
    """

    name: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[Instant]
    lease_by: Mapped[str]
    lease_until: Mapped[Instant | None]


async def in_turn(
    context: Context, name: str, every: Duration, work: Callable[[], Awaitable[None]]
) -> bool:
    """Do some work if it is due and nobody else is at it.

    Work that fails is due again when its lease ends, for any worker.

    Args:
        context: The worker's.
        name: Of the work, for good.
        every: The pause from one end to the next beginning.
        work: Must be harmless if it is done twice: a worker may die before it has noted the end.

    Returns:
        Whether it was done here.
    """
    now = context.clock.wall()
    due = _due(name, now, every)
    async with context.database.read(org=SYSTEM) as session:
        # On SQLite a writer's turn is dear; mostly there is nothing to do.
        is_due = (await session.execute(select(PeriodicTurn.name).where(due))).first() is not None
        is_new = not is_due and await session.get(PeriodicTurn, name) is None
    if is_new:
        async with context.database.write(org=SYSTEM, is_audited=False) as session:
            first = {"name": name, "due_at": now + every}
            await (await session.connection()).execute(FIRST_TURN, first)
    if not is_due:
        return False
    mine = context.entropy.random_bytes(8).hex()
    take = update(PeriodicTurn).where(due).values(lease_by=mine, lease_until=now + LEASE)
    async with context.database.write(org=SYSTEM, is_audited=False) as session:
        if (await session.execute(take.returning(PeriodicTurn.name))).first() is None:
            return False
    await work()
    done = (
        update(PeriodicTurn)
        .where(PeriodicTurn.name == name, PeriodicTurn.lease_by == mine)
        .values(due_at=context.clock.wall() + every, lease_by="", lease_until=None)
    )
    async with context.database.write(org=SYSTEM, is_audited=False) as session:
        await session.execute(done)
    return True


class RareTurn:
    """Work that is due now and then, for whoever passes by every second.

    Whether it is due is looked up every `TURN_LOOK_S` only.
    """

    def __init__(
        self, context: Context, name: str, every: Duration, work: Callable[[], Awaitable[None]]
    ) -> None:
        """Prepare; see `in_turn`."""
        self._context, self._name, self._every, self._work = context, name, every, work
        self._looked_at: Instant | None = None

    async def take(self) -> None:
        """Do the work if it is due, nobody else is at it, and nobody has looked just now."""
        now = self._context.clock.wall()
        if self._looked_at is not None and abs(now - self._looked_at) < TURN_LOOK_S * SECOND:
            return
        self._looked_at = now
        await in_turn(self._context, self._name, self._every, self._work)


def _due(name: str, now: Instant, every: Duration) -> ColumnElement[bool]:
    return and_(
        PeriodicTurn.name == name,
        or_(PeriodicTurn.due_at <= now, PeriodicTurn.due_at > now + every),
        or_(
            PeriodicTurn.lease_until.is_(None),
            PeriodicTurn.lease_until <= now,
            PeriodicTurn.lease_until > now + LEASE,
        ),
    )
