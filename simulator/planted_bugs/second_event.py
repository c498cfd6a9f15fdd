"""Bugs that one event with one zone never shows."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.boxoffice import till_ticket_keys
from gatekeeper.gate import claiming_at_ledger, deciding_by_itself, recorder
from gatekeeper.store.ticket_changes import TicketChanges
from gatekeeper.sync import device_round_trip
from gatekeeper.sync.engine import SyncEngine
from server.claims import deciding
from server.feed import evacuated_zones
from server.keys import organization_keys
from server.ledger import evacuations_on_record, exits_by_evacuations
from server.publishing import credentials
from server.publishing import routes as publishing_routes
from server.tills import routes as till_routes
from shared.admission.facts import TicketFacts
from shared.admission.offline_policy import OfflinePolicy
from shared.admission.reasons import Reason
from shared.credential.credential_fields import Claims
from shared.credential.keyring import KeyStatus, TicketKey
from shared.evacuations import implied_exits
from shared.kernel.errors import GatekeeperError, trouble_of
from shared.kernel.id_types import EventId
from shared.kernel.instant import HOUR, SECOND, Instant
from shared.lan.claims import ClaimKey
from shared.manifest.event_config import ZoneConfig
from shared.manifest.fact_building import EventIndex
from shared.manifest.tickets import TicketRow
from simulator.fault_rates import NO_FAULTS
from simulator.planted_bugs.planted_bug import Planted, Replacement, awaited_constant, constant
from simulator.scenario import Scenario, plain


def at_the_fair(scenario: Scenario) -> Scenario:
    """Leave the first event to itself, almost without guests, and look at the fair alone."""
    return msgspec.structs.replace(
        plain(scenario),
        gates=1,
        tills=0,
        tickets=2,
        early_tickets=0,
        group_tickets=0,
        policy=OfflinePolicy.OPEN,
        has_restore=False,
        has_push=False,
        fair_dates=2,
        sale_every=100 * HOUR,
        poll=12 * SECOND,
        hello_every=5 * SECOND,
        fault_rates=NO_FAULTS,
    )


def on_one_date(scenario: Scenario) -> Scenario:
    """Let the fair be on one date, so that a gate without a ticket's row is sure of its date."""
    return msgspec.structs.replace(at_the_fair(scenario), fair_dates=1)


def _without_peers(scenario: Scenario) -> Scenario:
    """Let gates hear of an alarm by the server alone: from each other they do within a second."""
    return msgspec.structs.replace(at_the_fair(scenario), hello_every=None)


def with_a_pause(scenario: Scenario) -> Scenario:
    """Let entry to the yard be paused for a while."""
    return msgspec.structs.replace(at_the_fair(scenario), pauses_yard=True)


def _paused_unheard(scenario: Scenario) -> Scenario:
    """Let gates hear of a pause when they poll, and ask the ledger until then, not each other."""
    paused = msgspec.structs.replace(with_a_pause(scenario), fault_rates=NO_FAULTS)
    return msgspec.structs.replace(paused, hello_every=None, has_push=False)


def _of_any_event(find: Any) -> Any:
    def find_anywhere(self: TicketChanges, _event_id: EventId, number: int) -> TicketRow | None:
        ask = "SELECT DISTINCT event_id FROM ticket_change ORDER BY event_id"
        rows = self._connection.execute(ask).fetchall()
        found = (find(self, row[0], number) for row in rows)
        return next((one for one in found if one is not None), None)

    return find_anywhere


def _all_of_it(_equal: Any) -> Any:
    def equal(self: ClaimKey, other: object) -> bool:
        return isinstance(other, ClaimKey) and msgspec.structs.astuple(
            self
        ) == msgspec.structs.astuple(other)

    return equal


def _all_that_fails(follow_up: Any) -> Any:
    async def follow(self: SyncEngine) -> GatekeeperError | None:
        failed: GatekeeperError | None = await follow_up(self)
        if failed is not None:
            self._uplink.note_failure(trouble_of(failed))
        return failed

    return follow


def _as_active(key_of: Any) -> Any:
    def key_as_active(*arguments: Any) -> TicketKey:
        made: TicketKey = key_of(*arguments)
        return msgspec.structs.replace(made, status=KeyStatus.ACTIVE)

    return key_as_active


def _who_is_inside(_count: Any) -> Any:
    def count(uses: Any, notice: Any, _notices: Any) -> int:
        return implied_exits.persons_inside(uses, notice.zone_id, notice.emptied_at or Instant(0))

    return count


def _without_pause(rule: Any) -> Any:
    def rule_on(*arguments: Any, **named: Any) -> Any:
        return rule(*arguments, **named | {"paused_at": None})

    return rule_on


def _by_signature(_newer: Any) -> Any:
    def newer(
        self: EventIndex, _row: TicketRow, zone: ZoneConfig, key: TicketKey, claims: Claims
    ) -> Any:
        return self._from_signature(zone, key, claims)

    return newer


def _by_the_event(_open: Any) -> Any:
    async def open_issuer(unit: Any, vault: Any, ticket: Any) -> Any:
        return await credentials.open_issuer(unit, vault, ticket.event_id)

    return open_issuer


def _for_tonight(read: Any) -> Any:
    def from_signature(
        self: EventIndex, zone: ZoneConfig, key: TicketKey, claims: Claims
    ) -> TicketFacts | Reason:
        facts: TicketFacts | Reason = read(self, zone, key, claims)
        if isinstance(facts, Reason):
            return facts
        return msgspec.structs.replace(
            facts,
            occurrence=zone.occurrence_id,
            valid_from=None,
            valid_until=None,
            is_doubtful=False,
        )

    return from_signature


def without_plans(apply: Any) -> Any:
    """Take a page in, and none of the plan that it tells."""

    def apply_page(store: Any, event_id: EventId, state: Any, *page: Any) -> Any:
        applied = apply(store, event_id, state, *page)
        kept = msgspec.structs.replace(applied.state, change=state.change)
        store.feeds.put(event_id, kept)
        return msgspec.structs.replace(applied, state=kept)

    return apply_page


PLAIN: Final = Planted(name="fair", what="Nothing.", change=at_the_fair)
FAIR_BUGS: Final = (
    Planted(
        name="rows_of_any_event",
        what="A gate finds tickets of the events that it served before.",
        replaced=(
            Replacement(TicketChanges, "find", _of_any_event),
            Replacement(TicketChanges, "find_manual", _of_any_event),
        ),
        change=at_the_fair,
    ),
    Planted(
        name="right_names_date",
        what="Gates that know different dates of a ticket claim different rights.",
        replaced=(Replacement(ClaimKey, "__eq__", _all_of_it),),
        change=on_one_date,
    ),
    Planted(
        name="any_failure_is_away",
        what="A till has one key for all events, and is cut off when the server says so.",
        replaced=(
            Replacement(till_ticket_keys, "key_name", constant("till.key")),
            Replacement(SyncEngine, "_follow_up", _all_that_fails),
        ),
        change=at_the_fair,
    ),
    Planted(
        name="revoked_till_vouches",
        what="What a revoked till's key signs is believed on.",
        replaced=(Replacement(till_routes, "withdraw_till", awaited_constant(None)),),
        change=at_the_fair,
    ),
    Planted(
        name="compromise_unsaid",
        what="The keyring calls every key sound.",
        replaced=(Replacement(organization_keys, "ticket_key_of", _as_active),),
        change=at_the_fair,
    ),
    Planted(
        name="return_unproven",
        what="Anybody's word lets everybody of a zone come back.",
        replaced=(Replacement(evacuations_on_record, "find_objection", constant(None)),),
        change=at_the_fair,
    ),
    Planted(
        name="stop_binds_nobody",
        what="The ledger lets people into a zone that is emptied.",
        replaced=(Replacement(evacuated_zones, "is_stopped", constant(value=False)),),
        change=_without_peers,
    ),
    Planted(
        name="pause_unheard",
        what="Gates that know of a pause of entry go on.",
        replaced=(Replacement(deciding_by_itself, "rule", _without_pause),),
        change=with_a_pause,
    ),
    Planted(
        name="pause_binds_nobody",
        what="The ledger lets people in where entry is paused.",
        replaced=(Replacement(deciding, "rule", _without_pause),),
        change=_paused_unheard,
    ),
    Planted(
        name="left_early_stays_out",
        what="Who is scanned out during an evacuation may not come back.",
        replaced=(
            Replacement(implied_exits, "persons_emptied", _who_is_inside),
            Replacement(exits_by_evacuations, "persons_emptied", _who_is_inside),
        ),
        change=at_the_fair,
    ),
    Planted(
        name="return_costs_a_place",
        what="Who comes back after an evacuation needs a new place.",
        replaced=(
            Replacement(claiming_at_ledger, "persons_away", constant(0)),
            Replacement(recorder, "persons_away", constant(0)),
        ),
        change=at_the_fair,
    ),
    Planted(
        name="newer_paper_frees",
        what="A reissued ticket is not blocked, whatever its row says.",
        replaced=(Replacement(EventIndex, "_from_newer", _by_signature),),
        change=at_the_fair,
    ),
    Planted(
        name="unpaid_signed",
        what="Tickets that nobody has paid are signed like all others.",
        replaced=(
            Replacement(publishing_routes, "open_issuer_for", _by_the_event),
            Replacement(credentials, "_UNPAID", lambda _states: frozenset()),
        ),
        change=at_the_fair,
    ),
    Planted(
        name="any_date_will_do",
        what="A ticket of which a gate knows nothing is for the date that is played.",
        replaced=(Replacement(EventIndex, "_from_signature", _for_tonight),),
        change=at_the_fair,
    ),
    Planted(
        name="plan_kept",
        what="A gate goes on by the plan of its manifest, whatever the feed says.",
        replaced=(Replacement(device_round_trip, "apply_page", without_plans),),
        change=at_the_fair,
    ),
)
