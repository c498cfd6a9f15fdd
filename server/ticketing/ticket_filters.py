"""Which tickets of an event are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from litestar.params import QueryParameter
from sqlalchemy import Select, select

from server.problem_answers import wrong_field
from server.ticketing.asked_ticket_ids import ticket_in_field
from server.ticketing.models import Ticket, TicketType
from shared.admission.facts import TicketState
from shared.credential.manual_code import parse_manual_code
from shared.field_limits import SEARCH_SIZE_MAX
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId, OccurrenceId, OrderId, TicketTypeId

Text = Annotated[str | None, QueryParameter(max_length=64)]
_NAME: Final = "words or parts of words of the holder's name; case and accents count for nothing"
_WHOLE: Final = "with `name`: only words, no parts of them"


class Filters(msgspec.Struct, frozen=True):
    """Which tickets are asked for."""

    after: int | None
    order_id: OrderId | None
    ticket_type_id: TicketTypeId | None
    manual_code: int | None
    state: TicketState | None
    name: str | None
    is_whole: bool
    occurrence_id: OccurrenceId | None


def provide_filters(
    after: Text = None,
    order_id: Text = None,
    ticket_type_id: Text = None,
    manual_code: Text = None,
    ticket_state: Annotated[TicketState | None, QueryParameter(name="state")] = None,
    name: Annotated[
        str | None, QueryParameter(max_length=SEARCH_SIZE_MAX, description=_NAME)
    ] = None,
    is_whole: Annotated[bool, QueryParameter(name="whole", description=_WHOLE)] = False,  # noqa: FBT002 - a query's
    occurrence_id: Text = None,
) -> Filters:
    """Read the query's filters.

    Raises:
        Problem: naming a filter that cannot be one.
    """
    return Filters(
        after=None if after is None else ticket_in_field("after", after),
        order_id=None if order_id is None else OrderId(order_id),
        ticket_type_id=None if ticket_type_id is None else TicketTypeId(ticket_type_id),
        manual_code=None if manual_code is None else _query_code(manual_code),
        state=ticket_state,
        name=name,
        is_whole=is_whole,
        occurrence_id=None if occurrence_id is None else OccurrenceId(occurrence_id),
    )


def narrowed(
    query: Select[Ticket], event_id: EventId, wanted: Mapping[str, str | int | None]
) -> Select[Ticket]:
    """Ask only for the tickets that have what is wanted.

    Args:
        query: For tickets of the event.
        event_id: Which.
        wanted: Values of a ticket's columns by their names; None for any. A ticket is for the
            date (`occurrence_id`) that it names itself, else for its type's.
    """
    for name, value in wanted.items():
        if value is None:
            continue
        if name == "occurrence_id":
            types = select(TicketType.id).where(
                TicketType.event_id == event_id, TicketType.occurrence_id == value
            )
            by_type = Ticket.occurrence_id.is_(None) & Ticket.ticket_type_id.in_(types)
            query = query.where((Ticket.occurrence_id == value) | by_type)
        else:
            query = query.where(getattr(Ticket, name) == value)
    return query


def _query_code(text: str) -> int:
    try:
        return parse_manual_code(text)
    except BadInput as error:
        raise wrong_field("manual_code", str(error)) from None
