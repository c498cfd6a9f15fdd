"""Mailing an alarm to a member who asked for it: composed when it is sent, of names as of then."""

from __future__ import annotations

from email.message import EmailMessage
from zoneinfo import ZoneInfo

import msgspec

from server.accounts.users import name_users
from server.alarms.alarms_shown_and_settings import NamedAlarm, get_alarm
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.events.events_and_dates import get_event
from server.jobs.job_outcomes import Done, Outcome
from server.jobs.runner import LeasedJob
from server.mail.headers import MailHead, begin_mail
from server.mail.mail_texts import Wording
from server.mail.smtp import SmtpSender
from server.organizations.members_and_last_owner import get_member
from server.organizations.organizations_and_numbers import get_organization
from server.problem_answers import Problem
from shared.kernel.id_types import EventId, UserId


class MailedAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail is made of."""

    head: MailHead
    zone: ZoneInfo
    alarm: NamedAlarm


def spell_alarm(alarm: NamedAlarm, wording: Wording) -> tuple[str, str]:
    """Say what an alarm is about, and what to do."""
    row = alarm.row
    values = {"place": alarm.place, "count": row.count, "of": row.out_of}
    return wording.say(f"alarm_{row.kind}", **values), wording.say(f"alarm_{row.kind}_advice")


def compose(mail: MailedAlarm, wording: Wording) -> EmailMessage:
    """Write the mail."""
    what, advice = spell_alarm(mail.alarm, wording)
    when = wording.moment(mail.alarm.row.raised_at, mail.zone)
    footer = wording.say("from", organization=mail.head.organization)
    return begin_mail(
        mail.head,
        subject=wording.say("alarm_subject", what=what),
        language=wording.language,
        text=f"{what}\n{advice}\n\n{mail.alarm.event}\n{when}\n\n{footer}\n",
    )


class AlarmMailer:
    """Does the jobs of this kind."""

    def __init__(self, context: Context, mail_sender: SmtpSender) -> None:
        """Read from `context`, send by `mail_sender`."""
        self._context = context
        self._mail_sender = mail_sender

    async def do(self, job: LeasedJob) -> Outcome:
        """Send one mail."""
        mail = await self._gather(job)
        if isinstance(mail, str):
            return Done(mail)
        return await self._mail_sender.send(compose(mail, Wording(job.subject["language"])))

    async def _gather(self, job: LeasedJob) -> MailedAlarm | str:
        user_id = UserId(job.subject["user_id"])
        async with self._context.read(job.organization_id) as unit:
            try:
                await get_member(unit, user_id)
                alarm = await get_alarm(
                    unit, EventId(job.subject["event_id"]), job.subject["alarm_id"]
                )
            except Problem:
                return "Nothing to send: the person who asked for it is no longer a member."
            if alarm.row.ended_at is not None:
                return "Nothing to send: the alarm is over."
            event = await get_event(unit, alarm.row.event_id)
            organization = (await get_organization(unit)).name
        async with self._context.database.read(org=SYSTEM) as session:
            found = (await name_users(session, [user_id])).get(user_id)
        if found is None:
            return "Nothing to send: the person who asked for it no longer has an account."
        return MailedAlarm(
            head=self._mail_sender.head(job.id, organization, found[1]),
            zone=ZoneInfo(event.timezone),
            alarm=alarm,
        )
