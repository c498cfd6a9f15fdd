"""Which ticket a request names, in its address or in a field; refused where that is no id."""

from __future__ import annotations

from server.problem_answers import not_found, wrong_field
from shared.kernel.errors import BadInput
from shared.kernel.id_types import TicketId
from shared.kernel.ids import parse_ticket_id


def ticket_in_path(text: str) -> TicketId:
    """Read the id of a ticket from an address.

    Raises:
        Problem: `not-found` if it is none.
    """
    try:
        return TicketId(parse_ticket_id(text))
    except BadInput:
        raise not_found("ticket") from None


def ticket_in_field(field: str, text: str) -> TicketId:
    """Read the id of a ticket from a field or parameter.

    Raises:
        Problem: a wrong field, if it is none.
    """
    try:
        return TicketId(parse_ticket_id(text))
    except BadInput:
        raise wrong_field(field, "is not the id of a ticket: 16 hex digits") from None
