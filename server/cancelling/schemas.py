"""What the API says of cancelling an event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from server.http.body_and_answer_types import Answer, Body, IdOf, Moment
from shared.field_limits import TEXT_SIZE_MAX
from shared.kernel.id_types import EventId, OccurrenceId, OrderId
from shared.kernel.languages import Language

Outcome = Literal["back", "at_till", "left", "none"]


class TellBody(Body):
    """What every buyer is told, once, by mail.

    Attributes:
        language: The mail's; `en` unless said otherwise.
        words: The organizer's own, beside what is told anyway.
    """

    language: Language = "en"
    words: Annotated[str, msgspec.Meta(max_length=TEXT_SIZE_MAX)] = ""


class CancellationBody(Body):
    """Cancel an event and give back all that it took.

    Attributes:
        reason: Stands with every refund in the books.
        tell: What buyers are told; null: nothing, by this act.
    """

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_SIZE_MAX)]
    tell: TellBody | None = None


class MovedDateBody(Body):
    """When a date is to be.

    Attributes:
        was_starts_at: When it is to start as whoever moves it has seen it; where it is another
            time by then, nothing is moved. Null: whenever it was.
    """

    occurrence_id: IdOf[OccurrenceId]
    starts_at: Moment
    ends_at: Moment | None = None
    doors_at: Moment | None = None
    was_starts_at: Moment | None = None


class MoveDatesBody(Body):
    """Move dates of an event.

    Attributes:
        refund_until: Until then all of a ticket's price goes back, whatever the event's terms
            say; only where all dates that are ahead move.
        tell: What buyers are told; null: nothing.
    """

    dates: Annotated[Sequence[MovedDateBody], msgspec.Meta(min_length=1, max_length=100)]
    refund_until: Moment | None = None
    tell: TellBody | None = None


class TicketCountAnswer(Answer):
    """So many tickets of a type in one state."""

    ticket_type_id: str
    name: str
    state: str
    count: int


class DateWindows(Answer):
    """A date that would move, and its tickets that have windows of their own and move along."""

    occurrence_id: OccurrenceId
    windows: int


class MovePreviewAnswer(Answer):
    """What a move would mean now.

    Attributes:
        dates: Those that would move; one that is at that time already is not among them.
        tickets: For these dates, by type and state.
        orders: Whose buyers would be told; those of tickets for every date are among them.
        unreached: Those of them without an e-mail address.
        has_mail: There is a mail server; without one all of them must be told by other means.
        zones_to_check: Zones whose rules name a moment or a weekday: they do not move along.
    """

    dates: Sequence[DateWindows]
    tickets: Sequence[TicketCountAnswer]
    inside_tickets: int
    inside_persons: int
    orders: int
    unreached: int
    has_mail: bool
    zones_to_check: Sequence[str]


class MoveDatesAnswer(Answer):
    """The dates that are at the times that were said, now or since it was said before."""

    dates: Sequence[OccurrenceId]


class TenderAnswer(Answer):
    """So much by one tender, in minor units."""

    tender: str
    amount_minor: int


class ForecastAnswer(Answer):
    """What cancelling would mean for the money of one currency; amounts in its minor units.

    Attributes:
        orders: Of which money would go back, or be owed.
        by_tender: What would go back; cash includes what tills would pay.
        at_till_minor: What tills would pay in cash, against each ticket.
        left_minor: What is owed and cannot go back by the payments that are booked here.
        left_orders: Of how many orders that is.
    """

    currency: str
    orders: int
    by_tender: Sequence[TenderAnswer]
    at_till_minor: int
    left_minor: int
    left_orders: int


class PreviewAnswer(Answer):
    """What cancelling would mean now; amounts in minor units of the event's own currency.

    An event may have sold in other currencies besides, which are never added to its own:
    `by_currency` has them all.

    Attributes:
        state: The event's.
        inside_tickets: Tickets by which somebody is inside, by what gates have brought in.
        inside_persons: Persons on them.
        orders: Of which money would go back, or be owed, in whatever currency.
        by_tender: What would go back; cash includes what tills would pay.
        at_till_minor: What tills would pay in cash, against each ticket.
        left_minor: What is owed and cannot go back by the payments that are booked here.
        left_orders: Of how many orders that is.
        by_currency: The same for each currency, the event's own first.
        has_mail: There is a mail server; without one all buyers must be told by other means.
    """

    event_id: EventId
    state: str
    currency: str
    tickets: Sequence[TicketCountAnswer]
    inside_tickets: int
    inside_persons: int
    orders: int
    by_tender: Sequence[TenderAnswer]
    at_till_minor: int
    left_minor: int
    left_orders: int
    by_currency: Sequence[ForecastAnswer]
    has_mail: bool


class SentAnswer(Answer):
    """What was sent back by one tender, in minor units.

    Attributes:
        state: Of the payouts: `pending`, `unknown`, `done`, or `held`: not gone for certain, and
            the payment was disputed since, so that nobody should send it.
    """

    tender: str
    state: str
    count: int
    amount_minor: int


class RefundedAnswer(Answer):
    """How far the refunds in one currency have come; amounts in its minor units.

    Attributes:
        sent: What was sent back, by tender and by what became of it since.
        at_till_paid_minor: What of `at_till_minor` has been paid since.
        left_minor: What is owed and is not on its way.
        left: Of how many orders that is, or that a person has to look at otherwise.
    """

    currency: str
    sent: Sequence[SentAnswer]
    back_minor: int
    at_till_minor: int
    at_till_paid_minor: int
    left_minor: int
    left: int


class CancellationAnswer(Answer):
    """How far the refunds of a cancelled event have come.

    Amounts are in minor units of the event's own currency; orders in another are counted, and
    their amounts stand in `by_currency`, which has all of them.

    Attributes:
        state: `working`, `stopped` or `done`.
        late: Orders that were paid, or paid more, after they were settled, or of which a payout
            failed since; what is open of them goes back when the act is said again.
        is_under_way: Somebody works on it, or will by itself; a run that works without is stuck,
            and goes on when the act is said again.
        started_by: Whose authorisation stands for every ticket.
        orders: All of the event.
        settled: Those that were looked at.
        back, at_till, left, none: How many of them were sent back to where they came from, are
            paid by a till against each ticket, need a person, had nothing to give.
        sent: What was sent back, by tender and by what became of it since.
        at_till_paid_minor: What of `at_till_minor` has been paid since.
        left_minor: What is owed and is not on its way.
        by_currency: The amounts of each currency, the event's own first.
    """

    event_id: EventId
    state: str
    currency: str
    reason: str
    started_by: str
    created_at: datetime
    ended_at: datetime | None
    orders: int
    settled: int
    back: int
    at_till: int
    left: int
    none: int
    sent: Sequence[SentAnswer]
    back_minor: int
    at_till_minor: int
    at_till_paid_minor: int
    left_minor: int
    is_under_way: bool
    by_currency: Sequence[RefundedAnswer]
    late: int


Why = Literal[
    "less_booked",
    "in_doubt",
    "void",
    "used_unpaid",
    "broken",
    "refused",
    "paid_since",
    "not_paid_back",
]


class SettledOrderAnswer(Answer):
    """What became of one order's money; amounts in minor units.

    Attributes:
        number: The order's, as people know it.
        currency: The order's, which may be another than the event's.
        buyer_name: Whom to ask; null where nobody is named.
        outcome: `back`, `at_till`, `left` or `none`.
        said: What a person has to look at, or empty.
        whys: The same, for programs: `less_booked` (less can go back by the payments that are
            booked here than is owed), `in_doubt` (a payment is in doubt or disputed), `void` (a
            void ticket may have been paid by a till), `used_unpaid` (somebody has come in on an
            order that is not paid), `broken`, `refused` (`said` tells), `paid_since` (it was paid,
            or paid more, after it was settled, or since then a payout failed or a dispute took
            less; `left_minor` is what is open of it), `not_paid_back` (a till held a ticket of it,
            and paid nothing after all; `left_minor` is what such tickets cost).
        buyer_email, buyer_phone: By which to reach them, or null.
    """

    order_id: OrderId
    number: int
    buyer_name: str | None
    outcome: str
    back_minor: int
    at_till_minor: int
    left_minor: int
    said: str
    whys: Sequence[Why]
    buyer_email: str | None
    buyer_phone: str | None
    currency: str
