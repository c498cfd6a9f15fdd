"""Sending what all buyers are told: each at most once, whatever dies meanwhile.

Before a mail is handed over, its row says so. Whoever finds that mark of a process that died, or
whose line fell silent within the last step, does not know whether the mail is out: it is not sent
again, and a person is told whom to ask.
"""

from __future__ import annotations

from email.message import EmailMessage
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select

from server.db.unit import Context, Unit
from server.events.events_and_dates import get_event
from server.jobs.job_outcomes import Done, Outcome
from server.jobs.runner import LeasedJob
from server.mail.headers import MailHead, add_page, begin_mail
from server.mail.mail_outcomes import OPEN, may_tell, settle_handing
from server.mail.mail_texts import Wording
from server.mail.models import Notice, NoticeOrder
from server.mail.notices import MovedDate, lock_told, settle_told
from server.mail.smtp import SmtpSender
from server.orders.placing_orders import Order
from server.organizations.organizations_and_numbers import get_organization
from shared.kernel.id_types import OrderId
from shared.kernel.instant import Instant

_ASKED_ALREADY: Final = "It was told already."


class NoticeMail(msgspec.Struct, frozen=True, kw_only=True):
    """What such a mail is made of; see `Notice`."""

    head: MailHead
    buyer: str | None
    event: str
    zone: ZoneInfo
    kind: str
    times: tuple[MovedDate, ...]
    names: tuple[str, ...]
    words: str
    refund_until: Instant | None


def compose_notice(mail: NoticeMail, wording: Wording) -> EmailMessage:
    """Write the mail."""
    parts = _parts(mail, wording)
    message = begin_mail(
        mail.head,
        subject=wording.say(f"notice_{mail.kind}_subject", event=mail.event),
        language=wording.language,
        text="\n\n".join(parts) + "\n",
    )
    page = "".join(
        "<p>" + "<br>".join(escape(line) for line in part.splitlines()) + "</p>" for part in parts
    )
    add_page(
        message,
        f'<!doctype html><html lang="{wording.language}" dir="{wording.direction}">'
        '<body style="font-family:sans-serif;max-width:480px;margin:0 auto;color:#101418">'
        f"{page}</body></html>",
    )
    return message


def _parts(mail: NoticeMail, wording: Wording) -> list[str]:
    if mail.buyer is None:
        parts = [wording.say("greeting_nobody")]
    else:
        parts = [wording.say("greeting", name=" ".join(mail.buyer.split()))]
    about = "notice_cancelled_dates" if mail.names else f"notice_{mail.kind}"
    parts.append(wording.say(about, event=mail.event, dates=", ".join(mail.names)))
    for one in mail.times:
        lines = [
            one.name,
            f"{wording.say('notice_was')}: {wording.moment(one.was, mail.zone)}",
            f"{wording.say('notice_now')}: {wording.moment(one.starts_at, mail.zone)}",
        ]
        if one.doors_at is not None:
            doors = wording.moment(one.doors_at, mail.zone)
            lines.append(f"{wording.say('notice_doors')}: {doors}")
        parts.append("\n".join(lines))
    if mail.words:
        parts.append(mail.words)
    parts.append(wording.say(f"{about}_hint"))
    if mail.refund_until is not None:
        until = wording.moment(mail.refund_until, mail.zone)
        parts.append(wording.say("notice_refund_until", until=until))
    parts.append(wording.say("from", organization=mail.head.organization))
    return parts


class NoticeMailer:
    """Does the jobs that hand one such mail over."""

    def __init__(self, context: Context, mail_sender: SmtpSender) -> None:
        """Read from `context`, send by `mail_sender`."""
        self._context, self._mail_sender = context, mail_sender

    async def do(self, job: LeasedJob) -> Outcome:
        """Send one mail, unless somebody may have sent it before."""
        async with self._context.write(job.organization_id) as unit:
            mail, language = await self._begin(unit, job)
        if mail is None:
            return Done(_ASKED_ALREADY)
        given = await self._mail_sender.send(compose_notice(mail, Wording(language)))
        then, outcome = settle_handing(given, job.attempts)
        async with self._context.write(job.organization_id) as unit:
            row = await _find_row(unit, job)
            if row is not None and may_tell(row.outcome, then):
                await settle_told(unit, row, then)
        return outcome

    async def give_up(self, job: LeasedJob) -> None:
        """Say that nothing comes of a mail whose job fails each time, or ends whoever does it."""
        async with self._context.write(job.organization_id) as unit:
            row = await _find_row(unit, job)
            if row is not None and row.outcome == "waiting":
                await settle_told(unit, row, "refused")

    async def _begin(self, unit: Unit, job: LeasedJob) -> tuple[NoticeMail | None, str]:
        """Mark a mail as handed over, and gather it; None where it is not to be sent."""
        row = await _find_row(unit, job)
        if row is None or row.outcome not in OPEN:
            return None, ""
        if row.outcome == "handing":
            await settle_told(unit, row, "doubtful")
            return None, ""
        order = await unit.find(select(Order).where(Order.id == row.order_id))
        notice = await unit.find(select(Notice).where(Notice.id == row.notice_id))
        if order is None or notice is None or order.buyer_email is None:
            await settle_told(unit, row, "no_address")
            return None, ""
        row.outcome, row.at = "handing", unit.now
        event = await get_event(unit, notice.event_id)
        times = msgspec.convert(notice.times, tuple[MovedDate, ...])
        organization = (await get_organization(unit)).name
        mail = NoticeMail(
            head=self._mail_sender.head(job.id, organization, order.buyer_email),
            buyer=order.buyer_name,
            event=event.name,
            zone=ZoneInfo(event.timezone),
            kind=notice.kind,
            times=times if notice.kind == "moved" else (),
            names=tuple(one.name for one in times) if notice.kind == "cancelled" else (),
            words=notice.words,
            refund_until=notice.refund_until,
        )
        return mail, notice.language


async def _find_row(unit: Unit, job: LeasedJob) -> NoticeOrder | None:
    return await lock_told(unit, job.subject["notice_id"], OrderId(job.subject["order_id"]))
