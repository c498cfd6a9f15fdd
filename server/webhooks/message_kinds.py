"""What messages tell of."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a message tells of; `type` in its body."""

    ORDER_CREATED = "order.created"
    ORDER_CONFIRMED = "order.confirmed"
    ORDER_CANCELLED = "order.cancelled"
    TICKET_TRANSFERRED = "ticket.transferred"
    TICKET_CHECKEDIN = "ticket.checkedin"
    EVENT_PUBLISHED = "event.published"
    EVENT_CANCELLED = "event.cancelled"
    ALARM_RAISED = "alarm.raised"
    ALARM_ENDED = "alarm.ended"


TEST = "webhook.test"
"""Of a message that somebody sent by hand, to see whether it arrives."""
