"""Request and answer bodies of homes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from server.http.body_and_answer_types import Answer, Body, IdOf, Text
from shared.kernel.id_types import DeviceId, GateId

TicketIds = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=16)]], msgspec.Meta(max_length=300)
]


class MoveBody(Body):
    """Move a device's tickets to other homes.

    Attributes:
        from_device_id: Whose tickets.
        to_device_id: Whose they become; null to spread them by the gates' capacity.
        ticket_ids: Which, 16 hex digits each; null for all that the device has.
        is_lost: Do not wait for its word: it is lost. Tickets that it admitted unheard may then
            be admitted again; such doubles are reported as conflicts of the kind `home_lost`.
        reason: Why, for the record.
    """

    from_device_id: IdOf[DeviceId]
    reason: Text
    to_device_id: IdOf[DeviceId] | None = None
    ticket_ids: TicketIds | None = None
    is_lost: bool = False


class SpreadBody(Body):
    """Spread the homes of all valid tickets again, as handing the event to gates would now.

    Attributes:
        reason: Why, for the record.
    """

    reason: Text


class SpreadAnswer(Answer):
    """What spreading came to, in tickets.

    Attributes:
        moved: They have new homes.
        waiting: Their homes are asked for them, and will sign with their next exchange.
        stuck: Their homes are revoked and can sign nothing: declare them lost.
        left: More than are asked for at once; spread again when these have moved.
        without: No device at a gate is for them: the ledger alone admits on them.
    """

    moved: int
    waiting: int
    stuck: int
    left: int
    without: int


class MoveAnswer(Answer):
    """An order to move homes.

    Attributes:
        state: `asked` until the device has signed its surrender, then `surrendered`; `lost`.
        ticket_ids: Null for all that the device has.
        done_at: When the last of the tickets had its new home; null before.
    """

    id: str
    from_device_id: DeviceId
    to_device_id: DeviceId | None
    ticket_ids: list[str] | None
    state: str
    reason: str
    asked_at: datetime
    freed_at: datetime | None
    done_at: datetime | None


class HomeAnswer(Answer):
    """A device that is home of tickets, or may be.

    Attributes:
        gate: Its gate's name; null where it stands at none of the event's.
        tickets: How many are at home with it.
        waiting: How many of them it is asked to give up.
        is_lost: The organizer declared it lost as a home.
        is_revoked: It can sign nothing any more: what it has moves only when it is lost.
    """

    device_id: DeviceId
    device: str
    gate_id: GateId | None
    gate: str | None
    tickets: int
    waiting: int
    is_lost: bool
    is_revoked: bool


class HomesAnswer(Answer):
    """Who has how many tickets.

    Attributes:
        without: Tickets that have no home: the ledger alone admits on them.
    """

    homes: list[HomeAnswer]
    without: int
