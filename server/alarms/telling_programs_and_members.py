"""Who is told of an alarm: other programs, and the members who want mails of alarms."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import func, select

from server.alarms.models import AlarmReader
from server.db.unit import Unit
from server.jobs.enqueuing import Job, enqueue
from server.quotas import ALARM_MAILS_A_DAY_MAX
from shared.kernel.id_types import EventId
from shared.kernel.instant import DAY

MAIL: Final = "mail.alarm"


def spell_for_programs(
    alarm_id: str, kind: str, subject: str, count: int, out_of: int
) -> dict[str, Any]:
    """Return what other programs are told of an alarm, besides whose it is."""
    return {
        "alarm_id": alarm_id,
        "kind": kind,
        "subject": subject,
        "count": count,
        "out_of": out_of,
    }


async def mail_members(unit: Unit, event_id: EventId, alarm_id: str) -> None:
    """Write a mail to each member who asked for it; none beyond so many a day."""
    for reader in await unit.all(select(AlarmReader)):
        today = select(func.count()).where(
            Job.kind == MAIL,
            Job.key.startswith(f"{reader.user_id}:"),
            Job.created_at > unit.now - DAY,
        )
        if (await unit.session.execute(today)).scalar_one() >= ALARM_MAILS_A_DAY_MAX:
            continue
        subject = {
            "event_id": event_id,
            "alarm_id": alarm_id,
            "user_id": reader.user_id,
            "language": reader.language,
        }
        await enqueue(unit, MAIL, subject, key=f"{reader.user_id}:{alarm_id}")
