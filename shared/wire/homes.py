"""What homes are asked through the feed: for one entry, or for their tickets (policy `home`).

Everybody reads these items; only the device that is named answers, by an entry of its journal.
"""

from __future__ import annotations

import msgspec


class Ask(msgspec.Struct, frozen=True, array_like=True):
    """A device asks a ticket's home for one entry; the home answers by a `give` entry.

    Attributes:
        home_device_id: Who is asked.
        claim_id: Of the device that asks.
        ticket_id: Which ticket.
        key_id, generation: Of the credential that was shown, or None for other codes.
        gate_id: Where the holder stands.
        device_id: Who asks.
        count: Persons.
        pending_acknowledged: Staff were told of the debt and confirmed.
    """

    home_device_id: str
    claim_id: str
    ticket_id: int
    key_id: int | None
    generation: int | None
    gate_id: str
    device_id: str
    count: int
    pending_acknowledged: bool = False


class Recall(msgspec.Struct, frozen=True, array_like=True):
    """The organizer moves homes: the device gives up tickets, by a `surrender` entry.

    Attributes:
        device_id: Whose.
        move_id: The order.
        number: Assignments up to this one.
        ticket_ids: Which tickets; none for all of the event.
    """

    device_id: str
    move_id: str
    number: int
    ticket_ids: tuple[int, ...] = ()
