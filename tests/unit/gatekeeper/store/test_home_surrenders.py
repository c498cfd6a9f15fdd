"""What a device has given up as a home stays given up, by number."""

from __future__ import annotations

from pathlib import Path

from shared.kernel.id_types import EventId, TicketId
from tests.factories.gate_store import open_store


def test_what_is_given_up_counts_up_to_its_number(tmp_path: Path) -> None:
    """A ticket's own surrender and the event's go together; a lower one changes nothing."""
    store = open_store(tmp_path)
    homes = store.homes
    with store.transaction("test"):
        homes.give_up(EventId("ev_1"), 3, (TicketId(7), TicketId(8)))
        homes.give_up(EventId("ev_1"), 2, (TicketId(7),))
    assert homes.given_up(EventId("ev_1")) == -1
    assert homes.given_up(EventId("ev_1"), TicketId(7)) == 3
    assert homes.given_up(EventId("ev_1"), TicketId(9)) == -1
    with store.transaction("test"):
        homes.give_up(EventId("ev_1"), 5)
    assert (
        homes.given_up(EventId("ev_1"))
        == homes.given_up(EventId("ev_1"), TicketId(7))
        == homes.given_up(EventId("ev_1"), TicketId(9))
        == 5
    )
    assert homes.given_up(EventId("ev_2"), TicketId(7)) == -1
