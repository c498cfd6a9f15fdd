"""What is odd about an event that is to be published: said before gates work by it. Pure.

Refused is only what cannot be meant: an event at which nobody could ever be let in, or a list that
gives back what devices took away. All else is said, because somebody may mean it. What a gate
decides changes by none of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from shared.credential.keyring import KeyStatus, TicketKey
from shared.kernel.id_types import DeviceId, EventId, OccurrenceId
from shared.kernel.instant import Instant
from shared.manifest.event_config import EventConfig
from shared.manifest.times_of_dates import end_of, taking_place

_SEVERAL: Final = 2
_NAMES_SHOWN: Final = 5


class Oddity(StrEnum):
    """What can be odd; a code is never renamed."""

    NO_ZONE = "no_zone"
    NO_GATE = "no_gate"
    NO_TICKET_TYPE = "no_ticket_type"
    NO_OCCURRENCE = "no_occurrence"
    ALL_OVER = "all_over"
    ZONE_TAKES_EVERY_DATE = "zone_takes_every_date"
    DATE_WITHOUT_ZONE = "date_without_zone"
    ZONE_WITHOUT_WAY_IN = "zone_without_way_in"
    TYPE_TAKEN_NOWHERE = "type_taken_nowhere"
    NO_SUPERVISOR = "no_supervisor"
    NAMES_FOR_NOBODY = "names_for_nobody"
    NO_TICKET = "no_ticket"
    JOURNALS_AWAITED = "journals_awaited"
    PUT_BACK = "put_back"


REFUSED: Final = frozenset(
    {Oddity.NO_ZONE, Oddity.NO_GATE, Oddity.NO_TICKET_TYPE, Oddity.JOURNALS_AWAITED}
)


class OddityAnswer(msgspec.Struct, frozen=True):
    """What an organizer should look at before an event is handed to gates.

    Attributes:
        code: Which: `no_zone`, `zone_takes_every_date`, `no_supervisor` and so on.
        message: A sentence for the organizer: what happens, and what to do.
        ids: The zones, occurrences, types or devices that it is about.
    """

    code: Oddity
    message: str
    ids: tuple[str, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether the event is not published with it."""
        return self.code in REFUSED


def review(
    config: EventConfig,
    now: Instant,
    *,
    lacks_readers: bool = False,
    lacks_tickets: bool = False,
    awaited: Mapping[DeviceId, str] = MappingProxyType({}),
    is_put_back: bool = False,
) -> list[OddityAnswer]:
    """Say what is odd about an event, the worst first.

    Args:
        config: As its gates would get it.
        now: Which dates are over.
        lacks_readers: Names are to travel, and no badge opens them.
        lacks_tickets: Nobody has a ticket, and no till sells any.
        awaited: Devices that the ledger, which was put back, waits for; their names by id.
        is_put_back: The ledger was put back since the event was handed to gates last.
    """
    found = [
        *_awaited(awaited),
        *_forgotten(is_put_back=is_put_back),
        *_missing(config),
        *_dates(config, now),
        *_zones(config),
        *_types(config),
    ]
    if not config.supervisors:
        message = (
            "Nobody can unlock a gate: no override, no undo by name, no evacuation. Add a"
            " supervisor."
        )
        found.append(OddityAnswer(Oddity.NO_SUPERVISOR, message))
    if lacks_tickets and config.ticket_types:
        message = (
            "Nobody has a ticket yet and no till sells any: gates would let nobody in. Import the"
            " guests, sell tickets, or pair a till."
        )
        found.append(OddityAnswer(Oddity.NO_TICKET, message))
    if lacks_readers:
        message = (
            "Names are to travel to gates, and no badge opens them, so they stay here. Draw a"
            " supervisor's or a steward's badge."
        )
        found.append(OddityAnswer(Oddity.NAMES_FOR_NOBODY, message))
    return found


def find_ending(
    keys: Iterable[TicketKey], event_id: EventId, over_at: Instant, *, is_retired: bool
) -> list[str]:
    """Name the event's keys that stop admitting before it is over: those that sign, or did."""
    return [
        f"{key.key_id:04x}"
        for key in keys
        if key.event_id == event_id
        and key.status is KeyStatus.ACTIVE
        and key.is_retired is is_retired
        and key.admits_until is not None
        and key.admits_until < over_at
    ]


def _awaited(awaited: Mapping[DeviceId, str]) -> Iterable[OddityAnswer]:
    if awaited:
        message = (
            f"The server was put back, and {_name(awaited.values())} may know of tickets that were"
            " taken back since: gates that know it too would let them in again by this list. Let"
            " the devices connect, revoke them, or have the operator declare them absent."
        )
        yield OddityAnswer(Oddity.JOURNALS_AWAITED, message, tuple(awaited))


def _forgotten(*, is_put_back: bool) -> Iterable[OddityAnswer]:
    if is_put_back:
        message = (
            "The server was put back to an older copy. Tickets that the office cancelled, paid"
            " back or reissued since are good again here; gates refuse them as far as they know of"
            " it, and let them in again once you hand the event over. Look up who was paid back,"
            " cancel those tickets, then hand over."
        )
        yield OddityAnswer(Oddity.PUT_BACK, message)


def _missing(config: EventConfig) -> Iterable[OddityAnswer]:
    if not config.zones:
        message = "There is no zone to let anybody into. Copy a venue's plan, or add a zone."
        yield OddityAnswer(Oddity.NO_ZONE, message)
    if not config.gates:
        yield OddityAnswer(Oddity.NO_GATE, "There is no gate. Add one to a zone.")
    if not config.ticket_types:
        yield OddityAnswer(Oddity.NO_TICKET_TYPE, "There is no ticket type. Add one.")


def _dates(config: EventConfig, now: Instant) -> Iterable[OddityAnswer]:
    if not config.occurrences:
        message = "There is no date: tickets are valid at any time. Add an occurrence."
        yield OddityAnswer(Oddity.NO_OCCURRENCE, message)
        return
    dates = taking_place(config.occurrences)
    if all(end_of(one) < now for one in dates):
        yield OddityAnswer(
            Oddity.ALL_OVER, "All dates are in the past. Check the occurrences’ times."
        )
    if len(config.occurrences) < _SEVERAL or not config.zones:
        return
    open_zones = [zone for zone in config.zones if zone.occurrence_id is None]
    if open_zones:
        message = (
            f"{_name(zone.name for zone in open_zones)} takes tickets of every date: Sunday's"
            " ticket gets in on Saturday. Give each zone its occurrence_id, with a zone for each"
            " date."
        )
        ids = tuple(zone.id for zone in open_zones)
        yield OddityAnswer(Oddity.ZONE_TAKES_EVERY_DATE, message, ids)
        return
    served = {zone.occurrence_id for zone in config.zones}
    left = [one for one in dates if one.id not in served]
    if left:
        message = f"No zone serves {_name(one.name for one in left)}: its tickets open no gate."
        yield OddityAnswer(Oddity.DATE_WITHOUT_ZONE, message, tuple(one.id for one in left))


def _zones(config: EventConfig) -> Iterable[OddityAnswer]:
    entered = {gate.zone_id for gate in config.gates if gate.direction != "out"}
    shut = [zone for zone in config.zones if zone.id not in entered]
    if shut and config.gates:
        message = f"No gate leads into {_name(zone.name for zone in shut)}. Add one to it."
        yield OddityAnswer(Oddity.ZONE_WITHOUT_WAY_IN, message, tuple(zone.id for zone in shut))


def _types(config: EventConfig) -> Iterable[OddityAnswer]:
    def is_taken(type_id: str, occurrence_id: OccurrenceId | None) -> bool:
        return any(
            (zone.ticket_type_ids is None or type_id in zone.ticket_type_ids)
            and (occurrence_id is None or zone.occurrence_id in {None, occurrence_id})
            for zone in config.zones
        )

    left = [one for one in config.ticket_types if not is_taken(one.id, one.occurrence_id)]
    if left and config.zones:
        message = (
            f"No zone takes {_name(one.name for one in left)}. Add it to a zone's ticket_type_ids,"
            " or serve its date."
        )
        yield OddityAnswer(Oddity.TYPE_TAKEN_NOWHERE, message, tuple(one.id for one in left))


def _name(names: Iterable[str]) -> str:
    listed: Sequence[str] = list(names)
    more = len(listed) - _NAMES_SHOWN
    said = ", ".join(listed[:_NAMES_SHOWN])
    return f"{said} and {more} more" if more > 0 else said
