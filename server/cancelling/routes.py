"""`/api/v1/…/events/{event_id}/cancellation`: looked at before, done as one act, followed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from litestar import get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.cancelling import cancelling_preview, event_cancelling
from server.cancelling.date_moves import new_notice
from server.cancelling.refunding import REFUND_POLL_S, Refunder, find_whys
from server.cancelling.schemas import (
    CancellationAnswer,
    CancellationBody,
    ForecastAnswer,
    Outcome,
    PreviewAnswer,
    RefundedAnswer,
    SentAnswer,
    SettledOrderAnswer,
    TenderAnswer,
)
from server.db.unit import Unit, Units
from server.events.events_and_dates import get_event
from server.http.body_and_answer_types import Page, answer_of, page_of, says_nothing
from server.http.logs import log
from server.http.page_cursors import PAGE_SIZE_DEFAULT, Limit
from server.http.retrying import look_again
from server.jobs.due_jobs import doing_jobs
from server.jobs.runner import JobRunner
from server.mail.notices import SPREADING, NoticeSpreader
from server.problem_answers import wrong_field
from shared.kernel.id_types import EventId, OccurrenceId

CANCELLATION: Final = "/organizations/{organization_id:str}/events/{event_id:str}/cancellation"
READ: Final = requires(Role.STAFF, "orders:read")
BOTH: Final = [requires(Role.MANAGER, "events:write"), requires(Role.MANAGER, "orders:write")]
"""Who calls something off changes the event, and gives money back."""

AfterNumber = Annotated[int, QueryParameter(name="after", ge=0, le=2**53)]
OfOutcome = Annotated[
    Outcome | None, QueryParameter(name="outcome", description="orders of one outcome only")
]


@get(CANCELLATION + "/preview", tags=["cancellation"], guards=[READ])
async def preview_cancellation(
    has_mail: NamedDependency[bool], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> PreviewAnswer:
    """Tell what cancelling would mean now: tickets, money by tender, who is inside."""
    async with units.read() as unit:
        return await answer_preview(unit, event_id, has_mail=has_mail)


@post(CANCELLATION, status_code=200, tags=["cancellation"], guards=BOTH)
@look_again
async def cancel_event(
    data: JSONBody[CancellationBody],
    has_mail: NamedDependency[bool],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
) -> CancellationAnswer:
    """Cancel an event and give all its money back: one act, and a job that can be followed.

    From then on nothing is sold and nobody comes in; who is inside gets out. Said again, it looks
    for orders that tills have brought since, and for what was paid since.
    """
    if says_nothing(data.reason):
        raise wrong_field("reason", "is empty")
    async with units.write() as unit:
        notice = None
        if data.tell is not None:
            notice = new_notice("cancelled", data.tell, (), (), has_mail=has_mail)
        await event_cancelling.cancel_event(
            unit, event_id, reason=data.reason, actor=units.actor, notice=notice
        )
        answer = await answer_run(unit, event_id)
    log().info("event.cancelled", event_id=event_id, actor=units.actor)
    return answer


@post(CANCELLATION + "/stop", status_code=200, tags=["cancellation"], guards=BOTH)
@look_again
async def stop_refunds(
    units: NamedDependency[Units], event_id: FromPath[EventId]
) -> CancellationAnswer:
    """Let the refunds of a cancelled event rest; the event stays cancelled.

    What was sent back stays so. Saying the cancellation again goes on behind it.
    """
    async with units.write() as unit:
        await event_cancelling.stop_refunds(unit, event_id)
        answer = await answer_run(unit, event_id)
    log().info("event.refunds_stopped", event_id=event_id, actor=units.actor)
    return answer


@get(CANCELLATION, tags=["cancellation"], guards=[READ])
async def get_cancellation(
    units: NamedDependency[Units], event_id: FromPath[EventId]
) -> CancellationAnswer:
    """Return how far the refunds of a cancelled event have come."""
    async with units.read() as unit:
        return await answer_run(unit, event_id)


@get(CANCELLATION + "/orders", tags=["cancellation"], guards=[READ])
async def list_settled_orders(
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    *,
    outcome: OfOutcome = None,
    limit: Limit = PAGE_SIZE_DEFAULT,
    after: AfterNumber = 0,
) -> Page[SettledOrderAnswer]:
    """List what became of each order's money; `outcome=left` needs a person, or was paid since."""
    async with units.read() as unit:
        return await answer_settled(unit, event_id, "", outcome=outcome, limit=limit, after=after)


async def answer_preview(
    unit: Unit, event_id: EventId, date: str = "", *, has_mail: bool
) -> PreviewAnswer:
    """Say what calling an event off would mean, or one date of it."""
    event = await get_event(unit, event_id)
    state, currency = event.state, event.currency
    dates = (OccurrenceId(date),) if date else ()
    tickets = await cancelling_preview.count_tickets(unit, event_id, dates)
    inside = await cancelling_preview.count_inside(unit, event_id, dates)
    money = await cancelling_preview.forecast(unit, event_id, date)
    each = [
        _answer_forecast(one, money.get(one) or cancelling_preview.Forecast())
        for one in _by_currency(money, currency)
    ]
    own = each[0]
    return answer_of(
        PreviewAnswer,
        own,
        event_id=event_id,
        state=state,
        currency=currency,
        tickets=tickets,
        inside_tickets=inside.tickets,
        inside_persons=inside.persons,
        orders=sum(one.orders for one in money.values()),
        by_currency=each,
        has_mail=has_mail,
    )


def _by_currency(currencies: Iterable[str], own: str) -> list[str]:
    """Place currencies: the event's own first, whether or not anything is in it."""
    return [own, *sorted(set(currencies) - {own})]


def _answer_forecast(currency: str, money: cancelling_preview.Forecast) -> ForecastAnswer:
    tenders = [TenderAnswer(one, money.by_tender[one]) for one in sorted(money.by_tender)]
    return answer_of(ForecastAnswer, money, currency=currency, by_tender=tenders)


def _answer_refunded(currency: str, money: event_cancelling.Refunded) -> RefundedAnswer:
    sent = [SentAnswer(*one) for one in money.sent]
    return answer_of(RefundedAnswer, money, currency=currency, sent=sent)


async def answer_settled(
    unit: Unit, event_id: EventId, date: str, *, outcome: str | None, limit: int, after: int
) -> Page[SettledOrderAnswer]:
    """Say what became of the money of an event's orders, or of one date's."""
    rows = await event_cancelling.list_settled(
        unit, event_id, date, outcome=outcome, limit=limit, after=after
    )
    return page_of(rows, limit, _answer_settled, lambda one: str(one.row.number))


def _answer_settled(one: event_cancelling.SettledOrder) -> SettledOrderAnswer:
    order, whys = one.order, find_whys(one.row.said)
    if one.open_minor is not None:
        whys = ["paid_since"] if one.has_brought_more else ["not_paid_back"]
    return answer_of(
        SettledOrderAnswer,
        one.row,
        buyer_name=order.buyer_name,
        buyer_email=order.buyer_email,
        buyer_phone=order.buyer_phone,
        currency=order.currency,
        left_minor=one.row.left_minor if one.open_minor is None else one.open_minor,
        whys=whys,
    )


async def answer_run(unit: Unit, event_id: EventId, date: str = "") -> CancellationAnswer:
    """Say how far the refunds of an event have come, or of one date."""
    currency = (await get_event(unit, event_id)).currency
    found = await event_cancelling.read_standing(unit, event_id, date)
    each = [
        _answer_refunded(one, found.money.get(one) or event_cancelling.Refunded())
        for one in _by_currency(found.money, currency)
    ]
    own = each[0]
    counts = {name: found.counts.get(name, 0) for name in ("back", "at_till", "left", "none")}
    return answer_of(
        CancellationAnswer,
        found.run,
        currency=currency,
        orders=found.orders,
        settled=found.settled,
        sent=own.sent,
        back_minor=own.back_minor,
        at_till_minor=own.at_till_minor,
        at_till_paid_minor=own.at_till_paid_minor,
        left_minor=own.left_minor,
        late=found.late,
        is_under_way=found.is_under_way,
        by_currency=each,
        **counts,
    )


def make_runner(state: State) -> JobRunner:
    """Make what gives cancelled events' money back, and writes to buyers, of an application."""
    refunder = Refunder(state["context"], state["changes"], state["usage"])
    spreader = NoticeSpreader(state["context"])
    return JobRunner(state["context"], {event_cancelling.KIND: refunder, SPREADING: spreader})


lifespans = [doing_jobs("cancelling", lambda: REFUND_POLL_S, make_runner)]
