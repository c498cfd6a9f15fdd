"""Bugs in how an order's tickets are mailed, and in what becomes of a job that ends its worker."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import select, update

from server.db.tenancy import SYSTEM
from server.jobs.job_outcomes import Done, Failed, Refused, Unreachable
from server.jobs.models import Job
from server.jobs.runner import JOB_DEATHS_AT_ONCE, JobRunner
from server.mail import notice_mail, smtp
from server.mail.models import NoticeOrder
from server.mail.notice_mail import NoticeMailer
from server.mail.order_mail_job import OrderMailer
from server.mail.smtp import HANDED, SILENT, SmtpSender
from server.orders import paying_and_refunding, placing_orders
from server.orders.models import Order
from server.report_schedules import schedules_and_runs
from server.report_schedules.calendar import next_after
from server.report_schedules.models import ReportMail
from server.report_schedules.report_mail import ReportMailer
from server.webhooks import delivering
from shared.kernel.instant import SECOND
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario

LATE: Final = 12 * SECOND
"""A server that runs looks more often."""

OF_THE_MAILED: Final = beside_all_else("mails")


def with_poison(scenario: Scenario) -> Scenario:
    """Let one of its mails end the server as well."""
    return msgspec.structs.replace(OF_THE_MAILED(scenario), has_poison=True)


def with_reports(scenario: Scenario) -> Scenario:
    """Let many reports be mailed by themselves as well, and the server be down for a while."""
    mailed = OF_THE_MAILED(scenario)
    rates = msgspec.structs.replace(mailed.fault_rates, server_stop=90 * SECOND)
    return msgspec.structs.replace(mailed, mailed_reports=20, fault_rates=rates)


def _on_time_only(start: Any) -> Any:
    async def start_in_time(unit: Any, schedule_id: str) -> Any:
        row = await schedules_and_runs.lock_schedule(unit, schedule_id)
        if row.next_at is not None and row.next_at < unit.now - LATE:
            row.next_at = next_after(schedules_and_runs.rule_of(row), unit.now)
            return False
        return await start(unit, schedule_id)

    return start_in_time


def _handed_again(begin: Any) -> Any:
    async def begin_again(self: ReportMailer, unit: Any, job: Any, members: Any) -> Any:
        found = select(ReportMail).where(ReportMail.id == job.subject["mail_id"])
        row = await unit.find(found)
        if row is not None and row.outcome == "handing":
            row.outcome = "waiting"
        return await begin(self, unit, job, members)

    return begin_again


def _surely(send: Any) -> Any:
    async def send_surely(self: SmtpSender, message: Any) -> Any:
        outcome = await send(self, message)
        return Done(HANDED) if outcome == Failed(SILENT) else outcome

    return send_surely


def _of_as_many(find: Any) -> Any:
    """Find the tickets of an order's part once for all orders that have as many."""
    kept: dict[tuple[int, int], Any] = {}

    async def find_kept(self: OrderMailer, unit: Any, placed: Any, part: int) -> Any:
        key = (len(placed.tickets), part)
        if key not in kept:
            kept[key] = await find(self, unit, placed, part)
        return kept[key]

    return find_kept


def _written_once(gather: Any) -> Any:
    """Keep a mail as it was when it was tried first."""
    kept: dict[str, Any] = {}

    async def gather_once(self: OrderMailer, unit: Any, job: Any) -> Any:
        if job.id not in kept:
            kept[job.id] = await gather(self, unit, job)
        return kept[job.id]

    return gather_once


def _named_anew(gather: Any) -> Any:
    async def gather_named(self: OrderMailer, unit: Any, job: Any) -> Any:
        mail = await gather(self, unit, job)
        if isinstance(mail, str):
            return mail
        return msgspec.structs.replace(
            mail, head=msgspec.structs.replace(mail.head, name=job.lease)
        )

    return gather_named


def _later(meaning: Any) -> Any:
    def mean(client: Any, code: int, refused_as: str) -> Any:
        outcome = meaning(client, code, refused_as)
        return Failed(outcome.said) if isinstance(outcome, Refused) else outcome

    return mean


def _by_chance(lease: Any) -> Any:
    async def lease_anew(self: JobRunner) -> Any:
        job = await lease(self)
        return None if job is None else msgspec.structs.replace(job, is_followed=False)

    return lease_anew


def _away(do: Any) -> Any:
    async def do_or_wait(self: JobRunner, job: Any) -> None:
        if job.is_followed and job.attempts > JOB_DEATHS_AT_ONCE:
            await self.settle(job, Unreachable("Each time, the server has ended."))
            return
        await do(self, job)

    return do_or_wait


def _one_after_another(lease: Any) -> Any:
    async def lease_if_none_is(self: JobRunner) -> Any:
        context = vars(self)["_context"]
        query = select(Job.id).where(
            Job.state == "waiting", Job.lease_until > context.clock.wall()
        )
        async with context.database.read(org=SYSTEM) as session:
            is_any = (await session.execute(query)).first() is not None
        return None if is_any else await lease(self)

    return lease_if_none_is


def _begun_again(begin: Any) -> Any:
    async def begin_again(self: NoticeMailer, unit: Any, job: Any) -> Any:
        handed = update(NoticeOrder).where(NoticeOrder.outcome == "handing")
        mine = handed.where(NoticeOrder.order_id == job.subject["order_id"])
        await unit.session.execute(mine.values(outcome="waiting"))
        return await begin(self, unit, job)

    return begin_again


def _surely_told(settle: Any) -> Any:
    def settle_surely(*said: Any) -> Any:
        then, outcome = settle(*said)
        return ("sent" if then == "doubtful" else then), outcome

    return settle_surely


def _told_twice(tell: Any) -> Any:
    async def tell_twice(*said: Any) -> None:
        await tell(*said)
        await tell(*said)

    return tell_twice


def _with_buyer(tell: Any) -> Any:
    async def tell_who(unit: Any, kinds: Any, event_id: Any, what: Any) -> Any:
        order = await unit.session.get(Order, what["order_id"])
        return await tell(unit, kinds, event_id, {**what, "buyer": order and order.buyer_email})

    return tell_who


MAILED_BUGS: Final = (
    Planted(
        name="notice_handed_again",
        what="What a buyer is told of an evening that is off is sent again where that may be so.",
        replaced=(Replacement(NoticeMailer, "_begin", _begun_again),),
        change=OF_THE_MAILED,
    ),
    Planted(
        name="notice_surely_sent",
        what="A buyer of whom nobody knows is said to be told that the evening is off.",
        replaced=(Replacement(notice_mail, "settle_handing", _surely_told),),
        change=OF_THE_MAILED,
    ),
    Planted(
        name="program_told_twice",
        what="A program is told of an order that was cancelled by two messages.",
        replaced=(Replacement(paying_and_refunding, "tell_of_order", _told_twice),),
        change=OF_THE_MAILED,
    ),
    Planted(
        name="message_names_buyer",
        what="A program is told who has bought.",
        replaced=(Replacement(placing_orders, "tell_programs_of_each", _with_buyer),),
        change=OF_THE_MAILED,
    ),
    Planted(
        name="message_signed_by_nobody",
        what="A message is not signed by the secret that its receiver knows.",
        replaced=(Replacement(delivering, "sign", constant("v1,AAAA")),),
        change=OF_THE_MAILED,
    ),
    Planted(
        name="mail_surely_sent",
        what="A mail of which nobody knows whether it arrived is said to be sent.",
        replaced=(Replacement(SmtpSender, "send", _surely),),
        change=OF_THE_MAILED,
    ),
    Planted(
        name="mail_of_as_many",
        what="A mail holds the tickets of another order that has as many.",
        replaced=(Replacement(OrderMailer, "_tickets", _of_as_many),),
        change=OF_THE_MAILED,
    ),
    Planted(
        name="mail_written_once",
        what="A mail that is tried again is as it was, though its order was cancelled since.",
        replaced=(Replacement(OrderMailer, "_gather", _written_once),),
        change=OF_THE_MAILED,
    ),
    Planted(
        name="mail_named_anew",
        what="A mail that is tried again has another Message-ID: nobody knows both as one.",
        replaced=(Replacement(OrderMailer, "_gather", _named_anew),),
        change=OF_THE_MAILED,
    ),
    Planted(
        name="refusal_is_later",
        what="A mail that is refused for good is tried again and again.",
        replaced=(Replacement(smtp, "_meaning", _later),),
        change=OF_THE_MAILED,
    ),
    Planted(
        name="deaths_are_chance",
        what="A job that ends its worker each time is never put off.",
        replaced=(Replacement(JobRunner, "lease", _by_chance),),
        change=with_poison,
    ),
    Planted(
        name="deaths_count_for_nothing",
        what="A job that ends its worker each time is put off and never dead.",
        replaced=(Replacement(JobRunner, "do", _away),),
        change=with_poison,
    ),
    Planted(
        name="all_wait_for_the_dead",
        what="Nothing else is done while a worker that has died has a job.",
        replaced=(Replacement(JobRunner, "lease", _one_after_another),),
        change=with_poison,
    ),
    Planted(
        name="reports_on_time_only",
        what="A report that was due while the server was down comes the next day.",
        replaced=(Replacement(schedules_and_runs, "_start_one", _on_time_only),),
        change=with_reports,
    ),
    Planted(
        name="report_handed_again",
        what="A report that was being handed over when the server died is handed over again.",
        replaced=(Replacement(ReportMailer, "_begin", _handed_again),),
        change=with_reports,
    ),
)
