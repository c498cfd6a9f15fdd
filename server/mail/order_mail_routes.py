"""Sending an order's tickets to its buyer, what became of that, and doing what waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from litestar import get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Units
from server.http.body_and_answer_types import Answer, Body, answer_of, to_moment
from server.http.retrying import look_again
from server.jobs.due_jobs import doing_jobs
from server.jobs.enqueuing import Job
from server.jobs.routes import JobAnswer, job_answer
from server.jobs.runner import JOB_POLL_S, Handler, JobRunner
from server.mail import order_mail_job
from server.mail.notice_mail import NoticeMailer
from server.mail.notices import MAILING
from server.mail.order_mail_job import KIND, OrderMailer, send_order
from server.mail.smtp import SmtpSender
from server.orders.routes import ORDER, READ, ClientKey
from shared.kernel.id_types import EventId, OrderId
from shared.kernel.languages import Language
from shared.wire.work_reasons import WorkReason


class MailBody(Body):
    """How an order's tickets are sent.

    Attributes:
        language: The mail's; `en` unless said otherwise.
    """

    language: Language = "en"


@post(
    ORDER + "/mail",
    status_code=202,
    tags=["orders"],
    guards=[requires(Role.BOX_OFFICE, "orders:write")],
)
@look_again
async def send_tickets(
    data: JSONBody[MailBody],
    has_mail: NamedDependency[bool],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    order_id: FromPath[OrderId],
    client_key: ClientKey = None,
) -> Sequence[JobAnswer]:
    """Mail a paid order's tickets to its buyer: text, page, and a picture of each code."""
    async with units.write() as unit:
        jobs = await send_order(
            unit,
            event_id,
            order_id,
            language=data.language,
            key=client_key or "",
            is_set_up=has_mail,
        )
        return [job_answer(job) for job in jobs]


class OrderMailAnswer(Answer):
    """A mail of an order's tickets, and what became of it; the address is the buyer's.

    Attributes:
        asked_at: When it was asked for.
        part: Of several mails of one wish, which; from 1.
        outcome: `waiting`; `sent`: the mail server has taken it; `nothing`: the tickets or the
            address were gone when it was to be sent; `refused`: for good.
        ended_at: Since when that is so, unless it waits.
        attempts: Tries that failed.
        said: How the last try ended, in a sentence.
        because: The same by code, for whoever words it; empty where it has none.
    """

    id: str
    asked_at: datetime
    part: int
    parts: int
    outcome: Literal["waiting", "sent", "nothing", "refused"]
    ended_at: datetime | None
    attempts: int
    said: str
    because: Sequence[WorkReason]


@get(ORDER + "/mail", tags=["orders"], guards=[READ])
async def list_mails(
    units: NamedDependency[Units], event_id: FromPath[EventId], order_id: FromPath[OrderId]
) -> Sequence[OrderMailAnswer]:
    """List the latest mails of an order's tickets, the newest first, for thirty days."""
    async with units.read() as unit:
        jobs = await order_mail_job.list_mails(unit, event_id, order_id)
        return [_mail_answer(job) for job in jobs]


def _mail_answer(job: Job) -> OrderMailAnswer:
    return answer_of(
        OrderMailAnswer,
        job,
        asked_at=to_moment(job.created_at),
        part=job.subject["part"],
        parts=job.subject["parts"],
        outcome=order_mail_job.outcome_of(job),
        because=msgspec.convert(job.because, list[WorkReason]),
    )


def make_runner(state: State) -> JobRunner:
    """Make what does the jobs, of an application that knows a mail server."""
    mail_sender: SmtpSender = state["mail_sender"]
    mailer = OrderMailer(state["context"], state["publisher"].vault, state["usage"], mail_sender)
    notices = NoticeMailer(state["context"], mail_sender)
    handlers: dict[str, Handler] = {KIND: mailer, MAILING: notices}
    return JobRunner(state["context"], handlers, give_up={MAILING: notices.give_up})


lifespans = [doing_jobs("jobs", lambda: JOB_POLL_S, make_runner, needs_mail=True)]
