"""Raising alarms and ending them: each worker looks now and then, and one of them is first.

An alarm is one row from when it is raised until it ends; the database lets there be one at a time
for each subject. Whoever writes it writes the message to other programs and the mails with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.alarms import alarms_shown_and_settings
from server.alarms.judging import CALM, AlarmKind, StandingAlarm, is_lifted, judge
from server.alarms.measuring import Watched, find_watched, measure
from server.alarms.models import Alarm
from server.alarms.telling_programs_and_members import mail_members, spell_for_programs
from server.background.repeating import for_each
from server.db.hot_path_statements import insertion
from server.db.session_transaction import SessionTransaction
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.http.logs import log
from server.webhooks.message_kinds import Kind
from server.webhooks.outbox import tell_programs
from shared.kernel import ids
from shared.kernel.id_types import EventId
from shared.kernel.instant import MINUTE, SECOND, Duration, Instant

ALARM_POLL_S: Final = 5
"""Seconds between two looks of one worker; of several each looks as much more rarely."""

ALARM_NOTED_EVERY: Final[Duration] = 30 * SECOND
"""At most so often it is noted that an alarm stands as before."""
ALARM_ASLEEP: Final[Duration] = Duration(2 * MINUTE)
"""A worker that has not looked for so long was not there to hear gates either."""

_RAISE: Final = insertion(
    Alarm,
    "event_id id organization_id kind subject count out_of raised_at stood_at note",
    "ON CONFLICT (event_id, kind, subject) WHERE ended_at IS NULL DO NOTHING",
)


class AlarmWatch:
    """Looks at events; one for each worker."""

    def __init__(self, context: Context, *, sends_mail: bool) -> None:
        self._context = context
        self._sends_mail = sends_mail
        self._awake_since: Duration | None = None
        self._looked_at: Duration | None = None

    async def look(self) -> int:
        """Judge all events that are on; returns how many alarms were raised or ended."""
        awake = self._note_look()
        async with self._context.read(SYSTEM) as unit:
            watched = await find_watched(unit)

        async def look_at(event: Watched) -> int:
            return await self._look_at(event, awake)

        return await for_each(watched, look_at)

    def _note_look(self) -> Duration:
        """Return since when this worker has been there without a gap."""
        now = self._context.clock.monotonic()
        before, self._looked_at = self._looked_at, now
        if before is None or self._awake_since is None or not 0 <= now - before < ALARM_ASLEEP:
            self._awake_since = now
        return Duration(now - self._awake_since)

    async def _look_at(self, event: Watched, awake: Duration) -> int:
        async with self._context.read(event.organization_id) as unit:
            limits = await alarms_shown_and_settings.read_limits(unit, event.event_id)
            measured = await measure(unit, event)
            known = await _open_alarms(unit.session, event.event_id)
        now, standing = self._context.clock.wall(), judge(measured, limits)
        # Whoever has just begun to listen, or slept, has not heard gates that did speak.
        hears = awake >= limits.silent_minutes * MINUTE
        raised = [
            one
            for one in standing
            if (one.kind.value, one.subject) not in known
            and (hears or one.kind is not AlarmKind.GATE_SILENT)
        ]
        stands = {(one.kind.value, one.subject): one for one in standing}
        changed = 0
        for key, alarm in known.items():
            if key in stands:
                await self._keep(event, alarm, stands[key], now)
            elif (
                not event.is_on
                or _is_calm(alarm, now)
                or is_lifted(AlarmKind(alarm.kind), alarm.subject, measured, limits)
            ):
                changed += await self._end(event, alarm)
        for one in raised:
            changed += await self._raise(event, one)
        return changed

    async def _keep(
        self, event: Watched, alarm: Alarm, now_so: StandingAlarm, now: Instant
    ) -> None:
        """Note how an alarm stands, now and then."""
        is_same = (alarm.count, alarm.out_of) == (now_so.count, now_so.out_of)
        if is_same and 0 <= now - alarm.stood_at < ALARM_NOTED_EVERY:
            return
        change = (
            update(Alarm)
            .where(Alarm.event_id == event.event_id, Alarm.id == alarm.id)
            .where(Alarm.ended_at.is_(None))
            .values(count=now_so.count, out_of=now_so.out_of, stood_at=now)
        )
        async with self._context.write(event.organization_id) as unit:
            await unit.change(change)

    async def _end(self, event: Watched, alarm: Alarm) -> bool:
        async with self._context.write(event.organization_id) as unit:
            end = (
                update(Alarm)
                .where(Alarm.event_id == event.event_id, Alarm.id == alarm.id)
                .where(Alarm.ended_at.is_(None))
                .values(ended_at=unit.now)
                .returning(Alarm.id)
            )
            done = await unit.change(end)
            if done.first() is None:
                return False
            what = spell_for_programs(
                alarm.id, alarm.kind, alarm.subject, alarm.count, alarm.out_of
            )
            await tell_programs(unit, Kind.ALARM_ENDED, event.event_id, what)
        log().info("alarm.ended", event_id=event.event_id, kind=alarm.kind)
        return True

    async def _raise(self, event: Watched, one: StandingAlarm) -> bool:
        event_id = event.event_id
        async with self._context.write(event.organization_id) as unit:
            alarm_id = ids.new_id(ids.ALARM, unit.entropy)
            row = (
                event_id,
                alarm_id,
                unit.organization_id,
                one.kind.value,
                one.subject,
                one.count,
                one.out_of,
                unit.now,
                unit.now,
                "",
            )
            await SessionTransaction(unit.session).run_many(_RAISE, [row])
            mine = select(Alarm.id).where(Alarm.event_id == event_id, Alarm.id == alarm_id)
            if (await unit.session.execute(mine)).first() is None:
                return False  # another worker was first
            what = spell_for_programs(alarm_id, one.kind.value, one.subject, one.count, one.out_of)
            await tell_programs(unit, Kind.ALARM_RAISED, event_id, what)
            if self._sends_mail:
                await mail_members(unit, event_id, alarm_id)
        log().info("alarm.raised", event_id=event_id, kind=one.kind.value)
        return True


def _is_calm(alarm: Alarm, now: Instant) -> bool:
    calm = CALM.get(AlarmKind(alarm.kind), Duration(0))
    return not 0 <= now - alarm.stood_at < calm


async def _open_alarms(
    session: AsyncSession, event_id: EventId
) -> Mapping[tuple[str, str], Alarm]:
    query = select(Alarm).where(Alarm.event_id == event_id, Alarm.ended_at.is_(None))
    rows = (await session.execute(query)).scalars().all()
    return {(row.kind, row.subject): row for row in rows}
