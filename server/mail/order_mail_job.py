"""Sending an order's tickets: the job is written with the request, the mail composed when sent.

So the job names ids alone: whoever is erased meanwhile gets nothing, and what was reissued
meanwhile is sent as it is then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from server.db.unit import Context, Unit
from server.events.event_states import EventState
from server.events.events_and_dates import get_event, list_occurrences
from server.jobs.enqueuing import Job, enqueue
from server.jobs.job_outcomes import Done, Outcome
from server.jobs.runner import LeasedJob
from server.keys.vault import Vault
from server.mail.mail_texts import Wording
from server.mail.order_mail import MailedTicket, OrderMail, compose
from server.mail.smtp import HANDED, SmtpSender
from server.orders.placing_orders import PlacedOrder, find_order, get_order
from server.organizations.organizations_and_numbers import get_organization
from server.problem_answers import Problem, refuse
from server.publishing.credentials import IssuedCredential, open_issuer_for
from server.quotas import MAILS_A_DAY_MAX, check
from server.seating.taking_seats import find_map
from server.ticket_design.pictures_and_looks import read_design, read_pictures
from server.ticketing.finding_and_changing_tickets import Ticket
from server.ticketing.ports import UsageLookup
from server.ticketing.ticket_answers import show_tickets
from server.ticketing.ticket_types import list_ticket_types
from server.ticketing.tickets_of_other_holders import list_passed_on
from shared.kernel.id_types import EventId, OrderId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import DAY
from shared.manifest.ticket_design import PLAIN
from shared.seating.seat_map import name_seat

MAIL_TICKETS_MAX: Final = 50
"""In one mail; its pictures are then about 100 kB. More tickets go in several."""
ORDER_MAILS_MAX: Final = 100
"""Of one order's mails the latest that are told of: a thousand tickets come in twenty."""

KIND: Final = "mail.order"


async def send_order(
    unit: Unit,
    event_id: EventId,
    order_id: OrderId,
    *,
    language: str,
    key: str,
    is_set_up: bool,
) -> list[Job]:
    """Have an order's tickets sent to its buyer, in as many mails as they need.

    Args:
        unit: Where the jobs are written.
        event_id: The order's event.
        order_id: The order.
        language: Of the mail.
        key: The same again sends nothing a second time.
        is_set_up: Whether there is a mail server; without one nothing is queued.

    Raises:
        Problem: `not-found`; `conflict` if it is not paid, its buyer has no address, or the event
            was called off; `no-mail-server`; `quota-exceeded`.
    """
    placed = await get_order(unit, event_id, order_id)
    if not is_set_up:
        raise refuse("no-mail-server", "mail.not_set_up")
    if placed.order.state != "paid":
        raise refuse("conflict", "order.unsent", order_state=placed.order.state)
    if placed.order.buyer_email is None:
        raise refuse("conflict", "order.no_address")
    if (await get_event(unit, event_id)).state == EventState.CANCELLED:
        raise refuse("conflict", "order.event_off")
    query = select(func.count()).select_from(Job)
    today = query.where(Job.kind == KIND, Job.created_at > unit.now - DAY)
    sent = (await unit.session.execute(today)).scalar_one()
    check(sent, MAILS_A_DAY_MAX, "mails a day; send the rest tomorrow")
    parts = max(1, -(-len(placed.tickets) // MAIL_TICKETS_MAX))
    wish = key or unit.entropy.random_bytes(8).hex()
    return [
        await enqueue(
            unit,
            KIND,
            {
                "event_id": event_id,
                "order_id": order_id,
                "language": language,
                "part": part,
                "parts": parts,
            },
            key=f"{order_id}:{wish}:{part}",
        )
        for part in range(1, parts + 1)
    ]


async def list_mails(unit: Unit, event_id: EventId, order_id: OrderId) -> Sequence[Job]:
    """Return the latest mails of an order's tickets, the newest first; as long as jobs are kept.

    Raises:
        Problem: `not-found`.
    """
    await find_order(unit, event_id, order_id)
    query = select(Job).where(
        Job.kind == KIND, Job.key.startswith(f"{order_id}:", autoescape=True)
    )
    return await unit.all(query.order_by(Job.created_at.desc(), Job.key).limit(ORDER_MAILS_MAX))


def outcome_of(job: Job) -> str:
    """Say what became of a mail: `waiting`, `sent`, `nothing` or `refused`."""
    if job.state == "done":
        return "sent" if job.said == HANDED else "nothing"
    return "refused" if job.state == "dead" else "waiting"


class OrderMailer:
    """Does the jobs of this kind."""

    def __init__(
        self, context: Context, vault: Vault, usage: UsageLookup, mail_sender: SmtpSender
    ) -> None:
        """Read from `context`, sign by `vault`, send by `mail_sender`."""
        self._context = context
        self._vault = vault
        self._usage = usage
        self._mail_sender = mail_sender

    async def do(self, job: LeasedJob) -> Outcome:
        """Send one mail."""
        async with self._context.write(job.organization_id) as unit:
            mail = await self._gather(unit, job)
        if isinstance(mail, str):
            return Done(mail)
        wording = Wording(job.subject["language"])
        # Drawing codes takes milliseconds each, in which gates would wait for their verdicts.
        message = await asyncio.to_thread(compose, mail, wording)
        return await self._mail_sender.send(message)

    async def _gather(self, unit: Unit, job: LeasedJob) -> OrderMail | str:
        subject = job.subject
        event_id, order_id = EventId(subject["event_id"]), OrderId(subject["order_id"])
        placed = await get_order(unit, event_id, order_id)
        order = placed.order
        if order.state != "paid" or order.buyer_email is None:
            return "Nothing to send: the order was cancelled or its buyer erased."
        event = await get_event(unit, event_id)
        if event.state == EventState.CANCELLED:
            return "Nothing to send: the event was called off."
        tickets = await self._tickets(unit, placed, int(subject["part"]))
        if not tickets:
            return (
                "Nothing to send: its tickets were cancelled, are for a date that was called off,"
                " or were passed on to others."
            )
        design = await read_design(unit, event_id)
        organization = (await get_organization(unit)).name
        return OrderMail(
            head=self._mail_sender.head(job.id, organization, order.buyer_email),
            buyer=order.buyer_name,
            event=event.name,
            zone=ZoneInfo(event.timezone),
            number=order.number,
            total_minor=order.total_minor,
            currency=order.currency,
            tickets=tickets,
            part=int(subject["part"]),
            parts=int(subject["parts"]),
            design=design or PLAIN,
            pictures=await read_pictures(unit, design),
        )

    async def _tickets(self, unit: Unit, placed: PlacedOrder, part: int) -> list[MailedTicket]:
        event_id = placed.order.event_id
        first = (part - 1) * MAIL_TICKETS_MAX
        rows = placed.tickets[first : first + MAIL_TICKETS_MAX]
        passed_on = await list_passed_on(unit, event_id, [row.ticket_id for row in rows])
        occurrences = {row.id: row for row in await list_occurrences(unit, event_id)}
        off = {one.id for one in occurrences.values() if one.cancelled_at is not None}
        kinds = {row.id: row for row in await list_ticket_types(unit, event_id)}
        rows = [
            row
            for row in rows
            if row.ticket_id not in passed_on
            and (row.occurrence_id or kinds[row.ticket_type_id].occurrence_id) not in off
        ]
        shown = await show_tickets(unit, self._usage, rows)
        only = next(iter(occurrences.values())) if len(occurrences) == 1 else None
        drawn = await find_map(unit, event_id) if any(row.seat_id for row in rows) else None
        seats = {} if drawn is None else {one.id: name_seat(one) for one in drawn.seats}
        found = []
        for row, answer in zip(rows, shown, strict=True):
            kind = kinds[row.ticket_type_id]
            issued = await self._issue(unit, row, kind.code)
            if issued is None:
                continue
            date = row.occurrence_id or kind.occurrence_id
            when = only if date is None else occurrences.get(date)
            found.append(
                MailedTicket(
                    kind=kind.name,
                    occurrence=when.name if when is not None and len(occurrences) > 1 else "",
                    starts_at=None if when is None else when.starts_at,
                    digits=issued.digits,
                    manual_code=issued.manual_code,
                    gate=answer.home_gate,
                    seat=seats.get(row.seat_id, "") if row.seat_id is not None else "",
                    persons=row.persons,
                    holder=answer.holder_name or "",
                    serial=format_ticket_id(row.ticket_id),
                    valid_from=row.valid_from,
                    valid_until=row.valid_until,
                )
            )
        return found

    async def _issue(self, unit: Unit, row: Ticket, code: int) -> IssuedCredential | None:
        try:
            issuer = await open_issuer_for(unit, self._vault, row)
            return issuer.issue(row, code)
        except Problem:
            # Cancelled, or of a kind that has no credential: there is nothing to show.
            return None
