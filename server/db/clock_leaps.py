"""Whether the server's clock may end what nobody can bring back.

What ends at an instant is ended by whoever looks at the clock behind it: tickets kept back, a
guest's name. A clock that leaps ahead would end all of it at once, and setting it
right brings nothing back. So the newest time that any worker has seen stands in the database, and
a clock that is further ahead of it than the pause between two looks explains ends nothing for a
while: somebody may set it right meanwhile, and then nothing is lost. A server that was off, or a
laptop that slept, looks the same and waits as long; what ends is an hour late. Nor does anything
end while the machine's clock is behind the server's time, which holds a step out for hours: it may
have been set right; nor while it shows a time from before this program (`server/steady_clock.py`).
"""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import select

from server.db.periodic_turns import FIRST_TURN, PeriodicTurn
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.steady_clock import PROGRAM_FROM, held_out
from shared.kernel.instant import HOUR, MINUTE, Duration, Instant
from shared.kernel.ports import Clock

NOTED_EVERY: Final[Duration] = 5 * MINUTE
"""Between two notes of the time while nothing is odd: on SQLite a writer's turn is dear."""
LEAP: Final[Duration] = 15 * MINUTE
"""Further ahead of the newest note than this, the clock has leapt."""
REST: Final[Duration] = HOUR
"""For how long nothing is ended then."""
_NAME: Final = "clock"


class TimeNote(msgspec.Struct, frozen=True):
    """What a look at the clock came to.

    Attributes:
        steady_at: What was due by then may be ended for good: by this instant, and not by a later
            look, before which the clock may have leapt. None where nothing may.
        leapt: How far it has leapt ahead since the newest note; 0 where it has not.
    """

    steady_at: Instant | None
    leapt: Duration = Duration(0)


async def note_time(context: Context) -> TimeNote:
    """Note the time, and tell whether what is due by it may be ended for good.

    Before the first note there is nothing to hold it against, and it is believed. Set back, it is
    believed at once: by the right time less is due, not more. One that was never set is not: what
    was drawn by a right one is of its future, and ends as such.
    """
    now = context.clock.wall()
    async with context.database.read(org=SYSTEM) as session:
        row = await session.get(PeriodicTurn, _NAME)
        is_new = row is None
        if row is not None and row.lease_until is None and abs(now - row.due_at) <= NOTED_EVERY:
            return TimeNote(None if _is_doubted(context.clock) else now)
    query = select(PeriodicTurn).where(PeriodicTurn.name == _NAME).with_for_update()
    async with context.database.write(org=SYSTEM, is_audited=False) as session:
        if is_new:
            await (await session.connection()).execute(FIRST_TURN, {"name": _NAME, "due_at": now})
        # Between two workers the later one finds what the other has noted.
        row = (await session.execute(query)).scalar_one()
        now, seen = context.clock.wall(), row.due_at
        leapt = Duration(now - seen) if now - seen > LEAP else Duration(0)
        row.due_at, row.lease_until = now, _rests_until(now, seen, row.lease_until)
        is_steady = row.lease_until is None and not _is_doubted(context.clock)
        return TimeNote(now if is_steady else None, leapt)


def _is_doubted(clock: Clock) -> bool:
    return held_out(clock) < -LEAP or clock.wall() < PROGRAM_FROM


def _rests_until(now: Instant, seen: Instant, rests_until: Instant | None) -> Instant | None:
    if now - seen > LEAP:
        return Instant(now + REST)
    if seen - now > LEAP or rests_until is None or rests_until <= now:
        return None
    return rests_until
