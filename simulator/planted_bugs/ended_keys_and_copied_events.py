"""Bugs in what becomes of tickets when a key ends, and when their event is copied."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from server.event_copies import copying_event as copying
from server.keys import organization_keys
from server.publishing import key_changes
from shared.credential.keyring import TicketKey
from shared.manifest.fact_building import EventIndex
from simulator.planted_bugs.planted_bug import Planted, Replacement, awaited_constant, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

AT_THE_EDITIONS: Final = beside_all_else("editions")

OF_A_COPY: Final = beside_all_else("copy")


def _of_this_event(facts: Any) -> Any:
    """Take a ticket that any known key has signed for one of the event that is played."""

    def of_this_event(self: EventIndex, presented: Any, row: Any, zone: Any) -> Any:
        key = presented.key
        if key is not None:
            own = msgspec.structs.replace(key, event_id=self.config.event_id)
            presented = msgspec.structs.replace(presented, key=own)
        return facts(self, presented, row, zone)

    return of_this_event


def _without_end(key_of: Any) -> Any:
    def key_without_end(*arguments: Any) -> TicketKey:
        made: TicketKey = key_of(*arguments)
        return msgspec.structs.replace(made, admits_until=None)

    return key_without_end


def _of_rows_alone(from_row: Any) -> Any:
    """Take a listed ticket for good, whatever became of the key that signed its paper."""

    def by_row(
        self: EventIndex, row: Any, zone: Any, credential: Any, key: TicketKey | None = None
    ) -> Any:
        return from_row(self, row, zone, credential, None if key is None else endless(key))

    def endless(key: TicketKey) -> TicketKey:
        return msgspec.structs.replace(key, admits_until=None)

    return by_row


def _of_all_keys(key_of: Any) -> Any:
    """Let an end that is said of one key be the end of all keys of its event."""
    ends: dict[str, Any] = {}

    def key_that_ends(row: Any, *rest: Any) -> TicketKey:
        made: TicketKey = key_of(row, *rest)
        if row.retired_at is not None:
            ends[made.event_id] = made.admits_until
        return msgspec.structs.replace(made, admits_until=ends.get(made.event_id))

    return key_that_ends


EDITION_BUGS: Final = (
    Planted(
        name="end_unsaid",
        what="The keyring does not say when a key ends.",
        replaced=(Replacement(organization_keys, "ticket_key_of", _without_end),),
        change=AT_THE_EDITIONS,
    ),
    Planted(
        name="end_not_told",
        what="Gates are not told that a key's end was said, moved or taken back.",
        replaced=(Replacement(key_changes, "tell_keyring", awaited_constant(None)),),
        change=AT_THE_EDITIONS,
    ),
    Planted(
        name="listed_outlive_their_key",
        what="A ticket that is listed lets in, whether its paper's key has ended or not.",
        replaced=(Replacement(EventIndex, "_from_row", _of_rows_alone),),
        change=AT_THE_EDITIONS,
    ),
    Planted(
        name="end_of_all_keys",
        what="When one key of an event ends, what the next one signs is denied as well.",
        replaced=(Replacement(organization_keys, "ticket_key_of", _of_all_keys),),
        change=AT_THE_EDITIONS,
    ),
    Planted(
        name="any_events_key",
        what="What the key of an event near by has signed is taken for a ticket of this event.",
        replaced=(Replacement(EventIndex, "_ticket_facts", _of_this_event),),
        change=OF_A_COPY,
    ),
    Planted(
        name="key_id_again",
        what="Keys of events near each other are given the same id.",
        replaced=(Replacement(organization_keys, "draw_key_id", constant(7)),),
        change=OF_A_COPY,
    ),
    Planted(
        name="copy_left_plain",
        what="A copy's tickets have not the design of the evening that it is a copy of.",
        replaced=(Replacement(copying, "copy_look", awaited_constant(None)),),
        change=OF_A_COPY,
    ),
)
