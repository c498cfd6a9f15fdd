"""Bugs in what becomes of who came in by a plan that was changed under gates."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.gate.device_as_home import Homes
from gatekeeper.sync import device_round_trip
from server.claims.deciding import ClaimFold
from server.journals import posting
from server.journals.posting import JournalFold
from server.plans.earlier_plans import PlanHistory
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.planted_bugs.second_event import without_plans
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario

OF_THE_REZONED: Final = beside_all_else("rezoned")


def _without_peers(scenario: Scenario) -> Scenario:
    """Let nobody relay what a gate asks that is cut off."""
    return msgspec.structs.replace(OF_THE_REZONED(scenario), hello_every=None)


def _where_it_leads_today(use: Any) -> Any:
    def take(self: Any, entry: Any, body: Any, claim_id: Any) -> Any:
        made = use(self, entry, body, claim_id)
        gate = self._book.index.gates.get(body.gate_id)
        return made if gate is None else msgspec.structs.replace(made, zone_id=gate.zone_id)

    return take


def _into_todays_zone(date_back: Any) -> Any:
    def put(known: Any, own: Any) -> bool:
        zone_id = known.zone_id
        is_late = bool(date_back(known, own))
        known.zone_id = zone_id
        return is_late

    return put


def _of_today(_zones_of: Any) -> Any:
    def present(self: PlanHistory, gate_id: Any) -> frozenset[str]:
        gate = self._plan(len(self._plans) - 1).gates.get(gate_id)
        return frozenset() if gate is None else frozenset({gate.zone_id})

    return present


def _of_gates_that_lead_there(pool: Any) -> Any:
    def count(self: Any, zone: Any) -> int:
        shares = self._ledger.shares.get(zone.id, {})
        return int(pool(self, zone)) + sum(int(one.left) for one in shares.values())

    return count


REZONED_BUGS: Final = (
    Planted(
        name="leads_where_it_led",
        what="A gate leads into the zone of its manifest, whatever the organizer has said since.",
        replaced=(Replacement(device_round_trip, "apply_page", without_plans),),
        change=OF_THE_REZONED,
    ),
    Planted(
        name="came_into_todays_zone",
        what="Who came in alone is on record in the zone into which the gate leads by then.",
        replaced=(Replacement(JournalFold, "_use", _where_it_leads_today),),
        change=OF_THE_REZONED,
    ),
    Planted(
        name="granted_into_todays_zone",
        what="Whom a claim that hung lets in is in the zone to which the gate led when it came.",
        replaced=(Replacement(posting, "date_back", _into_todays_zone),),
        change=_without_peers,
    ),
    Planted(
        name="believed_of_todays_zone",
        what="A device is believed only of the zone into which its gate leads by then.",
        replaced=(Replacement(PlanHistory, "zones_of", _of_today),),
        change=OF_THE_REZONED,
    ),
    Planted(
        name="places_left_behind_stay_there",
        what="A gate that leads elsewhere keeps the places that it was given to let people in.",
        replaced=(Replacement(Homes, "_trim", constant(None)),),
        change=OF_THE_REZONED,
    ),
    Planted(
        name="shares_left_behind_are_free",
        what="The ledger lets in on what gates hold that may have been led elsewhere meanwhile.",
        replaced=(Replacement(ClaimFold, "_pool", _of_gates_that_lead_there),),
        change=OF_THE_REZONED,
    ),
)
