"""From an event's configuration, a ticket row and its uses to the facts of one decision.

Gates and server both build their facts here, so that equal knowledge gives equal answers.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from shared.admission.facts import (
    GONE,
    CredentialKind,
    Direction,
    EventTimes,
    GateRules,
    ScanFacts,
    TicketFacts,
    TicketState,
    ZoneRules,
)
from shared.admission.organizer_rule_parsing import parse_rule_text
from shared.admission.reasons import Reason
from shared.credential.credential_fields import Claims
from shared.credential.keyring import REHEARSAL_EVENT, TicketKey
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId, GateId, OccurrenceId, ZoneId
from shared.kernel.instant import Instant
from shared.manifest.event_config import (
    EventConfig,
    GateConfig,
    OccurrenceConfig,
    TicketTypeConfig,
    ZoneConfig,
)
from shared.manifest.home_spreading import uses_homes
from shared.manifest.presenting import Presented
from shared.manifest.signed_windows import (
    SEVERAL,
    Window,
    find_occurrence,
    follow_move,
    says_the_same,
)
from shared.manifest.tickets import TicketRow
from shared.manifest.times_of_dates import EARLY_ARRIVAL

_ONLY_WAY: Final = {direction.value: direction for direction in Direction}
"""What a gate's direction says of its ways; `both` is none of these."""
_Place: TypeAlias = tuple[GateId | None, ZoneId, OccurrenceId | None, bool]
"""A gate, the zone that it leads to, the date there, and whether that is called off."""


class EventIndex:
    """An event's configuration, parsed and indexed once; build anew when it changes.

    Attributes:
        config: What it was built from.
        types_by_code: Ticket types by their number in credentials.
        gates: Gates by id.
        zones: Zones by id.
        uses_homes: Whether the policy `home` holds for any ticket.
    """

    def __init__(self, config: EventConfig, *, is_past: bool = False) -> None:
        """Parse rules and times.

        Args:
            config: The configuration.
            is_past: It is a plan of before, which was valid: a zone's rule is parsed when it is
                asked for. Of hundreds of plans, each with a thousand rules, few ever are.

        Raises:
            BadInput: if a rule or the time zone is not valid.
        """
        self.config = config
        self.types_by_code = {kind.code: kind for kind in config.ticket_types}
        self.gates = {gate.id: gate for gate in config.gates}
        self.zones = {zone.id: zone for zone in config.zones}
        self.uses_homes = uses_homes(config)
        parsed = () if is_past else config.zones
        self._zones = {zone.id: _zone_rules(zone, config.event_id) for zone in parsed}
        self._rules: dict[_Place, GateRules] = {}
        self._dates = {date.id: date for date in config.occurrences}
        self._times = {
            occurrence.id: EventTimes(
                timezone=config.timezone,
                starts_at=occurrence.starts_at,
                ends_at=occurrence.ends_at,
                doors_at=occurrence.doors_at,
            )
            for occurrence in config.occurrences
        }
        self._no_times = EventTimes(timezone=config.timezone)
        self._cancelled = frozenset(one.id for one in config.occurrences if one.is_cancelled)
        self._pauses = {pause.place_id: pause.since for pause in config.pauses}

    def gate(self, gate_id: GateId) -> GateConfig:
        """Return a gate.

        Raises:
            BadInput: if the event has no such gate.
        """
        gate = self.gates.get(gate_id)
        if gate is None:
            raise BadInput(f"this event has no gate {gate_id!r}")
        return gate

    def start_for(self, row: TicketRow) -> Instant | None:
        """Tell when the date of a ticket begins; None where it is for no one date alone."""
        kind, dates = self.types_by_code.get(row.facts.ticket_type_code), self.config.occurrences
        named = row.facts.occurrence_id or (None if kind is None else kind.occurrence_id)
        if named is None and len(dates) < SEVERAL:
            return dates[0].starts_at if dates else None
        return self.start_of(named)

    def start_of(self, occurrence_id: str | None) -> Instant | None:
        """Tell when a date of the event begins; None where it has no such date."""
        date = self.find_date(occurrence_id)
        return None if date is None else date.starts_at

    def find_date(self, occurrence_id: str | None) -> OccurrenceConfig | None:
        """Return a date of the event; None where it has no such date."""
        return self._dates.get(OccurrenceId(occurrence_id or ""))

    def paused_since(self, gate: GateConfig) -> Instant | None:
        """Tell since when entry is paused at a gate, by itself or with its zone; None if not."""
        own, zones = self._pauses.get(gate.id), self._pauses.get(gate.zone_id)
        return _earliest(own, zones)

    def ticket_type(self, presented: Presented, row: TicketRow | None) -> TicketTypeConfig | None:
        """Return the type of the ticket at hand, as far as it is known."""
        if row is not None:
            return self.types_by_code.get(row.facts.ticket_type_code)
        if presented.claims is not None and presented.key is not None:
            return self.types_by_code.get(presented.claims.ticket_type_code)
        return None

    def build_facts(
        self, presented: Presented, row: TicketRow | None, scan: ScanFacts
    ) -> tuple[GateRules, TicketFacts] | Reason:
        """Put together what one scan is decided by.

        Args:
            presented: What the text turned out to be.
            row: The ticket's present facts, or None where this side holds none.
            scan: The scan itself.

        Returns:
            What holds there, and what is known of the ticket; or a reason, where the text can
            admit nobody whatever else holds.

        Raises:
            BadInput: if the gate is not the event's, or a named zone.
        """
        gate, zone = self._place(scan)
        if presented.flaw is not None:
            return presented.flaw
        ticket = self._ticket_facts(presented, row, zone)
        if isinstance(ticket, Reason):
            return ticket
        dates = {ticket.occurrence, ticket.newer.occurrence if ticket.newer else None}
        is_off = not dates.isdisjoint(self._cancelled)
        occurrence_id = self._occurrence_at(zone.occurrence_id or ticket.occurrence, scan.at)
        return self._rules_of(gate, zone, occurrence_id, is_off=is_off), ticket

    def _rules_of(
        self,
        gate: GateConfig | None,
        zone: ZoneConfig,
        occurrence_id: OccurrenceId | None,
        *,
        is_off: bool,
    ) -> GateRules:
        """Say what holds at a gate on a date; the same for every scan, so it is made once."""
        place = None if gate is None else gate.id, zone.id, occurrence_id, is_off
        found = self._rules.get(place)
        if found is None:
            found = self._rules[place] = GateRules(
                times=self._no_times if occurrence_id is None else self._times[occurrence_id],
                zone=self._zones.get(zone.id) or _zone_rules(zone, self.config.event_id),
                only_way=None if gate is None else _ONLY_WAY.get(gate.direction),
                event_state="cancelled" if is_off else self.config.state,
            )
        return found

    def _place(self, scan: ScanFacts) -> tuple[GateConfig | None, ZoneConfig]:
        """Find a scan's zone, and its gate if that leads there."""
        if not scan.zone_id:
            gate = self.gate(scan.gate_id)
            return gate, self.zones[gate.zone_id]
        zone, there = self.zones.get(scan.zone_id), self.gates.get(scan.gate_id)
        if zone is None:
            raise BadInput(f"this event has no zone {scan.zone_id!r}")
        return there if there is not None and there.zone_id == zone.id else None, zone

    def _ticket_facts(
        self, presented: Presented, row: TicketRow | None, zone: ZoneConfig
    ) -> TicketFacts | Reason:
        key, claims = presented.key, presented.claims
        if key is None or claims is None:
            if row is None:
                return Reason.UNKNOWN_TICKET
            return self._from_row(row, zone, CredentialKind.UNSIGNED)
        is_practice = key.is_rehearsal and self.config.event_id != REHEARSAL_EVENT
        if key.event_id != self.config.event_id or is_practice:
            return Reason.WRONG_EVENT
        listed = row is not None and row.facts.generation == claims.generation
        if key.needs_list and not listed and not key.is_tills:
            return Reason.UNKNOWN_TICKET if row is None else Reason.SUPERSEDED
        # A void ticket is never issued anew: under a newer credential it is void as well.
        if row is not None and (claims.generation <= row.facts.generation or _is_void(row)):
            facts = self._from_row(row, zone, CredentialKind.SIGNED_VALID, key)
            if isinstance(facts, Reason) or claims.generation >= row.facts.generation:
                return facts
            return msgspec.structs.replace(facts, revoked=True)
        if row is not None and key.is_tills:
            # A till issues nothing anew: its key may be in other hands.
            facts = self._from_row(row, zone, CredentialKind.SIGNED_VALID, key)
            if isinstance(facts, Reason):
                return facts
            return msgspec.structs.replace(facts, is_doubtful=True)
        if row is not None:
            return self._from_newer(row, zone, key, claims)
        return self._from_signature(zone, key, claims)

    def _from_signature(
        self, zone: ZoneConfig, key: TicketKey, claims: Claims
    ) -> TicketFacts | Reason:
        """Say a ticket of which nothing is known but what is signed."""
        kind = self.types_by_code.get(claims.ticket_type_code)
        if kind is None:
            return Reason.WRONG_TICKET_TYPE
        occurrence_id, is_sure = self._occurrence_of(kind, key, claims, zone)
        first, last = self._window_of(claims, occurrence_id)
        return TicketFacts(
            known=False,
            event=self.config.event_id,
            ticket_type=kind.id,
            occurrence=occurrence_id,
            valid_from=_latest(first, key.admits_from),
            valid_until=_earliest(last, key.admits_until),
            credential=CredentialKind.SIGNED_VALID,
            persons=kind.persons,
            is_doubtful=not is_sure or not key.vouches_for(claims),
        )

    def _from_newer(
        self, row: TicketRow, zone: ZoneConfig, key: TicketKey, claims: Claims
    ) -> TicketFacts | Reason:
        """Say a ticket whose credential is newer than its row: the row still holds it back."""
        facts = self._from_row(row, zone, CredentialKind.SIGNED_VALID, key)
        if isinstance(facts, Reason):
            return facts
        kind = self.types_by_code.get(claims.ticket_type_code)
        if kind is None:
            return msgspec.structs.replace(facts, is_doubtful=True)
        is_same = kind.id == facts.ticket_type
        # A credential names no occurrence: of the same type it is the row's.
        date = facts.occurrence if is_same else kind.occurrence_id or zone.occurrence_id
        first, last = self._window_of(claims, date)
        newer = msgspec.structs.replace(
            facts,
            ticket_type=kind.id,
            occurrence=date,
            variant=facts.variant if is_same else None,
            valid_from=_latest(first, key.admits_from),
            valid_until=_earliest(last, key.admits_until),
            persons=facts.persons if is_same else min(facts.persons, kind.persons),
        )
        if newer == facts:
            return facts
        return msgspec.structs.replace(facts, persons=newer.persons, newer=newer)

    def _window_of(self, claims: Claims, occurrence_id: OccurrenceId | None) -> Window:
        """Return when a credential holds, its date moved since or not."""
        window = claims.valid_from, claims.valid_until
        return follow_move(self.config.occurrences, occurrence_id, window)

    def _occurrence_of(
        self, kind: TicketTypeConfig, key: TicketKey, claims: Claims, zone: ZoneConfig
    ) -> tuple[OccurrenceId | None, bool]:
        """Tell which occurrence a ticket without a row is for, and whether that is sure."""
        # A till sells what its types say, for no date besides.
        if kind.occurrence_id or key.is_tills or len(self.config.occurrences) < SEVERAL:
            return kind.occurrence_id or zone.occurrence_id, True
        window = claims.valid_from, claims.valid_until
        found = find_occurrence(self.config.occurrences, window)
        if found is None:
            return zone.occurrence_id, False
        # The hours of a type for all dates may lie within one of them.
        is_types = says_the_same(window, (kind.valid_from, kind.valid_until))
        return (zone.occurrence_id, found == zone.occurrence_id) if is_types else (found, True)

    def _from_row(
        self,
        row: TicketRow,
        zone: ZoneConfig,
        credential: CredentialKind,
        key: TicketKey | None = None,
    ) -> TicketFacts | Reason:
        facts = row.facts
        kind = self.types_by_code.get(facts.ticket_type_code)
        if kind is None:
            return Reason.WRONG_TICKET_TYPE
        return TicketFacts(
            known=True,
            event=self.config.event_id,
            ticket_type=kind.id,
            occurrence=facts.occurrence_id or kind.occurrence_id or zone.occurrence_id,
            variant=facts.variant,
            state=_state_of(row, key),
            valid_from=_latest(facts.valid_from, key.admits_from if key else None),
            valid_until=_earliest(facts.valid_until, key.admits_until if key else None),
            blocked=facts.blocked,
            credential=credential,
            persons=facts.persons,
        )

    def _occurrence_at(
        self, occurrence_id: OccurrenceId | None, at: Instant
    ) -> OccurrenceId | None:
        """Tell which occurrence is on: a known one, else that whose doors opened last.

        Once that is over, or where nobody has said when it is, the next one's early guests come.
        """
        if occurrence_id is not None and occurrence_id in self._times:
            return occurrence_id
        current: OccurrenceConfig | None = None
        for one in self.config.occurrences:
            is_on = current is not None and current.ends_at is not None and at <= current.ends_at
            opens = one.doors_at or one.starts_at
            if current is None or opens <= at or (opens - EARLY_ARRIVAL <= at and not is_on):
                current = one
        return None if current is None else current.id


def _is_void(row: TicketRow) -> bool:
    return row.facts.state in GONE


def _state_of(row: TicketRow, key: TicketKey | None) -> TicketState:
    """Say a ticket's state; what an event's own key has signed was paid, maybe since its row."""
    state = TicketState(row.facts.state)
    is_of_paid = key is not None and not (key.needs_list or key.is_tills)
    return TicketState.PAID if is_of_paid and state is TicketState.PENDING else state


def _zone_rules(zone: ZoneConfig, event_id: EventId) -> ZoneRules:
    types = zone.ticket_type_ids
    return ZoneRules(
        event=event_id,
        occurrence=zone.occurrence_id,
        ticket_types=None if types is None else frozenset(types),
        admit_pending=zone.admit_pending,
        multiple_entries=zone.multiple_entries,
        reentry_after_exit=zone.reentry_after_exit,
        rule=None if zone.rule is None else parse_rule_text(zone.rule, zone.name),
        strict_anti_passback=zone.strict_anti_passback,
        zone_id=zone.id,
    )


def _latest(one: Instant | None, other: Instant | None) -> Instant | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)


def _earliest(one: Instant | None, other: Instant | None) -> Instant | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
