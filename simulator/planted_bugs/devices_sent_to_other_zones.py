"""Bugs in what devices carry along that change zones, and in which policy they go by."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.device.where_device_stands import Place
from gatekeeper.gate.device_as_home import Homes
from gatekeeper.store.zone_share_table import ZoneShares
from gatekeeper.sync import device_round_trip
from server.devices import assigning
from shared.admission import checks_of_ticket
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.planted_bugs.second_event import without_plans
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

OF_THE_CROSSED: Final = beside_all_else("crossed")


def _of_any_zone(get: Any) -> Any:
    def get_most(self: ZoneShares, event_id: Any, zone_id: Any) -> Any:
        own = get(self, event_id, zone_id)
        most = max([own, *self.list_all(event_id)], key=lambda one: one.granted - one.spent)
        return msgspec.structs.replace(most, zone_id=zone_id)

    return get_most


def _at_first(note: Any) -> Any:
    async def note_unless_moved(session: Any, device: Any, now: Any) -> None:
        if not device.place_revision:
            await note(session, device, now)

    return note_unless_moved


CROSSED_BUGS: Final = (
    Planted(
        name="zone_not_left",
        what="A device stays at its zone, wherever the organizer sends it.",
        replaced=(Replacement(Place, "take", constant(False)),),
        change=OF_THE_CROSSED,
    ),
    Planted(
        name="first_place_alone",
        what="The ledger believes a device only of the zone to which it was assigned first.",
        replaced=(Replacement(assigning, "note_place", _at_first),),
        change=OF_THE_CROSSED,
    ),
    Planted(
        name="any_type_will_do",
        what="Any type of tickets lets into any zone.",
        replaced=(Replacement(checks_of_ticket, "check_ticket_type", constant(None)),),
        change=OF_THE_CROSSED,
    ),
    Planted(
        name="share_of_any_zone",
        what="A gate spends on one zone what it may let into another.",
        replaced=(Replacement(ZoneShares, "get", _of_any_zone),),
        change=OF_THE_CROSSED,
    ),
    Planted(
        name="places_stay_away",
        what="A gate gives back no place of its shares, wherever it stands by now.",
        replaced=(Replacement(Homes, "_trim", constant(None)),),
        change=OF_THE_CROSSED,
    ),
    Planted(
        name="policy_of_the_morning",
        what="A gate goes by the policy of its manifest, whatever the organizer has said since.",
        replaced=(Replacement(device_round_trip, "apply_page", without_plans),),
        change=OF_THE_CROSSED,
    ),
)
